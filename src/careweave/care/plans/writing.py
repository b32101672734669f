"""Writing the plan: each part kept as typed, several writers at once, and each text with who wrote it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from careweave.record import Draft, Gate
from careweave.record.beside import StaleDraft

from .drafting import DRAFT, save_part, started_from
from .merging import Merged, goal_stamp, merge_conditions, merge_goals, stamp

FIELDS: Mapping[str, tuple[str, ...]] = {
    "matters": ("what_matters", "what_matters_whose"),
    "strengths": ("strengths", "strengths_whose"),
    "goals": ("goals", "covered", "not_covered", "held_from_carers"),
    "if-things-change": (
        "if_then",
        "no_contingency_because",
        "first_call",
        "first_call_number",
        "own_contributions",
        "own_none",
        "network",
        "network_none",
    ),
    "copies": ("copies",),
    "agreement": (
        "agreement",
        "agreed_with",
        "disagreement",
        "team_agreement",
        "team_disagreement",
        "agreed_on",
        "reviewer",
        "reviewer_name",
        "review_on",
    ),
}
# Texts that somebody says, so that each names who wrote it down.
_SAID = ("what_matters", "strengths", "disagreement", "team_disagreement", "no_contingency_because")
_CONDITIONS = ("covered", "not_covered")
_TRIES = 5


@dataclass(frozen=True)
class Seen:
    """What the page showed when it was opened: the part's stamp, and one for each goal."""

    stamp: str = ""
    goals: Mapping[str, str] = field(default_factory=dict)
    taken_out: Sequence[str] = ()


def part_stamp(content: Mapping[str, Any], key: str) -> str:
    """The mark of one part; goals have a mark each, so their part's is that of its conditions."""
    return stamp(content, _CONDITIONS if key == "goals" else FIELDS[key])


def goal_stamps(content: Mapping[str, Any]) -> dict[str, str]:
    """The mark of each goal as it is shown."""
    return {goal["id"]: goal_stamp(goal) for goal in content.get("goals", ())}


def write_part(
    gate: Gate, *, person_id: str, key: str, changes: Mapping[str, Any], seen: Seen | None = None
) -> Draft:
    """Keep the words of one part. Raises StaleDraft when someone else changed the same words since they were shown."""
    for _ in range(_TRIES - 1):
        saved = gate.draft(person_id, DRAFT)
        try:
            return _write(gate, person_id, key, changes, seen or Seen(), saved)
        except _Clash as clash:
            raise StaleDraft(clash.current) from clash
        except StaleDraft:
            continue  # another part was saved in the same moment: once more, on top of it
    return _write(gate, person_id, key, changes, seen or Seen(), gate.draft(person_id, DRAFT))


class _Clash(Exception):
    """The same words were changed by two people."""

    def __init__(self, current: Draft) -> None:
        super().__init__("someone else changed these words")
        self.current = current


def _write(
    gate: Gate, person_id: str, key: str, changes: Mapping[str, Any], seen: Seen, saved: Draft | None
) -> Draft:
    content = saved.content if saved else started_from(gate, person_id)
    if saved and _is_stale(content, key, seen, gate.actor.id) and key != "goals":
        raise _Clash(saved)
    kept = {**changes}
    if "goals" in changes:
        merged = _goals(content, changes, seen, gate)
        if saved and merged.clashes:
            raise _Clash(saved)
        is_stale = _is_stale(content, key, seen, gate.actor.id)
        kept |= {"goals": merged.goals, **merge_conditions(content, changes, is_stale=is_stale)}
        kept["goal_writers"] = _goal_writers(content, merged.goals, gate.actor.id)
    kept |= _written(content, kept, gate)
    kept["last_writers"] = {
        **content.get("last_writers", {}),
        key: [gate.actor.id, datetime.now(UTC).isoformat()],
    }
    return save_part(gate, person_id=person_id, changes=kept, version=saved.version if saved else 0)


def _is_stale(content: Mapping[str, Any], key: str, seen: Seen, me: str) -> bool:
    """Whether these words are someone else's since: a page is never stale against its own autosave."""
    writer = content.get("last_writers", {}).get(key)
    return bool(seen.stamp and seen.stamp != part_stamp(content, key) and writer and writer[0] != me)


def _goals(content: Mapping[str, Any], changes: Mapping[str, Any], seen: Seen, gate: Gate) -> Merged:
    mine = [id_ for id_, party in content.get("goal_writers", {}).items() if party == gate.actor.id]
    return merge_goals(
        content.get("goals", ()), changes["goals"], seen.goals, mine=mine, taken_out=seen.taken_out
    )


def _goal_writers(content: Mapping[str, Any], goals: Sequence[Mapping[str, Any]], me: str) -> dict[str, str]:
    before = goal_stamps(content)
    writers = content.get("goal_writers", {})
    return {
        goal["id"]: me if before.get(goal["id"]) != goal_stamp(goal) else writers.get(goal["id"], "")
        for goal in goals
    }


def _written(content: Mapping[str, Any], kept: Mapping[str, Any], gate: Gate) -> dict[str, Any]:
    """Who wrote down each text that is new or changed."""
    before = {goal["id"]: goal for goal in content.get("goals", ())}
    goals = [_signed(before.get(goal["id"]), goal, gate.actor.name) for goal in kept.get("goals", ())]
    changed = {name for name in _SAID if name in kept and kept[name] != (content.get(name) or "")}
    signed = {**content.get("written_by", {}), **dict.fromkeys(changed, gate.actor.name)}
    return {"written_by": signed, **({"goals": goals} if "goals" in kept else {})}


def _signed(before: Mapping[str, Any] | None, goal: Mapping[str, Any], name: str) -> dict[str, Any]:
    said = ("words", "whose")
    if before and all((before.get(each) or "") == (goal.get(each) or "") for each in said):
        return {**goal, "by": before.get("by", "")}
    return {**goal, "by": name}
