"""A worker reads its pages, and brings in what counts scores beside its first answers, and one that cannot still answers."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from careweave.cli import _warming
from careweave.cli._pages import Pages

_START = """
import sys
from pathlib import Path
import django
django.setup()
from careweave.cli._warming import warm_up
before = "ibis" in sys.modules
assert "careweave.web.urls" not in sys.modules
warm_up(Path(sys.argv[1])).join()
assert "careweave.web.urls" in sys.modules
assert not before, "importing brings nothing in"
assert "ibis" in sys.modules
"""


def test_a_worker_that_starts_has_the_scores_ready_and_importing_brings_nothing_in(tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "CAREWEAVE_HOME": str(tmp_path),
        "CAREWEAVE_SERVING_URL": "postgresql://nobody@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "careweave.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", _START, str(tmp_path)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_worker_warms_up_and_one_that_cannot_still_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr("careweave.cli._pages.warm_up", asked.append)
    Pages("127.0.0.1", 0, 2, 4, False, tell=print).cfg.post_worker_init(None)
    assert len(asked) == 1
    monkeypatch.setattr(_warming, "COUNTS", "careweave.no_such_module")
    with caplog.at_level(logging.WARNING):
        _warming.warm_up(tmp_path).join()
    assert "could not be brought in" in caplog.text
