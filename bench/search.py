"""Searches through the gate: what each shape costs with policy, audit and row-level security on, few people and many."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from bench.kit import synthea
from bench.kit.machine import watched
from bench.kit.people import SOURCE, Ready, make_ready
from bench.kit.place import ask, postmaster_of, scratch_place
from bench.kit.reading import p95, timed
from bench.kit.report import Report
from bench.record import load_file

TIMES = 200
MANY = 8_000
FAMILIES = [
    "Smith",
    "Jones",
    "Taylor",
    "Brown",
    "Williams",
    "Davies",
    "Patel",
    "Wright",
    "Khan",
    "Walker",
    "Green",
]
WORKER = "staff:00000000-0000-4000-8000-00000000b166"


def measure(report: Report) -> None:
    with scratch_place() as home:
        server = postmaster_of(home)
        people = synthea.bundles()
        file = home / "bench.ndjson"
        synthea.write_copy(people, 0, file)
        load_file(file, server)
        ready = make_ready()
        _agree()
        ask("ANALYZE")
        named(report, server, ready)
        _load_many()
        ask("ANALYZE")
        open_to_many(report, server)


def named(report: Report, server: int, ready: Ready) -> None:
    """One person's record at a time, by a coordinator who knows all 409."""
    from careweave.record import Actor, Gate, Purpose

    report.section(
        "Searches of one person through the gate",
        f"""{len(ready.people)} Synthea people, 99,589 resources; `gate.search_text` and `gate.everything` in process, a new
        gate for each call, one caller at a time, people drawn at random; audit rows committed. Processor is what the
        caller and the database worked together: two cores can do 2,000 ms of it a second, HTTP included.""",
    )
    rng = random.Random(1)  # noqa: S311
    patients = ask(
        "SELECT body #>> '{identifier,0,system}', body #>> '{identifier,0,value}', body #>> '{name,0,family}',"
        " body ->> 'birthDate' FROM record.resource WHERE type = 'Patient' AND source = %s",
        SOURCE,
    )

    def gate() -> Any:
        return Gate(Actor(ready.party, "coordinator", SOURCE, ready.name), Purpose.DIRECT_CARE)

    def one() -> tuple[Any, ...]:
        return tuple(map(str, rng.choice(patients)))

    page = [("_sort", "-date"), ("_count", "50")]
    shapes: dict[str, Callable[[], object]] = {
        "Observation by patient, a page of 50, newest first": lambda: gate().search_text(
            "Observation", [("patient", rng.choice(ready.people)), *page]
        ),
        "Condition by patient": lambda: gate().search_text(
            "Condition", [("patient", rng.choice(ready.people))]
        ),
        "Patient by identifier": lambda: gate().search_text("Patient", [("identifier", "|".join(one()[:2]))]),
        "Patient by family name and birth date": lambda: gate().search_text(
            "Patient", [("family", (drawn := one())[2]), ("birthdate", drawn[3])]
        ),
        "Encounter by patient with what it leads to": lambda: gate().search_text(
            "Encounter", [("patient", rng.choice(ready.people)), ("_include", "Encounter:*")]
        ),
        "Everything, the first 150": lambda: gate().everything(rng.choice(ready.people), count=150),
    }
    _figures(report, server, shapes, TIMES)


def open_to_many(report: Report, server: int) -> None:
    """Searches that name nobody, by someone who knows thousands."""
    from careweave.record import Actor, Gate, Purpose

    report.section(
        "Open searches by someone who knows 8,000 people",
        """The same place with 8,000 people more, of three conditions each, all known to one coordinator. A search by
        something rare looks at those few who have it; any other looks at all 8,000, worked out in the database.""",
    )
    rng = random.Random(2)  # noqa: S311

    def search(type_: str, *params: tuple[str, str]) -> object:
        return Gate(Actor(WORKER, "coordinator", SOURCE, "Many"), Purpose.DIRECT_CARE).search_text(
            type_, [*params, ("_count", "50")]
        )

    shapes: dict[str, Callable[[], object]] = {
        "Patient by identifier": lambda: search(
            "Patient", ("identifier", f"https://example.org/h|{rng.randrange(MANY)}")
        ),
        "Condition by code": lambda: search("Condition", ("code", str(rng.randrange(200)))),
        "Condition, newest first": lambda: search("Condition", ("_sort", "-_lastUpdated")),
        "Patient having a condition": lambda: search(
            "Patient", ("_has:Condition:patient:code", str(rng.randrange(200)))
        ),
        "Condition of patients of one name": lambda: search(
            "Condition", ("patient.family", rng.choice(FAMILIES))
        ),
    }
    _figures(report, server, shapes, 20)


def _figures(report: Report, server: int, shapes: dict[str, Callable[[], object]], times: int) -> None:
    from statistics import median

    for name, shape in shapes.items():
        timed(shape, 10)
        with watched(server) as span:
            taken = timed(shape, times)
        each = 1000 * span.ours / times
        told = f"p50 {median(taken):.1f} ms, p95 {p95(taken):.1f} ms; {each:.1f} ms processor"
        report.figure(name, told, "", span)


def _agree() -> None:
    """The source and the place have signed, as every place of use has."""
    from careweave.record import agreements

    keeper = agreements.keeping()
    agreements.sign_charter(keeper, organisation=SOURCE, signed_by="Bench")
    agreements.agree(keeper, agreements.Terms("Direct care", SOURCE), signed_by="Bench")


def _load_many() -> None:
    from careweave.record.load import Loader

    for source, rows in ((SOURCE, list(_people())), ("careweave", list(_teams()))):
        loader = Loader(source=source, file_name="many", file_hash=str(uuid.uuid4()), format="fhir")
        for number, start in enumerate(range(0, len(rows), 2000)):
            loader.write(number, rows[start : start + 2000])


def _person(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"bench {number}"))


def _people() -> Iterator[Any]:
    rng = random.Random(3)  # noqa: S311
    for number in range(MANY):
        person = _person(number)
        yield _row(
            person,
            {
                "resourceType": "Patient",
                "id": person,
                "identifier": [{"system": "https://example.org/h", "value": str(number)}],
                "name": [{"family": rng.choice(FAMILIES), "given": [f"G{number}"]}],
                "birthDate": f"19{rng.randint(20, 99)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}",
            },
        )
        for each in range(3):
            code = {"coding": [{"system": "http://snomed.info/sct", "code": str(rng.randrange(200))}]}
            body = {"resourceType": "Condition", "id": str(uuid.uuid5(uuid.UUID(person), str(each)))}
            yield _row(person, {**body, "subject": {"reference": f"Patient/{person}"}, "code": code})


def _teams() -> Iterator[Any]:
    from careweave.record.relations import party_reference

    for number in range(MANY):
        person = _person(number)
        member = {"role": [{"text": "coordinator"}], "member": party_reference(WORKER)}
        body = {
            "resourceType": "CareTeam",
            "id": str(uuid.uuid5(uuid.UUID(person), "team")),
            "status": "active",
        }
        yield _row(person, {**body, "subject": {"reference": f"Patient/{person}"}, "participant": [member]})


def _row(person: str, body: dict[str, Any]) -> Any:
    from careweave.record.load import LoadRow

    return LoadRow(body["resourceType"], body["id"], person, datetime.now(UTC), (), (), body)
