"""With whom somebody is registered, by the day: a practice that they left sees nothing and is asked nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from careweave.record.registrations import ODS_SYSTEM, practices_on, registrations
from careweave.record.relations import Relationship, relationships
from careweave.warehouse.extraction.patients import patient_row

OLD, NEW = "Y90001", "Y90002"


def patient(*practices: tuple[str, dict[str, str] | None]) -> dict[str, Any]:
    """As the national demographics service states them: the period is that of the identifier."""
    told = [
        {"identifier": {"system": ODS_SYSTEM, "value": code} | ({"period": period} if period else {})}
        for code, period in practices
    ]
    return {"resourceType": "Patient", "id": "one", "generalPractitioner": told}


MOVED = patient((OLD, {"start": "2019-02-01", "end": "2026-09-30"}), (NEW, {"start": "2026-10-01"}))


@pytest.mark.parametrize(
    ("day", "practice"),
    [
        (date(2019, 1, 31), []),
        (date(2026, 9, 30), [OLD]),
        (date(2026, 10, 1), [NEW]),
        (date(2030, 1, 1), [NEW]),
    ],
)
def test_both_days_of_a_registration_belong_to_it(day: date, practice: list[str]) -> None:
    assert practices_on(MOVED, day) == practice


def test_a_month_stands_for_all_of_its_days_and_no_period_for_every_day() -> None:
    of_month = patient((OLD, {"start": "2026-02", "end": "2026-02"}), (NEW, None))

    assert practices_on(of_month, date(2026, 2, 28)) == [OLD, NEW]
    assert practices_on(of_month, date(2026, 3, 1)) == [NEW]


def test_what_ends_before_it_begins_is_no_registration() -> None:
    assert list(registrations(patient((OLD, {"start": "2026-03-02", "end": "2026-03-01"})))) == []


def test_a_national_code_for_no_practice_is_none() -> None:
    assert practices_on(patient(("V81999", None), (NEW, None), ("V81997", None)), date(2026, 11, 1)) == [NEW]


def test_a_practice_sees_only_those_it_has_now_and_only_by_its_own_word() -> None:
    def opened(source: str) -> list[Relationship]:
        return [each for each in relationships(MOVED, source=source) if each.kind == "practice"]

    assert opened(OLD) == [Relationship(f"org:{OLD}", "practice", "2019-02-01", "2026-09-30")]
    assert opened(NEW) == [Relationship(f"org:{NEW}", "practice", "2026-10-01", None)]
    assert opened("RVX") == []


def test_the_warehouse_takes_the_practice_of_its_day() -> None:
    assert patient_row(MOVED, NEW, date(2026, 9, 1), {})["practice"] == OLD
    assert patient_row(MOVED, NEW, date(2026, 11, 1), {})["practice"] == NEW
