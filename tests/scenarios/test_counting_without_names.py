"""Issue 5: who opted out is cared for and paid for and counted nowhere; no way from a number to a name but the gate."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from django.db import connections

import careweave
from careweave.cli import client_level_data
from careweave.measures.publishing_population import publish_population
from careweave.record import Actor, Gate, Purpose, Refusal, agreements, choices
from careweave.record.choices import Wish
from careweave.warehouse.cohorts import load_words, read_group
from careweave.warehouse.cohorts.definition import lines_of
from careweave.warehouse.cohorts.evaluating import evaluate
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.indicator import items_within
from careweave.warehouse.indicators import load_indicator
from careweave.warehouse.lineage import SourceRow, open_rows
from careweave.warehouse.pseudonyms import PseudonymKey, open_key
from careweave.warehouse.store import KEPT, open_warehouse
from careweave.warehouse.tables import SCHEMAS
from careweave.warehouse.views.definition import read_view
from careweave.warehouse.views.writing import write_view
from tests import factories as make
from tests.scenarios.test_finding import PRACTICE, TEAM, TODAY, Place, joe, member_of_the_team

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
SOURCE = Path(careweave.__file__).parent


class Two:
    """Two people of one story; one of them has opted out of every use but care."""

    def __init__(self, home: Path) -> None:
        self.place = Place(home)
        member_of_the_team(self.place)
        for each in (PRACTICE, "RVR"):
            make.organisation(each)
        self.out, self.counted = joe(), joe()
        for source in (PRACTICE, "RVR"):
            terms = agreements.Terms("Counting", source, purposes=("secondary-use",))
            assert isinstance(agreements.agree(agreements.keeping(), terms, signed_by="A test"), str)
        wish = Wish((choices.EVERYTHING,), (), Purpose.SECONDARY_USE)
        assert not isinstance(choices.choose(make.own_gate(self.out), self.out, wish), Refusal)
        self.found = self.place.find(team_for_practice=lambda _: TEAM)
        self.key: PseudonymKey = open_key(home / "keys", by="test")
        self.published = publish_population(home, TODAY)

    def behind(self, purpose: str, table: str) -> set[str]:
        with open_warehouse(self.place.home, purpose=purpose) as warehouse:
            return {row["person"] for row in warehouse.engine.rows(getattr(warehouse.tables, table))}

    @property
    def names(self) -> tuple[str, str]:
        return self.key.pseudonym(self.out), self.key.pseudonym(self.counted)


@pytest.fixture(scope="module")
def two(database: None, tmp_path_factory: pytest.TempPathFactory) -> Two:
    return Two(tmp_path_factory.mktemp("two"))


def test_opted_out_people_are_found_for_care_counted_for_payment_and_absent_from_every_secondary_use(
    two: Two, tmp_path: Path
) -> None:
    out, counted = two.names
    assert two.found.candidates == 2, "both are found for their own care"
    assert two.place.task(two.out) is not None
    assert {out, counted} == two.behind("payment", "event") == two.behind("payment", "admission")
    for name in SCHEMAS:
        if "person" in SCHEMAS[name].names:
            assert out not in two.behind("secondary-use", name), name
    assert counted in two.behind("secondary-use", "event")
    # Measures and surveys: the rows of one measure, and the table that surveys are counted from (above).
    with open_warehouse(two.place.home, purpose="secondary-use") as warehouse:
        months = [TODAY.replace(day=1, month=10)]
        items = items_within(warehouse.tables, load_indicator("emergency-admissions", TODAY), months, "")
        assert {row["person"] for row in warehouse.engine.rows(items)} == {counted}
        # Groups: whom the builder looks at before any rule is asked.
        register = read_group(load_words(TODAY), "age >= 75")
        people = evaluate(warehouse, register, lines_of(register.rule)).people
        assert set(people) == {int(counted[:16], 16)}
    # Exports without names.
    view = read_view(VIEW)
    gate = Gate(Actor("system:warehouse", "system"), Purpose.SECONDARY_USE)
    rows = write_view(gate, view, tmp_path / "out.csv", key=two.key, by="test", on=TODAY)
    told = (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert rows and two.out not in told and len(told.splitlines()) == rows + 1
    assert rows == sum(1 for batch in gate.extract(["Condition"]) for _ in batch)
    assert not any(row.person_id == two.out for batch in gate.extract(["Condition"]) for row in batch)


def test_client_level_data_is_a_new_file_for_its_owner_alone_and_audited(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = SimpleNamespace(home=two.place.home)
    monkeypatch.setattr(client_level_data, "ready_place", lambda: place)
    out = tmp_path / "events.parquet"

    def run(file: Path) -> Result:
        return CliRunner().invoke(client_level_data.command, [str(file), "--json"])

    before = _written_down()
    made = run(out)
    assert made.exit_code == 0, made.output
    assert list(tmp_path.iterdir()) == [out] and out.stat().st_mode & 0o777 == 0o600
    assert pq.read_table(out).num_rows == json.loads(made.output)["rows"]
    assert _written_down() == [*before, ("system:warehouse", "secondary-use", "client-level-data")]

    held = out.read_bytes()
    again, nowhere = run(out), run(tmp_path / "none" / "events.parquet")
    assert again.exit_code and "is there already" in again.output and out.read_bytes() == held
    assert nowhere.exit_code and "There is no folder" in nowhere.output

    monkeypatch.setattr(Engine, "write", _is_interrupted)
    assert run(tmp_path / "other.parquet").exit_code
    assert list(tmp_path.iterdir()) == [out], "nothing half-written is left"


def test_everything_that_publishes_opens_the_warehouse_for_secondary_use(two: Two) -> None:
    """The one exception counts how many are left out, and hides a number that is small."""
    opened = [
        (file.relative_to(SOURCE).as_posix(), ast.unparse(call.keywords[0].value))
        for file in sorted((SOURCE / "measures").rglob("*.py"))
        for call in _calls(file, "open_warehouse")
    ]
    assert len(opened) >= 8
    others = [file for file, purpose in opened if purpose != "SECONDARY_USE"]
    assert others == ["measures/publishing_population.py"]
    assert two.published.left_out is None, "one person is too few to be told"
    assert set(KEPT["secondary-use"]) == {"is_counted"}


def test_no_path_leads_from_a_measure_to_a_name_except_the_gate(two: Two) -> None:
    """The way back is used by the list that asks teams and by rows that the gate opens, for direct care."""
    users = {
        file.relative_to(SOURCE).as_posix()
        for file in SOURCE.rglob("*.py")
        for call in _calls(file, "people_behind")
        if "purpose" in {each.arg for each in call.keywords}
    }
    assert users == {"care/finding/finding.py", "warehouse/lineage.py"}
    stranger = make.gate(make.staff("Nobody Near", "coordinator", "RVC"), "coordinator", "RVC")
    priya = two.place.coordinator()
    with open_warehouse(two.place.home, purpose="secondary-use") as warehouse:
        event = warehouse.tables.event
        rows = [
            SourceRow("event", row["person"], row["event"], row["source"], None)
            for row in warehouse.engine.rows(event)
        ]
    assert rows and open_rows(stranger, two.key, rows) == [], "whom one does not care for stays closed"
    opened = open_rows(priya, two.key, rows)
    assert not isinstance(opened, Refusal) and {one.type for one in opened} == {"Encounter"}
    for purpose in (Purpose.SECONDARY_USE, Purpose.CASE_FINDING, Purpose.GOVERNANCE):
        other = make.gate(two.place.priya, "analyst", "RVC", purpose)
        assert isinstance(open_rows(other, two.key, rows), Refusal)
    kept = b"".join(_files(two.place.home, without={"keys"}))
    for name in (two.out, two.counted, "Holloway", "Joseph"):
        assert name.encode() not in kept, f"{name} is in a file that numbers are made from"


VIEW = {
    "resourceType": "https://sql-on-fhir.org/ig/StructureDefinition/ViewDefinition",
    "name": "conditions",
    "status": "active",
    "resource": "Condition",
    "select": [{"column": [{"name": "id", "path": "id"}]}],
}


def _written_down() -> list[tuple[str, str, str]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT actor, purpose, detail ->> 'what' FROM record.audit WHERE detail ? 'what' ORDER BY id"
        )
        return [row for row in cursor.fetchall() if row[2] == "client-level-data"]


def _is_interrupted(_engine: Engine, _events: object, file: Path) -> int:
    file.write_bytes(b"half")
    raise KeyboardInterrupt


def _calls(file: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
            yield node


def _files(folder: Path, *, without: set[str]) -> Iterator[bytes]:
    for each in sorted(folder.rglob("*")):
        if each.is_file() and not without & set(each.relative_to(folder).parts):
            is_table = each.suffix == ".parquet"
            yield str(pq.read_table(each).to_pydict()).encode() if is_table else each.read_bytes()
