"""What each further table of the warehouse takes from the resources that organisations and teams write."""

from datetime import date
from pathlib import Path

import pytest

from tests.unit.warehouse_record import (
    FakeGate,
    build,
    coded,
    encounter,
    medicine,
    observation,
    patient,
    rows,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def gate() -> FakeGate:
    made = FakeGate()
    made.put("joe", "RVR", patient("RVR", "9"))
    return made


def test_a_medicine_is_a_row_under_the_stay_it_was_given_in(gate: FakeGate, home: Path) -> None:
    stay = encounter("RVR", "9", "IMP", "2026-10-01T10:00:00Z")
    gate.put("joe", "RVR", stay)
    about = {"reference": f"Encounter/{stay['id']}"}
    gate.put("joe", "RVR", medicine("RVR", "9", "387517004", encounter=about, status="completed"))
    gate.put("joe", "RVR", medicine("RVR", "9", "387207008", courseOfTherapyType=coded("continuous", "x")))
    gate.put("joe", "RVR", medicine("RVR", "9", "372756006", status="entered-in-error"))
    build(gate, home)
    repeat, given = sorted(rows(home, "medication"), key=lambda row: row["code"])
    assert (repeat["code"], repeat["is_repeat"], repeat["event"]) == ("387207008", True, None)
    assert (given["status"], given["start"], given["event"]) == (
        "completed",
        date(2026, 9, 1),
        rows(home, "event")[0]["event"],
    )


def test_blood_pressure_is_its_two_numbers(gate: FakeGate, home: Path) -> None:
    parts = [
        {"code": coded(code), "valueQuantity": {"value": value, "code": "mm[Hg]"}}
        for code, value in (("72313002", 150), ("1091811000000102", 85))
    ]
    gate.put("joe", "RVR", observation("RVR", "9", "75367002", None, component=parts))
    gate.put("joe", "RVR", observation("RVR", "9", "77176002", None))
    build(gate, home)
    told = {(row["code"], row["value"], row["unit"]) for row in rows(home, "observation")}
    assert told == {
        ("72313002", 150.0, "mm[Hg]"),
        ("1091811000000102", 85.0, "mm[Hg]"),
        ("77176002", None, None),
    }
