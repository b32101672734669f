"""gunicorn, told in code: a few processes of a few threads, with one `careweave work` kept alive beside them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from prometheus_client import multiprocess

from careweave.cli._warming import warm_up

PATIENCE = 20


def own_address(host: str, port: int) -> str:
    """Where we listen, which is also where our links lead when the place has not said otherwise.

    Told before the first worker is forked, so all of them know.
    """
    url = f"http://{host}:{port}"
    if "CAREWEAVE_BASE_URL" not in os.environ and host not in ("0.0.0.0", "[::]"):  # noqa: S104 - every address is none
        settings.CONFIGURATION = replace(settings.CONFIGURATION, base_url=url)
        settings.CSRF_TRUSTED_ORIGINS = [url]
    return url


class Pages(BaseApplication):
    """Serves until it is told to stop; `tell` hears the address once it answers."""

    def __init__(
        self, host: str, port: int, workers: int, threads: int, works: bool, tell: Callable[[str], None]
    ) -> None:
        shown = f"[{host}]" if ":" in host else host
        self.settings: dict[str, Any] = {
            "bind": f"{shown}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "proc_name": "careweave",
            "loglevel": "warning",
            "control_socket_disable": True,
            "keepalive": 30,
            "limit_request_line": 8190,  # a search may name many
            "graceful_timeout": PATIENCE,
            "post_worker_init": lambda worker: warm_up(settings.CONFIGURATION.home),
            "child_exit": lambda arbiter, worker: multiprocess.mark_process_dead(worker.pid),
            "when_ready": lambda arbiter: tell(own_address(shown, arbiter.LISTENERS[0].getsockname()[1])),
        }
        self.works = works
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return get_wsgi_application()

    def run(self) -> None:
        master = os.getpid()
        try:
            (KeepsWorking if self.works else Arbiter)(self).run()
        except SystemExit as ended:
            if (
                os.getpid() != master
            ):  # a worker that ends must not tidy up after the process that it was forked from
                os._exit(ended.code if isinstance(ended.code, int) else 0)
            raise


class KeepsWorking(Arbiter):
    """Looks after the background work as it does after its own workers: about once a second."""

    work: subprocess.Popen[bytes] | None = None

    def manage_workers(self) -> None:
        super().manage_workers()
        if self.work is None or self.work.poll() is not None:
            command = [sys.executable, "-m", "careweave.cli", "work", "--parent", str(os.getpid())]
            self.work = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def stop(self, graceful: bool = True) -> None:
        if self.work is not None:
            self.work.terminate()
        super().stop(graceful)
        if self.work is not None:
            try:
                self.work.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.work.kill()
