"""The warehouse from the record: what is taken, under which names, all at once, and by changes alone."""

import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from careweave.warehouse import refreshing
from careweave.warehouse.pseudonyms import PseudonymError, open_key, rotate_key, uses
from careweave.warehouse.store import WarehouseError, open_warehouse
from careweave.warehouse.tables import SCHEMAS
from tests.unit.warehouse_record import (
    ODS,
    SNOMED,
    Extracted,
    FakeGate,
    admission_method,
    build,
    condition,
    encounter,
    everything,
    id_of,
    of_every_kind,
    patient,
    rows,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def gate() -> FakeGate:
    return FakeGate()


def joe(gate: FakeGate) -> None:
    gp = {"generalPractitioner": [{"identifier": {"system": ODS, "value": "Y90001"}}]}
    gate.put("joe", "Y90001", patient("Y90001", "1", gender="male", **gp))
    gate.put("joe", "RVR", patient("RVR", "9", birthDate="1914-03-04"))
    gate.put("joe", "Y90001", condition("Y90001", "1", "44054006", SNOMED, onsetDateTime="2010-05"))
    stay = encounter("RVR", "9", "IMP", "2026-10-01T22:30:00+01:00", **admission_method("21"))
    gate.put("joe", "RVR", stay)
    gate.put("joe", "RVR", condition("RVR", "9", "N39.0", encounter={"reference": f"Encounter/{stay['id']}"}))


def test_one_person_is_one_row_that_nobody_can_name(gate: FakeGate, home: Path) -> None:
    joe(gate)
    assert build(gate, home).people == 1
    (person,) = rows(home, "person")
    assert person["birth_month"] == date(1941, 3, 1)
    assert (person["age"], person["sex"], person["practice"], person["is_dead"]) == (
        85,
        "male",
        "Y90001",
        False,
    )
    text = "".join(str(each) for name in ("person", "condition", "event") for each in rows(home, name))
    assert "joe" not in text and not any(id in text for id in gate.stored)


def test_a_diagnosis_keeps_its_stay_and_the_stay_its_method(gate: FakeGate, home: Path) -> None:
    joe(gate)
    build(gate, home)
    (stay,) = rows(home, "event")
    diabetes, infection = sorted(rows(home, "condition"), key=lambda row: row["code"])
    assert (stay["kind"], stay["method"], stay["sector"]) == ("admission", "emergency", "hospital")
    assert stay["start"] == datetime(2026, 10, 1, 21, 30, tzinfo=UTC)
    assert (diabetes["system"], diabetes["start"], diabetes["event"]) == ("snomed", date(2010, 5, 1), None)
    assert (infection["code"], infection["event"]) == ("N390", stay["event"])


def test_a_stay_that_names_its_diagnoses_has_them_too(gate: FakeGate, home: Path) -> None:
    infection = condition("RVR", "9", "N390")
    stay = encounter(
        "RVR",
        "9",
        "IMP",
        "2026-10-01",
        diagnosis=[{"condition": {"reference": f"Condition/{infection['id']}"}}],
    )
    for body in (patient("RVR", "9"), infection, stay):
        gate.put("joe", "RVR", body)
    build(gate, home)
    assert rows(home, "condition")[0]["event"] == rows(home, "event")[0]["event"]


def test_a_stay_sent_twice_is_one(gate: FakeGate, home: Path) -> None:
    gate.put("joe", "RVR", patient("RVR", "9"))
    first = encounter("RVR", "9", "IMP", "2026-10-01T10:00:00Z", **admission_method("21"))
    again = encounter("RVR", "9", "IMP", "2026-10-01T10:00:00Z", note="message")
    for body in (first, again):
        gate.put("joe", "RVR", body)
        about = {"reference": f"Encounter/{body['id']}"}
        gate.put("joe", "RVR", condition("RVR", "9", "W19" if body is first else "F05", encounter=about))
    build(gate, home)
    (stay,) = rows(home, "event")
    assert stay["method"] == "emergency"
    assert {row["event"] for row in rows(home, "condition")} == {stay["event"]}


def test_what_did_not_happen_or_was_a_mistake_is_left_out(gate: FakeGate, home: Path) -> None:
    gate.put("joe", "RVR", patient("RVR", "9"))
    wrong: dict[str, Any] = {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}
    gate.put("joe", "RVR", condition("RVR", "9", "C78", **wrong))
    gate.put("joe", "RVR", encounter("RVR", "9", "AMB", "2027-01-01", status="planned"))
    gate.put("joe", "RVR", {**condition("RVR", "9", ""), "code": {"text": "feels unwell"}})
    build(gate, home)
    assert rows(home, "condition") == [] and rows(home, "event") == []


def test_what_is_suspected_is_a_reason_and_so_is_why_someone_came(gate: FakeGate, home: Path) -> None:
    gate.put("joe", "RVR", patient("RVR", "9"))
    gate.put(
        "joe", "RVR", condition("RVR", "9", "F05", verificationStatus={"coding": [{"code": "provisional"}]})
    )
    fall = {"reasonCode": [{"coding": [{"system": SNOMED, "code": "1912002"}]}]}
    gate.put("joe", "RVR", encounter("RVR", "9", "EMER", "2026-10-01", **fall))
    build(gate, home)
    assert {(row["code"], row["role"]) for row in rows(home, "condition")} == {
        ("F05", "reason"),
        ("1912002", "reason"),
    }
    assert rows(home, "event")[0]["kind"] == "emergency-department"


def test_sensitive_entries_shape_no_suggestion(gate: FakeGate, home: Path) -> None:
    gate.put("joe", "RVM", patient("RVM", "3"))
    gate.put("joe", "RVM", condition("RVM", "3", "F00"), labels=("mental-health",))
    gate.put("joe", "RVM", encounter("RVM", "3", "AMB", "2026-10-01"), labels=("mental-health",))
    assert build(gate, home).conditions == 1
    assert rows(home, "condition") == [] and rows(home, "event") == []


def test_the_practice_speaks_first_about_who_someone_is(gate: FakeGate, home: Path) -> None:
    gp = {"generalPractitioner": [{"identifier": {"system": ODS, "value": "Y90001"}}]}
    gate.put("joe", "RVR", patient("RVR", "9", birthDate="1950-01-01", deceasedBoolean=True))
    gate.put(
        "joe", "careweave", {**patient("careweave", "x", birthDate="1945-01-01", gender="male"), "id": "joe"}
    )
    gate.put("joe", "Y90001", patient("Y90001", "1", birthDate="1941-03", **gp))
    build(gate, home)
    (person,) = rows(home, "person")
    assert (person["birth_month"], person["sex"], person["is_dead"]) == (date(1941, 3, 1), "male", True)


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        ("1951-11-26", 75),
        ("1951-11-27", 74),
        ("1951-11", 74),
        ("1951", 74),
        ("1950", 75),
        ("2027-01-01", None),
    ],
)
def test_nobody_is_called_older_than_they_are(
    gate: FakeGate, home: Path, birth: str, age: int | None
) -> None:
    gate.put("joe", "RVR", patient("RVR", "9", birthDate=birth))
    build(gate, home)
    assert rows(home, "person")[0]["age"] == age


def place(gate: FakeGate, seed: int) -> None:
    """Some of everything, changed at random: entries corrected, taken back, added, records joined and parted."""
    chance = random.Random(seed)
    days = 0 if seed else 30
    for number in range(12):
        local, person = str(number), f"person-{number if not seed else chance.choice([number, 0])}"
        gate.put(person, "RVR", patient("RVR", local), days_ago=30)
        for code in ("I21", "N39.0", "W19", "F05"):
            if chance.random() < 0.5:
                status = chance.choice(["confirmed", "confirmed", "entered-in-error"])
                verified: dict[str, Any] = {"verificationStatus": {"coding": [{"code": status}]}}
                gate.put(person, "RVR", condition("RVR", local, code, **verified), days_ago=days)
        if chance.random() < 0.7:
            reason = {
                "reasonCode": [
                    {"coding": [{"system": SNOMED, "code": chance.choice(["1912002", "68566005"])}]}
                ]
            }
            happened = {"status": chance.choice(["finished", "cancelled"])}
            told = encounter("RVR", local, "EMER", "2026-10-01", **reason)
            gate.put(person, "RVR", {**told, **happened}, days_ago=days)
        for body in of_every_kind(chance, local):
            gate.put(person, "RVR", body, days_ago=days)
        for id, row in list(gate.stored.items()):
            if row.subject == id_of("RVR", "Patient", local):
                gate.stored[id] = Extracted(
                    person, row.subject, row.type, row.source, row.updated, (), row.body
                )


def test_changes_alone_give_what_a_full_build_gives(gate: FakeGate, home: Path) -> None:
    place(gate, 0)
    assert build(gate, home).is_full
    for seed in range(1, 6):
        place(gate, seed)
        assert not build(gate, home).is_full
        by_changes = everything(home)
        assert len(gate.taken[-1]) < len(gate.stored)
        assert build(gate, home, is_full=True).is_full
        assert by_changes == everything(home)


def test_a_build_that_fails_leaves_the_last_one(
    gate: FakeGate, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joe(gate)
    build(gate, home)
    before = everything(home)
    monkeypatch.setattr(refreshing, "_publish", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError):
        build(gate, home)
    assert everything(home) == before
    assert len(list((home / "warehouse" / "versions").iterdir())) == 1


def test_it_opens_for_a_purpose_it_knows_and_not_before_it_is_built(gate: FakeGate, home: Path) -> None:
    with (
        pytest.raises(WarehouseError, match="careweave refresh"),
        open_warehouse(home, purpose="case-finding"),
    ):
        pass
    build(gate, home)
    with pytest.raises(WarehouseError, match="marketing"), open_warehouse(home, purpose="marketing"):
        pass


def test_who_opted_out_is_found_for_care_counted_for_payment_and_absent_from_every_secondary_use(
    gate: FakeGate, home: Path
) -> None:
    joe(gate)
    build(gate, home, counting=FakeGate())
    assert len(rows(home, "person")) == 1
    assert rows(home, "event")
    with open_warehouse(home, purpose="payment") as warehouse:
        for name in ("person", "event", "admission"):
            assert len(warehouse.engine.rows(getattr(warehouse.tables, name))) == 1
        assert warehouse.engine.rows(warehouse.tables.condition) == []  # no diagnosis is needed to pay
    with open_warehouse(home, purpose="secondary-use") as warehouse:
        for name in SCHEMAS:
            assert warehouse.engine.rows(getattr(warehouse.tables, name)) == []
    build(gate, home)
    with open_warehouse(home, purpose="secondary-use") as warehouse:
        assert len(warehouse.engine.rows(warehouse.tables.person)) == 1
        assert warehouse.engine.rows(warehouse.tables.event)


def test_the_way_back_is_beside_the_key_and_on_record(gate: FakeGate, home: Path) -> None:
    joe(gate)
    build(gate, home)
    key = open_key(home / "keys", by="system:finder")
    (person,) = rows(home, "person")
    assert key.people_behind([person["person"], "f" * 32], by="system:finder", purpose="case-finding") == {
        person["person"]: "joe"
    }
    told = [(use.act, use.by, use.count) for use in uses(home / "keys")]
    assert told == [
        ("made", "system:warehouse", 0),
        ("pseudonymised", "system:warehouse", 1),
        ("re-identified", "system:finder", 1),
    ]
    assert all(file.stat().st_mode & 0o077 == 0 for file in (home / "keys").iterdir())
    for folder in ("keys", "warehouse"):
        assert (home / folder).stat().st_mode & 0o777 == 0o700, "nobody else enters it"


def test_a_changed_record_of_uses_is_noticed(gate: FakeGate, home: Path) -> None:
    build(gate, home)
    file = home / "keys" / "warehouse-uses.ndjson"
    file.write_text(file.read_text().replace('"made"', '"lost"'))
    with pytest.raises(PseudonymError, match="line 1"):
        uses(home / "keys")


def test_a_new_key_means_new_pseudonyms_and_a_full_build(gate: FakeGate, home: Path) -> None:
    joe(gate)
    build(gate, home)
    before = rows(home, "person")[0]["person"]
    rotate_key(home / "keys", by="staff:1")
    assert build(gate, home).is_full
    assert rows(home, "person")[0]["person"] != before


def test_no_day_of_birth_is_left_behind(gate: FakeGate, home: Path) -> None:
    joe(gate)
    build(gate, home)
    columns = [
        column
        for file in home.glob("warehouse/versions/*/**/*.parquet")
        for column in pq.read_schema(file).names
    ]
    assert not {"birth", "birth_date", "name", "nhs_number"} & set(columns)
