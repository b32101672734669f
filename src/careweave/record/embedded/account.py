"""The operating system account that the server runs as: ourselves, or an unprivileged one under root."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# No Debian or systemd range contains this number, so no other program runs under it, and it needs no entry in
# /etc/passwd. https://systemd.io/UIDS-GIDS/
UNPRIVILEGED = 60906
# initdb alone insists on a name for its account; it is shown no secret, and what it made is handed over.
NOBODY = 65534


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()

    def run(self, command: Sequence[str], *, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run to the end as this account; "{folder}" in an argument becomes a way there that it can go.

        Under root that is an open descriptor, because the folder may lie inside one that the account must not
        enter: so no folder of anybody's has to be opened up, and every child process inherits the way.
        """
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            told = str(folder) if self.is_us else f"/proc/self/fd/{descriptor}"
            identity: dict[str, Any] = (
                {} if self.is_us else {"user": self.uid, "group": self.gid, "extra_groups": ()}
            )
            return subprocess.run(
                [argument.replace("{folder}", told) for argument in command],
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                umask=0o077,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                pass_fds=() if self.is_us else (descriptor,),
                **identity,
            )
        finally:
            os.close(descriptor)

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
