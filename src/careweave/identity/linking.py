"""Joins the records of all sources into people: the matcher's answer, written down as memberships and golden records."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from careweave.record import Actor, Gate, Purpose
from careweave.record.content import PLACE, content_hash
from careweave.record.joining import decisions, members_now, members_of, place
from careweave.record.load import Loader, LoadRow
from careweave.record.people import Extracted
from careweave.record.review_queue import Proposed, count_open, propose

from .golden import NHS_NUMBER, SourcePatient, golden_patient
from .matching import Decided, MatchRecord, ReviewPair, assign_person_ids, link_records
from .matching.person_ids import new_person_id as matched_person_id

LINKER = Actor("system:linker", "system", name="Linkage")
_CHUNK = 2000


@dataclass(frozen=True)
class LinkResult:
    """What a run found, in records and people."""

    records: int
    persons: int
    for_review: int
    seconds: float
    stages: dict[str, int] = field(default_factory=dict)


def linker_gate() -> Gate:
    return Gate(LINKER, Purpose.IDENTITY)


def link(*, progress: Callable[[str], None] | None = None) -> LinkResult:
    """Link every source's Patient. Safe to repeat and to kill: each step is whole or not done, and ids stay stable."""
    started = time.monotonic()
    say = progress or (lambda _: None)
    gate = linker_gate()
    say("Reading records")
    patients, goldens = _read(gate)
    say(f"Comparing {len(patients):,} records")
    decided = [Decided(d.one, d.other, d.answer) for d in decisions(gate)]
    linkage = link_records([match_record(id_, p) for id_, p in patients.items()], decisions=decided)
    current = members_now(gate)
    assigned = assign_person_ids(linkage.persons, current, decided)
    moves = {subject: person for subject, person in assigned.items() if current.get(subject) != person}
    say(f"Writing {len(moves):,} memberships")
    sources = {id_: patient.source for id_, patient in patients.items()}
    for batch in _whole_people(moves, assigned, current):
        place(gate, batch, sources=sources, rule=linkage.rules or "matching")
    propose(gate, [_proposed(each) for each in linkage.for_review])
    say("Writing golden records")
    write_golden(assigned, patients, goldens)
    return LinkResult(
        records=len(patients),
        persons=len(set(assigned.values())),
        for_review=count_open(gate),
        seconds=round(time.monotonic() - started, 2),
        stages={stage.stage: stage.links for stage in linkage.stages},
    )


def _proposed(each: ReviewPair) -> Proposed:
    evidence = [{"field": e.field, "level": e.level, "words": e.words} for e in each.evidence]
    return Proposed(each.left, each.right, each.reason, each.guard, each.score, evidence)


def _read(
    gate: Gate, subjects: Sequence[str] | None = None
) -> tuple[dict[str, SourcePatient], dict[str, dict[str, Any]]]:
    patients: dict[str, SourcePatient] = {}
    goldens: dict[str, dict[str, Any]] = {}
    for batch in gate.extract(["Patient"], subjects=subjects):
        for one in batch:
            body = orjson.loads(one.body)
            if one.source == PLACE:
                goldens[one.subject] = body
            else:
                patients[one.subject] = _source_patient(one, body)
    return dict(sorted(patients.items())), goldens


def _source_patient(one: Extracted, body: dict[str, Any]) -> SourcePatient:
    practices = {
        (reference.get("identifier") or {}).get("value") for reference in body.get("generalPractitioner", [])
    }
    stamp = (body.get("meta") or {}).get("lastUpdated")
    updated = (
        datetime.fromisoformat(stamp.replace("Z", "+00:00")) if stamp else datetime(1970, 1, 1, tzinfo=UTC)
    )
    return SourcePatient(body, one.source, updated, one.source in practices)


def match_record(id_: str, patient: SourcePatient) -> MatchRecord:
    """What the matcher looks at, from a FHIR Patient."""
    body = patient.body
    names = sorted(body.get("name", []), key=lambda n: n.get("use") not in (None, "official", "usual"))
    first = names[0] if names else {}
    address = next(iter(body.get("address", [])), {})
    by_use = {name.get("use"): name for name in reversed(names)}
    telecom = {contact.get("system"): contact.get("value") for contact in reversed(body.get("telecom", []))}
    numbers = [i.get("value") for i in body.get("identifier", []) if i.get("system") == NHS_NUMBER]
    return MatchRecord(
        id=id_,
        source=patient.source,
        nhs_number=next(iter(numbers), None),
        given=" ".join(first.get("given", [])) or None,
        family=first.get("family"),
        known_as=" ".join(by_use.get("nickname", {}).get("given", [])) or None,
        previous_family=(by_use.get("maiden") or by_use.get("old") or {}).get("family"),
        birth_date=body.get("birthDate"),
        gender=body.get("gender"),
        address=", ".join(address.get("line", [])) or None,
        town=address.get("city"),
        postcode=address.get("postalCode"),
        phone=telecom.get("phone"),
        email=telecom.get("email"),
    )


def _whole_people(
    moves: dict[str, str], assigned: dict[str, str], current: dict[str, str]
) -> Iterator[dict[str, str]]:
    """Moves in batches that never part one person's records, old or new, between two transactions."""
    group = {person: person for person in {*assigned.values(), *current.values()}}

    def root(person: str) -> str:
        while group[person] != person:
            group[person] = group[group[person]]
            person = group[person]
        return person

    for subject, person in moves.items():
        if subject in current:
            group[root(current[subject])] = root(person)
    batch: dict[str, str] = {}
    last = None
    for subject, person in sorted(moves.items(), key=lambda move: (root(move[1]), move[0])):
        if len(batch) >= _CHUNK and root(person) != last:
            yield batch
            batch = {}
        batch[subject] = person
        last = root(person)
    if batch:
        yield batch


def write_golden(
    assigned: dict[str, str], patients: dict[str, SourcePatient], goldens: dict[str, dict[str, Any]]
) -> None:
    """Refresh the golden Patient of every person whose sources say something new; the rest are left alone."""
    people: dict[str, list[SourcePatient]] = {}
    for subject, person in assigned.items():
        people.setdefault(person, []).append(patients[subject])
    changed = list(_changed_golden(people, goldens))
    if not changed:
        return
    loader = Loader(
        source=PLACE, file_name="golden records", file_hash=f"golden {time.time_ns()}", format="golden"
    )
    for number, start in enumerate(range(0, len(changed), _CHUNK)):
        loader.write(number, changed[start : start + _CHUNK])
    loader.finish()


def _changed_golden(
    people: dict[str, list[SourcePatient]], goldens: dict[str, dict[str, Any]]
) -> Iterator[LoadRow]:
    now = datetime.now(UTC)
    for person, sources in people.items():
        current = goldens.get(person)
        body = golden_patient(person, sources, current=current)
        if current is None or content_hash(body) != content_hash(_as_stored(current, person)):
            yield LoadRow("Patient", person, person, now, (), (), body)


def _as_stored(body: dict[str, Any], person: str) -> dict[str, Any]:
    return {**body, "id": person}


def refresh_golden(gate: Gate, person_ids: Sequence[str]) -> None:
    """Bring these people's golden records up to date after a decision."""
    assigned = members_of(gate, person_ids)
    patients, goldens = _read(gate, [*assigned, *person_ids])
    write_golden(assigned, patients, goldens)


def new_person_id(subjects: Sequence[str]) -> str:
    """The id of a person first made of these records: the same for the same records, in any run."""
    return matched_person_id(sorted(subjects), 0)
