"""The machine, and how much of it other programs took while something was measured (Linux, /proc)."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def describe() -> str:
    """Processor, memory, kernel and Python, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB; Linux {platform.release()};"
        f" Python {platform.python_version()}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


@dataclass
class Span:
    """What happened while something was measured: wall seconds, our own processor seconds, others' share."""

    seconds: float = 0.0
    ours: float = 0.0
    foreign: float = 0.0
    steal: float = 0.0
    peak: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"others took {self.foreign:.0%} of the processor, steal {self.steal:.0%}"


@contextmanager
def watched(postmaster: int) -> Iterator[Span]:
    """Measure the block; ours are this process, its children, and the database's processes."""
    span = Span()
    before, started, mine = _total(), time.monotonic(), _ours(postmaster)
    try:
        yield span
    finally:
        after = _total()
        span.seconds = time.monotonic() - started
        span.ours = _ours(postmaster) - mine
        spent = [new - old for new, old in zip(after, before, strict=True)]
        every = sum(spent) or 1
        busy = (every - spent[3] - spent[4] - spent[7]) / TICKS
        span.foreign = max(0.0, busy - span.ours) * TICKS / every
        span.steal = spent[7] / every


def _total() -> list[int]:
    return [int(each) for each in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]


def _ours(postmaster: int) -> float:
    """Processor seconds of this process and of the server with all their children, living and ended."""
    table = _processes()
    family = {os.getpid(), postmaster}
    grew = True
    while grew:
        found = {pid for pid, (parent, _) in table.items() if parent in family} - family
        family |= found
        grew = bool(found)
    return sum(table[pid][1] for pid in family if pid in table) / TICKS


def _processes() -> dict[int, tuple[int, int]]:
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parts = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        # utime, stime, and those of children that have ended: a finished worker is counted once, by its parent
        found[int(folder.name)] = int(parts[1]), sum(int(each) for each in parts[11:15])
    return found


def memory_of(pids: list[int]) -> int:
    """Bytes these processes hold, what they share counted once."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) * 1024
    return total


def family_of(pid: int) -> list[int]:
    """A process and everything it started."""
    table, family = _processes(), [pid]
    for each in family:
        family += [child for child, (parent, _) in table.items() if parent == each]
    return family
