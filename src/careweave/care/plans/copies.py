"""Copies of the plan: who has one, how, and the receipt that only the recipient's own act (or a handing over) makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from careweave.record import Gate, Refusal, Resource, deliveries
from careweave.record.ids import new_id
from careweave.record.relations import party_of, party_reference

from ..teams.clocks import start_clock, stop_clock
from ..teams.delivering import queue_delivery, receipt_part
from ..teams.shapes import EXTENSION, about, author, code, extension, extension_value, has_code, instant
from .fhir import Plan, plan_id, plan_of
from .parts import Copy

PLAN_COPY = "plan-copy"
RECEIPTS = {
    "opened": "Read",
    "handed-over": "Handed over",
    "read-aloud": "Read aloud",
    "printed": "Printed",
    "declined": "Did not want a copy",
    "bounced": "Could not be delivered",
    "delivered": "Told that it can be read",
    "posted": "Handed to post",
}
# What someone of the team writes down, because the recipient was there; a page that was opened speaks for itself.
BY_THE_TEAM = ("handed-over", "read-aloud", "printed", "declined", "bounced")
_RECEIVED = ("opened", "handed-over", "read-aloud")


@dataclass(frozen=True)
class Receipt:
    """What happened to a copy, by whose act, when (an ISO instant); `reader` read it aloud, when someone else did."""

    how: str
    by: str
    by_name: str
    at: str
    reader: str = ""


@dataclass(frozen=True)
class PlanCopy:
    """One copy of one version for one person or professional."""

    id: str
    party: str
    name: str
    role: str
    how: str
    number: int
    sent: str
    receipts: tuple[Receipt, ...]
    correction: str = ""

    @property
    def is_received(self) -> bool:
        return any(receipt.how in (*_RECEIVED, "declined") for receipt in self.receipts)


def send_copies(
    gate: Gate, *, person_id: str, plan: Resource, number: int, people: Sequence[Copy], correction: str = ""
) -> None:
    """A Communication for each recipient. Part of a transaction of the caller's."""
    for each in people:
        body: dict[str, Any] = {
            "resourceType": "Communication",
            "id": new_id(),
            "extension": [
                extension("plan-version", valueInteger=number),
                extension("role", valueString=each.role),
                extension("format", valueCode=each.how),
            ],
            "basedOn": [{"reference": f"CarePlan/{plan.id}"}],
            "status": "in-progress",
            "category": [code(PLAN_COPY, "A copy of the plan")],
            "subject": about(person_id),
            "sent": instant(),
            "sender": author(gate.actor),
            "recipient": [party_reference(each.party, each.name)],
        }
        if correction:
            body["payload"] = [{"contentString": f"This version was withdrawn: {correction}"}]
        sent = gate.create(body, subject=person_id, parties=(each.party,))
        start_clock(gate, person_id=person_id, entity=sent.id, kind=PLAN_COPY)
        queue_delivery(gate, person_id=person_id, entity=sent.id, party=each.party, format=each.how)


def copies_of(gate: Gate, person_id: str, *, number: int | None = None) -> tuple[PlanCopy, ...]:
    """The copies this actor may see, newest version first."""
    found = [copy_of(r) for r in gate.about(person_id, ["Communication"]) if is_copy(r.body)]
    wanted = [each for each in found if number is None or each.number == number]
    return tuple(sorted(wanted, key=lambda each: (-each.number, bool(each.correction), each.role, each.name)))


def open_plan(gate: Gate, *, person_id: str) -> Plan | None:
    """The plan for a reader. Opening it is the recipient's own act: it makes the receipt of their copy."""
    with gate.transaction():
        found = gate.about(person_id, ["CarePlan", "Goal", "Communication"])
        stored = next((r for r in found if r.type == "CarePlan" and r.id == plan_id(person_id)), None)
        if stored is None or stored.body["status"] == "entered-in-error":
            return None
        plan = plan_of(stored.body, [r.body for r in found if r.type == "Goal"])
        for resource in found:
            if resource.type == "Communication" and is_copy(resource.body):
                _receive(gate, resource, plan.version)
    return plan


def _receive(gate: Gate, resource: Resource, number: int) -> None:
    copy = copy_of(resource)
    mine = copy.party == gate.actor.id and copy.number == number
    if mine and not any(r.how == "opened" for r in copy.receipts):
        _add_receipt(gate, resource, "opened")


def hand_over(gate: Gate, *, person_id: str, copy_id: str, how: str, reader: str = "") -> Resource | Refusal:
    """Someone of the team gave the copy into the recipient's hands, read it to them, or was told it is not wanted."""
    if how not in BY_THE_TEAM:
        return Refusal("Choose what happened to the copy", "how")
    resource = gate.read("Communication", copy_id)
    if resource is None or not is_copy(resource.body) or resource.subject != person_id:
        return Refusal("This copy is not there any more")
    with gate.transaction():
        return _add_receipt(gate, resource, how, reader)


def _add_receipt(gate: Gate, resource: Resource, how: str, reader: str = "") -> Resource:
    receipt = receipt_part(gate, how)
    if reader.strip():
        receipt["extension"].append({"url": "reader", "valueString": reader.strip()})
    body = {**resource.body, "extension": [*resource.body.get("extension", []), receipt]}
    if how in _RECEIVED:
        body |= {"status": "completed", "received": instant()}
    elif how == "declined":
        body |= {"status": "not-done", "statusReason": {"text": RECEIPTS[how]}}
    if body["status"] != "in-progress":
        stop_clock(gate, person_id=resource.subject, entity=resource.id, kind=PLAN_COPY, reason=RECEIPTS[how])
        deliveries.stop(gate, person_id=resource.subject, entity=resource.id)
    return gate.update(body, version=resource.version)


def is_copy(body: dict[str, Any]) -> bool:
    return any(has_code(category, PLAN_COPY) for category in body.get("category", []))


def copy_of(resource: Resource) -> PlanCopy:
    """A copy as pages list it; pure."""
    body = resource.body
    recipient = body["recipient"][0]
    return PlanCopy(
        id=resource.id,
        party=party_of(recipient) or "",
        name=recipient.get("display", ""),
        role=extension_value(body, "role") or "",
        how=extension_value(body, "format") or "screen",
        number=int(extension_value(body, "plan-version") or 0),
        sent=body.get("sent", ""),
        receipts=tuple(
            _receipt(e) for e in body.get("extension", []) if e.get("url") == EXTENSION + "receipt"
        ),
        correction=next((p.get("contentString", "") for p in body.get("payload", [])), ""),
    )


def _receipt(part: dict[str, Any]) -> Receipt:
    inner = {each["url"]: each for each in part["extension"]}
    by = inner["by"]["valueReference"]
    return Receipt(
        inner["how"]["valueCode"],
        party_of(by) or "",
        by.get("display", ""),
        inner["at"]["valueInstant"],
        inner.get("reader", {}).get("valueString", ""),
    )
