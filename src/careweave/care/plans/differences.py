"""What changed between two versions of a plan, part by part, in words added and taken out; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain

from .parts import AGREEMENT, OUTCOMES, TEAM_AGREEMENT, Goal, PlanDraft

SAME, ADDED, TAKEN_OUT = "same", "added", "taken-out"
_PIECES = re.compile(r"\s+|[^\s\w]|\w+(?:[’'-]\w+)*")


@dataclass(frozen=True)
class Piece:
    """Some words, and whether they are the same, added or taken out."""

    kind: str
    words: str


@dataclass(frozen=True)
class Change:
    """One text of the plan that is not as it was: its part, what it is, and its words old and new."""

    part: str
    what: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class _Line:
    part: str
    what: str
    words: str


def differences(before: PlanDraft, after: PlanDraft) -> tuple[Change, ...]:
    """Every text that changed, in the order of the newer plan; what was left out comes after it."""
    old, new = _lines(before), _lines(after)
    keys = [*new, *(key for key in old if key not in new)]
    found = []
    for key in keys:
        was, now = old.get(key), new.get(key)
        if (was.words if was else "") != (now.words if now else ""):
            line = now or was
            assert line is not None
            pieces = pieces_of(was.words if was else "", now.words if now else "")
            found.append(Change(line.part, line.what, pieces))
    return tuple(found)


def pieces_of(before: str, after: str) -> tuple[Piece, ...]:
    """Two texts as one, word by word: joined without what was added it is the old one, and the reverse."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    found: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece(SAME, "".join(old[a:b])))
            continue
        found += [Piece(TAKEN_OUT, "".join(old[a:b]))] if b > a else []
        found += [Piece(ADDED, "".join(new[c:d]))] if d > c else []
    return tuple(found)


def _lines(draft: PlanDraft) -> dict[str, _Line]:
    """Every text of the plan under a key by which its earlier self is found."""
    every = chain(_plain(draft), _goals(draft), _if_then(draft), _conditions(draft), _agreed(draft))
    return {key: line for key, line in every if line.words}


def _plain(draft: PlanDraft) -> Iterator[tuple[str, _Line]]:
    yield "matters", _Line("matters", "What matters", draft.what_matters)
    yield "strengths", _Line("strengths", "What the person and the people around can do", draft.strengths)


def _goals(draft: PlanDraft) -> Iterator[tuple[str, _Line]]:
    for goal in draft.goals:
        yield f"goal {goal.id}", _Line("goals", "Goal", goal.words)
        for what, words in _of_goal(goal):
            yield f"goal {goal.id} {what}", _Line("goals", f"{what}: “{goal.words}”", words)


def _of_goal(goal: Goal) -> Iterator[tuple[str, str]]:
    yield "What makes this hard", goal.need
    yield "How important", f"{goal.importance} out of 10" if goal.importance else ""
    yield "Who does what", "\n".join(_action(each.what, each.name, each.by) for each in goal.actions)
    yield "How it went", " ".join(filter(None, (OUTCOMES.get(goal.outcome, ""), goal.outcome_words)))


def _action(what: str, name: str, by: str) -> str:
    return f"{what}: {name or 'nobody yet'}{', by ' + by if by else ''}"


def _if_then(draft: PlanDraft) -> Iterator[tuple[str, _Line]]:
    part = "if-things-change"
    call = " ".join(filter(None, (draft.first_call, draft.first_call_number)))
    yield "first call", _Line(part, "Whom to call first", call)
    for row in draft.if_then:
        words = f"{row.action}. Call {' '.join(filter(None, (row.call, row.number)))}"
        yield f"row {row.trigger.casefold()}", _Line(part, row.trigger, words)
    yield "not needed", _Line(part, "Why this is not needed", draft.no_contingency_because)
    own = "\n".join(draft.own_contributions) or ("None" if draft.own_none else "")
    yield "own", _Line(part, "What the person will do", own)
    network = "\n".join(": ".join(filter(None, (each.name, each.what))) for each in draft.network)
    yield "network", _Line(part, "Who would help", network or ("Nobody" if draft.network_none else ""))


def _conditions(draft: PlanDraft) -> Iterator[tuple[str, _Line]]:
    for key, why in draft.not_covered.items():
        yield f"condition {key}", _Line("goals", "A condition that is not in the plan", why)


def _agreed(draft: PlanDraft) -> Iterator[tuple[str, _Line]]:
    part = "agreement"
    yield "agreement", _Line(part, "Whether the person agrees", AGREEMENT.get(draft.agreement, ""))
    yield "disagreement", _Line(part, "What the person disagrees with", draft.disagreement)
    yield "team", _Line(part, "Whether the team agrees", TEAM_AGREEMENT.get(draft.team_agreement, ""))
    yield "team words", _Line(part, "What the team disagrees with", draft.team_disagreement)
    yield "reviewer", _Line(part, "Reviewed by", draft.reviewer_name)
    yield "review", _Line(part, "Review on", draft.review_on)
