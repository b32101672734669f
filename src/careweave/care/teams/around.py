"""What the person says about the people around them: who is missing, who should go, what is wrong. Nobody's words change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from careweave.record import Gate, Refusal, Resource
from careweave.record.ids import new_id
from careweave.record.relations import party_of

from .shapes import about, author, code, extension, extension_value, has_code, instant
from .telling import in_charge_of, tell

AROUND = "people-around"
ADD, REMOVE, WRONG, BACK = "add", "remove", "wrong", "back"
LONGEST = 100


@dataclass(frozen=True)
class Added:
    """Someone whom the person added, in their own words."""

    key: str
    name: str
    what: str


@dataclass(frozen=True)
class Said:
    """All that the person said, as it stands: the latest word about each one counts."""

    added: tuple[Added, ...] = ()
    removed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)


def key_of(name: str) -> str:
    """One and the same person, however the name is spaced and written in capitals; pure."""
    return " ".join(name.casefold().split())


def add_someone(gate: Gate, *, person_id: str, name: str, what: str) -> Resource | Refusal:
    """The person adds someone who matters to them."""
    if not name.strip():
        return Refusal("Write their name", "name")
    if len(name) > LONGEST or len(what) > LONGEST:
        return Refusal(f"Keep it under {LONGEST} letters", "name" if len(name) > LONGEST else "what")
    if not what.strip():
        return Refusal("Write who they are to you, for example friend", "what")
    return _write(gate, person_id, ADD, name.strip(), what.strip())


def say_about(
    gate: Gate, *, person_id: str, name: str, act: str, words: str = "", today: date
) -> Resource | Refusal:
    """Take someone away from one's own page, say what is wrong about them, or put them back."""
    if act not in (REMOVE, WRONG, BACK) or not name.strip():
        return Refusal("Choose what is not right")
    if act == WRONG and not words.strip():
        return Refusal("Write what is wrong", "words")
    with gate.transaction():
        written = _write(gate, person_id, act, name.strip(), words.strip())
        if act == WRONG:
            told = tell(
                gate, person_id=person_id, kind="question", to=in_charge_of(gate, person_id),
                words=f"People around me, {name.strip()}: {words.strip()}", today=today,
            )  # fmt: skip
            if isinstance(told, Refusal):
                return (
                    written  # nobody is in charge who could answer; the words stand on the page all the same
                )
    return written


def said_by(gate: Gate, person_id: str) -> Said:
    """What the person said, as this reader may see it."""
    found = [one for one in gate.about(person_id, ["Communication"]) if _is_own(one)]
    return said_in([one.body for one in sorted(found, key=lambda one: str(one.body.get("sent", "")))])


def said_in(bodies: list[dict[str, Any]]) -> Said:
    """The same from bodies, oldest first; pure."""
    added: dict[str, Added] = {}
    removed: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for body in bodies:
        act, name = str(extension_value(body, "act")), str(extension_value(body, "name"))
        words, key = str(extension_value(body, "words") or ""), key_of(name)
        removed.pop(key, None)
        if act == ADD:
            added[key] = Added(key, name, words)
        elif act == REMOVE and key in added:
            del added[key]
        elif act == REMOVE:
            removed[key] = name
        elif act == WRONG:
            wrong[key] = words
        elif act == BACK:
            wrong.pop(key, None)
    return Said(tuple(added.values()), removed, wrong)


def _is_own(one: Resource) -> bool:
    is_about_them = any(has_code(each, AROUND) for each in one.body.get("category", []))
    return is_about_them and (party_of(one.body.get("sender")) or "").startswith("person:")


def _write(gate: Gate, person_id: str, act: str, name: str, words: str) -> Resource:
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "id": new_id(),
        "status": "completed",
        "category": [code(AROUND, "People around me")],
        "subject": about(person_id),
        "sent": instant(),
        "sender": author(gate.actor),
        "payload": [{"contentString": _sentence(act, name, words)}],
        "extension": [
            extension("act", valueCode=act),
            extension("name", valueString=name),
            *([extension("words", valueString=words)] if words else []),
        ],
    }
    return gate.create(body, subject=person_id, parties=(gate.actor.id,))


def _sentence(act: str, name: str, words: str) -> str:
    return {
        ADD: f"{name}, {words}, is one of the people around me",
        REMOVE: f"{name} is not one of the people around me",
        WRONG: f"{name}: this is wrong. {words}",
        BACK: f"{name} is one of the people around me after all",
    }[act]
