"""Judgements of capacity (Mental Capacity Act 2005, sections 2 and 3), best interests (section 4) and a child's competence.

Each is one QuestionnaireResponse about one decision, written by a professional; a later one about the same decision
takes its place, and neither is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from careweave.record import Gate, Refusal, Resource
from careweave.record.acting import CAPACITY
from careweave.record.relations import party_reference

CAPACITY_FORM = "https://careweave.org/questionnaires/capacity"
COMPETENCE_FORM = "https://careweave.org/questionnaires/childs-competence"
BEST_INTERESTS_FORM = "https://careweave.org/questionnaires/best-interests"
# Section 3(1): unable to decide is unable to do one of these.
UNABLE = {
    "understand": "understand what matters for the decision",
    "retain": "keep it in mind long enough",
    "weigh": "use it or weigh it up",
    "communicate": "tell what they decided, in any way",
}
MATTERS = {"health": "Health or care", "property": "Money or property", "other": "Something else"}
OUTCOMES = {"has": "Can decide this", "lacks": "Cannot decide this now"}
_FEW_WORDS = 5


@dataclass(frozen=True)
class Judgement:
    """One decision, and whether the person could make it on that day."""

    id: str
    decision: str
    matter: str
    outcome: str
    assessed_on: str
    by: str
    at: datetime

    def is_superseded_in(self, others: Iterable[Judgement]) -> bool:
        """Whether the same decision was judged again later."""
        alike = self.decision.casefold()
        return any(one.decision.casefold() == alike and one.at > self.at for one in others)


@dataclass(frozen=True)
class Assessed:
    """The two-stage test: what impairs the mind, and what because of it the person cannot do, with help given first."""

    decision: str
    matter: str
    help_given: str
    impairment: str
    unable: tuple[str, ...]
    because: str
    outcome: str
    assessed_on: date


def record_capacity(gate: Gate, *, person_id: str, assessed: Assessed) -> Judgement | Refusal:
    """Write down a judgement about one decision on one day; capacity is assumed unless both stages say otherwise."""
    refusal = _refusal(assessed)
    if refusal:
        return refusal
    items = [
        _text("decision", assessed.decision),
        _text("matter", assessed.matter),
        _text("help-given", assessed.help_given),
        _text("impairment", assessed.impairment),
        *(_flag(key, key in assessed.unable) for key in UNABLE),
        _text("because", assessed.because),
        _text("outcome", assessed.outcome),
        _text("assessed-on", assessed.assessed_on.isoformat()),
    ]
    return _judgement(_save(gate, person_id, CAPACITY_FORM, items))


def record_best_interests(
    gate: Gate, *, person_id: str, judgement: str, wishes: str, consulted: str, decided: str, by: str
) -> Resource | Refusal:
    """What was decided for someone who cannot decide it: their wishes, who was asked, what is least restrictive, by whom."""
    known = judgements(gate, person_id)
    about = next((one for one in known if one.id == judgement), None)
    if about is None or about.outcome != "lacks" or about.is_superseded_in(known):
        return Refusal(
            "Best interests are for a decision that the person cannot make. Record that first", "judgement"
        )
    for name, value, words in (
        ("wishes", wishes, "Write what the person wants, or wanted, and how you know"),
        ("consulted", consulted, "Write who was asked, or why nobody could be"),
        ("decided", decided, "Write what was decided, and why nothing less would do"),
        ("by", by, "Write who decided"),
    ):
        if len(value.strip()) < _FEW_WORDS:
            return Refusal(words, name)
    items = [
        _text("decision", about.decision),
        _text("judgement", judgement),
        _text("wishes", wishes),
        _text("consulted", consulted),
        _text("decided", decided),
        _text("decided-by", by),
    ]
    return _save(gate, person_id, BEST_INTERESTS_FORM, items)


def record_competence(
    gate: Gate, *, person_id: str, competent: bool, because: str, assessed_on: date
) -> Resource | Refusal:
    """Whether a child under 16 understands enough to decide who sees their record (Gillick)."""
    if len(because.strip()) < _FEW_WORDS:
        return Refusal("Say what the child understood, in their words where you can", "because")
    if assessed_on > datetime.now(UTC).date():
        return Refusal("The day cannot be after today", "assessed_on")
    items = [
        _flag("competent", competent),
        _text("because", because),
        _text("assessed-on", assessed_on.isoformat()),
    ]
    return _save(gate, person_id, COMPETENCE_FORM, items)


def is_competent(gate: Gate, person_id: str) -> bool:
    """What the latest judgement of a child's competence says; without one, no."""
    found = _of(gate, person_id, COMPETENCE_FORM)
    return bool(found and answers(found[0].body).get("competent") is True)


def judgements(gate: Gate, person_id: str) -> list[Judgement]:
    """Every judgement of capacity, newest first."""
    return [_judgement(one) for one in _of(gate, person_id, CAPACITY_FORM)]


def best_interests(gate: Gate, person_id: str) -> list[Mapping[str, Any]]:
    """What was decided in the person's best interests, newest first, as answers by name."""
    return [answers(one.body) | {"at": one.updated} for one in _of(gate, person_id, BEST_INTERESTS_FORM)]


def answers(body: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered, by the name of each question."""
    return {
        item["linkId"]: next(iter(item["answer"][0].values()))
        for item in body.get("item", [])
        if item.get("answer")
    }


def _refusal(asked: Assessed) -> Refusal | None:
    if len(asked.decision.strip()) < _FEW_WORDS:
        return Refusal(
            "Write the one decision this is about. Nobody lacks capacity for everything", "decision"
        )
    if asked.matter not in MATTERS:
        return Refusal("Choose what the decision is about", "matter")
    if asked.outcome not in OUTCOMES:
        return Refusal("Choose what you found", "outcome")
    if asked.assessed_on > datetime.now(UTC).date():
        return Refusal("The day cannot be after today", "assessed_on")
    if len(asked.help_given.strip()) < _FEW_WORDS:
        return Refusal("Write how the person was helped to decide, before anything else", "help_given")
    if asked.outcome == "has":
        return None
    if len(asked.impairment.strip()) < _FEW_WORDS:
        return Refusal(
            "Write what impairs the mind or brain. Without that, capacity is not lacking", "impairment"
        )
    if not set(asked.unable) & set(UNABLE):
        return Refusal("Tick what the person could not do. Without that, capacity is not lacking", "unable")
    if len(asked.because.strip()) < _FEW_WORDS:
        return Refusal("Write how you know that the one follows from the other", "because")
    return None


def _save(gate: Gate, person_id: str, form: str, items: Sequence[dict[str, Any]]) -> Resource:
    body = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": form,
        "status": "completed",
        "subject": {"reference": f"Patient/{person_id}"},
        "authored": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "author": party_reference(gate.actor.id, gate.actor.name),
        "item": [one for one in items if one],
    }
    return gate.create(body, subject=person_id, labels=(CAPACITY,))


def _of(gate: Gate, person_id: str, form: str) -> list[Resource]:
    """Written by a professional: the label is theirs alone to give."""
    found = [
        one
        for one in gate.about(person_id, ["QuestionnaireResponse"])
        if one.body.get("questionnaire") == form and CAPACITY in one.labels
    ]
    return sorted(found, key=lambda one: one.updated, reverse=True)


def _judgement(one: Resource) -> Judgement:
    said = answers(one.body)
    return Judgement(
        id=one.id,
        decision=said["decision"],
        matter=said.get("matter", ""),
        outcome=said["outcome"],
        assessed_on=said["assessed-on"],
        by=one.body.get("author", {}).get("display", ""),
        at=one.updated,
    )


def _text(name: str, value: str) -> dict[str, Any]:
    return {"linkId": name, "answer": [{"valueString": value.strip()}]} if value.strip() else {}


def _flag(name: str, value: bool) -> dict[str, Any]:
    return {"linkId": name, "answer": [{"valueBoolean": value}]}
