"""Where one embedded server keeps its files, and how its programs are told to find them."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from careweave.configuration import Configuration, ConfigurationError, make_private_folder
from careweave.record.embedded.account import Account, server_account, setup_account

LONGEST_WAIT_FOR_ANOTHER = 900.0


@dataclass(frozen=True)
class Place:
    configuration: Configuration

    @property
    def folder(self) -> Path:
        return self.configuration.home / "postgresql"

    @property
    def account(self) -> Account:
        return server_account(as_root=self.configuration.as_root)

    @property
    def setup_account(self) -> Account:
        return setup_account(as_root=self.configuration.as_root)

    @property
    def sockets(self) -> Path:
        return self.configuration.socket_folder

    def data(self, major: int) -> Path:
        return self.folder / str(major) / "data"

    def newest_major(self) -> int | None:
        """The PostgreSQL version of the data we have; an older one beside it was left by an upgrade."""
        majors = [int(path.parent.parent.name) for path in self.folder.glob("*/data/PG_VERSION")]
        return max(majors, default=None)

    def refuse_data_of_another_account(self, data: Path) -> None:
        """A home made with sudo cannot be used without it, nor the other way round."""
        if data.exists() and data.stat().st_uid != self.account.uid:
            raise ConfigurationError(
                f"{data} belongs to account {data.stat().st_uid}, but here the database runs as {self.account.uid}. "
                "Use the account that made this home, or another CAREWEAVE_HOME."
            )

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One process at a time sets up, starts, stops or upgrades; a killed one lets go by itself."""
        make_private_folder(self.folder)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take_lock(descriptor, time.monotonic() + LONGEST_WAIT_FOR_ANOTHER)
            yield
        finally:
            os.close(descriptor)

    def make_socket_folder(self, folder: Path) -> None:
        """Private to the server's account; one that somebody else put there is refused."""
        if not folder.parent.exists():
            folder.parent.mkdir(mode=0o755 if self.configuration.as_root else 0o700, parents=True)
        try:
            folder.mkdir(mode=0o700)
            os.chown(folder, self.account.uid, self.account.gid)
        except FileExistsError:
            pass
        found = folder.lstat()
        is_theirs = stat.S_ISDIR(found.st_mode) and found.st_uid == self.account.uid
        if not is_theirs or found.st_mode & 0o077:
            raise ConfigurationError(
                f"{folder} is not a private folder of the database's account. Remove it."
            )

    def remove_socket_folder(self) -> None:
        """Only when nothing listens there any more."""
        for folder in (self.sockets / "u", self.sockets):
            with suppress(OSError):
                folder.rmdir()


def _take_lock(descriptor: int, until: float) -> None:
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise ConfigurationError(
                    "Another process has held the database's lock for 15 minutes."
                ) from None
            time.sleep(0.05)
