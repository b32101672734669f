"""`careweave refresh`, `find` and `terminology load` as scripts call them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from careweave.identity.staffing import add_team
from tests import factories as make
from tests.fixtures.database import Database
from tests.scenarios.test_finding import PRACTICE, TEAM, joe

pytestmark = [pytest.mark.database]


@pytest.fixture
def environment(fresh_database: Database, tmp_path: Path) -> dict[str, str]:
    """The test's database, with a home of its own for the warehouse and its key."""
    keys = Path(os.environ["CAREWEAVE_HOME"]) / "keys"
    given = {
        f"CAREWEAVE_{name.upper()}_KEY_FILE": str(keys / name)
        for name in ("gate", "anchor")
        if (keys / name).exists()
    }
    return {**fresh_database.environment, "CAREWEAVE_HOME": str(tmp_path), **given}


def careweave(environment: dict[str, str], *arguments: str, succeeds: bool = True) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-m", "careweave.cli", *arguments, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (run.returncode == 0) is succeeds, run.stdout + run.stderr
    return dict(json.loads(run.stdout))


def test_find_names_joe_and_may_be_repeated(environment: dict[str, str]) -> None:
    manager = make.staff("Tom Reid", "coordinator", PRACTICE)
    team = {"id": TEAM, "name": "Riverside North", "organisation": PRACTICE, "manager": manager}
    add_team(**team, telephone="01632 960101", out_of_hours="01632 960102", practices=[PRACTICE])
    joe()
    first = careweave(environment, "find")
    assert (first["people"], first["candidates"]) == (1, 1) and first["seconds"] > 0
    again = careweave(environment, "find", "--model", "riverside-proactive", "--no-refresh")
    model = again["models"]["riverside-proactive"]
    assert (again["candidates"], model["new"], model["unchanged"]) == (1, 0, 1)


@pytest.mark.long
def test_a_new_key_builds_the_warehouse_anew(environment: dict[str, str]) -> None:
    joe()
    refreshed = careweave(environment, "refresh", "--new-key")
    assert (refreshed["people"], refreshed["full"]) == (1, True)


def test_what_cannot_be_done_is_said_and_exits_1(environment: dict[str, str], tmp_path: Path) -> None:
    assert "no version holds" in careweave(environment, "find", "--model", "none", succeeds=False)["error"]
    told = careweave(environment, "terminology", "load", str(tmp_path / "nowhere.zip"), succeeds=False)
    assert "nowhere.zip" in told["error"]
