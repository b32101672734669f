"""Every number leads to its rows with the version of its definition, and rows lead to a record only through the gate."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from careweave.measures.publishing import measure
from careweave.record import Actor, Purpose, Refusal
from careweave.warehouse.expressions.score import score_tables
from careweave.warehouse.facts import scores_of
from careweave.warehouse.indicators import load_indicator
from careweave.warehouse.lineage import SourceRow, behind_measure, behind_score, open_rows
from careweave.warehouse.pseudonyms import open_key, uses
from careweave.warehouse.scores import load_score
from careweave.warehouse.store import open_warehouse
from tests.unit.warehouse_record import (
    ON,
    FakeGate,
    admission_method,
    build,
    condition,
    encounter,
    id_of,
    patient,
)

MONTHS = [date(2026, 9, 1), date(2026, 10, 1)]


@dataclass(frozen=True)
class Kept:
    id: str


@dataclass
class Carer:
    """A gate for someone who cares for Joe and for nobody else."""

    purpose: Purpose = Purpose.DIRECT_CARE
    actor: Actor = field(default_factory=lambda: Actor("staff:priya", "coordinator"))
    entries: list[str] = field(default_factory=list)

    def about(self, person_id: str, types: Any) -> list[Any]:
        return [Kept(id) for id in self.entries] if person_id == "joe" else []


@pytest.fixture
def home(tmp_path: Path) -> Path:
    gate = FakeGate()
    for person, local in (("joe", "9"), ("ann", "8")):
        gate.put(person, "RVR", patient("RVR", local, gender="male"))
        stay = encounter("RVR", local, "IMP", "2026-10-02", **admission_method("21"))
        stay["period"]["end"] = "2026-10-05"
        gate.put(person, "RVR", stay)
        about: Any = {"reference": f"Encounter/{stay['id']}"}
        gate.put(person, "RVR", condition("RVR", local, "I21.9", encounter=about))
        gate.put(person, "RVR", condition("RVR", local, "Z00", encounter=about))
    gate.put("joe", "RVR", encounter("RVR", "9", "IMP", "2026-06-01", **admission_method("21")))
    build(gate, tmp_path)
    return tmp_path


def test_a_score_leads_to_the_entries_that_gave_its_points(home: Path) -> None:
    key = open_key(home / "keys", by="test")
    with open_warehouse(home, purpose="case-finding") as warehouse:
        charlson = load_score("charlson", ON)
        made = score_tables(warehouse.tables, charlson, ON)
        rows = (warehouse.engine.rows(made.totals), warehouse.engine.rows(made.drivers))
        scores = scores_of(charlson, ON, *rows, False)
        found = behind_score(warehouse, scores[key.pseudonym("joe")], key.pseudonym("joe"))
    assert (found.definition, found.version, found.as_at) == ("charlson", charlson.version, ON)
    attack = id_of("RVR", "Condition", "9 I21.9 None")
    assert [row.resource for row in found.rows] == [key.pseudonym(attack)]


def test_a_measure_leads_to_as_many_rows_as_it_counted(home: Path) -> None:
    indicator = load_indicator("emergency-admissions", ON)
    with open_warehouse(home, purpose="case-finding") as warehouse:
        found = behind_measure(warehouse, indicator, MONTHS)
        counted = measure(warehouse, indicator, MONTHS)
        women = behind_measure(warehouse, indicator, MONTHS, "sex", "female")
    assert counted.whole.numerator is None and counted.whole.why_hidden  # two are too few to publish
    assert len(found.rows) == 2 and {row.on for row in found.rows} == {date(2026, 10, 2)}
    assert (found.definition, found.version) == (indicator.id, indicator.version)
    assert women.rows == ()


def test_rows_open_for_direct_care_only_and_what_is_not_mine_stays_closed(home: Path) -> None:
    key = open_key(home / "keys", by="test")
    with open_warehouse(home, purpose="case-finding") as warehouse:
        rows = behind_measure(warehouse, load_indicator("emergency-admissions", ON), MONTHS).rows
    stay = id_of("RVR", "Encounter", "9 IMP 2026-10-02 ")
    mine = Carer(entries=[stay, id_of("RVR", "Encounter", "9 IMP 2026-06-01 ")])
    opened = open_rows(mine, key, rows)
    assert not isinstance(opened, Refusal) and [one.id for one in opened] == [stay]
    used = uses(home / "keys")[-1]
    assert (used.act, used.by, used.purpose, used.count) == ("re-identified", "staff:priya", "direct-care", 2)
    before = len(uses(home / "keys"))
    for purpose in (Purpose.SECONDARY_USE, Purpose.CASE_FINDING, Purpose.GOVERNANCE):
        assert isinstance(open_rows(Carer(purpose), key, rows), Refusal)
    assert len(uses(home / "keys")) == before


def test_a_row_of_nobody_leads_nowhere(home: Path) -> None:
    key = open_key(home / "keys", by="test")
    assert open_rows(Carer(), key, [SourceRow("event", "f" * 32, "e" * 32, "RVR", None)]) == []
