"""How many people each coordinator has, how many they may have, and who has room: the balance of a team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from careweave.definitions import load_definition
from careweave.identity.absences import Away, coming, coming_of
from careweave.identity.models import Team
from careweave.record import Gate, Refusal, charges

from .staff_facts import Worker, workers_in_team

NOT_CASEHOLDERS = (
    "volunteer",
    "voluntary-worker",
    "governance-lead",
    "analyst",
    "administrator",
    "data-clerk",
)


@dataclass(frozen=True)
class Load:
    """One worker's line of the balance: people, limit, and until when they are away."""

    worker: Worker
    people: int
    limit: int
    away_from: date | None = None
    away_until: date | None = None
    stands_in: str = ""

    @property
    def room(self) -> int:
        return self.limit - self.people

    @property
    def is_over(self) -> bool:
        return self.people > self.limit


def usual_limit(on: date) -> int:
    """The cap of someone who has none of their own: data of the place."""
    return int(load_definition("caseload", "caseload", on).content["limit"])


def limit_of(worker: Worker, on: date) -> int:
    return worker.caseload_limit if worker.caseload_limit is not None else usual_limit(on)


def own_people(gate: Gate) -> list[str]:
    """The people this worker is in charge of now."""
    return gate.people_with("coordinator")


def may_hold(gate: Gate, worker: Worker, *, reason: str, today: date) -> Refusal | None:
    """Why this worker should not have one more; who is over the cap or away may with a reason, who left never."""
    if worker.has_left:
        return Refusal(f"{worker.name} has left. Choose someone else", "coordinator")
    if worker.role in NOT_CASEHOLDERS:
        return Refusal(f"{worker.name} does not take charge of people. Choose someone else", "coordinator")
    if reason.strip():
        return None
    absence = next((one for one in coming(worker.party, today) if one.starts_on <= today), None)
    if absence:
        until = f"{absence.ends_on.day} {absence.ends_on:%B}"
        return Refusal(
            f"{worker.name} is away until {until}. Choose someone else, or say why.", "over_cap_reason"
        )
    held = charges.counts(gate.door, [worker.party])[worker.party]
    if held >= limit_of(worker, today):
        people = "1 person" if held == 1 else f"{held} people"
        return Refusal(
            f"{worker.name} already has {people}. Choose someone else, or say why.", "over_cap_reason"
        )
    return None


def teams_to_balance(gate: Gate) -> tuple[Team, ...]:
    """The teams this actor manages, else the one they work in."""
    kind, _, id_ = gate.actor.id.partition(":")
    if kind != "staff":
        return ()
    managed = tuple(Team.objects.filter(manager_id=id_).order_by("name"))
    mine = [party.removeprefix("team:") for party in gate.door.parties if party.startswith("team:")]
    return managed or tuple(Team.objects.filter(id__in=mine).order_by("name"))


def manages(gate: Gate, team_id: str) -> bool:
    return bool(Team.objects.filter(id=team_id, manager_id=gate.actor.id.partition(":")[2]).exists())


def balance(gate: Gate, team_id: str, today: date) -> list[Load]:
    """Everyone in a team who can be in charge, those with most people first."""
    members = {one.party: one for one in workers_in_team(team_id) if one.role not in NOT_CASEHOLDERS}
    return loads(gate, list(members.values()), today)


def loads(gate: Gate, workers: Sequence[Worker], today: date) -> list[Load]:
    """The line of each of these."""
    parties = [one.party for one in workers]
    held, away = charges.counts(gate.door, parties), coming_of(parties, today)
    found = [_load(one, held[one.party], away[one.party], today) for one in workers]
    return sorted(found, key=lambda one: (-one.people, one.worker.name))


def _load(worker: Worker, people: int, away: Sequence[Away], today: date) -> Load:
    absence = next(iter(away), None)
    if absence is None:
        return Load(worker, people, limit_of(worker, today))
    return Load(
        worker, people, limit_of(worker, today), absence.starts_on, absence.ends_on, absence.deputy_name
    )
