"""The papers of a case: what was in the record when they were locked, and what came after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from careweave.record import Gate, Refusal, Resource

from ..teams.notes import NOTE
from ..teams.shapes import extension, has_code, instant
from . import meetings
from .casefile import agenda, change_case
from .meetings import Meeting
from .shapes import CASE, Case, is_about_case, is_kind, with_extensions

# What a case is discussed from; few in number for anyone, or cut to what is recent.
STANDING = ("Patient", "AllergyIntolerance", "Flag", "CarePlan", "Goal", "RiskAssessment", "CareTeam")
RECENT = ("Encounter", "Communication", "Condition")
RECENT_DAYS = 180
MOST_RECENT = 60
_NEVER = frozenset(
    {"CareTeam", "Patient"}
)  # who someone is and who is in the team is always shown as it is now


@dataclass(frozen=True)
class Papers:
    """The entries a case is discussed from, each in the version that was locked; `lost` are no longer to be seen."""

    resources: tuple[Resource, ...]
    later: tuple[Resource, ...]
    is_locked: bool
    lost: int = 0


def lock(gate: Gate, meeting: Meeting, *, now: datetime | None = None) -> int | Refusal:
    """Freeze the papers of every case; returns how many cases. Later entries are shown as later."""
    moment = now or datetime.now(UTC)
    cases = [case for _, case in agenda(gate, meeting) if case]
    if not cases:
        return Refusal("There are no cases yet. Choose whose case is discussed first")
    with gate.transaction():
        if not meetings.mark_locked(meeting.id, by=gate.actor.name or gate.actor.id, now=moment):
            return Refusal("The papers are locked already")
        for case in cases:
            lock_case(gate, case, moment)
    return len(cases)


def lock_case(gate: Gate, case: Case, moment: datetime) -> Case:
    """Freeze the papers of one case; one that is chosen late has papers of its own moment."""
    frozen = [
        extension("paper", valueString=f"{one.type}/{one.id}/_history/{one.version}")
        for one in _now(gate, case)
        if one.type not in _NEVER
    ]
    at = extension("papers-locked", valueInstant=instant(moment))
    return change_case(
        gate, case.id, lambda body: with_extensions(body, ["paper", "papers-locked"], [*frozen, at])
    )


def papers_of(gate: Gate, case: Case) -> Papers:
    """What this actor may see of a case's papers; as they are now until they are locked."""
    current = _now(gate, case)
    if not case.locked_at:
        return Papers(tuple(current), (), False)
    locked = {each.partition("/_history/")[0]: int(each.rpartition("/")[2]) for each in case.papers}
    shown, later = [], []
    for one in current:
        version = locked.pop(f"{one.type}/{one.id}", None)
        if one.type in _NEVER:
            shown.append(one)
        elif version is None:
            later.append(one)
        else:
            shown += _as_locked(gate, one, version)
            later += [one] if one.version != version else []
    gone = [_gone(gate, name, version) for name, version in locked.items()]
    shown += [one for one in gone if one]
    return Papers(tuple(shown), tuple(later), True, sum(one is None for one in gone))


def _as_locked(gate: Gate, one: Resource, version: int) -> list[Resource]:
    if one.version == version:
        return [one]
    return [each for each in gate.history(one.type, one.id) if each.version == version]


def _gone(gate: Gate, name: str, version: int) -> Resource | None:
    """An entry that the list of what is recent no longer reaches, or that was ended since."""
    type_, _, id_ = name.partition("/")
    return next((each for each in gate.history(type_, id_) if each.version == version), None)


def _now(gate: Gate, case: Case) -> list[Resource]:
    since = datetime.now(UTC) - timedelta(days=RECENT_DAYS)
    standing = gate.about(case.person_id, STANDING)
    recent = gate.about(case.person_id, RECENT, since=since, limit=MOST_RECENT * 2)
    conditions = gate.about(case.person_id, ["Condition"], limit=200)
    every = {one.id: one for one in (*standing, *recent, *conditions)}
    return [one for one in every.values() if _belongs(one)]


def _belongs(one: Resource) -> bool:
    if one.body.get("status") == "entered-in-error":
        return False
    if one.type == "Communication":
        return any(has_code(each, NOTE) for each in one.body.get("category", []))
    if one.type == "Goal":
        return one.body.get("lifecycleStatus") == "active"
    return True


def of_case(resources: Iterable[Resource], case_id: str) -> list[Resource]:
    """Tasks and messages that belong to a case; pure."""
    return [one for one in resources if is_about_case(one.body, case_id) and not is_kind(one, CASE)]
