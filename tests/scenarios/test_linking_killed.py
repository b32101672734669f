"""Linkage killed at any moment and started again ends as if it had never been disturbed."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

import pytest

from careweave.identity.golden_records import linker_gate
from careweave.identity.linking import link
from careweave.record.joining import members_now
from careweave.record.validation import nhs_number
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = [pytest.mark.database, pytest.mark.long]
KILLS = 50


def numbers() -> list[str]:
    """Valid NHS numbers of the test range."""
    return [str(n) for n in range(9990001000, 9990009000) if nhs_number.is_valid(str(n))]


def fill() -> None:
    """Two hundred people, each in a practice and in the hospital."""
    families = ["Holt", "Khan", "Novak", "Ferris", "Adeyemi", "Lund", "Prior", "Quist"]
    for index, number in enumerate(numbers()[:200]):
        details: dict[str, Any] = {
            "family": families[index % 8] + "abcdefghij"[index % 10],
            "given": f"Name{'bcdfghjklm'[index // 20]}a",
            "birth_date": f"19{20 + index % 80}-0{1 + index % 9}-1{index % 10}",
            "nhs_number": number,
        }
        for source in ("Y90001", "RVR"):
            make.load(source, make.patient(source, f"p{index}", gp="Y90001", **details))


def test_linkage_killed_at_50_random_moments_ends_in_the_same_state(fresh_database: Database) -> None:
    fill()
    command = [sys.executable, "-m", "careweave.cli", "link", "--json"]
    chance = random.Random(50)
    longest = 8.0
    for _ in range(KILLS):
        running = subprocess.Popen(command, env=fresh_database.environment, stdout=subprocess.DEVNULL)
        try:
            running.wait(timeout=chance.uniform(0.5, longest))
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        _nothing_is_half_written()
    done = subprocess.run(command, env=fresh_database.environment, capture_output=True, text=True, check=True)
    assert '"persons": 200' in done.stdout
    before = members_now(linker_gate())
    assert link().persons == 200 and members_now(linker_gate()) == before


def _nothing_is_half_written() -> None:
    """Whoever is placed has a person, and both records of one person are placed together or not at all."""
    people = members_now(linker_gate())
    by_person: dict[str, int] = {}
    for person in people.values():
        by_person[person] = by_person.get(person, 0) + 1
    assert set(by_person.values()) <= {2}
