"""Who is told when something is late: the deputy, else the team's manager, else the whole team; never nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from careweave.identity.absences import away_on
from careweave.identity.models import Team
from careweave.record import Actor, Gate, Purpose, Resource
from careweave.record.relations import party_of

from .staff_facts import Worker, worker_of


@dataclass(frozen=True)
class Receiver:
    """Who has it from now on, and everyone whose list shows it."""

    party: str
    name: str
    parties: tuple[str, ...]


def receiver(
    gate: Gate, person_id: str, entity: Resource | None, wanted: Sequence[str], *, on: date
) -> Receiver:
    """The first of those the definition names who works here, is not away, and may open this person's record."""
    labels = frozenset(entity.labels if entity else ())
    # What still belongs to a whole team is late for that team, whoever is in charge of the person.
    team = _team_in(entity)
    late = None if team else _whose(gate, person_id, entity)
    team = team or (late.team if late else None)
    whole = f"team:{team}" if team else ""
    for worker in _candidates(gate, person_id, late, team, wanted, on):
        if (late is None or worker.party != late.party) and _may_see(worker, person_id, labels):
            return Receiver(worker.party, worker.name, tuple(filter(None, (worker.party, whole))))
    if whole:
        name = Team.objects.values_list("name", flat=True).get(id=team)
        return Receiver(whole, name, (whole,))
    return Receiver(late.party, late.name, (late.party,)) if late else Receiver("", "", ())


def _whose(gate: Gate, person_id: str, entity: Resource | None) -> Worker | None:
    """Who let it become late: whoever it was for when they work here, else who is in charge."""
    body = entity.body if entity else {}
    named = [party_of(each) for each in (body.get("owner"), *body.get("recipient", ()))]
    charge = gate.in_charge([person_id]).get(person_id)
    found = (worker_of(party) for party in (*named, charge.holder if charge else None) if party)
    return next((worker for worker in found if worker), None)


def _team_in(entity: Resource | None) -> str | None:
    kind, _, team = ((party_of(entity.body.get("owner")) if entity else None) or "").partition(":")
    return team if kind == "team" and Team.objects.filter(id=team).exists() else None


def _candidates(
    gate: Gate, person_id: str, late: Worker | None, team: str | None, wanted: Sequence[str], on: date
) -> Iterator[Worker]:
    charge = gate.in_charge([person_id]).get(person_id)
    for who in wanted:
        parties: list[str | None] = []
        if who == "deputy":
            parties = [away_on(late.party, on) if late else None, charge.deputy if charge else None]
        elif who == "manager" and team:
            manager = Team.objects.select_related("manager").get(id=team).manager
            parties = [manager.party]
        for party in filter(None, parties):
            # Whoever is away passes it on to the one who stands in for them.
            worker = worker_of(away_on(party, on) or party)
            if worker and not worker.has_left:
                yield worker


def _may_see(worker: Worker, person_id: str, labels: frozenset[str]) -> bool:
    """Whether a task with these labels would show on this worker's list."""
    theirs = Gate(Actor(worker.party, worker.role, name=worker.name), Purpose.DIRECT_CARE)
    return labels <= theirs.door.labels and theirs.person(person_id) is not None
