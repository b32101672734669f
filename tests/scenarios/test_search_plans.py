"""Every declared search is led by an index as the serving role, and one identifier is made once by 64 writers."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from careweave.identity.staffing import administering
from careweave.record import Actor, Gate, Purpose
from careweave.record.ids import DIRECTORY
from careweave.record.indexing.parameters import PARAMETERS, Parameter
from careweave.record.indexing.search import sort_keys
from careweave.record.load import Loader, LoadRow
from careweave.record.parties import join
from careweave.record.reading import COLUMNS
from careweave.record.searching import Search, parsed, where_to_look
from careweave.record.searching.statement import Told

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]

MINE, OTHERS = "Y90001", "Y90002"
PEOPLE, KNOWN = 200, 5
READ = {"resource", "resource_version", "token", "finder"}
VALUES = {
    "token": [("", "{code}"), (":not", "{code}")],
    "reference": [("", "{target}/8f3f7a52-1111-4a5e-9d00-000000000001")],
    "date": [("", "2024-05-01"), ("", "ge2024"), ("", "lt2024-06-01T10:00:00Z")],
    "string": [("", "smi"), (":contains", "mit"), (":exact", "Smith")],
    "quantity": [("", "gt5|http://unitsofmeasure.org|mg")],
    "number": [("", "0.5")],
    "uri": [("", "https://example.org/a")],
    "composite": [("", "8480-6$gt140")],
}
Params = list[tuple[str, str]]


@pytest.fixture(scope="module")
def people(database: object) -> list[str]:
    """200 people with one resource of every type that has parameters; five of them are known to the practice."""
    from django.db import connections

    ids = [str(uuid.uuid4()) for _ in range(PEOPLE)]
    for source, some in ((MINE, ids[:KNOWN]), (OTHERS, ids[KNOWN:])):
        rows = [row for person in some for row in rows_about(person)]
        loader = Loader(source=source, file_name="plans", file_hash=str(uuid.uuid4()), format="fhir")
        for number, start in enumerate(range(0, len(rows), 1000)):
            loader.write(number, rows[start : start + 1000])
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE record.resource, record.token, record.finder, record.relationship")
    return ids


def rows_about(person: str) -> Iterator[LoadRow]:
    now = datetime.now(UTC)
    for kind in PARAMETERS:
        id_ = person if kind == "Patient" else str(uuid.uuid4())
        body: dict[str, Any] = {
            "resourceType": kind,
            "id": id_,
            "identifier": [{"system": "https://example.org/id", "value": id_}],
            "status": "active",
            "name": [{"family": "Smith", "given": ["Ada", id_[:4]], "use": "official"}],
            "birthDate": "1950-02-03",
        }
        if kind != "Patient":
            body |= {name: {"reference": f"Patient/{person}"} for name in ("subject", "patient", "for")}
        yield LoadRow(kind, id_, person, now, (), (), body)


@pytest.fixture(scope="module")
def gates(people: list[str]) -> dict[str, Gate]:
    nurse = f"staff:{uuid.uuid4()}"
    join(administering(), actor=nurse, party=f"org:{MINE}")
    return {
        "staff": Gate(Actor(nurse, "practice-nurse", MINE), Purpose.DIRECT_CARE),
        "system": Gate(Actor("system:intake", "system"), Purpose.INTAKE),
    }


def searches_of(kind: str) -> Iterator[Params]:
    """Each declared parameter in each of its forms, the parameters of every type, and every order."""
    for parameter in PARAMETERS[kind].values():
        for modifier, value in VALUES[parameter.kind]:
            yield [(f"{parameter.name}{modifier}", filled(parameter, value))]
        if parameter.kind != "composite":
            yield [(f"{parameter.name}:missing", "false")]
    yield [("_id", str(uuid.uuid4()))]
    yield [("_lastUpdated", "ge2999")]
    for key in sort_keys(kind):
        yield [("_sort", f"-{key}")]


BEYOND: list[tuple[str, Params]] = [
    ("Observation", [("patient.family", "smi")]),
    ("Observation", [("subject:Patient.identifier", "some-code")]),
    ("Observation", [("encounter.status", "finished")]),
    ("Observation", [("encounter.service-provider.name", "river")]),
    ("Encounter", [("service-provider:Organization.name", "river")]),
    ("Encounter", [("participant:Practitioner.identifier", "some-code"), ("_total", "accurate")]),
    ("Patient", [("_has:Condition:patient:code", "some-code")]),
    ("Patient", [("_has:Observation:patient:_has:Provenance:target:agent", "Practitioner/1")]),
    ("Encounter", [("_has:Condition:encounter:code", "some-code")]),
    ("Practitioner", [("_has:Encounter:participant:status", "finished")]),
    ("Patient", [("_revinclude", "Condition:patient"), ("_count", "3")]),
    ("Patient", [("_revinclude", "Observation:patient"), ("_include:iterate", "Observation:*")]),
    ("Encounter", [("_include", "Encounter:*"), ("_revinclude", "Condition:encounter")]),
    ("Condition", [("_include", "Condition:patient"), ("_sort", "-recorded-date,code"), ("_count", "3")]),
    ("Observation", [("code:text", "blood"), ("_tag", "a"), ("_total", "accurate"), ("_count", "0")]),
]


def filled(parameter: Parameter, value: str) -> str:
    types = {value_type for _, value_type in parameter.paths}
    code = "true" if types == {"boolean"} else "some-code"
    return value.format(code=code, target=parameter.targets[0] if parameter.targets else "Patient")


class Explaining:
    """Explains every statement of a search before it is done, each shape of statement once."""

    def __init__(self, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gate, self.rows = gate, gate.door.rows
        self.seen: dict[str, list[str]] = {}
        monkeypatch.setattr(gate.door, "rows", self.explain)

    def explain(self, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
        if sql.startswith("WITH facts") and sql not in self.seen:
            (answer,) = self.rows(f"EXPLAIN (FORMAT JSON) {sql}", values)
            plan = json.loads(answer[0]) if isinstance(answer[0], str) else answer[0]
            self.seen[sql] = [
                node["Relation Name"]
                for node in nodes(plan[0]["Plan"])
                if node["Node Type"] == "Seq Scan" and node.get("Relation Name") in READ
            ]
        return self.rows(sql, values)

    def walks(self, kind: str, params: Params) -> list[str]:
        """The big tables that PostgreSQL walks from end to end for this search; empty when its shape is known."""
        before, query = set(self.seen), parsed(kind, params)
        made = Search(query, where_to_look(self.gate.door, query).everyone)
        if made.page(COLUMNS, size=50, told=Told("", "")).sql in before and query.total == "none":
            return []
        self.gate.search(kind, params)
        return [table for sql in self.seen.keys() - before for table in self.seen[sql]]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def test_explain_of_every_search_uses_an_index(
    gates: dict[str, Gate], people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    explaining = {who: Explaining(gate, monkeypatch) for who, gate in gates.items()}
    walked = []
    plain = [(type_, each) for type_ in PARAMETERS for each in searches_of(type_)]
    for kind, params in [*plain, *BEYOND]:
        asked = [("staff", params), ("system", params)]
        if "patient" in PARAMETERS[kind] and params[0][0].partition(":")[0] not in ("patient", "subject"):
            asked.append(("staff", [("patient", f"Patient/{people[0]}"), *params]))
        for who, each in asked:
            walked += [(who, kind, each, table) for table in explaining[who].walks(kind, each)]
    shapes = sum(len(each.seen) for each in explaining.values())
    assert shapes > 100
    assert not walked, f"{len(walked)} of {shapes}: {walked[:5]}"


def test_exact_text_compares_the_parts_of_a_name_alone(gates: dict[str, Gate]) -> None:
    def found(**params: str) -> int:
        asked = [(name.replace("_", ":"), value) for name, value in params.items()]
        return len(gates["staff"].search("Patient", asked).resources)

    assert found(name_exact="Smith") == KNOWN
    assert found(given_exact="Ada") == KNOWN
    assert found(name_exact="official") == 0, "the use of a name is not the name"
    assert found(family_exact="smith") == 0
    assert found(family_exact="Ada") == 0


def test_what_was_stored_before_its_type_was_searchable_is_found_after_the_upgrade(
    gates: dict[str, Gate],
) -> None:
    from django.db import connections

    id_ = str(uuid.uuid4())
    body = {"resourceType": "Organization", "id": id_, "name": "Brook Street Surgery"}
    loader = Loader(source=MINE, file_name="before", file_hash=id_, format="fhir")
    loader.write(0, [LoadRow("Organization", id_, DIRECTORY, datetime.now(UTC), (), (), body)])
    by_name = [("name", "brook")]
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE record.resource SET tokens = '{}', extra = NULL WHERE id = %s", [id_])
        assert not gates["staff"].search("Organization", by_name).resources
        upgrade = import_module("careweave.record.migrations.0002_search")
        upgrade.index_anew(None, SimpleNamespace(connection=connections["owner"]))
        cursor.execute("SELECT count(*) FROM record.resource_version WHERE id = %s", [id_])
        assert cursor.fetchone() == (0,)
    (found,) = gates["staff"].search("Organization", by_name).resources
    assert (found.id, found.version) == (id_, 1)


def test_64_writers_creating_one_identifier_make_one_resource(people: list[str]) -> None:
    from django.db import connection

    name = ("https://example.org/referral", uuid.uuid4().hex)
    body = {
        "resourceType": "Communication",
        "status": "completed",
        "identifier": [{"system": name[0], "value": name[1]}],
        "subject": {"reference": f"Patient/{people[0]}"},
    }
    start = threading.Barrier(64)
    made: list[str] = []
    failed: list[BaseException] = []

    def write() -> None:
        gate = Gate(Actor("system:work", "system"), Purpose.SYSTEM)
        try:
            start.wait(60)
            made.append(gate.create(dict(body), subject=people[0], if_none_exist=name).id)
        except BaseException as fault:  # told in the test's own thread
            failed.append(fault)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(64)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert not failed, failed[:3]
    assert len(made) == 64
    assert len(set(made)) == 1
    gate = Gate(Actor("system:work", "system"), Purpose.SYSTEM)
    assert len(gate.search("Communication", [("identifier", "|".join(name))]).resources) == 1
