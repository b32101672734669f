"""A new file for its owner alone: written out of sight, then put in its place; never half, never over another unasked."""

from __future__ import annotations

import atexit
import errno
import fcntl
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import NoReturn

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_RIGHTS = {errno.EACCES, errno.EPERM, errno.EROFS}
NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}
ENDING = ".unfinished"
ENGINE = "careweave-engine-"
ABANDONED = 60  # seconds: a younger one may be another's that is about to be locked


class NotWritten(Exception):
    """Nothing was written; the message says why and what to do."""


class AlreadyThere(NotWritten):
    """A file of this name is there."""


@contextmanager
def new_private_file(out: Path, *, replace: bool = False, is_sealed: bool = False) -> Iterator[Path]:
    """Where to write; what lies there when the block ends without an error becomes `out`, with the rights 0600.

    The audit of the act belongs inside the block: its end makes the file one that can be taken away. `is_sealed` is for
    content that is encrypted: it may lie on a disk that knows no rights, such as a stick. Raises NotWritten.
    """
    out = out.absolute()
    _check(out, replace=replace)
    with _cleared_up_when_killed(), private_workshop(out) as folder:
        fresh = folder / out.name
        try:
            yield fresh
            _finish(fresh, out, is_sealed=is_sealed)
            _publish(fresh, out, replace=replace)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            raise NotWritten(_no_room(out)) from error


def write_privately(out: Path, content: bytes, *, replace: bool = False) -> None:
    """A small file, all at once."""
    with new_private_file(out, replace=replace) as fresh:
        fresh.write_bytes(content)


def waiting_folder() -> str:
    """Where an engine lets rows about people wait that do not fit into memory: for this process and account alone."""
    return _waiting_folder(os.getpid())


@cache
def _waiting_folder(process: int) -> str:
    _clear_abandoned(Path(tempfile.gettempdir()), ENGINE)
    folder = tempfile.mkdtemp(prefix=ENGINE, suffix=ENDING)
    _is_ours(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))  # held until the process ends
    atexit.register(_remove, folder, process)
    return folder


def _remove(folder: str, process: int) -> None:
    """A process that was forked off leaves what is not its own."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


def _check(out: Path, *, replace: bool) -> None:
    """Before the long work that fills the file; what happens meanwhile is met when it is published."""
    try:
        if out.is_symlink():
            raise NotWritten(
                f"{out} is a link, and is not followed. Give the name of a file, or remove the link."
            )
        if out.is_dir():
            raise NotWritten(f"{out} is a folder. Give the name of a file in it.")
        if not out.parent.is_dir():
            raise NotWritten(f"There is no folder {out.parent}. Make it, or give another name.")
        if out.exists() and not out.is_file():
            raise NotWritten(f"{out} is no ordinary file. Give another name.")
        if out.exists() and not replace:
            _there_already(out)
    except PermissionError as error:
        raise NotWritten(_not_allowed(out.parent)) from error


def _there_already(out: Path) -> NoReturn:
    raise AlreadyThere(
        f"{out} is there already, and is not written over. Give another name, move it, or add --replace."
    )


def _no_room(out: Path) -> str:
    return f"There is no room left to write {out}, and nothing of it is kept. Make room, or give a folder on another disk."


def _not_allowed(folder: Path) -> str:
    return f"You may not write in the folder {folder}. Give another folder, or have its owner let you write there."


@contextmanager
def private_workshop(out: Path) -> Iterator[Path]:
    """A folder beside `out` that only its owner can enter, for as long as the block lasts.

    Also for one file: some writers make theirs anew, with the usual rights. What a killed one left goes with the next.
    """
    prefix = f".{out.name[:40]}."
    _clear_abandoned(out.parent, prefix)
    try:
        folder = Path(tempfile.mkdtemp(prefix=prefix, suffix=ENDING, dir=out.parent))
    except OSError as error:
        if error.errno in NO_ROOM:
            raise NotWritten(_no_room(out)) from error
        if error.errno in NO_RIGHTS:
            raise NotWritten(_not_allowed(out.parent)) from error
        raise
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _is_ours(held)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _clear_abandoned(folder: Path, prefix: str) -> None:
    """What a killed writer of the same file left; one that still writes holds a lock."""
    for left in folder.iterdir() if os.access(folder, os.R_OK | os.W_OK) else ():
        if not (left.name.startswith(prefix) and left.name.endswith(ENDING)):
            continue
        try:
            held = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if time.time() - os.fstat(held).st_mtime > ABANDONED and _is_ours(held):
                shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(held)


def _is_ours(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _cleared_up_when_killed() -> Iterator[None]:
    """A polite kill ends the program as an exception does, so that what is half-written goes with it."""
    is_main = threading.current_thread() is threading.main_thread()
    deadly = [
        each
        for each in (signal.SIGTERM, signal.SIGHUP)
        if is_main and signal.getsignal(each) is signal.SIG_DFL
    ]
    told: list[int] = []

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        told.append(number)
        raise SystemExit(128 + number)

    for each in deadly:
        signal.signal(each, end)
    try:
        yield
    except Exception:
        if told:  # an engine that is stopped within a query says so in words of its own
            raise SystemExit(128 + told[0]) from None
        raise
    finally:
        for each in deadly:
            signal.signal(each, signal.SIG_DFL)


def _finish(fresh: Path, out: Path, *, is_sealed: bool) -> None:
    """For its owner alone, and on the disk, before anybody can find it."""
    with suppress(PermissionError):  # a disk that knows no rights: seen in the next line
        fresh.chmod(0o600)
    if fresh.stat().st_mode & 0o077 and not is_sealed:
        raise NotWritten(
            f"The disk of {out.parent} cannot keep a file from other users of this computer. Give a folder on another"
            " disk."
        )
    sync(fresh)


def _publish(fresh: Path, out: Path, *, replace: bool) -> None:
    try:
        if replace:
            fresh.replace(out)
        else:
            _give_its_name(fresh, out)
    except FileExistsError:
        _there_already(out)
    except IsADirectoryError as error:
        raise NotWritten(f"{out} is a folder. Give the name of a file in it.") from error
    sync(out.parent)


def _give_its_name(fresh: Path, out: Path) -> None:
    """A link is refused where something has the name; a disk without links lets us take the name first."""
    try:
        os.link(fresh, out)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        os.close(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        fresh.replace(out)


def sync(path: Path) -> None:
    """What a file holds, or which files a folder holds, is on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
