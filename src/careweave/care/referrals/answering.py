"""The team's answer to someone who asked for help: a call, a place to be seen, or a hospital that the person chooses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from careweave.record import Conflict, Gate, Refusal, Resource
from careweave.record.ids import resource_id
from careweave.record.relations import party_reference

from ..teams.clocks import due_at, start_clock, stop_clock
from ..teams.shapes import about, author, code, extension, instant
from .asking import STATES, Referral
from .forms import SelfReferralKind, self_referral_kind

CALLED = {
    "self-care": "Advice: they look after it themselves",
    "to-see": "To be seen face to face",
    "urgent": "Cannot wait: sent on today",
    "no-answer": "Nobody answered",
}
SEEN = {"self-care": "Advice: they look after it themselves", "surgery": "Surgery: to the point of listing"}
ANSWERED = "Someone has answered this in the meantime. Read what they wrote first"


def write_call(
    gate: Gate,
    found: Referral,
    *,
    outcome: str,
    words: str,
    seen_at: datetime | None = None,
    late_because: str = "",
    now: datetime | None = None,
) -> Resource | Refusal:
    """What a call came to. Whoever is to be seen has a day and a time within two weeks, or a reason why not."""
    moment = now or datetime.now(UTC)
    if outcome not in CALLED:
        return Refusal("Choose what the call came to.", "outcome")
    if outcome != "no-answer" and len(words.split()) < 2:
        return Refusal("Write what you told them, in words they can read.", "words")
    kind = self_referral_kind(found.kind, moment.date())
    if outcome == "to-see":
        refusal = _time_refusal(kind, found, seen_at, late_because, moment)
        if refusal:
            return refusal
    if found.state != "to-call" or not found.is_open:
        return Refusal(ANSWERED)
    return _write(gate, found, kind, outcome, CALLED[outcome], words, seen_at=seen_at, late=late_because)


def _time_refusal(
    kind: SelfReferralKind, found: Referral, seen_at: datetime | None, late_because: str, now: datetime
) -> Refusal | None:
    if seen_at is None or seen_at <= now:
        return Refusal("Enter a day and a time from now on.", "seen")
    latest = due_at(kind.seen_clock, datetime.fromisoformat(found.asked))
    if seen_at > latest and not late_because.strip():
        return Refusal(
            f"This is after {latest:%d %B}, two weeks after they asked. Find an earlier time, or say why not.",
            "seen",
        )
    return None


def write_seen(
    gate: Gate,
    found: Referral,
    *,
    outcome: str,
    words: str,
    offered: Sequence[str] = (),
    hospital: str = "",
    why_fewer: str = "",
    today: date,
) -> Resource | Refusal:
    """What came of being seen. For surgery the person chooses the hospital, from more than one where there are more."""
    if outcome not in SEEN:
        return Refusal("Choose what came of it.", "outcome")
    if len(words.split()) < 2:
        return Refusal("Write what you told them, in words they can read.", "words")
    kind = self_referral_kind(found.kind, today)
    if outcome == "surgery":
        if len(offered) < kind.hospitals_offered and not why_fewer.strip():
            return Refusal(
                f"Offer at least {kind.hospitals_offered} hospitals, or say why there were fewer.", "offered"
            )
        if hospital not in offered:
            return Refusal("Choose the hospital that they chose, among those offered.", "hospital")
    if found.state != "to-see" or not found.is_open:
        return Refusal(ANSWERED)
    state = "listed" if outcome == "surgery" else "self-care"
    chosen = [{"type": code("offered"), "valueString": one} for one in offered]
    chosen += (
        [{"type": code("hospital", "Chosen by the person"), "valueString": hospital}] if hospital else []
    )
    if why_fewer.strip():
        chosen.append({"type": code("why-fewer"), "valueString": why_fewer.strip()})
    return _write(gate, found, kind, state, SEEN[outcome], words, outputs=chosen)


def _write(
    gate: Gate,
    found: Referral,
    kind: SelfReferralKind,
    state: str,
    title: str,
    words: str,
    *,
    seen_at: datetime | None = None,
    late: str = "",
    outputs: Sequence[dict[str, Any]] = (),
) -> Resource | Refusal:
    task = gate.read("Task", found.id)
    if task is None or task.version != found.version:
        return Refusal(ANSWERED)
    parties = tuple(dict.fromkeys((*task.parties, gate.actor.id)))
    body = _next(task.body, gate, state, title, words, outputs)
    try:
        with gate.transaction():
            if state == "to-see" and seen_at:
                gate.create(_slot(gate, found, seen_at), subject=found.person_id, parties=parties)
                start_clock(gate, person_id=found.person_id, entity=found.id, kind=kind.seen_clock,
                            at=datetime.fromisoformat(found.asked))  # fmt: skip
                told = [extension("seen-at", valueString=instant(seen_at))]
                told += [extension("late-because", valueString=late.strip())] if late.strip() else []
                body["extension"] = [*body["extension"], *told]
                body["restriction"] = {**body["restriction"], "period": {"end": instant(seen_at)}}
            if state != "no-answer":
                clock = kind.call_clock if found.state == "to-call" else kind.seen_clock
                stop_clock(gate, person_id=found.person_id, entity=found.id, kind=clock, reason=title)
                _tell_person(gate, found, kind, words, parties)
            # Last: an answer ends what opened the record to this colleague.
            gate.transition(found.person_id, found.id, was=found.state, now=state, reason=title)
            return gate.update(body, version=task.version, parties=parties)
    except Conflict:
        return Refusal(ANSWERED)


def _next(
    body: dict[str, Any], gate: Gate, state: str, title: str, words: str, outputs: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    text = f"{title}: {words.strip()}" if words.strip() else title
    note = {"authorReference": author(gate.actor), "time": instant(), "text": text}
    changed = {**body, "note": [*body.get("note", []), note]}
    if outputs:
        changed["output"] = [*body.get("output", []), *outputs]
    if state == "no-answer":
        return {**changed, "owner": party_reference(gate.actor.id, gate.actor.name)}
    changed["businessStatus"] = code(state, STATES[state])
    if state == "to-see":
        return {**changed, "status": "accepted", "owner": party_reference(gate.actor.id, gate.actor.name)}
    return {**changed, "status": "completed"}


def _slot(gate: Gate, found: Referral, seen_at: datetime) -> dict[str, Any]:
    who = [{"reference": f"Patient/{found.person_id}"}, party_reference(gate.actor.id, gate.actor.name)]
    return {
        "resourceType": "Appointment",
        "id": resource_id("careweave", "Appointment", f"self-referral {found.id}"),
        "status": "booked",
        "description": f"{found.title}: {gate.actor.name} sees you",
        "start": instant(seen_at),
        "end": instant(seen_at + timedelta(minutes=30)),
        "participant": [{"actor": one, "status": "accepted"} for one in who],
    }


def _tell_person(
    gate: Gate, found: Referral, kind: SelfReferralKind, words: str, parties: Sequence[str]
) -> None:
    body = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [code("referral-answer", f"Answer: {kind.title}")],
        "subject": about(found.person_id),
        "sent": instant(),
        "sender": author(gate.actor),
        "recipient": [party_reference(f"person:{found.person_id}")],
        "payload": [{"contentString": words.strip()}],
    }
    gate.create(body, subject=found.person_id, parties=(f"person:{found.person_id}", *parties))
