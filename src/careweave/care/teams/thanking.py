"""A volunteer who told the team something hears by whom it was answered, with thanks; nothing about anyone’s health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from careweave.record import Gate, Resource
from careweave.record.ids import new_id
from careweave.record.relations import party_of, party_reference

from .shapes import CODES, about, author, code, instant

THANKS = "thanks"
VISIT = "visit"  # the label of all that a volunteer may see
SHOWN_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Thanks:
    """Who answered, and when."""

    by: str
    at: str
    words: str


def is_least_view(asked: Resource) -> bool:
    """Whether whoever asked sees visits only, and so hears that it was answered and not what."""
    return VISIT in asked.labels and (party_of(asked.body.get("sender")) or "").startswith("staff:")


def answer_labels(asked: Resource) -> tuple[str, ...]:
    """The labels of an answer: those of what was asked, but what is said to the team is no part of a visit."""
    if not is_least_view(asked):
        return tuple(asked.labels)
    return tuple(label for label in asked.labels if label != VISIT)


def thank(gate: Gate, asked: Resource) -> Resource:
    """“Priya has answered. Thank you for telling us.” Part of a transaction of the caller's."""
    sender = asked.body["sender"]
    party = party_of(sender) or ""
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(THANKS, "Thank you")],
        "subject": about(asked.subject),
        "sent": instant(),
        "sender": author(gate.actor),
        "recipient": [party_reference(party, sender.get("display", ""))],
        "payload": [{"contentString": f"{gate.actor.name} has answered. Thank you for telling us."}],
    }
    return gate.create(body, subject=asked.subject, labels=(VISIT,), parties=(party, gate.actor.id))


def thanks_for_me(gate: Gate, *, now: datetime) -> list[Thanks]:
    """What was answered lately, newest first."""
    since = (now - SHOWN_FOR).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = gate.naming_me(
        "Communication", [("category", f"{CODES}|{THANKS}"), ("_lastUpdated", f"ge{since}")]
    )
    mine = [
        one for one in found if any(party_of(to) == gate.actor.id for to in one.body.get("recipient") or ())
    ]
    shown = [
        Thanks(
            one.body["sender"].get("display", ""), one.body["sent"], one.body["payload"][0]["contentString"]
        )
        for one in mine
    ]
    return sorted(shown, key=lambda one: one.at, reverse=True)
