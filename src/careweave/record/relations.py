"""Which relationships a resource states: the facts the access rules look at, projected at each save."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import acting
from .content import PLACE
from .indexing import token
from .registrations import registrations

PARTY_SYSTEM = "https://careweave.org/id/party"
SUGGESTED = "suggested"
CONTACT = "contact"  # something that came to a team's desk about the person, and waits for its answer
VOLUNTEER, VOLUNTARY_WORKER = "volunteer", "voluntary-worker"
COMMUNITY_REFERRAL = (
    "community-referral"  # an organisation was asked to help the person, and has not finished
)


@dataclass(frozen=True)
class Relationship:
    """A party stands in this relationship to the resource's subject, from and until (ISO texts, open when None)."""

    party: str
    kind: str
    from_: str | None = None
    until: str | None = None


def party_reference(party: str, display: str = "") -> dict[str, Any]:
    """A FHIR Reference to someone who works or acts here, by party key (`staff:…`, `team:…`, `person:…`)."""
    reference: dict[str, Any] = {"identifier": {"system": PARTY_SYSTEM, "value": party}}
    return {**reference, "display": display} if display else reference


def party_of(reference: dict[str, Any] | None) -> str | None:
    """The party key in a Reference made by `party_reference`, None for any other."""
    identifier = (reference or {}).get("identifier") or {}
    return identifier.get("value") if identifier.get("system") == PARTY_SYSTEM else None


def party_token(type_: str, party: str) -> int:
    """The search token under which a resource that names a party is kept."""
    return token(type_, "careweave-party", party)


def relationships(body: dict[str, Any], *, source: str) -> tuple[Relationship, ...]:
    """The relationships this resource states, in no particular order and without repeats."""
    type_ = body.get("resourceType", "")
    # Only what was written here says who cares for whom: no file can open a record to its sender.
    if source != PLACE and type_ not in _STATED_BY_FEEDS:
        return ()
    stated = _STATED_BY.get(type_)
    return tuple(dict.fromkeys(stated(body, source))) if stated else ()


def _patient(body: dict[str, Any], source: str) -> Iterator[Relationship]:
    if source == PLACE:
        yield Relationship(f"person:{body['id']}", "self")
        return
    yield Relationship(f"org:{source}", "provider")
    for each in registrations(body):
        # Only a practice's own feed makes its register; what another place believes opens nothing.
        if each.practice == source:
            first, last = (day.isoformat() if day else None for day in (each.start, each.end))
            yield Relationship(f"org:{source}", "practice", first, last)


def _encounter(body: dict[str, Any], source: str) -> Iterator[Relationship]:
    if body.get("class", {}).get("code") == "IMP" and body.get("status") == "in-progress":
        yield Relationship(f"org:{source}", "admission")


def _care_team(body: dict[str, Any], _source: str) -> Iterator[Relationship]:
    if body.get("status") != "active":
        return
    for participant in body.get("participant", []):
        party = party_of(participant.get("member"))
        roles = {role.get("text") for role in participant.get("role", [])}
        period = participant.get("period", {})
        if party and not party.startswith("person:"):
            kind = "visitor" if VOLUNTEER in roles else "team"
            yield Relationship(party, kind, period.get("start"), period.get("end"))


def _episode(body: dict[str, Any], _source: str) -> Iterator[Relationship]:
    if body.get("status") not in ("active", "onhold"):
        return
    manager = party_of(body.get("careManager"))
    if manager:
        yield Relationship(manager, "coordinator")
    for reference in body.get("team", []):
        team = party_of(reference)
        if team:
            yield Relationship(team, "team")


def _consent(body: dict[str, Any], _source: str) -> Iterator[Relationship]:
    provision = body.get("provision", {})
    if body.get("status") != "active":
        return
    permits, stops = provision.get("type") == "permit", acting.is_of(body, acting.FREEZE)
    period = provision.get("period", {})
    for actor in provision.get("actor", []):
        party = party_of(actor.get("reference"))
        if not party or not party.startswith("person:"):
            continue
        kind = acting.kind_of(body, actor) if permits else acting.FROZEN if stops else None
        if kind:
            yield Relationship(party, kind, period.get("start"), period.get("end"))


def _task(body: dict[str, Any], _source: str) -> Iterator[Relationship]:
    codes = {coding.get("code") for coding in body.get("code", {}).get("coding", [])}
    owner = party_of(body.get("owner"))
    if SUGGESTED in codes and owner and body.get("status") in ("requested", "received"):
        yield Relationship(owner, "finding")
    is_going_on = body.get("status") in ("requested", "accepted", "in-progress")
    if COMMUNITY_REFERRAL in codes and is_going_on and owner and owner.startswith("org:"):
        yield Relationship(owner, "referred")
    if CONTACT in codes and body.get("status") in ("requested", "received", "accepted", "in-progress"):
        # Until it is answered: the desk that has it, whoever took it, and the manager to whom it goes when it waits.
        for party in (owner, *(party_of(one) for one in body.get("restriction", {}).get("recipient", ()))):
            if party:
                yield Relationship(party, "finding")


_STATED_BY_FEEDS = {"Patient", "Encounter"}
_STATED_BY = {
    "Patient": _patient,
    "Encounter": _encounter,
    "CareTeam": _care_team,
    "EpisodeOfCare": _episode,
    "Consent": _consent,
    "Task": _task,
}
