"""What a team writes for the crisis card beside the plan: what is usual, please do and don't, the home; as a FHIR Flag."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Protocol

from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import resource_id

from ..teams.shapes import EXTENSION, about, author, code, extension, extension_value, has_code

CARD = "crisis-card"
USUAL = {
    "talks": "Talks and hears",
    "walks": "Walks and moves",
    "eats": "Eats and drinks",
    "knows": "Knows the day and the place",
    "readings": "Usual readings",
}
HOME = {
    "medicines": "Medicines for a crisis",
    "equipment": "Equipment",
    "get_in": "How to get in",
}
_LISTS = ("please_do", "please_dont")


@dataclass(frozen=True)
class Card:
    """Every part may be empty, except by when someone looks at it again; `reviewed_on` and the rest are ISO days."""

    lives_with: str = ""
    talks: str = ""
    walks: str = ""
    eats: str = ""
    knows: str = ""
    readings: str = ""
    medicines: str = ""
    equipment: str = ""
    get_in: str = ""
    key_code: str = ""
    please_do: tuple[str, ...] = ()
    please_dont: tuple[str, ...] = ()
    review_on: str = ""
    reviewed_on: str = ""
    by: str = ""
    version: int = 0

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in (*TEXTS, *_LISTS))


TEXTS = tuple(
    each.name
    for each in fields(Card)
    if each.name not in (*_LISTS, "review_on", "reviewed_on", "by", "version")
)


class Held(Protocol):
    """What is needed of a resource that came through the gate."""

    @property
    def type(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def body(self) -> Any: ...


def card_id(person_id: str) -> str:
    """A person has one card; its versions are versions of one resource."""
    return resource_id("careweave", "Flag", f"{CARD} {person_id}")


def card_of(resources: Iterable[Held]) -> Card | None:
    """The card among what was read about a person; pure."""
    for one in resources:
        is_card = one.type == "Flag" and any(has_code(kind, CARD) for kind in one.body.get("category") or ())
        if is_card and one.source == "careweave" and one.body.get("status") == "active":
            return _card(one)
    return None


def _card(one: Held) -> Card:
    body = one.body
    lists: dict[str, Any] = {
        name: tuple(each["valueString"] for each in body.get("extension") or () if each["url"] == _url(name))
        for name in _LISTS
    }
    texts: dict[str, Any] = {
        name: str(extension_value(body, _url(name).removeprefix(EXTENSION)) or "") for name in TEXTS
    }
    return Card(
        **texts,
        **lists,
        review_on=str(extension_value(body, "review-date") or ""),
        reviewed_on=str((body.get("period") or {}).get("start") or ""),
        by=str((body.get("author") or {}).get("display") or ""),
        version=one.version,
    )


def save_card(gate: Gate, *, person_id: str, card: Card, today: date) -> Resource | Refusal:
    """Keep the card. Raises Conflict when someone saved it since `card.version` was read."""
    if card.is_empty:
        return Refusal("Write at least one thing that helps in a crisis", "please_do")
    try:
        review = date.fromisoformat(card.review_on)
    except ValueError:
        return Refusal("Choose the day by which this is looked at again", "review_on")
    if review <= today:
        return Refusal("The next look must be after today", "review_on")
    body = _body(gate, person_id, card, today)
    with gate.transaction():
        if card.version:
            return gate.update(body, version=card.version)
        return gate.create(body, subject=person_id)


def _body(gate: Gate, person_id: str, card: Card, today: date) -> dict[str, Any]:
    parts = [(name, getattr(card, name).strip()) for name in TEXTS]
    parts += [(name, line.strip()) for name in _LISTS for line in getattr(card, name)]
    return {
        "resourceType": "Flag",
        "id": card_id(person_id),
        "extension": [
            *({"url": _url(name), "valueString": words} for name, words in parts if words),
            extension("review-date", valueDate=card.review_on),
        ],
        "status": "active",
        "category": [code(CARD, "Crisis card")],
        "code": {"text": "Crisis card"},
        "subject": about(person_id),
        "period": {"start": today.isoformat()},
        "author": author(gate.actor),
    }


def _url(name: str) -> str:
    return f"{EXTENSION}crisis-{name.replace('_', '-')}"
