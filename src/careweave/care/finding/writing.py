"""Writes one suggestion: the assessment it rests on and the question to the team, or leaves both as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from careweave.care.finding.shapes import (
    assessment_body,
    assessment_id,
    day_in,
    finding_extensions,
    task_body,
    told_by,
)
from careweave.care.finding.standing import Case
from careweave.care.teams.shapes import extension_value
from careweave.record import Gate, Resource
from careweave.warehouse.candidates import Candidate, Ranking
from careweave.warehouse.pseudonyms import PseudonymKey
from careweave.warehouse.registers import Register, Wanted
from careweave.warehouse.store import Warehouse

# A score whose words have not changed is written again only so often, well before it counts as stale.
REPEATED_AFTER_DAYS = 30


@dataclass(frozen=True)
class Round:
    """One run of the finder: by whom, for which register, from a warehouse of which day."""

    gate: Gate
    register: Register
    warehouse: Warehouse
    ranking: Ranking
    key: PseudonymKey
    today: date

    @property
    def as_at(self) -> date:
        return self.ranking.as_at


def suggest_to(
    round_: Round, person: str, candidate: Candidate, case: Case, resources: Sequence[Resource], *, team: str
) -> str:
    """Ask a team about someone who does not wait yet; an earlier answer stays in the history."""
    extensions = _extensions(round_, person, candidate)
    because = ", ".join(candidate.finding.reasons)
    body = task_body(
        person,
        round_.register,
        team=f"team:{team}",
        by=round_.gate.actor,
        because=because,
        extensions=extensions,
    )
    parties = (f"team:{team}",)
    with round_.gate.transaction():
        _put_assessment(round_, person, candidate, extensions, resources)
        body["reasonReference"] = {"reference": f"RiskAssessment/{assessment_id(person, round_.register.id)}"}
        if case.task is None:
            saved = round_.gate.create(body, subject=person, parties=parties)
        else:
            body["id"] = case.task.id
            saved = round_.gate.update(body, version=case.task.version, parties=parties)
        was = case.task.body["status"] if case.task else None
        round_.gate.transition(person, saved.id, was=was, now="requested")
    return "new"


def bring_up_to_date(
    round_: Round, person: str, candidate: Candidate, case: Case, resources: Sequence[Resource]
) -> str:
    """A suggestion that waits tells today's reasons; what a colleague suggested keeps their words."""
    task = case.task
    if task is None or not candidate.finding.is_on_register or not candidate.finding.reasons:
        return "unchanged"
    if task.body.get("requester", {}).get("identifier", {}).get("value") != round_.gate.actor.id:
        return "unchanged"
    if extension_value(task.body, "trigger"):
        return "unchanged"  # it says what has just happened
    extensions = _extensions(round_, person, candidate)
    model = [each for each in task.body["extension"] if each["url"].endswith("/model")]
    body = {
        **task.body,
        "reasonCode": {"text": ", ".join(candidate.finding.reasons)},
        "extension": [*model, *extensions],
    }
    if _says_the_same(body, task, round_):
        return "unchanged"
    with round_.gate.transaction():
        _put_assessment(round_, person, candidate, extensions, resources)
        round_.gate.update(body, version=task.version)
    return "updated"


def withdraw_for_the_dead(round_: Round, tasks: Iterable[Resource]) -> None:
    """Nobody is asked to take on someone who has died."""
    for task in tasks:
        with round_.gate.transaction():
            body = {**task.body, "status": "cancelled", "statusReason": {"text": "Died"}}
            round_.gate.update(body, version=task.version)
            round_.gate.transition(
                task.subject, task.id, was=task.body["status"], now="cancelled", reason="died"
            )


def _extensions(round_: Round, person: str, candidate: Candidate) -> list[dict[str, Any]]:
    missing = tuple(each.words for each in _missing(round_, person))
    return finding_extensions(round_.register, candidate, missing, round_.as_at)


def _missing(round_: Round, person: str) -> list[Wanted]:
    """Observations a team would like to have and nobody has made lately."""
    wanted = round_.register.wanted
    if not wanted:
        return []
    longest = max(each.within_days for each in wanted)
    made = round_.gate.about(person, ["Observation"], since=_days_before(round_.as_at, longest))
    return [
        each
        for each in wanted
        if not any(_is_measured(one, each, _days_before(round_.as_at, each.within_days)) for one in made)
    ]


def _is_measured(observation: Resource, wanted: Wanted, since: datetime) -> bool:
    codes = {str(each.get("code")) for each in observation.body.get("code", {}).get("coding", [])}
    when = observation.starts or observation.updated
    return (
        bool(codes & wanted.codes) and when >= since and observation.body.get("status") != "entered-in-error"
    )


def _days_before(day: date, days: int) -> datetime:
    return datetime.combine(day - timedelta(days=days), time(), UTC)


def _says_the_same(body: dict[str, Any], task: Resource, round_: Round) -> bool:
    last = day_in(task.body, "scored-on")
    is_recent = last is not None and round_.as_at < last + timedelta(days=REPEATED_AFTER_DAYS)
    return is_recent and told_by(body) == told_by(task.body)


def _put_assessment(
    round_: Round,
    person: str,
    candidate: Candidate,
    extensions: list[dict[str, Any]],
    resources: Sequence[Resource],
) -> None:
    body = assessment_body(person, round_.register, candidate, extensions, round_.as_at)
    stored = next((each for each in resources if each.id == body["id"]), None)
    if stored is None:
        round_.gate.create(body, subject=person)
    else:
        round_.gate.update(body, version=stored.version)
