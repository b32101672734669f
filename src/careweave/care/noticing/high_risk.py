"""The high-risk list: who is on it by their score, a review every month, and coming off it with a reason (A30)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from careweave.definitions import load_definition
from careweave.record import Conflict, Gate, Refusal, Resource
from careweave.record.ids import new_id, resource_id
from careweave.record.relations import party_reference

from ..finding.shapes import assessment_id, day_in
from ..teams.clocks import due_at, start_clock, stop_clock
from ..teams.shapes import about, author, code, extension, extension_value, has_code, instant
from ..teams.staff_facts import Worker, worker_of
from ..teams.working_time import LONDON

REVIEW = "high-risk-review"
OUTCOMES = {"stays": "Stays on the list", "comes-off": "Comes off the list: less is needed now"}
_WAITING = ("requested", "received", "accepted", "in-progress")


@dataclass(frozen=True)
class Rule:
    """Whose score counts, from where on someone is on the list, and which clock times the review."""

    register: str
    threshold: int
    clock: str


@dataclass(frozen=True)
class Standing:
    """How one person stands: on the list or not, by which score of which day, and since which review."""

    is_listed: bool
    order: int
    scored_on: date | None
    reasons: str
    reviewed: datetime | None
    came_off: bool


@lru_cache(maxsize=8)
def rule_on(day: date) -> Rule:
    content = load_definition("high-risk", "monthly", day).content
    return Rule(content["register"], int(content["threshold"]), content["clock"])


def standing(person_id: str, entries: Sequence[Resource], rule: Rule) -> Standing:
    """Read from the person's RiskAssessments; pure. Who came off is on it again only by a score of a later day."""
    scored = next((one for one in entries if one.id == assessment_id(person_id, rule.register)), None)
    order = int(extension_value(scored.body, "order") or 0) if scored else 0
    scored_on = day_in(scored.body, "scored-on") if scored else None
    reviews = [
        one for one in entries if one.type == "RiskAssessment" and has_code(one.body.get("method"), REVIEW)
    ]
    last = max(reviews, key=lambda one: one.body["occurrenceDateTime"], default=None)
    reviewed = datetime.fromisoformat(last.body["occurrenceDateTime"]) if last else None
    came_off = last is not None and has_code(last.body.get("code"), "comes-off")
    is_later = bool(scored_on and reviewed and scored_on > reviewed.astimezone(LONDON).date())
    reasons = " ".join(note["text"] for note in scored.body.get("note", [])) if scored else ""
    is_listed = order >= rule.threshold and (not came_off or is_later)
    return Standing(is_listed, order, scored_on, reasons, reviewed, came_off)


def ask_for_review(gate: Gate, person_id: str, entries: Sequence[Resource], now: datetime) -> int:
    """Give whoever is in charge the next review, a month after the last; nothing when one waits already."""
    rule = rule_on(now.astimezone(LONDON).date())
    stands = standing(person_id, entries, rule)
    if not stands.is_listed or any(is_review(one) and one.body["status"] in _WAITING for one in entries):
        return 0
    charge = gate.in_charge([person_id]).get(person_id)
    worker = worker_of(charge.holder) if charge else None
    if charge is None or worker is None:
        return 0
    began = _began(stands, charge.since)
    id_ = resource_id("careweave", "Task", f"high risk {person_id} {began.isoformat()}")
    if gate.read("Task", id_) is not None:
        return 0
    by = due_at(rule.clock, began).astimezone(LONDON).date()
    body = _task(gate, person_id, id_, worker, stands.reasons, by)
    try:
        with gate.transaction():
            gate.create(body, subject=person_id, parties=(worker.party,))
            gate.transition(person_id, id_, was=None, now="requested", reason="on the high-risk list")
            start_clock(gate, person_id=person_id, entity=id_, kind=rule.clock, at=began)
    except Conflict:
        return 0  # another worker was quicker
    return 1


def _task(gate: Gate, person_id: str, id_: str, worker: Worker, reasons: str, by: date) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "id": id_,
        "status": "requested",
        "intent": "order",
        "code": code(REVIEW, "Review: still at high risk?"),
        "description": "Review: still at high risk?",
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(gate.actor),
        "owner": party_reference(worker.party, worker.name),
        "reasonCode": {"text": f"On the high-risk list. {reasons}".strip()},
        "restriction": {"period": {"end": by.isoformat()}},
    }


def _began(stands: Standing, in_charge_since: datetime) -> datetime:
    """The month runs from the last review; for who is new to the list, from their score or from when they were taken on."""
    if stands.reviewed and not stands.came_off:
        return stands.reviewed
    listed = datetime.combine(stands.scored_on, time(12), LONDON) if stands.scored_on else in_charge_since
    return max(listed, in_charge_since)


def is_review(task: Resource) -> bool:
    return task.type == "Task" and has_code(task.body.get("code"), REVIEW)


def record_review(gate: Gate, *, task_id: str, version: int, outcome: str, words: str) -> Resource | Refusal:
    """Whoever reviewed says what came of it; coming off the list is an entry of its own, with the reason."""
    if outcome not in OUTCOMES:
        return Refusal("Choose whether they stay on the list", "outcome")
    if not words.strip():
        return Refusal("Say why, in a few words", "words")
    task = gate.read("Task", task_id)
    if task is None or not is_review(task) or task.body["status"] not in _WAITING or task.version != version:
        return Refusal("Someone has answered this review in the meantime")
    kind = rule_on(datetime.now(LONDON).date()).clock
    said = {"type": code("outcome", OUTCOMES[outcome]), "valueCode": outcome}
    try:
        with gate.transaction():
            reviewed = gate.create(_review(gate, task, outcome, words.strip()), subject=task.subject)
            gate.update({**task.body, "status": "completed", "output": [said]}, version=version)
            gate.transition(
                task.subject,
                task.id,
                was=task.body["status"],
                now="completed",
                reason=f"{outcome}: {words.strip()}",
            )
            stop_clock(gate, person_id=task.subject, entity=task.id, kind=kind, reason=outcome)
    except Conflict:
        return Refusal("Someone has answered this review in the meantime")
    return reviewed


def _review(gate: Gate, task: Resource, outcome: str, words: str) -> Mapping[str, Any]:
    return {
        "resourceType": "RiskAssessment",
        "id": new_id(),
        "extension": [extension("reviewed-by", valueReference=author(gate.actor))],
        "basedOn": {"reference": f"Task/{task.id}"},
        "status": "final",
        "method": code(REVIEW, "Monthly review of the high-risk list"),
        "code": code(outcome, OUTCOMES[outcome]),
        "subject": about(task.subject),
        "occurrenceDateTime": instant(datetime.now(UTC)),
        "note": [{"text": words}],
    }
