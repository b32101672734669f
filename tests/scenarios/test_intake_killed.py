"""A load that is killed, or whose worker dies, goes on where it was: the same end state, and counts that add up."""

from __future__ import annotations

import json
import random
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from careweave.intake.loading import load
from careweave.intake.pool import WorkerFailed
from tests.fixtures.database import Database, copy_of
from tests.scenarios.test_intake_loading import counts, household, start, state, told
from tests.unit.intake_files import write

pytestmark = pytest.mark.database


def killed_and_resumed(database: Database, path: Path, times: int, seed: int) -> int:
    """Kill the load at random moments, then let it finish; how often it was really killed while loading."""
    chance = random.Random(seed)
    killed = 0
    for _ in range(times):
        process = start(database, str(path), "--source", "RVR")
        _wait_for_work(database, chance.uniform(0.0, 1.5), process)
        if process.poll() is None:
            process.kill()
            killed += 1
        process.communicate()
    process = start(database, str(path), "--source", "RVR")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    final = json.loads(out)
    assert final["read"] == final["accepted"] + final["unchanged"] + final["refused"]
    return killed


def _wait_for_work(database: Database, seconds: float, process: subprocess.Popen[str]) -> None:
    """Until the process has opened its batch, then so long."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            [(there,)] = connection.execute("SELECT count(*) FROM record.load_batch").fetchall()
            if there:
                break
            time.sleep(0.05)
    time.sleep(seconds)


def _kill_test(server: Any, tmp_path: Path, times: int, seed: int) -> None:
    path = write(tmp_path, "a.ndjson", household(300, 60))
    with copy_of(server) as database:
        load([path], source="RVR")
        expected, expected_counts = state(database), counts(database)
    with copy_of(server) as database:
        assert killed_and_resumed(database, path, times, seed) >= 1
        assert state(database) == expected
        assert counts(database) == expected_counts
        with psycopg.connect(database.owner_url) as connection:
            assert connection.execute("SELECT count(*) FROM record.load_row").fetchone() == (0,)
            assert connection.execute("SELECT count(*) FROM record.refused_row").fetchone() == (30,)


def test_a_load_killed_on_the_way_is_resumed_and_the_counts_add_up(server: Any, tmp_path: Path) -> None:
    _kill_test(server, tmp_path, times=3, seed=1)


@pytest.mark.long
def test_a_load_killed_at_50_random_moments(server: Any, tmp_path: Path) -> None:
    for seed in range(10):
        _kill_test(server, tmp_path, times=5, seed=seed)


def test_a_worker_that_dies_ends_the_load_with_words_and_the_next_load_goes_on(
    fresh_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from careweave.intake import loading, pool

    path = write(tmp_path, "a.ndjson", household(300, 60))
    made: list[pool.Pool] = []

    class Watched(pool.Pool):
        def __init__(self, size: int) -> None:
            super().__init__(size)
            made.append(self)

    monkeypatch.setattr(loading, "Pool", Watched)

    def kill_one(progress: loading.Progress) -> None:
        if made[0].processes[0].is_alive():
            made[0].processes[0].kill()

    with pytest.raises(WorkerFailed, match="Load again to go on"):
        load([path], source="RVR", progress=kill_one)
    assert told(load([path], source="RVR")) == (18_330, 18_300, 0, 30)
