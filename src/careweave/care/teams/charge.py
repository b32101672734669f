"""Who answers for a person's care: the one in charge, or whoever stands in while they are away or after they left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from careweave.identity.absences import away_on, coming, coming_of
from careweave.identity.models import Organisation, Staff, Team
from careweave.record import Gate, Refusal, Resource
from careweave.record.charges import InCharge, Post
from careweave.record.relations import party_reference

from .staff_facts import Worker, worker_of, workers_of

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Answering:
    """Exactly one party who answers for a person's care at a moment, and why it is they."""

    party: str
    name: str
    telephone: str
    out_of_hours: str
    organisation: str
    stands_in_for: str = ""
    because: str = ""


@dataclass(frozen=True)
class Stretch:
    """One line of the history: who was in charge, for which organisation, from when until when, and how it came."""

    charge: InCharge
    name: str
    organisation: str
    deputy: str
    accepted_by: str


def answering(charge: InCharge, on: date) -> Answering:
    """The one in charge; when they are away or have left, who stands in, then the deputy, then the team's manager."""
    why = absence_of(charge.holder, on)
    team = _team_of(charge.holder)
    if not why:
        return _answering(charge.holder, charge, team)
    standing_in = next((party for party in _next_in_line(charge, team, on) if not absence_of(party, on)), "")
    if not standing_in:
        standing_in = team.party if team else f"org:{charge.post.organisation}"
    holder = worker_of(charge.holder)
    name = holder.name if holder else "Whoever was in charge"
    found = _answering(standing_in, charge, team)
    return replace(found, stands_in_for=name, because=f"{name} {why}")


def answering_for(holder: str, deputy: str | None, on: date) -> Answering:
    """The same for someone known by party only, as the first lines of a list are."""
    at_no_time = datetime.now(LONDON)
    return answering(InCharge("", Post(holder, deputy), holder, "", at_no_time, None), on)


def absence_of(party: str, on: date) -> str:
    """“has left”, “is away until 3 December”, or nothing for someone who is at work."""
    staff = Staff.objects.filter(id=party.partition(":")[2]).first() if party.startswith("staff:") else None
    if staff is None:
        return "does not work here"
    if staff.left_on is not None and staff.left_on <= on:
        return "has left"
    away = next((one for one in coming(party, on) if one.starts_on <= on), None)
    return f"is away until {away.ends_on.day} {away.ends_on:%B}" if away else ""


def at_work(parties: Iterable[str], on: date) -> set[str]:
    """Those of these staff who are neither away nor have left, in two statements however many they are."""
    away = coming_of([party for party in parties if party.startswith("staff:")], on)
    ids = [party.partition(":")[2] for party in away]
    here = {one.party for one in Staff.objects.filter(id__in=ids).exclude(left_on__lte=on)}
    return {party for party in here if not any(one.starts_on <= on for one in away[party])}


def _next_in_line(charge: InCharge, team: Team | None, on: date) -> Iterator[str]:
    stands_in = away_on(charge.holder, on)
    if stands_in:
        yield stands_in
    if charge.deputy:
        yield charge.deputy
    if team:
        yield team.manager.party


def _answering(party: str, charge: InCharge, team: Team | None) -> Answering:
    out_of_hours = team.out_of_hours if team else ""
    worker = worker_of(party)
    if worker:
        telephone = worker.telephone or (team.telephone if team else "")
        return Answering(party, worker.name, telephone, out_of_hours, worker.organisation)
    organisation = organisation_name(charge.post.organisation)
    if team and party == team.party:
        return Answering(party, team.name, team.telephone, out_of_hours, organisation)
    return Answering(party, organisation or "Nobody known", "", out_of_hours, organisation)


def _team_of(party: str) -> Team | None:
    """The team someone works or last worked in."""
    worker = worker_of(party)
    if worker is None or worker.team is None:
        return None
    found: Team | None = Team.objects.select_related("manager").filter(id=worker.team).first()
    return found


def organisation_name(code: str) -> str:
    found = Organisation.objects.filter(code=code).values_list("name", flat=True).first()
    return str(found or code)


def history(gate: Gate, person_id: str) -> list[Stretch]:
    """Who was in charge at every moment, oldest first: persons and organisations by name."""
    line = gate.charge_history(person_id)
    named = workers_of(party for one in line for party in (one.holder, one.deputy, one.accepted_by) if party)
    names = {party: worker.name for party, worker in named.items()}
    known = Organisation.objects.filter(code__in={one.post.organisation for one in line})
    organisations = dict(known.values_list("code", "name"))
    return [_stretch(one, names, organisations) for one in line]


def at(stretches: list[Stretch], moment: datetime) -> Stretch | None:
    """The stretch that holds at a moment; None before the person was taken on and after care ended."""
    return next((one for one in stretches if one.charge.covers(moment)), None)


def _stretch(charge: InCharge, names: Mapping[str, str], organisations: Mapping[str, str]) -> Stretch:
    code = charge.post.organisation
    return Stretch(
        charge,
        names.get(charge.holder, ""),
        organisations.get(code) or code,
        names.get(charge.deputy or "", ""),
        names.get(charge.accepted_by or "", ""),
    )


def _name(party: str) -> str:
    worker = worker_of(party)
    return worker.name if worker else ""


def may_pass_on(gate: Gate, charge: InCharge) -> bool:
    """Whether this actor may ask someone else: who is in charge, their deputy, who stands in, or the team's manager."""
    team = _team_of(charge.holder)
    allowed = {charge.holder, charge.deputy, answering(charge, today()).party}
    return gate.actor.id in allowed | ({team.manager.party} if team else set())


def today() -> date:
    return datetime.now(LONDON).date()


def put_in_charge(gate: Gate, person_id: str, *, by: Worker, deputy: Worker | None, reason: str) -> InCharge:
    """The actor takes charge now, and every enrolment says so. Part of a transaction of the caller's."""
    post = Post(by.party, deputy.party if deputy else None, by.organisation_code)
    charge = gate.put_in_charge(person_id, post, reason=reason)
    for episode in active_episodes(gate, person_id):
        manager = party_reference(by.party, by.name)
        gate.update({**episode.body, "careManager": manager}, version=episode.version)
    return charge


def active_episodes(gate: Gate, person_id: str) -> list[Resource]:
    """The person's enrolments: one, or one under each of several records that were joined."""
    return [
        one
        for one in gate.about(person_id, ["EpisodeOfCare"])
        if one.source == "careweave" and one.body["status"] == "active"
    ]


def name_deputy(gate: Gate, *, person_id: str, deputy: Worker) -> InCharge | Refusal:
    """Who answers when the one in charge is away: chosen by them, their deputy or their manager."""
    charge = gate.in_charge([person_id]).get(person_id)
    if charge is None:
        return Refusal("Nobody is in charge of this person yet")
    if not may_pass_on(gate, charge):
        return Refusal(f"Only {_name(charge.holder)} or their manager can choose the deputy")
    if deputy.has_left:
        return Refusal(f"{deputy.name} has left. Choose someone else", "deputy")
    if deputy.party == charge.holder:
        return Refusal(f"{deputy.name} is in charge. Choose someone else", "deputy")
    return gate.put_in_charge(person_id, replace(charge.post, deputy=deputy.party), reason="deputy")


def coordinate_by_choice(
    gate: Gate, *, person_id: str, who: str, name: str, evidence: str
) -> InCharge | Refusal:
    """The person, or someone in the family, coordinates; whoever is in charge becomes their contact for change.

    `who` is their party, empty when the team coordinates again; `evidence` how and when the person said so.
    """
    charge = gate.in_charge([person_id]).get(person_id)
    if charge is None:
        return Refusal("Nobody is in charge yet who could be the contact for change")
    if not may_pass_on(gate, charge):
        return Refusal(f"Only {_name(charge.holder)} or their manager can write this down")
    if who and not who.startswith("person:"):
        return Refusal("Choose the person or someone in the family", "who")
    if who == charge.post.coordinates:
        return Refusal(f"{name or 'The team'} coordinates already", "who")
    if not evidence.strip():
        return Refusal("Say how and when this was asked for, and by whom", "evidence")
    words = (
        f"{name} coordinates by choice: {evidence.strip()}"
        if who
        else f"the team coordinates: {evidence.strip()}"
    )
    return gate.put_in_charge(person_id, replace(charge.post, coordinates=who), reason=words)
