"""How an authority to act for someone is held as FHIR R4: a Consent with what was seen, and a RelatedPerson beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from careweave.record import Actor, Resource
from careweave.record.acting import (
    ACTING,
    CARER,
    CODES,
    EXTENSION,
    FREEZE,
    ActingKind,
    Basis,
    acting_kinds,
    is_of,
    stated,
)
from careweave.record.ids import resource_id
from careweave.record.relations import PARTY_SYSTEM, party_of, party_reference

CARER_SHARING = "carer-sharing"
_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Authority:
    """One authority of one person over another. `ended_because` is for those who may know why."""

    id: str
    version: int
    proxy_id: str
    name: str
    kind: str
    title: str
    basis: str
    basis_title: str
    basis_to_person: str
    sees: str
    matters: tuple[str, ...]
    since: datetime
    until: datetime | None
    seen: str
    seen_by: str
    seen_on: str
    decision: str
    person_may_end: bool
    ended_because: str = ""

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Freeze:
    """Someone's access, stopped to keep the person safe."""

    id: str
    version: int
    proxy_id: str
    name: str
    reason: str
    since: datetime
    frozen_by: str
    frozen_by_name: str
    until: datetime | None
    ended_by: str


@dataclass(frozen=True)
class Evidence:
    """What was seen and when; never the document itself."""

    seen: str
    seen_on: date


@dataclass(frozen=True)
class Facts:
    """What of the person's own record decides how long an authority lasts."""

    born: date | None
    died: datetime | None

    def birthday(self, age: int) -> datetime | None:
        """The moment at which the person is so old, in London."""
        if self.born is None:
            return None
        year = self.born.year + age
        try:
            day = self.born.replace(year=year)
        except ValueError:
            day = date(year, 3, 1)  # born on 29 February
        return datetime.combine(day, time(), _LONDON)

    def is_under(self, age: int, now: datetime) -> bool:
        reached = self.birthday(age)
        return reached is not None and now < reached


def facts_of(patient: dict[str, Any]) -> Facts:
    """Birth and death as the place's own record has them; of a part of a date the earliest day."""
    died, born = str(patient.get("deceasedDateTime", ""))[:10], str(patient.get("birthDate", ""))
    born = born + "-01-01"[len(born) - 4 :] if len(born) >= 4 else ""
    moment = datetime.combine(date.fromisoformat(died), time(), _LONDON) if len(died) == 10 else None
    if moment is None and patient.get("deceasedBoolean"):
        moment = datetime.min.replace(tzinfo=UTC)
    return Facts(date.fromisoformat(born) if born else None, moment)


def extension(name: str, **value: Any) -> dict[str, Any]:
    return {"url": EXTENSION + name, **value}


def code(value: str, text: str = "") -> dict[str, Any]:
    concept: dict[str, Any] = {"coding": [{"system": CODES, "code": value}]}
    return {**concept, "text": text} if text else concept


def instant(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def related_person(person_id: str, proxy_id: str, name: str, kind: ActingKind) -> dict[str, Any]:
    """Who acts, apart from the entry of a carer: the same person may be both, and lose one alone."""
    return {
        "resourceType": "RelatedPerson",
        "id": resource_id("careweave", "RelatedPerson", f"{ACTING} {kind.key} {person_id} {proxy_id}"),
        "active": True,
        "identifier": [{"system": PARTY_SYSTEM, "value": f"person:{proxy_id}"}],
        "patient": {"reference": f"Patient/{person_id}"},
        "relationship": [code(ACTING, kind.title)],
        "name": [{"text": name}],
    }


def consent(
    person_id: str,
    proxy: tuple[str, str],
    kind: ActingKind,
    basis: Basis,
    evidence: Evidence,
    period: dict[str, str],
    by: Actor,
    more: list[dict[str, Any]],
) -> dict[str, Any]:
    """The authority itself; a new one each time, so that what held before stays to be asked about."""
    return {
        "resourceType": "Consent",
        "extension": [
            extension("basis", valueCode=basis.key),
            extension("seen", valueString=evidence.seen),
            extension("seen-by", valueString=by.id),
            extension("seen-by-name", valueString=by.name or by.id),
            *more,
        ],
        "status": "active",
        "scope": _scope(),
        "category": [code(ACTING, kind.title)],
        "patient": {"reference": f"Patient/{person_id}"},
        "dateTime": instant(datetime.now(UTC)),
        "policyRule": code(kind.key, kind.title),
        "verification": [{"verified": True, "verificationDate": evidence.seen_on.isoformat()}],
        "provision": {"type": "permit", "period": period, "actor": [_actor(kind.key, *proxy)]},
    }


def freeze_consent(person_id: str, proxy: tuple[str, str], reason: str, by: Actor) -> dict[str, Any]:
    """A stop, with the name of who made it, so that someone else must end it."""
    return {
        "resourceType": "Consent",
        "extension": [
            extension("reason", valueString=reason),
            extension("frozen-by", valueString=by.id),
            extension("frozen-by-name", valueString=by.name or by.id),
        ],
        "status": "active",
        "scope": _scope(),
        "category": [code(FREEZE, "Access stopped to keep the person safe")],
        "patient": {"reference": f"Patient/{person_id}"},
        "dateTime": instant(datetime.now(UTC)),
        "policyRule": code("safeguarding", "Care Act 2014, section 42; Children Act 1989, section 47"),
        "provision": {"type": "deny", "actor": [_actor("proxy", *proxy)]},
    }


def _scope() -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {"coding": [{"system": system, "code": "patient-privacy"}]}


def _actor(role: str, proxy_id: str, name: str) -> dict[str, Any]:
    return {"role": code(role), "reference": party_reference(f"person:{proxy_id}", name)}


def authority_of(one: Resource, facts: Facts) -> Authority | None:
    """What a Consent says, with the end that the facts give it; None when it is about something else."""
    is_carers = is_of(one.body, CARER_SHARING)
    if not is_carers and not is_of(one.body, ACTING):
        return None
    actor: dict[str, Any] = next(iter(one.body.get("provision", {}).get("actor", [])), {})
    party = party_of(actor.get("reference")) or ""
    kind = acting_kinds().get(_role(actor))
    if not party.startswith("person:") or (kind is None and not is_carers):
        return None
    return _authority(one, facts, kind, party.removeprefix("person:"), actor["reference"].get("display", ""))


def _authority(one: Resource, facts: Facts, kind: ActingKind | None, proxy_id: str, name: str) -> Authority:
    body = one.body
    until, because = _end(one, facts, kind, is_carers=kind is None)
    basis = str(stated(body, "basis" if kind else "answer") or "")
    held = next((each for each in kind.bases if each.key == basis), None) if kind else None
    return Authority(
        id=one.id,
        version=one.version,
        proxy_id=proxy_id,
        name=name,
        kind=kind.key if kind else CARER,
        title=kind.title if kind else "Carer",
        basis=basis,
        basis_title=held.title if held else "",
        basis_to_person=held.to_person if held else "",
        sees=kind.sees if kind else "the plan, visits and who is in charge",
        matters=kind.matters if kind else (),
        since=_moment(body.get("provision", {}).get("period", {}).get("start")) or one.updated,
        until=until,
        seen=str(stated(body, "seen" if kind else "evidence") or ""),
        seen_by=str(stated(body, "seen-by-name") or ""),
        seen_on=next((each.get("verificationDate", "") for each in body.get("verification", [])), ""),
        decision=str(stated(body, "decision") or ""),
        person_may_end="person-may-end" in one.labels,
        ended_because=because,
    )


def freeze_of(one: Resource) -> Freeze | None:
    if not is_of(one.body, FREEZE):
        return None
    actor: dict[str, Any] = next(iter(one.body.get("provision", {}).get("actor", [])), {})
    return Freeze(
        id=one.id,
        version=one.version,
        proxy_id=(party_of(actor.get("reference")) or "").removeprefix("person:"),
        name=actor.get("reference", {}).get("display", ""),
        reason=str(stated(one.body, "reason") or ""),
        since=_moment(one.body.get("dateTime")) or one.updated,
        frozen_by=str(stated(one.body, "frozen-by") or ""),
        frozen_by_name=str(stated(one.body, "frozen-by-name") or ""),
        until=None if one.body.get("status") == "active" else one.updated,
        ended_by=str(stated(one.body, "unfrozen-by-name") or ""),
    )


def _end(
    one: Resource, facts: Facts, kind: ActingKind | None, *, is_carers: bool
) -> tuple[datetime | None, str]:
    """The earliest of all that ends it, and why."""
    ends: list[tuple[datetime, str]] = []
    if one.body.get("status") != "active":
        because = str(stated(one.body, "ended") or "")
        ends.append((one.updated, because or ("the person ended it" if not is_carers else "")))
    stated_end = str(one.body.get("provision", {}).get("period", {}).get("end", ""))
    if stated_end:
        ends.append((_last(stated_end), "the day it was given for is over"))
    sixteen = facts.birthday(16)
    if kind and kind.key == "parent" and stated(one.body, "basis") == "parental-responsibility" and sixteen:
        ends.append((sixteen, "the 16th birthday: from then on the young person decides"))
    if facts.died:
        ends.append((facts.died, "the person died; what others may do for them ended with that"))
    return min(ends, default=(None, ""), key=lambda pair: pair[0] or datetime.max.replace(tzinfo=UTC))


def _role(actor: dict[str, Any]) -> str:
    codings = (actor.get("role") or {}).get("coding", [])
    return next((one.get("code", "") for one in codings if one.get("system") == CODES), "")


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _last(text: str) -> datetime:
    """A whole day ends when it is over."""
    if len(text) > 10:
        return _moment(text) or datetime.max.replace(tzinfo=UTC)
    return datetime.combine(date.fromisoformat(text), time(), UTC).replace(hour=23, minute=59, second=59)
