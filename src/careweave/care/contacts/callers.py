"""Who calls, and what they may be told: anyone can tell, only those with an authority that we hold are told anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from careweave.care.teams.membership import carers_of
from careweave.care.teams.working_time import LONDON
from careweave.identity import representatives
from careweave.record import Gate, Refusal

from .rules import desk

SELF, KNOWN, PROFESSIONAL, OTHER = "self", "known", "professional", "other"
NOTHING = "nothing"


@dataclass(frozen=True)
class KnownCaller:
    """Someone the record names: what they are to the person, and what they may be told, with since when."""

    party: str
    name: str
    relation: str
    telephone: str
    may_hear: str = ""
    because: str = ""


@dataclass(frozen=True)
class Caller:
    """Who calls now, as the desk heard it, and how far that was checked."""

    kind: str
    name: str
    relation: str = ""
    telephone: str = ""
    party: str = ""
    check: str = "no"


@dataclass(frozen=True)
class Authority:
    """What this caller may be told: a reason in words where it is something."""

    may_hear: str
    because: str

    @property
    def is_something(self) -> bool:
        return self.may_hear != NOTHING


def known_callers(gate: Gate, person_id: str) -> list[KnownCaller]:
    """Carers and representatives, each once, as this reader may see them."""
    if gate.person(person_id) is None:
        return []
    held = {one.proxy_id: one for one in representatives.authorities_at(gate, person_id, datetime.now(UTC))}
    found: dict[str, KnownCaller] = {}
    for carer in carers_of(gate, person_id):
        one = held.get(carer.person_id)
        found[carer.person_id] = KnownCaller(
            f"person:{carer.person_id}",
            carer.name,
            carer.relationship,
            carer.telephone,
            one.sees if one else "",
            f"{one.title}, {_since(one.since)}" if one else "",
        )
    for proxy, one in held.items():
        if proxy not in found:
            because = f"{one.title}, {_since(one.since)}"
            found[proxy] = KnownCaller(f"person:{proxy}", one.name, one.title, "", one.sees, because)
    return sorted(found.values(), key=lambda one: one.name)


def authority_of(gate: Gate, person_id: str, caller: Caller, *, today: date) -> Authority:
    """What a caller may be told. Whoever was not checked, and whoever holds no authority here, is told nothing."""
    if caller.check not in desk(today).checks_that_count:
        return Authority(NOTHING, "not checked who they are")
    if caller.kind == SELF:
        return Authority("everything about themself", "it is about them")
    if caller.kind == PROFESSIONAL:
        return Authority(NOTHING, "professionals read it in their own system, by their own right")
    named = next((one for one in known_callers(gate, person_id) if one.party == caller.party), None)
    if caller.kind == KNOWN and named and named.may_hear:
        return Authority(named.may_hear, named.because)
    return Authority(NOTHING, "no authority is recorded here")


def caller_refusal(caller: Caller, *, today: date) -> Refusal | None:
    """What is missing about the caller."""
    if caller.kind not in (SELF, KNOWN, PROFESSIONAL, OTHER):
        return Refusal("Choose who is calling", "caller")
    if not caller.name.strip():
        return Refusal("Write the caller’s name", "caller_name")
    if caller.kind in (PROFESSIONAL, OTHER) and not caller.relation.strip():
        return Refusal("Write what they are to the person, for example daughter or pharmacist", "relation")
    if caller.check not in desk(today).checks:
        return Refusal("Choose whether you checked who they are", "check")
    return None


def _since(at: datetime) -> str:
    day = at.astimezone(LONDON).date()
    return f"since {day.day} {day:%B %Y}"
