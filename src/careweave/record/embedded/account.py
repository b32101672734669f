"""The operating system account that the server runs as: ourselves, or an unprivileged one when we are root."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# No Debian or systemd range contains this number, so no other program runs under it, and it needs no entry in
# /etc/passwd. https://systemd.io/UIDS-GIDS/
UNPRIVILEGED = 60906
# initdb alone insists on a name for its account; it writes no secret, and what it made is handed over at once.
NOBODY = 65534


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()

    def run(
        self, command: Sequence[str], *, cwd: Path | str, timeout: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end as this account, started inside `cwd` even when the account may not walk there itself."""
        identity = {} if self.is_us else {"user": self.uid, "group": self.gid, "extra_groups": ()}
        return subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            umask=0o077,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            **identity,  # type: ignore[arg-type]
        )

    def take(self, folder: Path) -> None:
        """Make everything in a folder this account's own."""
        if self.is_us:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_account(*, as_root: bool) -> Account:
    return Account(UNPRIVILEGED, UNPRIVILEGED) if as_root else Account(os.geteuid(), os.getegid())


def setup_account(*, as_root: bool) -> Account:
    return Account(NOBODY, NOBODY) if as_root else server_account(as_root=False)
