"""Tells whether the process named in a data folder's postmaster.pid is a living server of that folder."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from careweave.record.embedded.account import Account


@dataclass(frozen=True)
class Postmaster:
    data: Path
    account: Account

    @property
    def lock_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def pid(self) -> int | None:
        try:
            return int(self.lock_file.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None

    @property
    def is_running(self) -> bool:
        pid = self.pid
        return pid is not None and _is_alive(pid) and _works_in(pid, self.data)

    def send(self, signal_number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None and self.is_running:
            os.kill(pid, signal_number)

    def forget_the_dead(self) -> None:
        """Remove the lock file of a server that is gone.

        PostgreSQL does so itself, but not when the number now belongs to another of our processes (after a
        container's restart) or to a zombie that nobody reaps.
        """
        pid = self.pid
        if pid is not None and _exists(pid) and not self.is_running:
            self.lock_file.unlink(missing_ok=True)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_alive(pid: int) -> bool:
    if not _exists(pid):
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True  # no /proc here: believe the signal
    return state not in ("Z", "X")


def _works_in(pid: int, data: Path) -> bool:
    """A server never leaves its data folder; another program with the same number is somewhere else."""
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    except PermissionError:
        return False
