"""What the embedded server is told at each start: closed to the network, durable, sized for this machine."""

import os
from pathlib import Path

from careweave.record.embedded.binaries import Binaries

MEBIBYTE = 1 << 20
# Parallel workers share memory through /dev/shm, of which a container may have 64 MB.
ENOUGH_SHARED_MEMORY = 512 * MEBIBYTE


def options(binaries: Binaries, sockets: Path, *, durable: bool) -> list[str]:
    """`-c name=value` for each setting; `durable=False` is for tests, whose data nobody will miss."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "timezone": "UTC",
        "log_timezone": "UTC",
        **_memory(),
        **_durability(binaries, durable),
        **_logging(),
        "jit": "off",
        "random_page_cost": "1.1",
        "track_io_timing": "on",
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _memory() -> dict[str, str]:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEBIBYTE
    shared = max(128, min(768, total // 4))  # what a load needs stays under 1.5 GB in all
    return {
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(256, total // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(64, min(512, total // 16))}MB",
        "dynamic_shared_memory_type": "posix" if _has_shared_memory() else "mmap",
    }


def _durability(binaries: Binaries, durable: bool) -> dict[str, str]:
    on = "on" if durable else "off"
    return {
        "fsync": on,
        "full_page_writes": on,
        "synchronous_commit": on,
        "wal_compression": "lz4" if binaries.has_lz4 else "pglz",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
    }


def _logging() -> dict[str, str]:
    """A week of logs that replace themselves; statements stay out of them, for they hold people's details."""
    return {
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_statement": "none",
        "log_min_error_statement": "panic",
        "log_parameter_max_length_on_error": "0",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
    }


def _has_shared_memory() -> bool:
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108 - asked about, not written to
    except OSError:
        return False
    return found.f_frsize * found.f_blocks >= ENOUGH_SHARED_MEMORY
