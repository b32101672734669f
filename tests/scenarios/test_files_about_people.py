"""What commands write of the record: who opted out and what was said in confidence is in no view; half a file is no file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.conf import settings
from django.db import connections

from careweave.cli import backup, export, refused, view
from careweave.configuration import from_environment
from careweave.intake.loading import load
from careweave.record import Gate, Purpose, Refusal, agreements, choices
from careweave.record.choices import Wish
from careweave.record.ids import resource_id
from careweave.web.staff import refused as sent_rows
from tests import factories as make
from tests.fixtures.database import Database
from tests.scenarios.test_intake_refused import admissions
from tests.scenarios.test_measure_pages import signed_in

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TRUST = "RVX"
LABELS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "sensitive": ("mental-health",),
    "let-seen": ("survey",),
    "confidence": ("survey", "in-confidence"),
    "choice": ("own-choice",),
    "some-alone": ("only-named",),
}
VIEW = {
    "resource": "QuestionnaireResponse",
    "status": "active",
    "select": [
        {"column": [{"name": "person", "path": "subject.getReferenceKey(Patient)"}]},
        {"column": [{"name": "said", "type": "integer", "path": "item.answer.valueInteger.first()"}]},
    ],
}


@pytest.fixture(scope="module")
def people(database: None) -> tuple[str, str]:
    """One who is counted, with an answer of every kind; one who opted out, with one answer."""
    ids = []
    for number, answers in (("1", list(LABELS)), ("2", ["nothing"])):
        patient = make.patient(TRUST, number)
        ids.append(make.person((TRUST, patient)))
        for answer in answers:
            make.load(TRUST, _answer(patient["id"], f"{number}-{answer}", answer), labels=LABELS[answer])
    terms = agreements.Terms("Counting", TRUST, purposes=("secondary-use",))
    assert isinstance(agreements.agree(agreements.keeping(), terms, signed_by="A test"), str)
    wish = Wish((choices.EVERYTHING,), (), Purpose.SECONDARY_USE)
    assert not isinstance(choices.choose(make.own_gate(ids[1]), ids[1], wish), Refusal)
    return ids[0], ids[1]


def _answer(patient: str, name: str, kind: str) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": resource_id(TRUST, "QuestionnaireResponse", name),
        "status": "completed",
        "subject": {"reference": f"Patient/{patient}"},
        "item": [{"linkId": "1", "answer": [{"valueInteger": list(LABELS).index(kind)}]}],
    }


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for command in (backup, export, refused, view):
        monkeypatch.setattr(command, "ready_place", lambda: settings.CONFIGURATION)
    monkeypatch.setattr(export, "gate_of", lambda user, _purpose, _role: make.own_gate(user))
    return tmp_path


def run(module: Any, *words: str | Path) -> Result:
    return CliRunner().invoke(module.command, [*map(str, words), "--json"])


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_view_holds_no_row_of_who_opted_out_or_of_what_was_said_in_confidence(
    people: tuple[str, str], here: Path, ending: str
) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    (here / "view.json").write_text(json.dumps(VIEW))
    out = here / f"answers.{ending}"
    done = run(view, here / "view.json", out)
    assert done.exit_code == 0, done.output
    read = pyarrow.csv.read_csv if ending == "csv" else pyarrow.parquet.read_table
    rows = read(out).to_pylist()
    named = list(LABELS)
    assert sorted(named[row["said"]] for row in rows) == ["let-seen", "nothing", "sensitive"]
    assert len({row["person"] for row in rows}) == 1, "and none of who opted out"
    assert out.stat().st_mode & 0o777 == 0o600
    taken = _taken()
    again = run(view, here / "view.json", out)
    assert again.exit_code and "is there already" in again.output
    assert taken and _taken() == taken, "the audit says what was taken, and nothing more"
    assert run(view, here / "view.json", out, "--replace").exit_code == 0
    assert {each.name for each in here.iterdir()} == {"view.json", out.name}


def _taken() -> int:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM record.audit WHERE act = 'extract' AND detail -> 'types' = '[\"QuestionnaireResponse\"]'"
        )
        (count,) = cursor.fetchone()
        return int(count)


def test_an_export_that_fails_midway_leaves_what_was_there_and_one_that_ends_is_for_its_owner(
    people: tuple[str, str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = here / "mine.ndjson"
    words = (out, "--as", people[0], "--purpose", "own-care")
    assert run(export, *words).exit_code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    assert {json.loads(line)["resourceType"] for line in out.read_text().splitlines()} >= {"Patient"}
    held = out.read_bytes()
    monkeypatch.setattr("careweave.record.exporting.export_lines", _stops_midway)
    assert run(export, *words, "--replace").exit_code
    assert out.read_bytes() == held and list(here.iterdir()) == [out]


def _stops_midway(_gate: object) -> Iterator[bytes]:
    yield b"{}"
    raise KeyboardInterrupt


def test_refused_rows_as_sent_are_for_their_owner_and_their_writing_is_audited(
    here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sent = tmp_path_factory.mktemp("sent")
    batch = load([admissions(sent, {"sex": "M"})], source="RVR").batches[0]
    out = here / "rows.csv"
    assert run(refused, "--batch", batch, "--csv", out, "--full").exit_code == 0
    assert out.stat().st_mode & 0o777 == 0o600 and len(out.read_text().splitlines()) == 2
    written = (
        "SELECT detail ->> 'rows', detail ->> 'as_sent' FROM record.audit WHERE act = 'refused-rows-written'"
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute(written)
        assert cursor.fetchall() == [("1", "true")]
        assert run(refused, "--csv", out).exit_code, "it is there already"
        cursor.execute(written)
        assert len(cursor.fetchall()) == 1, "what was not written is not audited"


def test_a_file_that_a_clerk_sends_waits_where_nobody_else_can_look_and_is_gone_afterwards(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.organisation("RVR")
    batch = load([admissions(tmp_path, {"sex": "M"}, name="wrong.csv")], source="RVR").batches[0]
    right = admissions(tmp_path, {"sex": "1"}, name="right.csv")
    rights: list[int] = []
    send = sent_rows.refused.send_corrected_file

    def watched(gate: Gate, of: str, file: Path) -> Any:
        rights.append(file.parent.stat().st_mode & 0o777)
        assert file.parent.parent == settings.CONFIGURATION.home / "sent"
        return send(gate, of, file)

    monkeypatch.setattr(sent_rows.refused, "send_corrected_file", watched)
    with right.open("rb") as file:
        answer = signed_in("data-clerk").post(f"/intake/refused/{batch}/send", {"file": file}, secure=True)
    assert answer.status_code == 302, answer.content.decode()
    assert rights == [0o700]
    folder = settings.CONFIGURATION.home / "sent"
    assert folder.stat().st_mode & 0o777 == 0o700 and list(folder.iterdir()) == []


def test_a_backup_is_not_written_over_unasked(
    here: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "ready_place", lambda: from_environment(database.environment))
    out = here / "night.backup"
    out.write_text("of last night")
    refusal = run(backup, out)
    assert refusal.exit_code and "is there already" in refusal.output and out.read_text() == "of last night"
    done = run(backup, out, "--replace")
    assert done.exit_code == 0, done.output
    assert out.read_bytes()[:5] == b"PGDMP" and out.stat().st_mode & 0o777 == 0o600
    assert list(here.iterdir()) == [out]
