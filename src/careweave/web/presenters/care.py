"""The plan, the team, tasks and what comes next, out of CarePlan, Goal, CareTeam, Task and ServiceRequest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from careweave.web import wording
from careweave.web.presenters import facts, timeline
from careweave.web.presenters.facts import Body, Held
from careweave.web.presenters.roles import role_name
from careweave.web.presenters.timeline import Sources

OPEN = ("requested", "received", "accepted", "in-progress", "ready", "on-hold", "draft")


@dataclass(frozen=True)
class TaskRow:
    """Something to do."""

    id: str
    what: str
    why: str
    due: wording.Due
    due_at: str
    who: str
    kind: str
    version: int


@dataclass(frozen=True)
class Row:
    """A line of a summary list, with where it comes from."""

    heading: str
    text: str
    source: str = ""


def is_suggestion(body: Body) -> bool:
    """Whether a Task asks a team to decide about a suggested person."""
    return any(one.get("code") == "suggested" for one in (body.get("code") or {}).get("coding") or ())


def due_of(body: Body) -> str | None:
    """When a Task is due."""
    return ((body.get("restriction") or {}).get("period") or {}).get("end")


def task_row(held: Held, now: datetime) -> TaskRow:
    """A Task as a row."""
    body = held.body
    due_at = due_of(body)
    return TaskRow(
        id=held.id,
        what=str(body.get("description") or facts.words(body.get("code")) or "Something to do"),
        why=facts.words(body.get("reasonCode")),
        due=wording.due(due_at, now),
        due_at=due_at or "",
        who=facts.shown(body.get("owner")) or "Nobody yet",
        kind=facts.code(body.get("code")),
        version=held.version,
    )


def open_tasks(resources: Sequence[Held], now: datetime) -> tuple[TaskRow, ...]:
    """What is still to do, late first; suggestions are not tasks of the person's care."""
    rows = [
        task_row(one, now)
        for one in resources
        if one.type == "Task" and one.body.get("status") in OPEN and not is_suggestion(one.body)
    ]
    return tuple(sorted(rows, key=lambda row: (row.due_at or "9999", row.what)))


def now_and_next(resources: Sequence[Held], sources: Sources, now: datetime) -> tuple[Row, ...]:
    """Next visit, last contact, what is open, care at home, equipment: each has words even when there is nothing."""
    return (
        _next(resources, sources, now),
        _last(resources, sources, now),
        _open(resources, now),
        *_care_at_home(resources, sources, now),
        _equipment(resources, sources),
    )


def _next(resources: Sequence[Held], sources: Sources, now: datetime) -> Row:
    heading = "Next visit or appointment"
    found = sorted(
        ((at, one) for one in resources if (at := _planned(one)) and at > now), key=lambda pair: pair[0]
    )
    if not found:
        return Row(heading, "Nothing is planned that we know of")
    at, one = found[0]
    what = str(one.body.get("description") or "") or facts.words((one.body.get("serviceType") or [None])[0])
    who = ", ".join(
        filter(None, (facts.shown(part.get("actor")) for part in one.body.get("participant") or ()))
    )
    text = " · ".join(filter(None, (f"{wording.weekday(at)}, {wording.clock(at)}", what, who)))
    return Row(heading, text, sources.names.get(one.source, one.source))


def _planned(one: Held) -> datetime | None:
    if one.type == "Appointment" and one.body.get("status") in ("booked", "pending", "proposed", None):
        return wording.as_instant(one.body.get("start"))
    if one.type == "Task" and "visit" in one.labels and one.body.get("status") in OPEN:
        return wording.as_instant((one.body.get("executionPeriod") or {}).get("start"))
    return None


def _last(resources: Sequence[Held], sources: Sources, now: datetime) -> Row:
    contacts = [
        one
        for one in resources
        if one.type == "Encounter" or (one.type == "Communication" and timeline.is_note(one.body))
    ]
    contacts = [
        one for one in contacts if one.starts and one.starts <= now and not facts.is_mistake(one.body)
    ]
    if not contacts:
        return Row("Last contact", "None that we know of")
    shown = timeline.event(max(contacts, key=lambda one: one.starts or one.updated), sources)
    return Row("Last contact", f"{shown.when}: {shown.what}", shown.where)


def _open(resources: Sequence[Held], now: datetime) -> Row:
    rows = open_tasks(resources, now)
    late = sum(row.due.late for row in rows)
    if not rows:
        return Row("Open tasks", "None")
    return Row("Open tasks", wording.people(len(rows), "task", "tasks") + (f", {late} late" if late else ""))


def _care_at_home(resources: Sequence[Held], sources: Sources, now: datetime) -> tuple[Row, ...]:
    services = [one for one in resources if is_home_care(one) and is_running(one, now)]
    if not services:
        return (Row("Care at home", "No service that we know of"),)
    services.sort(key=lambda one: facts.words(one.body.get("code")))
    return tuple(
        Row(
            "Care at home" if index == 0 else "",
            service_words(one.body),
            facts.source_of(one, ("occurrencePeriod", "authoredOn"), sources.names).text,
        )
        for index, one in enumerate(services[:8])
    )


def is_home_care(one: Held) -> bool:
    """Whether a ServiceRequest is a service that a council arranged."""
    categories = one.body.get("category") or ()
    return one.type == "ServiceRequest" and any(
        facts.code(kind) == "social-care-service" for kind in categories
    )


def is_running(one: Held, now: datetime) -> bool:
    """Whether a service has started and not ended."""
    if one.body.get("status") not in ("active", "on-hold") or facts.is_mistake(one.body):
        return False
    return one.ends is None or one.ends >= now


def service_words(body: Body) -> str:
    """“Home Support · 14 a week · by Homecare Riverside”."""
    units = facts.extension(body, f"{facts.OURS}planned-units")
    amount = f"{units:g} units a week" if isinstance(units, int | float) else _number(units)
    who = ", ".join(filter(None, (facts.shown(one) for one in body.get("performer") or ())))
    told = str(facts.extension(body, f"{facts.OURS}event-description") or "")
    parts = (facts.words(body.get("code")) or "Service", amount, f"by {who}" if who else "", told)
    return " · ".join(filter(None, parts))


def _number(value: object) -> str:
    if isinstance(value, Mapping):
        value = " ".join(str(part) for part in (value.get("value"), value.get("unit")) if part)
    return str(value) if value not in (None, "") else ""


def _equipment(resources: Sequence[Held], sources: Sources) -> Row:
    devices = [one for one in resources if one.type in ("DeviceUseStatement", "DeviceRequest")]
    names = [
        facts.words(one.body.get("codeCodeableConcept")) or facts.shown(one.body.get("device"))
        for one in devices
    ]
    if not any(names):
        return Row("Equipment and alarms", "Nobody has sent any")
    return Row(
        "Equipment and alarms", ", ".join(filter(None, names)), sources.names.get(devices[0].source, "")
    )


@dataclass(frozen=True)
class Member:
    """Someone in the team."""

    name: str
    role: str
    organisation: str
    since: str


def team(resources: Sequence[Held]) -> tuple[Member, ...]:
    """Everyone in the person's active teams."""
    found: dict[tuple[str, str], Member] = {}
    for held in resources:
        if held.type != "CareTeam" or held.body.get("status") != "active":
            continue
        for one in held.body.get("participant") or ():
            if (one.get("period") or {}).get("end"):
                continue
            name = facts.shown(one.get("member"))
            role = next((facts.words(kind) for kind in one.get("role") or ()), "")
            since = wording.day((one.get("period") or {}).get("start"), missing="")
            if name:
                found.setdefault(
                    (name, role), Member(name, role_name(role), facts.shown(one.get("onBehalfOf")), since)
                )
    return tuple(found.values())
