"""When the condition changes, and after a death: rapid help, where the person died beside where they wished, the family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from careweave.definitions import load_definition
from careweave.identity.golden import KEPT_HERE
from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import new_id, resource_id
from careweave.record.relations import party_reference

from ..teams.clocks import start_clock
from ..teams.ending import AFTER_DEATH
from ..teams.notes import NextStep, add_task
from ..teams.shapes import about, author, code, extension, extension_value, has_code, instant
from ..teams.telling import Recipient
from .crisis import Held
from .end_of_life import decisions_of

DEATH = "death"
RAPID = "rapid-response"
PLACES = ("Home", "Hospice", "Care home", "Hospital", "Somewhere else")


@dataclass(frozen=True)
class Death:
    """Where and when, beside what the person had wished; `preferred` is empty when they were never asked."""

    died_on: str
    place: str
    preferred: str

    @property
    def is_as_wished(self) -> bool | None:
        """None when nobody knows what was wished."""
        known = self.preferred not in ("", "Not decided yet", "Did not want to say")
        return self.place == self.preferred if known else None


def ask_rapid_response(
    gate: Gate, *, person_id: str, words: str, to: Recipient | None, today: date
) -> Resource | Refusal:
    """The condition has changed: somebody by name sees the person within two hours, and the plan says what to do."""
    if not words.strip():
        return Refusal("Say what has changed", "words")
    if to is None:
        return Refusal("Nobody is in charge yet. Call the rapid response service")
    step = NextStep(f"See them within 2 hours: {words.strip()}", to.party, to.name, today)
    with gate.transaction():
        task = add_task(gate, person_id=person_id, step=step, kind=RAPID)
        start_clock(gate, person_id=person_id, entity=task.id, kind=RAPID)
        return task


def record_death(
    gate: Gate, *, person_id: str, died_on: date, place: str, to: Recipient | None, today: date
) -> Death | Refusal:
    """Write the death down and open what is done afterwards; whatever else is planned is stopped on its own page."""
    if died_on > today:
        return Refusal("The day of death cannot be after today", "died_on")
    if place not in PLACES:
        return Refusal("Choose where the person died", "place")
    found = gate.about(person_id, ["Patient", "Flag"])
    golden = next((r for r in found if r.type == "Patient" and r.id == person_id), None)
    if golden is None:
        return Refusal("This record cannot be changed here")
    if death_of(found):
        return Refusal("The death is written down already")
    preferred = decisions_of(found, ["preferred-place"]).get("preferred-place")
    death = Death(died_on.isoformat(), place, preferred.decision if preferred else "")
    with gate.transaction():
        gate.update(_died(golden.body, died_on), version=golden.version)
        gate.create(_flag(gate, person_id, death), subject=person_id)
        owner = to or Recipient(gate.actor.id, gate.actor.name)
        for body in _tasks(gate, person_id, died_on, owner, today):
            gate.create(body, subject=person_id, parties=(owner.party, gate.actor.id))
            gate.transition(person_id, body["id"], was=None, now="requested")
    return death


def death_of(resources: Iterable[Held]) -> Death | None:
    """The death as the team wrote it down; pure."""
    for one in resources:
        if one.type == "Flag" and any(has_code(each, DEATH) for each in one.body.get("category") or ()):
            return Death(
                one.body["period"]["start"],
                one.body["code"]["text"],
                str(extension_value(one.body, "preferred-place") or ""),
            )
    return None


def _died(golden: dict[str, Any], died_on: date) -> dict[str, Any]:
    """The place's own word stands until a source says the same: linking would else take it out again."""
    body = {key: value for key, value in golden.items() if key != "deceasedBoolean"}
    kept = {"url": KEPT_HERE, "valueCode": "deceasedDateTime"}
    others = [one for one in golden.get("extension", []) if one != kept]
    return {**body, "deceasedDateTime": died_on.isoformat(), "extension": [*others, kept]}


def _flag(gate: Gate, person_id: str, death: Death) -> dict[str, Any]:
    body: dict[str, Any] = {
        "resourceType": "Flag",
        "id": resource_id("careweave", "Flag", f"{DEATH} {person_id}"),
        "status": "active",
        "category": [code(DEATH, "Place of death")],
        "code": {"text": death.place},
        "subject": about(person_id),
        "period": {"start": death.died_on},
        "author": author(gate.actor),
    }
    if death.preferred:
        body["extension"] = [extension("preferred-place", valueString=death.preferred)]
    return body


def _tasks(gate: Gate, person_id: str, died_on: date, owner: Recipient, today: date) -> list[dict[str, Any]]:
    made = []
    for one in load_definition("end-of-life", "after-death", today).content["task"]:
        period = {"end": (died_on + timedelta(days=one["due_days"])).isoformat()}
        if "not_before_days" in one:
            period["start"] = (died_on + timedelta(days=one["not_before_days"])).isoformat()
        concept = code(one["key"], one["title"])
        concept["coding"] += code(AFTER_DEATH)["coding"]
        made.append(
            {
                "resourceType": "Task",
                "id": new_id(),
                "status": "requested",
                "intent": "plan",
                "code": concept,
                "description": one["title"],
                "for": about(person_id),
                "authoredOn": instant(datetime.now(UTC)),
                "requester": author(gate.actor),
                "owner": party_reference(owner.party, owner.name),
                "restriction": {"period": period},
            }
        )
    return made
