"""Asks a team about someone at the moment something happens, beside the list of the month; nobody is taken on by it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from careweave.care.finding.bringing import FINDER, register_here
from careweave.care.finding.shapes import task_body
from careweave.care.finding.standing import Standing, case_of
from careweave.care.finding.triggers import Came, come, triggers
from careweave.care.teams.shapes import extension, extension_value
from careweave.care.teams.working_time import LONDON
from careweave.identity.directory import team_for_practice
from careweave.identity.golden_records import linker_gate
from careweave.record import Conflict, Gate, Purpose, Resource
from careweave.record.joining import members_now
from careweave.record.outbox import done, next_batch
from careweave.record.registrations import practices_on

log = logging.getLogger("careweave.work")
READER = "moments to ask"
TYPES = ["Patient", "Encounter", "Task", "EpisodeOfCare"]
AT_ONCE = 200
FIRST = 1000  # before whoever only stands high on a list: this happened now


@dataclass(frozen=True)
class Asked:
    """Whom a team was asked about, and why."""

    person_id: str
    team: str
    trigger: str


def ask_at_moments(now: datetime | None = None) -> int:
    """Look at whose record has news since the last call; safe to repeat. How many teams were asked."""
    batch = next_batch(READER, ["Encounter"])
    subjects = sorted({each.subject for each in batch.events if each.news})
    count = 0
    if subjects:
        owner = members_now(linker_gate(), subjects)
        people = sorted({owner.get(subject, subject) for subject in subjects})
        count = len(ask_about(people, now or datetime.now(UTC)))
    done(READER, batch)
    return count


def ask_about(
    people: Sequence[str], now: datetime, team_of: Callable[[str], str | None] = team_for_practice
) -> list[Asked]:
    """Ask about those of these people for whom a moment has come and whom nobody has answered about."""
    gate, today = Gate(FINDER, Purpose.CASE_FINDING), now.astimezone(LONDON).date()
    known, asked = triggers(today), list[Asked]()
    for start in range(0, len(people) if known else 0, AT_ONCE):
        for person_id, entries in gate.about_many(people[start : start + AT_ONCE], TYPES).items():
            try:
                came = come(known, entries, today)
                one = _ask(gate, person_id, entries, came, today, team_of) if came else None
            except Exception:  # an entry nobody has thought of must not keep everyone else waiting
                log.exception("Whether a moment has come for someone could not be told.")
                continue
            asked += [one] if one else []
    return asked


def _ask(
    gate: Gate,
    person_id: str,
    entries: Sequence[Resource],
    came: Came,
    today: date,
    team_of: Callable[[str], str | None],
) -> Asked | None:
    register = register_here(today)
    case, practice = case_of(entries, register, today), practice_of(entries, today)
    team = team_of(practice) if practice else None
    if team is None or case.standing is not Standing.FREE:
        return None
    if case.task and extension_value(case.task.body, "trigger-event") == came.entry.id:
        return None  # asked about this very event before, and answered
    told = {"trigger": came.trigger.id, "trigger-event": came.entry.id, "model-version": register.version}
    extensions = [extension(name, valueString=value) for name, value in told.items()]
    extensions.append(extension("order", valueInteger=FIRST))
    body = task_body(
        person_id, register, team=f"team:{team}", by=gate.actor, because=came.words, extensions=extensions
    )
    was = case.task.body["status"] if case.task else None
    try:
        with gate.transaction():
            if case.task is None:
                saved = gate.create(body, subject=person_id, parties=(f"team:{team}",))
            else:
                body["id"] = case.task.id
                saved = gate.update(body, version=case.task.version, parties=(f"team:{team}",))
            gate.transition(person_id, saved.id, was=was, now="requested", reason=came.trigger.id)
    except Conflict:
        return None  # somebody answered meanwhile; their word stands
    return Asked(person_id, team, came.trigger.id)


def practice_of(entries: Sequence[Resource], today: date) -> str | None:
    """Where the person is registered: what the practice itself says comes before what others say of it."""
    told = [
        (each.source, code)
        for each in entries
        if each.type == "Patient"
        for code in practices_on(each.body, today)
    ]
    return next((code for _, code in sorted(told, key=lambda one: one[0] != one[1])), None)
