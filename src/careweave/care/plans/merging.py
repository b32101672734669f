"""Two people in one part of a plan: what each wrote is kept, and words that both changed are shown to both; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Goal = Mapping[str, Any]
# The words of a goal that its own speaker sent are theirs; others add actions, a need and an outcome.
THEIRS = ("words", "whose", "importance", "said_in")
_BESIDE = frozenset({"by"})


@dataclass(frozen=True)
class Merged:
    """The goals as they stand now, and the ids of those that two people changed at once."""

    goals: tuple[dict[str, Any], ...]
    clashes: tuple[str, ...]


def stamp(content: Mapping[str, Any], fields: Sequence[str]) -> str:
    """A mark of these words as they were shown, which tells whether someone changed them since."""
    part = {name: content.get(name) for name in fields}
    return hashlib.sha256(json.dumps(part, sort_keys=True, default=str).encode()).hexdigest()[:16]


def goal_stamp(goal: Goal) -> str:
    """The mark of one goal; who wrote it down is no part of its words, and an empty field is like none."""
    kept = {name: value for name, value in goal.items() if value and name not in _BESIDE}
    return stamp(kept, sorted(kept))


def merge_goals(
    stored: Sequence[Goal],
    typed: Sequence[Goal],
    seen: Mapping[str, str],
    *,
    mine: Sequence[str] = (),
    taken_out: Sequence[str] = (),
) -> Merged:
    """Goals as `typed` over goals as `stored`; `seen` holds each goal's stamp as the page showed it.

    `mine` are goals that this writer saved last, which are never stale against their own autosave.
    """
    by_id = {goal["id"]: goal for goal in stored}
    typed_ids = {goal["id"] for goal in typed}
    goals: list[dict[str, Any]] = []
    clashes = []
    for goal in typed:
        kept, is_clash = _one(by_id.get(goal["id"]), goal, seen, mine, taken_out)
        goals += [kept] if kept else []
        clashes += [goal["id"]] if is_clash else []
    # What someone added while this page was open was never shown here, so it was not taken out here either.
    goals += [dict(goal) for goal in stored if goal["id"] not in typed_ids and goal["id"] not in seen]
    return Merged(tuple(goals), tuple(clashes))


def _one(
    theirs: Goal | None, mine: Goal, seen: Mapping[str, str], my_ids: Sequence[str], taken_out: Sequence[str]
) -> tuple[dict[str, Any] | None, bool]:
    """The goal that stands, if any, and whether two people changed it at once."""
    id_ = mine["id"]
    shown = seen.get(id_)
    if theirs is None:
        is_untouched = shown is not None and shown == goal_stamp(mine)
        return (None if is_untouched or not mine["words"] else dict(mine)), False
    mine = _with_their_words(theirs, mine)
    is_out = id_ in taken_out or not mine["words"]
    they_changed = bool(shown) and shown != goal_stamp(theirs) and id_ not in my_ids
    if they_changed and goal_stamp(mine) == shown and not is_out:
        return dict(theirs), False
    is_clash = they_changed and goal_stamp(mine) != goal_stamp(theirs)
    if is_clash:
        return dict(theirs), True
    return (None if is_out else dict(mine)), False


def _with_their_words(theirs: Goal, mine: Goal) -> dict[str, Any]:
    if not theirs.get("said_in"):
        return dict(mine)
    return {**mine, **{name: theirs.get(name) for name in THEIRS}}


def merge_conditions(
    stored: Mapping[str, Any], typed: Mapping[str, Any], *, is_stale: bool
) -> dict[str, Any]:
    """Which conditions the plan covers: when someone ticked meanwhile, the ticks and reasons of both are kept."""
    if not is_stale:
        return {name: typed[name] for name in ("covered", "not_covered") if name in typed}
    covered = [*dict.fromkeys([*stored.get("covered", ()), *typed.get("covered", ())])]
    reasons = {**stored.get("not_covered", {}), **typed.get("not_covered", {})}
    return {
        "covered": covered,
        "not_covered": {key: why for key, why in reasons.items() if key not in covered},
    }
