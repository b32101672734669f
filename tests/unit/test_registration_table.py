"""The warehouse's registrations: each day in one practice at most, whatever several sources say."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.unit.warehouse_record import ODS, FakeGate, build, patient, rows

OLD, NEW, HOSPITAL = "Y90001", "Y90002", "RVR"
Told = list[tuple[str, str | None, str | None]]
MOVED: Told = [(OLD, "2019-02-01", "2026-06-30"), (NEW, "2026-07-01", None)]


def put(gate: FakeGate, source: str, *spans: tuple[str, str | None, str | None], **more: Any) -> None:
    """One source's word on the practices of one person."""
    told = [
        {
            "identifier": {
                "system": ODS,
                "value": practice,
                "period": {name: day for name, day in (("start", start), ("end", end)) if day},
            }
        }
        for practice, start, end in spans
    ]
    gate.put("p1", source, patient(source, "one", generalPractitioner=told, **more))


def found(home: Path) -> Told:
    every = sorted(rows(home, "registration"), key=lambda row: (row["start"] or date.min, row["practice"]))
    days = [(row["start"], row["ended"]) for row in every]
    assert all(not end or not after[0] or end < after[0] for (_, end), after in pairwise(days))
    return [
        (row["practice"], *(day.isoformat() if day else None for day in span))
        for row, span in zip(every, days, strict=True)
    ]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        # The new practice alone tells both.
        ({NEW: [(OLD, "2019-02-01", "2026-06-30"), (NEW, "2026-07-01", None)]}, MOVED),
        # The old one has not heard of the move: the one that began later counts from its first day.
        ({OLD: [(OLD, "2019-02-01", None)], NEW: [(NEW, "2026-07-01", None)]}, MOVED),
        # What a hospital believes gives way to a practice's own register.
        ({HOSPITAL: [(OLD, None, None)], NEW: [(NEW, "2026-07-01", None)]}, [(NEW, "2026-07-01", None)]),
        # Where no practice of theirs sends, what is believed is better than nothing.
        ({HOSPITAL: [(OLD, None, None)]}, [(OLD, None, None)]),
        # Back where they were: three stays, a gap in which they were nowhere.
        ({OLD: [(OLD, None, "2026-01-31"), (OLD, "2026-05-01", None)], NEW: [(NEW, "2026-02-01", "2026-03-31")]},
         [(OLD, None, "2026-01-31"), (NEW, "2026-02-01", "2026-03-31"), (OLD, "2026-05-01", None)]),
        # Both say the same day: one of them, and not both.
        ({OLD: [(OLD, "2026-05-01", "2026-05-31")], NEW: [(NEW, "2026-05-01", None)]}, [(NEW, "2026-05-01", None)]),
    ],
)  # fmt: skip
def test_each_day_is_in_one_practice_at_most(tmp_path: Path, stated: dict[str, Told], expected: Told) -> None:
    gate = FakeGate()
    for source, spans in stated.items():
        put(gate, source, *spans)
    build(gate, tmp_path)

    assert found(tmp_path) == expected


def test_death_ends_a_registration_and_an_unknown_day_of_death_leaves_none(tmp_path: Path) -> None:
    gate = FakeGate()
    put(gate, NEW, (NEW, "2026-07-01", None), deceasedDateTime="2026-08-15")
    build(gate, tmp_path / "dated")
    put(gate, NEW, (NEW, "2026-07-01", None), deceasedBoolean=True)
    build(gate, tmp_path / "undated")

    assert found(tmp_path / "dated") == [(NEW, "2026-07-01", "2026-08-15")]
    assert found(tmp_path / "undated") == []


def test_a_registration_that_is_no_longer_stated_is_gone_after_the_next_refresh(tmp_path: Path) -> None:
    gate = FakeGate()
    put(gate, NEW, (NEW, "2026-07-01", None))
    build(gate, tmp_path)
    put(gate, NEW, (NEW, "2026-08-01", None))
    build(gate, tmp_path)

    assert found(tmp_path) == [(NEW, "2026-08-01", None)]
