"""An assessment while it is being filled in: kept as typed, by several people at once, and never one over another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from careweave.record import Draft, Gate
from careweave.record.beside import StaleDraft

from ..teams.shapes import instant
from .questions import SHORT, Answer

DRAFT = "assessment"
_TRIES = 4
_PARTS = ("value", "none", "why", "unmet")


@dataclass(frozen=True)
class Clash:
    """A question that someone else answered since this page was shown; their answer stands until one is chosen."""

    question: str
    theirs: Answer
    name: str
    at: datetime


@dataclass(frozen=True)
class Saved:
    """The draft as it is kept now, and the answers that were not kept because they clash."""

    draft: Draft
    clashes: tuple[Clash, ...] = ()


def mark(answer: Answer) -> str:
    """A short name of exactly this answer, by which a page says what it showed."""
    words = "\x1f".join((answer.value, answer.none, answer.why, str(answer.unmet)))
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def save_answers(
    gate: Gate, *, person_id: str, answers: Mapping[str, Answer], seen: Mapping[str, str] | None = None
) -> Saved:
    """Keep what was typed; other answers of the draft stay.

    `seen` holds the mark of each answer as the page showed it. An answer that its writer did not touch is left to
    whoever did; one that both touched is a clash, and theirs stays. Without `seen` these answers stand.
    """
    for _ in range(_TRIES):
        held = gate.draft(person_id, DRAFT, key=SHORT)
        content = held.content if held else {}
        changes, clashes = merge(content, answers, seen, gate.actor.id)
        if held and not changes:
            return Saved(held, clashes)
        stamp = {"by": gate.actor.id, "name": gate.actor.name, "at": instant()}
        typed = {id_: {**asdict(answer), **stamp} for id_, answer in changes.items()}
        try:
            # Version 0 is no draft yet: of two first writers one is asked to look again.
            version = held.version if held else 0
            draft = gate.save_draft(person_id, DRAFT, {**content, **typed}, key=SHORT, version=version)
            return Saved(draft, clashes)
        except StaleDraft as stale:
            latest = stale
    raise latest


def merge(
    content: Mapping[str, Any], answers: Mapping[str, Answer], seen: Mapping[str, str] | None, me: str
) -> tuple[dict[str, Answer], tuple[Clash, ...]]:
    """Which answers are to be kept, and which clash with another writer's; pure."""
    changes: dict[str, Answer] = {}
    clashes = []
    for id_, answer in answers.items():
        held = content.get(id_)
        theirs = answer_from(held)
        if mark(answer) == mark(theirs):
            continue
        if seen is None or held is None:
            changes[id_] = answer
            continue
        shown = seen.get(id_, mark(Answer()))
        if mark(answer) == shown:
            continue
        if held.get("by") in (None, me) or mark(theirs) == shown:
            changes[id_] = answer
        else:
            clashes.append(Clash(id_, theirs, held["name"], datetime.fromisoformat(held["at"])))
    return changes, tuple(clashes)


def answer_from(held: Mapping[str, Any] | None) -> Answer:
    """One answer as the draft holds it; nothing is an empty answer."""
    return Answer(**{part: held[part] for part in _PARTS if part in held}) if held else Answer()


def draft_answers(gate: Gate, person_id: str) -> tuple[dict[str, Answer], Draft | None]:
    """What is typed so far."""
    saved = gate.draft(person_id, DRAFT, key=SHORT)
    return {id_: answer_from(held) for id_, held in (saved.content if saved else {}).items()}, saved
