"""Leaves a mark for each process that serves, so that `careweave stop` finds it; a killed one leaves none that counts."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from careweave.configuration import Configuration, ConfigurationError, make_private_folder

PATIENCE = 40.0


@contextmanager
def marked_as_serving(configuration: Configuration) -> Iterator[None]:
    """The mark is a locked file: the lock goes with its process and with the workers that it forked."""
    mark = make_private_folder(configuration.home / "serving") / str(os.getpid())
    descriptor = os.open(mark, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)
        os.close(descriptor)


def stop_serving(configuration: Configuration) -> int:
    """Ask each to finish what it is answering and end; how many there were."""
    marks = sorted((configuration.home / "serving").glob("[0-9]*"))
    return sum(_stop(mark) for mark in marks)


def _stop(mark: Path) -> bool:
    if not _is_held(mark):
        mark.unlink(missing_ok=True)
        return False
    os.kill(int(mark.name), signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while _is_held(mark):
        if time.monotonic() > until:
            raise ConfigurationError(f"Process {mark.name} serves and does not stop.")
        time.sleep(0.05)
    return True


def _is_held(mark: Path) -> bool:
    try:
        descriptor = os.open(mark, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
