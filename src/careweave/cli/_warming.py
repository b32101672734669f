"""A process that has begun to answer brings in what counts, so that the first page of scores waits for none of it."""

from __future__ import annotations

import importlib
import logging
import threading
from pathlib import Path

COUNTS = "careweave.care.finding.scores"  # named by words: pages must not bring it in where they are imported

logger = logging.getLogger(__name__)


def warm_up(home: Path) -> threading.Thread:
    """In a thread: requests are answered meanwhile. What cannot be brought in, the page itself will tell."""
    thread = threading.Thread(target=_bring_in, args=(home,), name="warm-up", daemon=True)
    thread.start()
    return thread


def _bring_in(home: Path) -> None:
    try:
        counting = importlib.import_module(COUNTS)
        counting.make_ready(home)
    except Exception:  # a worker that is only colder than it could be still answers
        logger.warning("What counts scores could not be brought in ahead of the first page", exc_info=True)
