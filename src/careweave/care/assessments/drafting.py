"""An assessment while it is being filled in: kept as typed, by several people at once, and never one over another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from careweave.record import Draft, Gate
from careweave.record.beside import StaleDraft

from ..teams.shapes import instant
from .questions import SHORT, Answer, Assessment

DRAFT = "assessment"
_TRIES = 4
_PARTS = ("value", "none", "why", "unmet")
# Who saved something this lately is taken to be writing still.
_WRITING = timedelta(minutes=2)


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

    draft: Draft | None
    clashes: tuple[Clash, ...] = ()


@dataclass(frozen=True)
class Writing:
    """Somebody else who is writing in a section now."""

    name: str
    section: str


def mark(answer: Answer) -> str:
    """A short name of exactly this answer, by which a page says what it showed."""
    words = "\x1f".join((answer.value, answer.none, answer.why, str(answer.unmet)))
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def save_answers(
    gate: Gate,
    *,
    person_id: str,
    answers: Mapping[str, Answer],
    seen: Mapping[str, str] | None = None,
    form_id: str = SHORT,
) -> Saved:
    """Keep what was typed; other answers of the draft stay.

    `seen` holds the mark of each answer as the page showed it. An answer that its writer did not touch is left to
    whoever did; one that both touched is a clash, and theirs stays. Without `seen` these answers stand.
    """
    for _ in range(_TRIES):
        held = gate.draft(person_id, DRAFT, key=form_id)
        content = held.content if held else {}
        changes, clashes = merge(content, answers, seen, gate.actor.id)
        if not changes:
            return Saved(held, clashes)
        stamp = {"by": gate.actor.id, "name": gate.actor.name, "at": instant()}
        typed = {id_: {**asdict(answer), **stamp} for id_, answer in changes.items()}
        try:
            # Version 0 is no draft yet: of two first writers one is asked to look again.
            version = held.version if held else 0
            draft = gate.save_draft(person_id, DRAFT, {**content, **typed}, key=form_id, version=version)
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
        if held is not None and mark(answer) == mark(theirs):
            continue
        shown = mark(Answer()) if seen is None else seen.get(id_, mark(Answer()))
        # What was offered and not touched keeps whoever told it; it is not its reader's word.
        if mark(answer) == shown and (seen is not None or held is None):
            continue
        if seen is None or held is None or held.get("by") in (None, me) or mark(theirs) == shown:
            changes[id_] = answer
        else:
            clashes.append(Clash(id_, theirs, held["name"], datetime.fromisoformat(held["at"])))
    return changes, tuple(clashes)


def answer_from(held: Mapping[str, Any] | None) -> Answer:
    """One answer as the draft holds it; nothing is an empty answer."""
    return Answer(**{part: held[part] for part in _PARTS if part in held}) if held else Answer()


def draft_answers(gate: Gate, person_id: str, form_id: str = SHORT) -> tuple[dict[str, Answer], Draft | None]:
    """What is typed so far."""
    saved = gate.draft(person_id, DRAFT, key=form_id)
    return {id_: answer_from(held) for id_, held in (saved.content if saved else {}).items()}, saved


def discard(gate: Gate, person_id: str, form_ids: tuple[str, ...]) -> None:
    """Let go of what was typed and never completed."""
    for form_id in form_ids:
        gate.discard_draft(person_id, DRAFT, key=form_id)


def writing_now(form: Assessment, draft: Draft | None, me: str, now: datetime) -> tuple[Writing, ...]:
    """Who else is writing, and in which section; pure."""
    found: dict[tuple[str, str], None] = {}
    for key, held in (draft.content if draft else {}).items():
        section = form.section_of(key)
        if (
            section
            and held.get("by") not in (None, me)
            and now - datetime.fromisoformat(held["at"]) < _WRITING
        ):
            found[(held["name"], section.title)] = None
    return tuple(Writing(*each) for each in found)


def section_authors(form: Assessment, draft: Draft | None) -> dict[str, tuple[str, datetime]]:
    """Who wrote in each section last, and when; pure."""
    found: dict[str, tuple[str, datetime]] = {}
    for key, held in (draft.content if draft else {}).items():
        section, at = form.section_of(key), datetime.fromisoformat(held["at"])
        if section and (section.id not in found or found[section.id][1] < at):
            found[section.id] = (held["name"], at)
    return found
