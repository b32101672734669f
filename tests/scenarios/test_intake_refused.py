"""Refused rows are listed, corrected in place or in a file, or left with a reason; nothing of the row as sent is lost."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from careweave.intake import refused
from careweave.intake.loading import load
from careweave.intake.refused import Corrected
from careweave.record import Actor, Gate, Purpose, Refusal
from careweave.record.batches import CORRECTED, KeptRow, refused_row
from careweave.record.ids import resource_id
from tests.fixtures.database import Database
from tests.scenarios.test_intake_loading import counts, state
from tests.unit.intake_files import bundle, entry, line, lines, observation, patient, table, write
from tests.unit.test_intake_mappings import ADMISSION, FEEDS

pytestmark = pytest.mark.database
CLERK = Actor("staff:00000000-0000-4000-8000-00000000c1e1", "data-clerk", "900")
URL = "urn:uuid:4a1d4d4e-0000-4000-8000-00000000000"


@pytest.fixture
def gate(fresh_database: Database) -> Gate:
    return Gate(CLERK, Purpose.INTAKE)


def admissions(folder: Path, *changes: dict[str, str], name: str = "admissions.csv") -> Path:
    rows = [{**ADMISSION, "spell_id": f"S{n}", **change} for n, change in enumerate(changes, 1)]
    return write(folder, name, table(FEEDS["admissions"]["columns"], *rows))


def only(gate: Gate) -> KeptRow:
    [row] = refused.rows(gate)
    return row


def test_a_row_of_a_table_is_corrected_in_place_and_kept_as_sent(
    gate: Gate, fresh_database: Database, tmp_path: Path
) -> None:
    load([admissions(tmp_path, {}, {"birth_date": "2041-03-04"})], source="RVR")
    row = only(gate)
    assert (row.line, row.field, row.value) == (3, "birth_date", "2041-03-04")
    assert refused.correct(gate, row.id, {"birth_date": "1941-03-04"}) == Corrected(1)
    assert refused.rows(gate) == []
    kept = refused_row(gate.door, row.id)
    assert kept is not None
    assert json.loads(kept.raw)["birth_date"] == "2041-03-04"
    assert json.loads(kept.corrected or "")["birth_date"] == "1941-03-04"
    assert (kept.state, kept.decided_by) == (CORRECTED, CLERK.id)
    assert counts(fresh_database) == [(2, 2, 0, 0)]
    assert resource_id("RVR", "Encounter", "enc-S2") in state(fresh_database)
    again = refused.correct(gate, row.id, {"birth_date": "1941-03-05"})
    assert isinstance(again, Refusal)
    assert again.reason.startswith("This row was corrected already at ")


def test_a_correction_that_is_still_wrong_says_so_and_changes_nothing(
    gate: Gate, fresh_database: Database, tmp_path: Path
) -> None:
    load([admissions(tmp_path, {"sex": "M"})], source="RVR")
    before = only(gate)
    answer = refused.correct(gate, before.id, {"sex": "1", "birth_date": "1941-02-30"})
    assert isinstance(answer, Refusal)
    assert (answer.field, answer.reason) == (
        "birth_date",
        "Date of birth is not a date that exists. Expected: a real date as YYYY-MM-DD",
    )
    assert refused.correct(gate, before.id, {"no such column": "1"}) == Refusal(
        "There is no such column in this file", "no such column"
    )
    assert only(gate) == before
    assert state(fresh_database) == {}


def test_a_patient_corrected_in_a_bundle_brings_in_those_that_waited(
    gate: Gate, fresh_database: Database, tmp_path: Path
) -> None:
    sent = bundle(
        entry(patient("p1", birthDate="2999-01-01"), f"{URL}1"),
        entry(observation("o1", f"{URL}1"), f"{URL}2"),
        entry(observation("o2", f"{URL}1", hasMember=[{"reference": f"{URL}2"}])),
        entry(observation("bad", f"{URL}1", status="wrong")),
    )
    load([write(tmp_path, "one.json", line(sent))], source="RVR")
    rows = {row.field: row for row in refused.rows(gate)}
    assert len(rows) == 4
    row = rows["Bundle.entry[0].resource.birthDate"]
    assert refused.correct(gate, row.id, {row.field: "1941-03-04"}) == Corrected(3)
    bodies = {each[5] for each in state(fresh_database).values()}
    assert len(bodies) == 3
    member = json.loads(next(each for each in bodies if "hasMember" in each))
    assert member["hasMember"] == [{"reference": f"Observation/{resource_id('RVR', 'Observation', 'o1')}"}]
    assert member["subject"] == {"reference": f"Patient/{resource_id('RVR', 'Patient', 'p1')}"}
    assert counts(fresh_database) == [(4, 3, 0, 1)]
    left = only(gate)
    assert refused.correct(gate, left.id, {"Bundle.entry[3].resource.status": "final"}) == Corrected(1)
    assert counts(fresh_database) == [(4, 4, 0, 0)]


def test_a_line_that_is_not_json_can_only_be_corrected_in_a_file(gate: Gate, tmp_path: Path) -> None:
    load([write(tmp_path, "a.ndjson", lines(patient())[:-9])], source="RVR")
    answer = refused.correct(gate, only(gate).id, {"gender": "male"})
    assert answer == Refusal("The JSON is cut short: send it in a corrected file")


def test_a_row_that_will_not_be_corrected_needs_a_reason_and_stays_counted(
    gate: Gate, fresh_database: Database, tmp_path: Path
) -> None:
    load([admissions(tmp_path, {"sex": "M"})], source="RVR")
    row = only(gate)
    assert refused.will_not_correct(gate, row.id, " ") == Refusal(
        "Say why it will not be corrected", "reason"
    )
    assert refused.will_not_correct(gate, row.id, "The sender no longer exists") is None
    assert (only(gate).state, only(gate).why) == ("left", "The sender no longer exists")
    assert counts(fresh_database) == [(1, 0, 0, 1)]


def test_a_corrected_file_puts_right_the_rows_it_holds(
    gate: Gate, fresh_database: Database, tmp_path: Path
) -> None:
    first = load(
        [admissions(tmp_path, {}, {"sex": "M"}, {"birth_date": "x"}, {"ward": 'Elm "2"', "sex": "?"})],
        source="RVR",
    )
    assert first.refused == 3
    corrected = admissions(tmp_path, {}, {"sex": "1"}, {}, name="only the refused rows.csv")
    text = corrected.read_text().splitlines()
    corrected.write_text(
        "\r\n".join([text[0], text[2], text[3].replace(",S3,", ",S4,").replace("1941-03-04", "?")])
    )
    answer = refused.send_corrected_file(gate, first.batches[0], corrected)
    assert isinstance(answer, Corrected)
    assert (answer.accepted, answer.still_refused) == (1, 2)
    [original] = [each for each in refused.files(gate) if each.id == first.batches[0]]
    assert (original.read, original.accepted, original.refused) == (4, 2, 2)
    assert resource_id("RVR", "Encounter", "enc-S2") in state(fresh_database)
    assert resource_id("RVR", "Encounter", "enc-S4") not in state(fresh_database)


def test_what_is_exported_can_be_corrected_and_sent_again(gate: Gate, tmp_path: Path) -> None:
    result = load([admissions(tmp_path, {}, {"sex": "M"}, {"ward": "=1+1", "sex": "M"})], source="RVR")
    found = refused.rows(gate, result.batches[0])
    text = refused.rows_to_correct(found, result.files[0].format)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [each["spell_id"] for each in rows] == ["S2", "S3"]
    assert rows[0]["Careweave: reason"] == "Sex holds a code that is not in its list"
    assert rows[1]["ward"] == "'=1+1"
    path = tmp_path / "again.csv"
    path.write_text(text.replace(",M,", ",2,"))
    answer = refused.send_corrected_file(gate, result.batches[0], path)
    assert isinstance(answer, Corrected)
    assert (answer.accepted, answer.still_refused) == (2, 0)


def test_the_list_for_the_sender_names_no_person_and_no_value(gate: Gate, tmp_path: Path) -> None:
    content = lines(
        patient("p1", name=[{"family": "Unmistakable"}], birthDate="2999-01-01"),
        patient("p2", identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000019"}]),
        patient("p3", gender="Unmistakable"),
        patient("p4", Unmistakable="1"),
        patient("p5", birthDate="Unmistakable"),
        patient("p6", deceasedDateTime="1900-01-01", name=[{"family": "Unmistakable"}]),
        observation("o1", effectivePeriod={"start": "2020-01-02", "end": "2019-01-01"}),
        observation("o2", "Unmistakable"),
        patient("p7", name=[{"family": "Unmistakable\x07"}]),
        b'{"resourceType": "Patient", "id": "p8", "Unmistakable": 1, "Unmistakable": 2}',
        b'{"resourceType": "Patient", "name": Unmistakable}',
    )
    result = load([write(tmp_path, "a.ndjson", content)], source="RVR")
    assert result.refused == 11
    listed = refused.list_for_the_sender(refused.rows(gate))
    assert listed.splitlines()[0] == "file,line,field,reason"
    for private in ("9990000019", "2999", "1900", "2019", "2020-01-02"):
        assert private not in listed
    reasons = [each["reason"] for each in csv.DictReader(io.StringIO(listed))]
    assert not any("Unmistakable" in reason for reason in reasons)


def test_rows_with_the_same_fault_stand_together_most_rows_first(gate: Gate, tmp_path: Path) -> None:
    load([admissions(tmp_path, {"sex": "M"}, {"birth_date": "x"}, {"sex": "F"}, {"sex": "?"})], source="RVR")
    groups = refused.by_reason(refused.rows(gate))
    assert [(reason, len(rows)) for reason, rows in groups] == [
        ("Sex holds a code that is not in its list", 3),
        ("Date of birth is not a date", 1),
    ]


@pytest.mark.parametrize("role", ["gp", "coordinator", "volunteer", "administrator", "analyst"])
def test_nobody_but_the_clerk_sees_or_corrects_refused_rows(
    role: str, fresh_database: Database, tmp_path: Path
) -> None:
    result = load([admissions(tmp_path, {"sex": "M"})], source="RVR")
    row = only(Gate(CLERK, Purpose.INTAKE))
    other = Gate(Actor("staff:00000000-0000-4000-8000-000000000bad", role, "900"), Purpose.INTAKE)
    assert refused.rows(other) == []
    assert refused.files(other) == []
    assert isinstance(refused.correct(other, row.id, {"sex": "1"}), Refusal)
    assert isinstance(refused.will_not_correct(other, row.id, "no"), Refusal)
    assert isinstance(refused.send_corrected_file(other, result.batches[0], tmp_path / "none.csv"), Refusal)


def test_looking_at_refused_rows_and_deciding_is_audited(
    gate: Gate, fresh_database: Database, tmp_path: Path
) -> None:
    load([admissions(tmp_path, {"sex": "M"})], source="RVR")
    refused.correct(gate, only(gate).id, {"sex": "1"})
    with psycopg.connect(fresh_database.owner_url) as connection:
        acts = connection.execute("SELECT act FROM record.audit WHERE actor = %s", [CLERK.id]).fetchall()
    assert {"refused-rows", "refused-row-corrected"} <= {act for (act,) in acts}


def careweave(database: Database, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "careweave.cli", "refused", *arguments]
    return subprocess.run(
        command, env=database.environment, capture_output=True, text=True, timeout=120, check=True
    )


def test_the_command_lists_a_line_a_row(fresh_database: Database, tmp_path: Path) -> None:
    first = load([admissions(tmp_path, {}, {"sex": "M"})], source="RVR")
    load([write(tmp_path, "a.ndjson", lines(patient("p1", gender="m")))], source="Y90001")
    assert sorted(careweave(fresh_database).stdout.splitlines()) == [
        "a.ndjson, line 1, Patient.gender: Gender holds a code that is not in its list",
        "admissions.csv, line 3, sex: Sex holds a code that is not in its list",
    ]
    told: dict[str, Any] = json.loads(careweave(fresh_database, "--batch", first.batches[0], "--json").stdout)
    assert (told["file"], told["line"], told["field"], told["source"]) == ("admissions.csv", 3, "sex", "RVR")
    careweave(fresh_database, "--csv", str(tmp_path / "list.csv"))
    assert len((tmp_path / "list.csv").read_text().splitlines()) == 3
    careweave(fresh_database, "--batch", first.batches[0], "--csv", str(tmp_path / "full.csv"), "--full")
    assert "spell_id" in (tmp_path / "full.csv").read_text()
