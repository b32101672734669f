"""Urgent care, committed at once from the team's limit: a fact that money settles later; beyond it a manager decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from careweave.care.teams.clocks import due_at, in_words, start_clock
from careweave.care.teams.notes import NextStep, add_task
from careweave.care.teams.shapes import about, author, code, extension, instant
from careweave.care.teams.staff_facts import worker_of
from careweave.care.teams.working_time import LONDON
from careweave.identity.delegating import Desk, Limit, desk_of, limit_of, use_limit
from careweave.record import Gate, Refusal
from careweave.record.ids import new_id

from .handling import CARE, GONE
from .queue import Contact, contact
from .rules import Service, services, start_clock_kind

COMMITTED = "committed-care"
MAY_COMMIT = "coordinator"


@dataclass(frozen=True)
class Order:
    """What is to be arranged: how many visits a day, for how many days, and when the first one begins."""

    service: str
    days: int
    a_day: int
    begins: datetime | None
    why: str


@dataclass(frozen=True)
class Committed:
    """Care that is paid for, what it costs in pence, what is left, and by when it begins."""

    request_id: str
    task_id: str
    pence: int
    left: int
    begins: datetime


def limit_here(gate: Gate, on: date) -> tuple[Desk, Limit | None] | None:
    """My team's desk and what it may commit on a day; None for someone without a team."""
    me = worker_of(gate.actor.id, role=gate.actor.role)
    desk = desk_of(me.team) if me and me.team else None
    return (desk, limit_of(desk.team, on)) if desk else None


def commit_urgent_care(gate: Gate, *, task_id: str, order: Order, today: date) -> Committed | Refusal:
    """Order the care and take its cost from the limit, both or neither."""
    held, mine = contact(gate, task_id), limit_here(gate, today)
    if held is None:
        return Refusal(GONE)
    refusal = _order_refusal(held, order, today) or _may_not(gate, mine, order, today)
    if refusal or mine is None or mine[1] is None or order.begins is None:
        return refusal or Refusal(GONE)
    desk, limit = mine[0], mine[1]
    service = services(today)[order.service]
    pence, request = service.cost(order.days, order.a_day), new_id()
    with gate.transaction():
        left = use_limit(limit.id, pence=pence, request=request, by=gate.actor.id)
        if left is None:
            return over_the_limit(desk, limit_of(desk.team, today) or limit, pence)
        gate.create(
            _request(gate, held, service, order, limit, request, pence),
            subject=held.person_id,
            parties=(gate.actor.id, desk.party),
        )
        task = add_task(
            gate,
            person_id=held.person_id,
            step=_step(gate, service, order),
            why=_why(gate, held),
            kind=CARE,
            more={
                "focus": {"reference": f"ServiceRequest/{request}"},
                "extension": [
                    extension("service", valueCode=service.id),
                    extension("begins", valueInstant=instant(order.begins)),
                ],
            },
        )
        start_clock(
            gate,
            person_id=held.person_id,
            entity=task.id,
            kind=start_clock_kind(today),
            at=datetime.fromisoformat(held.came.replace("Z", "+00:00")),
        )
    return Committed(request, task.id, pence, left.left, order.begins)


def begins_by(held: Contact, today: date) -> datetime:
    """Urgent care for this contact begins by then: counted from the call, not from the click."""
    return due_at(start_clock_kind(today), datetime.fromisoformat(held.came.replace("Z", "+00:00")))


def over_the_limit(desk: Desk, limit: Limit, pence: int) -> Refusal:
    """Not from this limit; and who can decide."""
    return Refusal(
        f"This costs {pounds(pence)}, and {pounds(limit.left)} of {desk.name}’s limit of {pounds(limit.pence)} is left"
        f" until {limit.ends_on.day} {limit.ends_on:%B}. {_decides(desk)}",
        "service",
    )


def ask_manager(gate: Gate, *, task_id: str, order: Order, today: date) -> Refusal | NextStep:
    """What the limit does not cover goes to the manager as a task of today; the caller is not sent to them."""
    held, mine = contact(gate, task_id), limit_here(gate, today)
    if held is None or mine is None:
        return Refusal(GONE)
    service = services(today).get(order.service)
    if service is None:
        return Refusal("Choose what is needed", "service")
    cost, days = pounds(service.cost(order.days, order.a_day)), days_in_words(order.days)
    step = NextStep(
        what=f"Decide about {service.title.lower()}: {order.a_day} a day for {days}, {cost}. {order.why}",
        party=mine[0].manager,
        name=mine[0].manager_name,
        by=today,
    )
    with gate.transaction():
        add_task(gate, person_id=held.person_id, step=step, why=_why(gate, held), kind="onward")
    return step


def pounds(pence: int) -> str:
    """“£70.20”, and “£1,000” when there are no pence."""
    whole, rest = divmod(pence, 100)
    return f"£{whole:,}.{rest:02d}" if rest else f"£{whole:,}"


def days_in_words(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _order_refusal(held: Contact, order: Order, today: date) -> Refusal | None:
    service, now = services(today).get(order.service), timezone.now()
    if service is None:
        return Refusal("Choose what is needed", "service")
    if not 1 <= order.days <= service.most_days:
        return Refusal(f"{service.title} can be arranged at once for 1 to {service.most_days} days", "days")
    if not 1 <= order.a_day <= service.most_a_day:
        return Refusal(f"{service.title}: 1 to {service.most_a_day} a day", "a_day")
    if not order.why.strip():
        return Refusal("Say why it cannot wait", "why")
    by = begins_by(held, today)
    if order.begins is None or order.begins < now - timedelta(minutes=1):
        return Refusal("Give the time when it begins, from now on", "begins")
    if order.begins > max(by, now):
        return Refusal(
            f"Urgent care begins within three and a half hours of the call: by {in_words(by)}. Choose an earlier time",
            "begins",
        )
    if not held.is_open:
        return Refusal("This is answered already")
    return None


def _may_not(gate: Gate, mine: tuple[Desk, Limit | None] | None, order: Order, today: date) -> Refusal | None:
    if mine is None:
        return Refusal("You work in no team, and only a team has a limit. Give this to a team", "service")
    desk, limit = mine
    if gate.actor.role != MAY_COMMIT:
        return Refusal(f"A coordinator commits from the limit. Give this to one of {desk.name}", "service")
    if limit is None:
        return Refusal(f"{desk.name} has no limit for urgent care today. {_decides(desk)}", "service")
    if order.service not in limit.services:
        title = services(today)[order.service].title
        return Refusal(f"{title} cannot be paid from {desk.name}’s limit. {_decides(desk)}", "service")
    return None


def _decides(desk: Desk) -> str:
    return f"{desk.manager_name}, team manager, can decide: ask them below"


def _step(gate: Gate, service: Service, order: Order) -> NextStep:
    assert order.begins is not None
    local = order.begins.astimezone(LONDON)
    what = f"See that it begins: {service.title.lower()}, {order.a_day} a day for {days_in_words(order.days)}"
    return NextStep(f"{what}, from {in_words(local)}", gate.actor.id, gate.actor.name, local.date())


def _why(gate: Gate, held: Contact) -> str:
    task = gate.read("Task", held.id)
    return (
        str((task.body.get("reasonReference") or {}).get("reference", "")).partition("/")[2] if task else ""
    )


def _request(
    gate: Gate, held: Contact, service: Service, order: Order, limit: Limit, id_: str, pence: int
) -> dict[str, Any]:
    """The fact: what was ordered and what it may cost. It is created once and never changed."""
    assert order.begins is not None
    ends = order.begins + timedelta(days=order.days)
    return {
        "resourceType": "ServiceRequest",
        "id": id_,
        "status": "active",
        "intent": "order",
        "priority": "urgent",
        "category": [code(COMMITTED, "Urgent care from the team’s limit")],
        "code": code(service.id, service.title),
        "subject": about(held.person_id),
        "authoredOn": instant(datetime.now(UTC)),
        "requester": author(gate.actor),
        "quantityQuantity": {"value": order.days * order.a_day, "unit": service.unit},
        "occurrencePeriod": {"start": instant(order.begins), "end": instant(ends)},
        "reasonCode": [{"text": order.why.strip()}],
        "extension": [
            extension("committed-pence", valueInteger=pence),
            extension("delegated-limit", valueString=str(limit.id)),
            extension("contact", valueString=held.id),
        ],
    }
