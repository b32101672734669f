"""What someone decided about the end of their life: by whom, when, after which conversation, until which review.

Follows ReSPECT, the joint statement on CPR decisions and the Mental Capacity Act 2005, sections 24 to 26.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import load_definition
from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import resource_id

from ..teams.shapes import about, author, code, extension, extension_value, has_code
from ..teams.telling import Recipient, in_charge_of
from .crisis import Held
from .daily_review import ask_for_review

KIND = "end-of-life"
_LACKING = {
    "decided_by": "Write who decided, with their role",
    "decided_on": "Write the day of the decision",
    "discussion": "Write what was said, and with whom",
    "review_on": "Choose the day of the next review",
    "form_at": "Say where the paper or the medicines are",
}


@dataclass(frozen=True)
class DecisionKind:
    """One kind of decision, and what it is refused without."""

    key: str
    title: str
    hint: str
    options: tuple[str, ...]
    must: tuple[str, ...]
    is_daily: bool = False  # someone senior looks every day while it holds


@dataclass(frozen=True)
class Decision:
    """One decision as it stands; days are ISO texts, `version` 0 means that it is new."""

    kind: str
    decision: str = ""
    decided_by: str = ""
    decided_on: str = ""
    discussion: str = ""
    review_on: str = ""
    form_at: str = ""
    written_by: str = ""
    version: int = 0

    def is_overdue(self, today: date) -> bool:
        return bool(self.review_on) and self.review_on < today.isoformat()


def decision_kinds(on: date) -> dict[str, DecisionKind]:
    """The kinds that hold on a day, in the order in which pages list them."""
    held = load_definition(KIND, "decisions", on).content["decision"]
    kinds = (
        DecisionKind(
            one["key"],
            one["title"],
            one["hint"],
            tuple(one["options"]),
            tuple(one["must"]),
            one.get("daily_review", False),
        )
        for one in held
    )
    return {kind.key: kind for kind in kinds}


def decisions_of(resources: Iterable[Held], kinds: Iterable[str]) -> dict[str, Decision]:
    """The team's decisions in force among what was read about a person, by kind; pure."""
    found: dict[str, Decision] = {}
    for one in resources:
        if one.type != "Flag" or one.source != "careweave" or one.body.get("status") != "active":
            continue
        for kind in kinds:
            if any(has_code(category, kind) for category in one.body.get("category") or ()):
                found[kind] = _decision(kind, one)
    return found


def _decision(kind: str, one: Held) -> Decision:
    def said(name: str) -> str:
        return str(extension_value(one.body, name) or "")

    return Decision(
        kind=kind,
        decision=str(one.body["code"].get("text") or ""),
        decided_by=said("decided-by"),
        decided_on=str((one.body.get("period") or {}).get("start") or ""),
        discussion=said("discussion"),
        review_on=said("review-date"),
        form_at=said("form-at"),
        written_by=str((one.body.get("author") or {}).get("display") or ""),
        version=one.version,
    )


def record_decision(
    gate: Gate, *, person_id: str, decision: Decision, today: date
) -> Resource | tuple[Refusal, ...]:
    """Write it down, whole or not at all. Raises Conflict when someone wrote it anew since `decision.version`."""
    kind = decision_kinds(today).get(decision.kind)
    if kind is None:
        return (Refusal("Choose what was decided", "decision"),)
    refusals = _refusals(gate, kind, decision, today)
    if refusals:
        return refusals
    body = _body(gate, person_id, kind, decision)
    with gate.transaction():
        stored = next((r for r in gate.about(person_id, ["Flag"]) if r.id == body["id"]), None)
        if kind.is_daily:
            to = in_charge_of(gate, person_id) or Recipient(gate.actor.id, gate.actor.name)
            ask_for_review(gate, person_id=person_id, to=to, day=today)
        if stored is None:
            return gate.create(body, subject=person_id)
        # One that was taken back is written anew as its next version.
        was_taken_back = stored.body.get("status") != "active"
        return gate.update(body, version=stored.version if was_taken_back else decision.version)


def _refusals(gate: Gate, kind: DecisionKind, decision: Decision, today: date) -> tuple[Refusal, ...]:
    if gate.actor.role == "system":
        return (Refusal("Only a conversation leads to this, never a score or a job of the system"),)
    found = []
    if not decision.decision.strip() or (kind.options and decision.decision not in kind.options):
        found.append(
            Refusal("Choose what was decided" if kind.options else "Write what was decided", "decision")
        )
    for name in kind.must:
        value = getattr(decision, name).strip()
        if not value or (name.endswith("_on") and _day(value) is None):
            found.append(Refusal(_LACKING[name], name))
    decided, review = _day(decision.decided_on), _day(decision.review_on)
    if decided and decided > today:
        found.append(Refusal("The day of the decision cannot be after today", "decided_on"))
    if review and review <= today:
        found.append(Refusal("The review must be after today", "review_on"))
    return tuple(found)


def _body(gate: Gate, person_id: str, kind: DecisionKind, decision: Decision) -> dict[str, Any]:
    texts = {
        "decided-by": decision.decided_by,
        "discussion": decision.discussion,
        "form-at": decision.form_at,
    }
    return {
        "resourceType": "Flag",
        "id": resource_id("careweave", "Flag", f"{kind.key} {person_id}"),
        "extension": [
            *(extension(name, valueString=text.strip()) for name, text in texts.items() if text.strip()),
            extension("review-date", valueDate=decision.review_on),
        ],
        "status": "active",
        "category": [code(kind.key, kind.title)],
        "code": {"text": decision.decision.strip()},
        "subject": about(person_id),
        "period": {"start": decision.decided_on},
        "author": author(gate.actor),
    }


def take_back(gate: Gate, *, person_id: str, kind: str, version: int, reason: str) -> Resource | Refusal:
    """The decision no longer holds; it stays in the history with the reason."""
    if not reason.strip():
        return Refusal("Say why this no longer holds", "reason")
    id_ = resource_id("careweave", "Flag", f"{kind} {person_id}")
    stored = next((r for r in gate.about(person_id, ["Flag"]) if r.id == id_), None)
    if stored is None or stored.body.get("status") != "active" or stored.version != version:
        return Refusal("Someone changed this in the meantime. Read it again first")
    ended = [*stored.body.get("extension", []), extension("ended-because", valueString=reason.strip())]
    with gate.transaction():
        return gate.update({**stored.body, "status": "inactive", "extension": ended}, version=version)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
