"""Every wait has a clock: its target is data, and what is late goes once to the deputy or the team's manager."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from time import monotonic as time_now
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition
from careweave.record import Gate, Purpose, Resource, clocks
from careweave.record.clocks import WORKER, Clock
from careweave.record.ids import resource_id
from careweave.record.relations import party_of, party_reference

from .escalating import Receiver, receiver
from .shapes import about, author, code, instant
from .working_time import LONDON, WEEKDAYS, Hours, Stretch, Target, due

log = logging.getLogger("careweave.work")
ESCALATED = "escalated"
RESTS_SECONDS = 600.0
_resting: dict[str, float] = {}  # clocks that could not be passed on, and until when they are left alone
_UNITS = ("minutes", "hours", "days")
_OVER = frozenset(
    ("completed", "cancelled", "entered-in-error", "rejected", "failed", "stopped", "not-done", "revoked")
)


@dataclass(frozen=True)
class Kind:
    """What is waited for, how long, and who is told when it is late."""

    id: str
    title: str
    entity: str
    target: Target
    escalates_to: tuple[str, ...]
    words: str
    because: str


def start_clock(gate: Gate, *, person_id: str, entity: str, kind: str, at: datetime | None = None) -> Clock:
    """The wait begins, now or at that moment. Starting again changes nothing: nothing grows younger by being edited."""
    started = at or datetime.now(UTC)
    return clocks.start(
        gate,
        person_id=person_id,
        entity=entity,
        kind=kind,
        started_at=started,
        due_at=due_at(kind, started),
    )


def stop_clock(gate: Gate, *, person_id: str, entity: str, kind: str, reason: str = "") -> Clock | None:
    """What was waited for has come; None when no clock ran."""
    return clocks.stop(gate, person_id=person_id, entity=entity, kind=kind, reason=reason)


def pause_clock(gate: Gate, *, person_id: str, entity: str, kind: str, reason: str) -> Clock | None:
    """The wait stands still, with a reason that everyone can read; None when no clock ran."""
    if not reason.strip():
        raise ValueError("a clock is paused with a reason")
    return clocks.pause(gate, person_id=person_id, entity=entity, kind=kind, reason=reason.strip())


def resume_clock(gate: Gate, *, person_id: str, entity: str, kind: str) -> Clock | None:
    """The wait goes on; the time it stood still does not count."""

    def ends(started: datetime, pauses: Sequence[Stretch]) -> datetime:
        return due_at(kind, started, pauses)

    return clocks.resume(gate, person_id=person_id, entity=entity, kind=kind, due=ends)


def due_at(kind: str, started: datetime, pauses: Sequence[Stretch] = ()) -> datetime:
    """When a wait of this kind that began then is over."""
    return due(kind_of(kind, started.astimezone(LONDON).date()).target, started, pauses)


def due_day(kind: str, today: date) -> date:
    """The day by which something of this kind that comes today is done: what a page promises."""
    return due_at(kind, datetime.combine(today, time(12), LONDON)).astimezone(LONDON).date()


def escalate_due(now: datetime | None = None) -> int:
    """Pass on everything that is late, each thing once; returns how many were passed on.

    Each is a transaction of its own: killed in between, it is done at the next call; of two workers one does it. One that
    cannot be passed on, because its definition was taken away perhaps, rests for a while and keeps nothing else waiting.
    """
    at, moment, count = now or datetime.now(UTC), time_now(), 0
    for id_ in [id_ for id_, until in _resting.items() if until <= moment]:
        del _resting[id_]
    for clock in clocks.overdue(at, without=list(_resting)):
        try:
            count += _escalate(clock, at)
        except Exception:
            log.exception("The clock %s could not be passed on, and is tried again in ten minutes.", clock.id)
            _resting[clock.id] = moment + RESTS_SECONDS
    return count


def _escalate(clock: Clock, now: datetime) -> bool:
    gate = Gate(WORKER, Purpose.SYSTEM)
    kind = kind_of(clock.kind, clock.started_at.astimezone(LONDON).date())
    with gate.transaction():
        entity = gate.read(kind.entity, clock.entity)
        if entity is not None and entity.body.get("status") in _OVER:
            stop_clock(
                gate,
                person_id=clock.person_id,
                entity=clock.entity,
                kind=clock.kind,
                reason=f"it is {entity.body['status']}",
            )
            return False
        if not clocks.claim(gate, clock):
            return False
        to = receiver(gate, clock.person_id, entity, kind.escalates_to, on=now.astimezone(LONDON).date())
        labels = entity.labels if entity else ()
        body = _task(gate, clock, kind, entity, to, now)
        task = gate.create(body, subject=clock.person_id, labels=labels, parties=to.parties)
        gate.transition(clock.person_id, task.id, was=None, now="requested", reason=f"{clock.kind} is late")
    return True


def _task(
    gate: Gate, clock: Clock, kind: Kind, entity: Resource | None, to: Receiver, now: datetime
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "resourceType": "Task",
        "id": resource_id("careweave", "Task", f"clock {clock.id}"),
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": code(ESCALATED, kind.words),
        "description": kind.words,
        "for": about(clock.person_id),
        "authoredOn": instant(),
        "requester": author(gate.actor),
        "reasonCode": {"text": _because(kind, clock, entity)},
        "restriction": {"period": {"end": now.astimezone(LONDON).date().isoformat()}},
    }
    if entity is not None:
        body["focus"] = {"reference": f"{entity.type}/{entity.id}"}
    return {**body, "owner": party_reference(to.party, to.name)} if to.party else body


def _because(kind: Kind, clock: Clock, entity: Resource | None) -> str:
    """The reason in words: no instants, no codes."""
    owner = whose(entity)
    return kind.because.format(
        owner=(owner or {}).get("display") or "Nobody",
        started=in_words(clock.started_at),
        due=in_words(clock.due_at),
    )


def whose(entity: Resource | None) -> dict[str, Any] | None:
    """The one who was to act: the owner of a task, the first recipient of a message."""
    if entity is None:
        return None
    recipients = entity.body.get("recipient") or [None]
    found: dict[str, Any] | None = entity.body.get("owner") or recipients[0]
    return found if party_of(found) else None


def in_words(at: datetime) -> str:
    """“Thursday 26 November, 2:30pm”; the end of a day is only the day."""
    local = at.astimezone(LONDON)
    day = f"{local:%A} {local.day} {local:%B}"
    if (local.hour, local.minute) == (23, 59):
        return day
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{day}, {local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


# -- kinds as data ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def kind_of(id: str, on: date) -> Kind:
    """The kind as it holds on a day."""
    return _kind(load_definition("clocks", id, on), on)


def kinds() -> tuple[str, ...]:
    """Every kind there is."""
    return tuple(sorted({each.id for each in all_definitions("clocks")}))


def _kind(found: Definition, on: date) -> Kind:
    content, target = found.content, found.content.get("target", {})
    problems = [name for name in ("entity", "words", "because") if not content.get(name)]
    if target.get("unit") not in _UNITS or not isinstance(target.get("amount"), int) or target["amount"] < 0:
        problems.append("target (amount, and unit in minutes, hours or days)")
    if target.get("counted") not in ("working", "elapsed"):
        problems.append("target.counted (working or elapsed)")
    if set(content.get("escalates_to", ())) - {"deputy", "manager", "team"} or not content.get(
        "escalates_to"
    ):
        problems.append("escalates_to (deputy, manager, team)")
    if problems:
        raise DefinitionError([f"{found.name}: {each} is missing or wrong" for each in problems])
    hours = working_hours(on, content.get("working_hours")) if target["counted"] == "working" else None
    return Kind(
        id=found.id,
        title=found.title,
        entity=content["entity"],
        target=Target(target["amount"], target["unit"], hours),
        escalates_to=tuple(content["escalates_to"]),
        words=content["words"],
        because=content["because"],
    )


def working_hours(on: date, own: dict[str, Any] | None = None) -> Hours:
    """The place's working hours with its bank holidays, or a kind's own hours with the same holidays."""
    calendar = load_definition("calendar", "england", on)
    hours = own or calendar.content["hours"]
    weekdays = frozenset(WEEKDAYS.index(day) for day in hours["days"])
    if not weekdays or hours["from"] >= hours["until"]:
        raise DefinitionError([f"{calendar.name}: working hours need a day, and must end after they begin"])
    holidays = frozenset(day for days in calendar.content["bank_holidays"].values() for day in days)
    return Hours(weekdays, hours["from"], hours["until"], holidays)
