"""Runs the detectors over the people who are looked after, and tells each finding once, to those the rule names."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from careweave.identity.golden_records import linker_gate
from careweave.identity.models import Organisation, Staff
from careweave.record import Actor, Conflict, Gate, Purpose, Resource
from careweave.record.counting import people_looked_after
from careweave.record.ids import resource_id
from careweave.record.joining import members_now
from careweave.record.outbox import done, next_batch
from careweave.record.relations import party_reference

from ..teams.clocks import start_clock
from ..teams.shapes import about, author, code, extension, instant
from ..teams.staff_facts import worker_of
from ..teams.working_time import LONDON
from .detectors import DETECTORS, TYPES, Found, Seen
from .high_risk import ask_for_review
from .rules import Rule, rules

NOTICER = Actor("system:noticing", "system", name="What Careweave noticed")
READER = "what falls between"
NOTICE = "notice"
log = logging.getLogger("careweave.work")
SWEEP_EVERY_SECONDS = 6 * 3600
AT_ONCE = 50
_last_sweep: float | None = None
_queue: dict[str, None] = {}  # who is looked at next, each once


@dataclass(frozen=True)
class Receiver:
    """Who is told: a member of staff, or a practice, whose staff see it on their team's list."""

    party: str
    name: str


def notice_changes(now: datetime | None = None) -> int:
    """Look at whose record has changed since the last call, and in turn at everyone; how much was told.

    Fifty people a call, so that the rest of the background work never waits long. Who still waits when it is stopped
    comes again: it begins by going through everyone.
    """
    global _last_sweep
    at = now or datetime.now(UTC)
    batch = next_batch(READER, TYPES)
    subjects = sorted({each.subject for each in batch.events if each.news})
    if subjects:
        _first(_looked_after(subjects))
    if _last_sweep is None or time.monotonic() - _last_sweep >= SWEEP_EVERY_SECONDS:
        _last_sweep = time.monotonic()
        # Much of what is noticed is that nothing happened, which no change tells.
        _queue.update(dict.fromkeys(people_looked_after()))
    done(READER, batch)
    people = list(_queue)[:AT_ONCE]
    count = notice(people, at)
    for person in people:
        del _queue[person]
    return count


def _first(people: Sequence[str]) -> None:
    """Before everyone whose turn has only come."""
    others = [each for each in _queue if each not in set(people)]
    _queue.clear()
    _queue.update(dict.fromkeys([*people, *others]))


def _looked_after(subjects: Sequence[str]) -> list[str]:
    owner = members_now(linker_gate(), subjects)
    people = {owner.get(subject, subject) for subject in subjects}
    return sorted(people & set(people_looked_after()))


def notice(people: Sequence[str], now: datetime) -> int:
    """Run every detector over these people; safe to repeat."""
    gate, today = Gate(NOTICER, Purpose.CASE_FINDING), now.astimezone(LONDON).date()
    gone = frozenset(each.party for each in Staff.objects.filter(left_on__isnull=False).only("id"))
    count = 0
    for start in range(0, len(people), AT_ONCE):
        for person_id, entries in gate.about_many(people[start : start + AT_ONCE], TYPES).items():
            seen = Seen(person_id, now, tuple(entries), _past(gate, entries, now), gone)
            try:
                count += ask_for_review(gate, person_id, entries, now)
                count += sum(
                    _tell(gate, person_id, rule, found)
                    for rule in rules(today)
                    for found in DETECTORS[rule.detector](rule, seen)
                )
            except Exception:  # an entry nobody has thought of must not keep everything else waiting
                log.exception("Someone could not be looked at, and is again in the next round.")
    return count


def _past(gate: Gate, entries: Collection[Resource], now: datetime) -> tuple[Resource, ...]:
    """What lately changed services said before they were changed."""
    since = now - timedelta(days=30)
    changed = [
        one for one in entries if one.type == "ServiceRequest" and one.version > 1 and one.updated >= since
    ]
    return tuple(
        version
        for one in changed
        for version in gate.history(one.type, one.id)
        if version.version == one.version - 1
    )


def _tell(gate: Gate, person_id: str, rule: Rule, found: Found) -> int:
    """A task for each who is told; its id is the name of what was found, so that it is told once."""
    count = 0
    for to in _receivers(gate, person_id, rule, found):
        id_ = resource_id("careweave", "Task", f"notice {rule.id} {person_id} {found.key} {to.party}")
        if gate.read("Task", id_) is not None:
            continue
        labels = tuple(sorted({label for one in found.entries for label in one.labels}))
        try:
            with gate.transaction():
                body = _body(gate, person_id, id_, rule, found, to)
                gate.create(body, subject=person_id, labels=labels, parties=(to.party,))
                gate.transition(person_id, id_, was=None, now="requested", reason=rule.id)
                start_clock(gate, person_id=person_id, entity=id_, kind=NOTICE)
            count += 1
        except Conflict:
            continue  # another worker was quicker
    return count


def _receivers(gate: Gate, person_id: str, rule: Rule, found: Found) -> Iterator[Receiver]:
    if "coordinator" in rule.tells:
        charge = gate.in_charge([person_id]).get(person_id)
        worker = worker_of(charge.holder) if charge else None
        if worker:
            yield Receiver(worker.party, worker.name)
    if "prescriber" in rule.tells and found.prescription is not None:
        source = Organisation.objects.filter(code=found.prescription.source).first()
        if source:
            yield Receiver(f"org:{source.code}", source.name)


def _body(gate: Gate, person_id: str, id_: str, rule: Rule, found: Found, to: Receiver) -> dict[str, Any]:
    words = rule.words.format(**found.words)
    body: dict[str, Any] = {
        "resourceType": "Task",
        "id": id_,
        "extension": [extension("noticed-by", valueString=rule.id)],
        "status": "requested",
        "intent": "proposal",
        "code": code(NOTICE, rule.title),
        "description": words,
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(gate.actor),
        "owner": party_reference(to.party, to.name),
        "reasonCode": {"text": rule.because.format(**found.words)},
    }
    if found.entries:
        first = found.entries[0]
        body["focus"] = {"reference": f"{first.type}/{first.id}"}
    return body
