"""Several worker processes for one load, each with its own connection; a chunk goes to whoever is free."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import signal
import traceback
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from careweave.intake.reading.chunks import Chunk

if TYPE_CHECKING:
    from careweave.intake.working import Worker

_COLLECT_EVERY = 50  # chunks


class WorkerFailed(RuntimeError):
    """A worker could not go on; chunks that were stored stay stored, and a second load goes on from there."""


ENDED = "A worker process ended before its work was done. Load again to go on."


class Pool:
    """Started once for all files of a load. What the workers report comes back in the order in which it is done."""

    def __init__(self, size: int) -> None:
        context = multiprocessing.get_context("spawn")
        names = _database_names()
        self.idle: list[Connection] = []
        self.busy: list[Connection] = []
        self.processes = []
        for _ in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, names), daemon=True)
            process.start()
            theirs.close()
            self.processes.append(process)
            self.idle.append(ours)

    def work(self, job: Any, chunks: Iterable[Chunk]) -> Iterator[Any]:
        """Hand out the chunks of one file; gives a Done for each."""
        for worker in self.idle:
            _send(worker, ("job", job))
        for chunk in chunks:
            while not self.idle:
                yield from self._results()
            worker = self.idle.pop()
            _send(worker, ("chunk", chunk))
            self.busy.append(worker)
            yield from self._results(0)
        while self.busy:
            yield from self._results()

    def _results(self, timeout: float | None = None) -> Iterator[Any]:
        for worker in wait(self.busy, timeout):
            assert isinstance(worker, Connection)
            try:
                kind, found = worker.recv()
            except (EOFError, ConnectionResetError):
                raise WorkerFailed(ENDED) from None
            if kind == "failed":
                raise WorkerFailed(found)
            self.busy.remove(worker)
            self.idle.append(worker)
            yield found

    def close(self) -> None:
        for worker in [*self.idle, *self.busy]:
            worker.close()
        for process in self.processes:
            process.join(timeout=30)
            if process.is_alive():
                process.kill()


def _send(worker: Connection, message: tuple[str, Any]) -> None:
    """A worker that has died is noticed here too, not only when its answer is awaited."""
    try:
        worker.send(message)
    except (BrokenPipeError, ConnectionResetError):
        raise WorkerFailed(ENDED) from None


def _database_names() -> dict[str, str]:
    """Which databases this process uses now: a test or a restore may have moved it from the configured one."""
    from django.db import connections

    return {alias: str(connections.settings[alias].get("NAME", "")) for alias in connections}


def _serve(pipe: Connection, databases: dict[str, str]) -> None:
    """The life of a worker: ends when the process that started it closes the pipe, or dies."""
    worker = _set_up(databases)
    for turn in itertools.count():
        if turn % _COLLECT_EVERY == 0:
            gc.collect()
        try:
            kind, given = pipe.recv()
        except (EOFError, ConnectionResetError):
            return
        if kind == "job":
            worker.take(given)
            continue
        try:
            pipe.send(("done", worker.work(given)))
        except BrokenPipeError:
            return
        except Exception:
            pipe.send(("failed", traceback.format_exc()))
            return


def _set_up(databases: dict[str, str]) -> Worker:
    import django

    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C stops the one who asked; we stop when its pipe closes
    django.setup()
    from django.db import connections

    from careweave.intake.working import Worker

    for alias, name in databases.items():
        connections.settings[alias]["NAME"] = name
    gc.freeze()
    gc.disable()  # parsed JSON has no cycles: looking for them took a tenth of the time
    return Worker()
