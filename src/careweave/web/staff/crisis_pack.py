"""What a downtime pack holds: a team's crisis cards and the day's visits, written out as pages while the record is there.

The command `careweave downtime-pack` finds `pages_of_team` by its name in the settings, as it finds the WSGI application.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from careweave.care.teams.shapes import has_code
from careweave.care.teams.visits import VISIT, visit_of
from careweave.record import Gate, Resource
from careweave.web import directory, frame, wording
from careweave.web.presenters import banner
from careweave.web.presenters.banner import Banner
from careweave.web.staff import sheets
from careweave.web.staff.opened import Opened, may_miss

_OPEN = ("requested", "accepted", "in-progress")
_AT_ONCE = 100  # people whose cards are read in one statement


@dataclass(frozen=True)
class CardPage:
    """One person's card: the id of the person, the line of the list, and the page."""

    person_id: str
    line: str
    html: str


@dataclass(frozen=True)
class TeamPages:
    """All pages of a pack, each already decided and audited by the gate."""

    cards: tuple[CardPage, ...]
    visits: str
    visit_count: int
    help: str


def pages_of_team(gate: Gate, *, now: datetime) -> TeamPages:
    """Everyone whom this duty coordinator or their team looks after, by surname."""
    ids = gate.people_with("coordinator", "team")
    people: list[Opened] = []
    tasks: list[Resource] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        with gate.transaction():
            found = gate.about_many(some, (*sheets.ON_THE_CARD, "Task"))
            charges = gate.in_charge(some)
            for person_id, resources in found.items():
                held = charges.get(person_id)
                in_charge = directory.in_charge(held.holder, held.deputy) if held else None
                if opened := _opened(gate, person_id, resources, in_charge):
                    people.append(opened)
                    tasks += [one for one in resources if _is_visit_on(one, now)]
    people.sort(key=lambda one: (one.banner.surname, one.banner.first_name))
    return TeamPages(
        cards=tuple(_card(one) for one in people),
        visits=_visits(tasks, {one.record.id: one.banner for one in people}, now),
        visit_count=len(tasks),
        help=frame.brand().help_telephone,
    )


def _opened(
    gate: Gate, person_id: str, resources: list[Resource], in_charge: banner.InCharge | None
) -> Opened | None:
    record = gate.person(person_id)
    if record is None or not any(one.type == "Patient" for one in resources):
        return None
    shown = banner.banner(
        person_id,
        resources,
        directory.sources().names,
        today=timezone.localdate(),
        in_charge=in_charge,
        held_back=record.held_back,
        may_miss=may_miss(gate, record),
    )
    return Opened(gate, record, shown, resources)


def _card(one: Opened) -> CardPage:
    context: dict[str, Any] = {**sheets.card_context(one), "brand": frame.brand()}
    first = f"{one.banner.heading} · Born {one.banner.born} · {one.banner.address}"
    return CardPage(one.record.id, first, str(render_to_string("downtime/card.jinja", context)))


def _is_visit_on(one: Resource, now: datetime) -> bool:
    if one.type != "Task" or not has_code(one.body.get("code"), VISIT) or one.body["status"] not in _OPEN:
        return False
    return wording.as_date(one.body["executionPeriod"]["start"]) == wording.as_date(now)


def _visits(tasks: list[Resource], known: dict[str, Banner], now: datetime) -> str:
    rows = [
        {"visit": visit_of(one), "who": one.body["owner"].get("display", ""), "person": known[one.subject]}
        for one in tasks
        if one.subject in known
    ]
    rows.sort(key=lambda row: row["visit"].starts)
    return str(render_to_string("downtime/visits.jinja", {"rows": rows, "day": wording.as_date(now)}))
