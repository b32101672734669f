"""Unusual looks at records: questions for the governance lead to ask, never an accusation (B03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from careweave.definitions import load_definition

from .actor import Refusal
from .emergencies import KIND
from .gate import Gate
from .indexing.folding import fold, words


@dataclass(frozen=True)
class Reader:
    """Someone with an account: their name, and the day on which they left."""

    actor: str
    name: str
    left_on: date | None


@dataclass(frozen=True)
class Reason:
    key: str
    title: str
    words: str


@dataclass(frozen=True)
class Rules:
    """How far back the list looks, what is far above the usual, and the words of reasons and outcomes."""

    days: int
    at_least: int
    times_the_usual: int
    reasons: dict[str, Reason]
    outcomes: dict[str, str]


@dataclass(frozen=True)
class Question:
    """One reader and one reason, over all their looks that no answer covers yet; people are ids.

    For volume `most` is the number of people on the busiest day and `usual` the median day of others in the role.
    """

    reason: str
    actor: str
    role: str
    organisation: str
    first: datetime
    last: datetime
    looks: int
    people: tuple[str, ...]
    most: int
    usual: float | None
    asked: Step | None


@dataclass(frozen=True)
class Step:
    """What was done about a question, in the governance lead's own words."""

    actor: str
    reason: str
    outcome: str
    words: str
    by: str
    at: datetime


def rules(on: date | None = None) -> Rules:
    """What holds on a day, today unless said."""
    content = load_definition("access", "unusual", on or datetime.now(UTC).date()).content
    return Rules(
        days=content["period"]["days"],
        at_least=content["volume"]["at_least"],
        times_the_usual=content["volume"]["times_the_usual"],
        reasons={each["key"]: Reason(**each) for each in content["reason"]},
        outcomes={each["key"]: each["title"] for each in content["outcome"]},
    )


def questions(gate: Gate, readers: Sequence[Reader], *, now: datetime | None = None) -> list[Question]:
    """What is unusual in the time that the rules name, the latest first; the asking is in the audit."""
    _must(gate, "read", "unusual")
    held, moment = rules(), now or datetime.now(UTC)
    with gate.transaction():
        rows = gate.door.rows(
            "SELECT * FROM record.gate_unusual(%s, %s, %s::text[], %s::text[], %s::text[], %s::date[], %s, %s)",
            [
                gate.door.token(),
                moment - timedelta(days=held.days),
                [each.actor for each in readers],
                [" ".join(_name(each)) for each in readers],
                [(_name(each) or [""])[-1] for each in readers],
                [each.left_on for each in readers],
                held.at_least,
                held.times_the_usual,
            ],
        )
        gate.door.open(())
        asked = {(step.actor, step.reason): step for step in _steps(gate, is_open=True)}
        gate.door.audit("unusual", (), found=len(rows))
    return [_question(row, asked) for row in rows]


def answer(
    gate: Gate, *, actor: str, reason: str, until: datetime, outcome: str, words: str
) -> Refusal | None:
    """Say what was done about the looks up to `until`; nobody does so about themselves."""
    _must(gate, "update", "unusual-answer")
    held = rules()
    if actor == gate.actor.id:
        return Refusal("This is about you, so someone else must ask", "outcome")
    if reason not in held.reasons or until > datetime.now(UTC):
        return Refusal("This question is not there", "outcome")
    if outcome not in held.outcomes:
        return Refusal("Choose what came of it", "outcome")
    if not words.strip():
        return Refusal("Say in your own words what you asked or found", "words")
    with gate.transaction():
        gate.door.open(())
        gate.door.rows(
            "INSERT INTO record.access_question (actor, reason, covers_until, outcome, words, said_by)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [actor, reason, until, outcome, words.strip(), gate.actor.id],
        )
        gate.door.audit("unusual-answer", (), about=actor, reason=reason, outcome=outcome)
    return None


def answered(gate: Gate) -> list[Step]:
    """The latest hundred questions that came to an end, the newest first."""
    _must(gate, "read", "unusual")
    with gate.transaction():
        gate.door.open(())
        return _steps(gate, is_open=False)


def _question(row: Sequence[Any], asked: dict[tuple[str, str], Step]) -> Question:
    reason, actor, role, organisation, first, last, looks, people, most, usual = row
    whose = tuple(map(str, people))
    open_step = asked.get((actor, reason))
    return Question(reason, actor, role, organisation, first, last, looks, whose, most, usual, open_step)


def _steps(gate: Gate, *, is_open: bool) -> list[Step]:
    """Questions asked and not answered since, or those that were closed."""
    rows = gate.door.rows(
        "SELECT q.actor, q.reason, q.outcome, q.words, q.said_by, q.said_at FROM record.access_question q"
        " WHERE CASE WHEN %s THEN q.outcome = 'asked' AND NOT EXISTS (SELECT 1 FROM record.access_question later"
        " WHERE later.actor = q.actor AND later.reason = q.reason AND later.id > q.id)"
        " ELSE q.outcome <> 'asked' END ORDER BY q.id DESC LIMIT CASE WHEN %s THEN NULL ELSE 100 END",
        [is_open, is_open],
    )
    return [Step(*row) for row in rows]


def _name(reader: Reader) -> list[str]:
    """The words of a name as people are found by it, titles left out."""
    found = [word for part in fold(reader.name).split() for word in words(part)[:1]]
    return [word for word in found if word not in {"dr", "mr", "mrs", "ms", "miss", "prof"}]


def _must(gate: Gate, interaction: str, act: str) -> None:
    # Asking about a look is the same work as reviewing an emergency, and open to the same people.
    if not gate.door.decide(None, interaction, KIND).allowed:
        raise gate.door.refuse("only the governance lead asks about looks", act=act)
