"""A process reads its pages before it answers, and what counts scores beside its first answers: nobody waits for it."""

from __future__ import annotations

import importlib
import logging
import threading
from pathlib import Path

from django.urls import get_resolver

COUNTS = "careweave.care.finding.scores"  # named by words: pages must not bring it in where they are imported

logger = logging.getLogger(__name__)


def warm_up(home: Path) -> threading.Thread:
    """The addresses and their views at once, which the first request would wait for; what counts in a thread meanwhile."""
    get_resolver().url_patterns  # noqa: B018 - reading it imports every view
    thread = threading.Thread(target=_bring_in, args=(home,), name="warm-up", daemon=True)
    thread.start()
    return thread


def _bring_in(home: Path) -> None:
    try:
        counting = importlib.import_module(COUNTS)
        counting.make_ready(home)
    except Exception:  # a worker that is only colder than it could be still answers
        logger.warning("What counts scores could not be brought in ahead of the first page", exc_info=True)
