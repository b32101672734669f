"""Where a contact goes: to the team of the person's practice, else of the address; never nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from careweave.care.teams.staff_facts import worker_of
from careweave.care.teams.telling import Recipient, in_charge_of
from careweave.identity.delegating import Desk, desk_of, team_for_postcode
from careweave.identity.directory import team_for_practice
from careweave.record import Actor, Gate, Purpose, Resource
from careweave.record.content import PLACE
from careweave.record.registrations import practices_on

DESK = Actor("system:desk", "system", name="The desk")
BY_PRACTICE, BY_AREA, BY_WHO_ANSWERED = "practice", "area", "who-answered"


@dataclass(frozen=True)
class Route:
    """The desk that has it, and why it is this one."""

    desk: Desk
    because: str


def desk_gate() -> Gate:
    """Puts a contact into a queue for whoever answered and has no part in the person's care yet."""
    return Gate(DESK, Purpose.SYSTEM)


def route(person_id: str, *, answered_in: str | None = None) -> Route | None:
    """The team of the practice; unknown practice, of the area; else of whoever answered. None where no team is left."""
    patients = desk_gate().about(person_id, ["Patient"])
    for team, because in (
        (_team_of_practice(patients), BY_PRACTICE),
        (_team_of_area(patients), BY_AREA),
        (answered_in, BY_WHO_ANSWERED),
    ):
        desk = desk_of(team) if team else None
        if desk:
            return Route(desk, because)
    return None


def who_answers(gate: Gate, person_id: str) -> Recipient | None:
    """Who is told what someone writes: the one in charge, and where nobody is yet, the team's desk."""
    charge = in_charge_of(gate, person_id)
    if charge:
        return charge
    found = route(person_id)
    return Recipient(found.desk.party, found.desk.name, found.desk.manager) if found else None


def manager_of(gate: Gate, person_id: str) -> Recipient | None:
    """Who answers a worry about the care itself: the team's manager; whoever is in charge stands in."""
    charge = gate.in_charge([person_id]).get(person_id)
    worker = worker_of(charge.holder) if charge else None
    found = desk_of(worker.team) if worker and worker.team else None
    if found is None:
        routed = route(person_id)
        found = routed.desk if routed else None
    if found is None:
        return in_charge_of(gate, person_id)
    return Recipient(found.manager, found.manager_name, charge.holder if charge else found.party)


def _team_of_practice(patients: Sequence[Resource]) -> str | None:
    """A practice's own register counts before what others believe."""
    today = timezone.localdate()
    ordered = sorted(patients, key=lambda one: one.source not in practices_on(one.body, today))
    for one in ordered:
        for code in practices_on(one.body, today):
            team = team_for_practice(code)
            if team:
                return team
    return None


def _team_of_area(patients: Sequence[Resource]) -> str | None:
    """What the place keeps counts first; an old address does not count."""
    for one in sorted(patients, key=lambda each: each.source != PLACE):
        for address in one.body.get("address", []):
            if address.get("use") != "old" and address.get("postalCode"):
                team = team_for_postcode(address["postalCode"])
                if team:
                    return team
    return None
