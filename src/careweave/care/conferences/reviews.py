"""Looking at a case again after thirty days: was the plan followed, were the tasks done, was an admission avoided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from careweave.record import Conflict, Gate, Refusal, Resource

from ..teams.shapes import CODES, code, extension_value, has_code, instant
from .casefile import read_case
from .discussing import decisions
from .shapes import REVIEW, Case, Decision, is_kind

AVOIDED = {
    "yes": "Yes: it was likely, and it did not happen",
    "no": "No: there was an emergency admission",
    "not-likely": "None was likely in the first place",
    "not-known": "Not known",
}
FOLLOWED = {"all": "Yes", "partly": "Partly", "no": "No", "none": "There is no plan yet"}
# The NHS data dictionary's admission methods by their first character: planned, maternity, and other.
_NOT_EMERGENCY = ("1", "3", "8")
_OPEN = ("requested", "received", "accepted", "in-progress")


@dataclass(frozen=True)
class LookBack:
    """What the record says about the thirty days, before anyone judges."""

    task: Resource
    case: Case
    meeting_day: date
    decided: tuple[Decision, ...]
    admissions: tuple[Resource, ...]
    attendances: tuple[Resource, ...]
    result: Result | None

    @property
    def done(self) -> int:
        return sum(each.is_done for each in self.decided)


@dataclass(frozen=True)
class Result:
    """What the team says about a case, and what the record counted then."""

    avoided: str
    followed: str
    done: int
    of: int
    admissions: int
    words: str
    on: str


@dataclass(frozen=True)
class Line:
    """One GP's month: cases looked at again, and the admissions that the teams say were avoided."""

    gp: str
    name: str
    discussed: int
    reviewed: int
    avoided: int
    admissions: int


def look_back(gate: Gate, task_id: str) -> LookBack | None:
    """The review as its page needs it."""
    task = gate.read("Task", task_id)
    if task is None or not is_kind(task, REVIEW):
        return None
    case = read_case(gate, task.body["focus"]["reference"].removeprefix("Composition/"))
    if case is None:
        return None
    day = _meeting_day(task.body)
    found = gate.about(case.person_id, ["Task", "Encounter"])
    stays = [one for one in found if one.type == "Encounter" and _since(one, day)]
    return LookBack(
        task=task,
        case=case,
        meeting_day=day,
        decided=decisions(found, case.id),
        admissions=tuple(one for one in stays if _is_emergency_admission(one.body)),
        attendances=tuple(one for one in stays if one.body.get("class", {}).get("code") == "EMER"),
        result=result_of(task.body),
    )


def save(gate: Gate, seen: LookBack, *, avoided: str, followed: str, words: str) -> Result | Refusal:
    """Write down the result; the look back is then done."""
    if avoided not in AVOIDED:
        return Refusal("Choose whether an emergency admission was avoided.", "avoided")
    if followed not in FOLLOWED:
        return Refusal("Choose whether the plan was followed.", "followed")
    if avoided == "yes" and seen.admissions:
        return Refusal(
            f"The record shows {len(seen.admissions)} since the meeting. Choose another answer, or look again.",
            "avoided",
        )
    if seen.task.body["status"] not in _OPEN:
        return Refusal("Someone has written down the result already", "avoided")
    result = Result(
        avoided, followed, seen.done, len(seen.decided), len(seen.admissions), words.strip(), instant()
    )
    body = {**seen.task.body, "status": "completed", "output": _output(result)}
    try:
        with gate.transaction():
            gate.update(body, version=seen.task.version)
            gate.transition(
                seen.case.person_id,
                seen.task.id,
                was=seen.task.body["status"],
                now="completed",
                reason=avoided,
            )
    except Conflict:
        return Refusal("Someone has written down the result already", "avoided")
    return result


def _output(result: Result) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [
        {"type": code("admission-avoided", AVOIDED[result.avoided]), "valueCode": result.avoided},
        {"type": code("plan-followed", FOLLOWED[result.followed]), "valueCode": result.followed},
        {"type": code("decisions-done"), "valueInteger": result.done},
        {"type": code("decisions-made"), "valueInteger": result.of},
        {"type": code("emergency-admissions"), "valueInteger": result.admissions},
        {"type": code("reviewed"), "valueInstant": result.on},
    ]
    return [*parts, {"type": code("words"), "valueString": result.words}] if result.words else parts


def result_of(body: Mapping[str, Any]) -> Result | None:
    """The result in a review, None while there is none (closed without one, too); pure."""

    def value(name: str) -> Any:
        for each in body.get("output", []):
            if has_code(each.get("type"), name):
                return next(held for key, held in each.items() if key.startswith("value"))
        return None

    if value("admission-avoided") is None:
        return None
    return Result(
        avoided=str(value("admission-avoided")),
        followed=str(value("plan-followed")),
        done=int(value("decisions-done")),
        of=int(value("decisions-made")),
        admissions=int(value("emergency-admissions")),
        words=str(value("words") or ""),
        on=str(value("reviewed")),
    )


def month_of(gate: Gate, first: date) -> list[Line]:
    """Each GP's month, over the cases of the actor's teams: discussed in it, and looked at again in it."""
    found = gate.naming_me("Task", [("code", f"{CODES}|{REVIEW}")], count=5000)
    return counted([one.body for one in found], first)


def counted(bodies: Sequence[Mapping[str, Any]], first: date) -> list[Line]:
    """The same from the bodies of the reviews; pure."""
    until = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    lines: dict[str, Line] = {}
    for body in bodies:
        gp = str(extension_value(dict(body), "gp") or "")
        name = str(extension_value(dict(body), "gp-name") or "") or "No GP was there"
        result = result_of(body)
        is_discussed = first <= _meeting_day(body) < until
        is_reviewed = result is not None and first <= date.fromisoformat(result.on[:10]) < until
        if not (is_discussed or is_reviewed):
            continue
        old = lines.get(gp, Line(gp, name, 0, 0, 0, 0))
        lines[gp] = Line(
            gp,
            name,
            old.discussed + is_discussed,
            old.reviewed + is_reviewed,
            old.avoided + (is_reviewed and result is not None and result.avoided == "yes"),
            old.admissions + (result.admissions if is_reviewed and result else 0),
        )
    return sorted(lines.values(), key=lambda line: (not line.gp, line.name))


def _meeting_day(body: Mapping[str, Any]) -> date:
    return date.fromisoformat(str(extension_value(dict(body), "meeting-day")))


def _since(one: Resource, day: date) -> bool:
    return one.starts is not None and one.starts >= datetime.combine(day, datetime.min.time(), UTC)


def _is_emergency_admission(body: Mapping[str, Any]) -> bool:
    """An admission that its source does not call planned: one whose method is not told counts as an emergency."""
    if body.get("class", {}).get("code") != "IMP":
        return False
    told = [*body.get("hospitalization", {}).get("extension", ()), *body.get("extension", ())]
    for each in told:
        if str(each.get("url", "")).endswith("AdmissionMethod"):
            coding: dict[str, Any] = next(iter(each.get("valueCodeableConcept", {}).get("coding", ())), {})
            return not str(coding.get("code", "")).startswith(_NOT_EMERGENCY)
    return True
