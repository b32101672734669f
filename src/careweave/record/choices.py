"""What a person chose about sharing: each choice is a Consent of theirs, versioned and audited like everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .actor import Purpose, Refusal, Resource
from .gate import Gate
from .wishes import CATEGORY, EVERYTHING, OWN_CHOICE, Wish, consent_of, wish_of


@dataclass(frozen=True)
class Choice:
    """A wish that stands, or stood until it was taken back."""

    id: str
    wish: Wish
    since: datetime | None
    until: datetime | None
    version: int

    @property
    def stands(self) -> bool:
        return self.until is None


def choose(gate: Gate, person_id: str, wish: Wish) -> Choice | Refusal:
    """From now on, until the person changes their mind. The same wish twice is one."""
    refusal = _refusal(gate, wish)
    if refusal:
        return refusal
    with gate.transaction():
        same = [each for each in choices_of(gate, person_id) if each.stands and each.wish == wish]
        if same:
            return same[0]
        body = consent_of(wish, person_id, since=datetime.now(UTC))
        return _choice(gate.create(body, subject=person_id, labels=(OWN_CHOICE,)))


def take_back(gate: Gate, person_id: str, choice_id: str) -> Choice | Refusal:
    """The person changed their mind: what was kept back is shared again."""
    held = next((one for one in _consents(gate, person_id) if one.id == choice_id), None)
    if held is None or held.body["status"] != "active":
        return Refusal("That choice is no longer there: look at your choices again")
    return _choice(gate.update({**held.body, "status": "inactive"}, version=held.version))


def choices_of(gate: Gate, person_id: str) -> list[Choice]:
    """Every choice, also those taken back, newest first; for the person and for who answers for information."""
    return [_choice(one) for one in _consents(gate, person_id)]


def _refusal(gate: Gate, wish: Wish) -> Refusal | None:
    if not wish.covers:
        return Refusal("Choose what should not be shared", "covers")
    if wish.purpose is Purpose.SECONDARY_USE and (wish.covers != (EVERYTHING,) or wish.to):
        return Refusal("The opt-out from counting and planning is for everything", "covers")
    unknown = {
        word
        for word in wish.covers
        if word != EVERYTHING
        and not word.startswith("source:")
        and word.removeprefix("label:") not in gate.door.policy.labels
    }
    if unknown:
        return Refusal("Choose from the list what should not be shared", "covers")
    return None


def _consents(gate: Gate, person_id: str) -> Sequence[Resource]:
    return [
        one
        for one in gate.about(person_id, ["Consent"])
        if OWN_CHOICE in one.labels and one.body.get("category") == [CATEGORY]
    ]


def _choice(resource: Resource) -> Choice:
    period = resource.body["provision"].get("period", {})
    since, until = (_instant(period.get(key)) for key in ("start", "end"))
    if resource.body["status"] != "active" and until is None:
        until = resource.updated
    return Choice(resource.id, wish_of(resource.body), since, until, resource.version)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
