"""Joins the records of all sources into people: the matcher's answer, written down as memberships and golden records."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from careweave.record.joining import decisions, members_now, place
from careweave.record.review_queue import Proposed, count_open, propose

from .golden import NHS_NUMBER, SourcePatient
from .golden_records import linker_gate, read_patients, write_golden
from .matching import Decided, MatchRecord, ReviewPair, assign_person_ids, link_records

_CHUNK = 2000


@dataclass(frozen=True)
class LinkResult:
    """What a run found, in records and people."""

    records: int
    persons: int
    for_review: int
    seconds: float
    stages: dict[str, int] = field(default_factory=dict)


def link(*, progress: Callable[[str], None] | None = None) -> LinkResult:
    """Link every source's Patient. Safe to repeat and to kill: each step is whole or not done, and ids stay stable."""
    started = time.monotonic()
    say = progress or (lambda _: None)
    gate = linker_gate()
    say("Reading records")
    patients, goldens = read_patients(gate)
    say(f"Comparing {len(patients):,} records")
    decided = [Decided(d.one, d.other, d.answer) for d in decisions(gate)]
    linkage = link_records([match_record(id_, p) for id_, p in patients.items()], decisions=decided)
    current = members_now(gate)
    assigned = dict(assign_person_ids(linkage.persons, current, decided))
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


def match_record(id_: str, patient: SourcePatient) -> MatchRecord:
    """What the matcher looks at, from a FHIR Patient."""
    body = patient.body
    names = sorted(body.get("name", []), key=lambda n: n.get("use") not in (None, "official", "usual"))
    first = names[0] if names else {}
    address: dict[str, Any] = next(iter(body.get("address", [])), {})
    by_use = {name.get("use"): name for name in reversed(names)}
    telecom = {contact.get("system"): contact.get("value") for contact in reversed(body.get("telecom", []))}
    held = [i for i in body.get("identifier", []) if i.get("system") == NHS_NUMBER and i.get("value")]
    numbers = [i["value"] for i in sorted(held, key=lambda i: i.get("use") == "old")]
    return MatchRecord(
        id=id_,
        source=patient.source,
        nhs_number=next(iter(numbers), None),
        former_nhs_numbers=tuple(i["value"] for i in held if i.get("use") == "old"),
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
