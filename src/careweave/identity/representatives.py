"""Acting for someone: who may, on what, from when until when; ended at once, stopped for safety, asked about at any date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from careweave.record import Gate, Refusal, Resource
from careweave.record.acting import CARER, PERSON_MAY_END, ActingKind, Basis, acting_kinds
from careweave.record.ids import resource_id
from careweave.record.relations import party_reference

from .representatives_decisions import Assessed, Judgement, judgements, record_best_interests, record_capacity
from .representatives_fhir import (
    Authority,
    Evidence,
    Facts,
    Freeze,
    authority_of,
    code,
    consent,
    extension,
    facts_of,
    freeze_consent,
    freeze_of,
    instant,
    related_person,
)

__all__ = ["Appointed", "Authority", "Evidence", "Facts", "Freeze"]
RECONSENT = "reconsent-at-16"
_LONDON = ZoneInfo("Europe/London")
_AHEAD = timedelta(days=90)  # so that there is time to meet the young person alone before the birthday
_SHORTEST = 10


@dataclass(frozen=True)
class Appointed:
    """Who is to act, as what, and on what that stands."""

    proxy_id: str
    name: str
    kind: str
    basis: str
    evidence: Evidence
    until: date | None = None
    decision: str = ""
    agreement_signed: date | None = None


def add_authority(gate: Gate, *, person_id: str, appointed: Appointed) -> Authority | Refusal:
    """Write down an authority that someone saw proof of; from now on it opens what its kind opens, and no more."""
    with gate.transaction():
        facts, now = _facts(gate, person_id), datetime.now(UTC)
        kind = acting_kinds().get(appointed.kind)
        basis = next((one for one in kind.bases if one.key == appointed.basis), None) if kind else None
        refusal = _refusal(gate, person_id, appointed, facts, now)
        if kind is None or basis is None or refusal:
            return refusal or Refusal("Choose what this stands on", "basis")
        end = facts.birthday(16) if appointed.basis == "parental-responsibility" else None
        period = {"start": instant(now)}
        if appointed.until:
            period["end"] = appointed.until.isoformat()
        elif end:
            period["end"] = instant(end)
        proxy = (appointed.proxy_id, appointed.name)
        body = consent(
            person_id, proxy, kind, basis, appointed.evidence, period, gate.actor, _more(appointed)
        )
        _put(gate, related_person(person_id, *proxy, kind), person_id)
        labels = (PERSON_MAY_END,) if basis.person_may_end else ()
        saved = gate.create(body, subject=person_id, labels=labels, parties=(f"person:{proxy[0]}",))
        if end:
            _ask_again_at_sixteen(gate, person_id, end)
    found = authority_of(saved, facts)
    assert found is not None
    return found


def end_authority(gate: Gate, *, person_id: str, authority_id: str, reason: str = "") -> Authority | Refusal:
    """End it in this moment. By the person, for whatever is theirs to end, or by the team, who say why."""
    with gate.transaction():
        one = next((each for each in gate.about(person_id, ["Consent"]) if each.id == authority_id), None)
        facts = _facts(gate, person_id)
        held = authority_of(one, facts) if one else None
        if one is None or held is None or one.body["status"] != "active":
            return Refusal("That is not in force any more: look at the list again")
        is_own = gate.actor.role == "person"
        if is_own and not held.person_may_end:
            return Refusal(
                "A court, the law or a judgement decided this. Ask the person in charge to look at it again"
            )
        if not is_own and not reason.strip():
            return Refusal("Say why it ends", "reason")
        body = {**one.body, "status": "inactive"}
        words = "the person ended it" if is_own else reason.strip()
        body["extension"] = [*body.get("extension", []), extension("ended", valueString=words)]
        # Who loses an authority is not named on its paper any more: why it ended is not for them.
        saved = gate.update(body, version=one.version, parties=one.parties if is_own else ())
    ended = authority_of(saved, facts)
    assert ended is not None
    return ended


def judge_capacity(gate: Gate, *, person_id: str, assessed: Assessed) -> Judgement | Refusal:
    """Write down a judgement; who acted because the person could not decide this stops when they can again."""
    with gate.transaction():
        made = record_capacity(gate, person_id=person_id, assessed=assessed)
        if isinstance(made, Refusal) or made.outcome == "lacks":
            return made
        known, now = judgements(gate, person_id), datetime.now(UTC)
        regained = {one.id for one in known if one.is_superseded_in([made])}
        for held in authorities(gate, person_id):
            if held.decision in regained and held.basis == "capacity-lacking" and held.holds(now):
                end_authority(
                    gate,
                    person_id=person_id,
                    authority_id=held.id,
                    reason="they can decide this themselves again",
                )
    return made


def authorities(gate: Gate, person_id: str) -> list[Authority]:
    """Every authority there is or was, newest first, as this reader may see them."""
    facts = _facts(gate, person_id)
    found = [authority_of(one, facts) for one in gate.about(person_id, ["Consent"])]
    return sorted((one for one in found if one), key=lambda one: one.since, reverse=True)


def authorities_at(gate: Gate, person_id: str, on: datetime | date) -> list[Authority]:
    """What was in force at a moment, or when a day ended: also what has ended or was answered anew since."""
    at = on if isinstance(on, datetime) else _end_of(on)
    facts, found = _facts(gate, person_id), []
    for one in gate.about(person_id, ["Consent"]):
        held = authority_of(one, facts)
        if held and held.kind == CARER and one.version > 1:
            held = _answered_then(gate, one, facts, at)
        if held and held.holds(at) and held.basis != "no":
            found.append(held)
    stopped = {one.proxy_id for one in freezes(gate, person_id) if _held(one, at)}
    return [one for one in found if one.proxy_id not in stopped]


def may_decide(
    gate: Gate, *, person_id: str, proxy_id: str, matter: str, decision: str = ""
) -> Authority | Refusal:
    """Whether this proxy may decide this for the person now, and by which authority.

    A power for property decides nothing about health. Whoever decides because the person cannot (Mental Capacity Act
    2005, section 11(7)) decides only what was judged: `decision` is the judgement's id.
    """
    now = datetime.now(UTC)
    held = [one for one in authorities_at(gate, person_id, now) if one.proxy_id == proxy_id]
    fitting = [one for one in held if matter in one.matters]
    if held and not fitting:
        titles = ", ".join(sorted({one.title for one in held}))
        return Refusal(f"“{titles}” gives no say about {matter}. Another authority is needed", "proxy")
    for one in fitting:
        if one.basis != "capacity-lacking" or (decision and one.decision == decision):
            return one
    if fitting:
        return Refusal(
            "They decide only what was judged that the person cannot decide. Record that first", "decision"
        )
    return Refusal("They may not act for this person now", "proxy")


def decide_for(
    gate: Gate, *, person_id: str, judgement: str, proxy_id: str, wishes: str, consulted: str, decided: str
) -> Resource | Refusal:
    """Write down what someone who acts for the person decided: only within their authority, and in best interests."""
    about = next((one for one in judgements(gate, person_id) if one.id == judgement), None)
    matter = about.matter if about else ""
    may = may_decide(gate, person_id=person_id, proxy_id=proxy_id, matter=matter, decision=judgement)
    if isinstance(may, Refusal):
        return may
    return record_best_interests(
        gate,
        person_id=person_id,
        judgement=judgement,
        wishes=wishes,
        consulted=consulted,
        decided=decided,
        by=f"{may.name}, {may.title}",
    )


# -- stopped for safety -----------------------------------------------------------------------------------------


def freeze(gate: Gate, *, person_id: str, proxy_id: str, name: str, reason: str) -> Freeze | Refusal:
    """Stop at once all that someone sees of the person. They are not told why; the person and governance see it."""
    if len(reason.strip()) < _SHORTEST:
        return Refusal(
            "Say why, in a few words at least. The person and the governance lead can read it", "reason"
        )
    if any(one.proxy_id == proxy_id and one.until is None for one in freezes(gate, person_id)):
        return Refusal("Their access is stopped already", "reason")
    body = freeze_consent(person_id, (proxy_id, name), reason.strip(), gate.actor)
    with gate.transaction():
        made = freeze_of(gate.create(body, subject=person_id, labels=("held-from-carers",)))
        assert made is not None
        gate.door.audit("proxy-freeze", [person_id], id=made.id)
    return made


def unfreeze(gate: Gate, *, person_id: str, freeze_id: str, reason: str) -> Freeze | Refusal:
    """Let them see again what their authorities open: decided by somebody else than whoever stopped it."""
    one = next((each for each in gate.about(person_id, ["Consent"]) if each.id == freeze_id), None)
    held = freeze_of(one) if one else None
    if one is None or held is None or held.until is not None:
        return Refusal("That is not stopped any more: look at the list again")
    if held.frozen_by == gate.actor.id:
        return Refusal("You stopped it, so a second person must open it again. Ask a colleague", "reason")
    if len(reason.strip()) < _SHORTEST:
        return Refusal("Say why it is safe again, in a few words at least", "reason")
    more = [
        extension("unfrozen-by-name", valueString=gate.actor.name or gate.actor.id),
        extension("unfrozen-because", valueString=reason.strip()),
    ]
    body = {**one.body, "status": "inactive", "extension": [*one.body["extension"], *more]}
    with gate.transaction():
        ended = freeze_of(gate.update(body, version=one.version))
        assert ended is not None
        gate.door.audit("proxy-unfreeze", [person_id], id=ended.id)
    return ended


def freezes(gate: Gate, person_id: str) -> list[Freeze]:
    """Every stop, newest first; the proxy sees none."""
    found = [freeze_of(one) for one in gate.about(person_id, ["Consent"])]
    return [one for one in found if one]


# -- what it stands on ------------------------------------------------------------------------------------------


def _refusal(gate: Gate, person_id: str, asked: Appointed, facts: Facts, now: datetime) -> Refusal | None:
    kind = acting_kinds().get(asked.kind)
    if kind is None:
        return Refusal("Choose what they are to the person", "kind")
    basis = next((one for one in kind.bases if one.key == asked.basis), None)
    if basis is None:
        return Refusal(f"{kind.title}: choose one of: {', '.join(one.title for one in kind.bases)}", "basis")
    if asked.proxy_id == person_id:
        return Refusal("Nobody acts for themself here", "name")
    if len(asked.evidence.seen.strip()) < _SHORTEST:
        return Refusal("Say what you saw, for example which paper and its date", "seen")
    if asked.evidence.seen_on > _end_of(now.date()).date():
        return Refusal("You cannot have seen it after today", "seen_on")
    if asked.until and asked.until < now.date():
        return Refusal("It would be over already", "until")
    return _by_age(kind, basis, facts, now) or _by_paper(gate, person_id, asked, basis, now)


def _by_age(kind: ActingKind, basis: Basis, facts: Facts, now: datetime) -> Refusal | None:
    if facts.died:
        return Refusal("The person has died: no authority begins after that", "kind")
    if facts.born is None and (kind.key == "parent" or kind.from_age):
        return Refusal("Record the date of birth first: this depends on age", "kind")
    if kind.from_age and facts.is_under(kind.from_age, now):
        return Refusal(f"{kind.title} is for people of {kind.from_age} and older", "kind")
    if kind.key == "parent":
        under = facts.is_under(16, now)
        if basis.key == "parental-responsibility" and not under:
            return Refusal("From 16 the young person decides: ask them, or record that they cannot", "basis")
        if basis.key != "parental-responsibility" and under:
            return Refusal("Under 16 this stands on parental responsibility", "basis")
    return None


def _by_paper(gate: Gate, person_id: str, asked: Appointed, basis: Basis, now: datetime) -> Refusal | None:
    if basis.needs_agreement and asked.agreement_signed is None:
        return Refusal(
            "A nominated person needs a signed agreement: enter the day it was signed", "agreement"
        )
    if asked.agreement_signed and asked.agreement_signed > now.date():
        return Refusal("The agreement cannot be signed after today", "agreement")
    if basis.needs_decision:
        known: list[Judgement] = judgements(gate, person_id)
        standing = next((one for one in known if one.id == asked.decision), None)
        if standing is None or standing.outcome != "lacks" or standing.is_superseded_in(known):
            return Refusal(
                "Record first which decision they cannot make, and why (Mental Capacity Act)", "decision"
            )
        if standing.matter not in acting_kinds()[asked.kind].matters:
            return Refusal("That decision is about something else than this authority is for", "decision")
    return None


def _more(asked: Appointed) -> list[dict[str, Any]]:
    found = []
    if asked.decision:
        found.append(extension("decision", valueString=asked.decision))
    if asked.agreement_signed:
        found.append(extension("agreement-signed", valueDate=asked.agreement_signed.isoformat()))
    return found


def _ask_again_at_sixteen(gate: Gate, person_id: str, sixteen: datetime) -> None:
    """A task in time, once, for whoever is in charge: without an answer the parents' access ends by itself."""
    id_ = resource_id("careweave", "Task", f"{RECONSENT} {person_id}")
    if any(one.id == id_ for one in gate.about(person_id, ["Task"])):
        return
    charge = gate.in_charge([person_id]).get(person_id)
    owner = charge.holder if charge else gate.actor.id
    due = max((sixteen - _AHEAD).date(), datetime.now(_LONDON).date())
    words = f"Ask alone who may see the record from the 16th birthday, {sixteen.day} {sixteen:%B %Y}"
    body = {
        "resourceType": "Task",
        "id": id_,
        "status": "requested",
        "intent": "plan",
        "code": code(RECONSENT, "Ask again at 16"),
        "description": words,
        "reasonCode": {"text": "Parents’ access ends that day unless the young person agrees"},
        "for": {"reference": f"Patient/{person_id}"},
        "authoredOn": instant(datetime.now(UTC)),
        "requester": party_reference(gate.actor.id, gate.actor.name),
        "owner": party_reference(owner),
        "restriction": {"period": {"end": due.isoformat()}},
    }
    gate.create(body, subject=person_id, labels=("held-from-carers",), parties=(owner, gate.actor.id))
    gate.transition(person_id, id_, was=None, now="requested")


def _facts(gate: Gate, person_id: str) -> Facts:
    """Of the place's own record; unknown to readers who may not see it, for whom the written dates count."""
    patients = gate.about(person_id, ["Patient"], sources=["careweave"])
    return facts_of(patients[0].body if patients else {})


def _answered_then(gate: Gate, one: Resource, facts: Facts, at: datetime) -> Authority | None:
    """A carer's answer is kept in one Consent, version by version."""
    past = [each for each in gate.history("Consent", one.id) if each.updated <= at]
    return authority_of(past[0], facts) if past else None


def _put(gate: Gate, body: dict[str, Any], person_id: str) -> None:
    if not any(one.id == body["id"] for one in gate.about(person_id, ["RelatedPerson"])):
        gate.create(body, subject=person_id)


def _held(one: Freeze, at: datetime) -> bool:
    return one.since <= at and (one.until is None or at < one.until)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), _LONDON)
