"""A case conference as its pages show it: the agenda, the one question, what was said, what changed, what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from careweave.care.conferences.costing import RoleTime
from careweave.care.conferences.meetings import Meeting, Slot
from careweave.care.conferences.papers import Papers
from careweave.care.conferences.shapes import Case, Decision
from careweave.care.conferences.voices import PARTS, Voice
from careweave.care.plans.fhir import Plan, plan_of
from careweave.web import wording
from careweave.web.presenters import facts, timeline
from careweave.web.presenters.facts import Held
from careweave.web.presenters.roles import role_name
from careweave.web.presenters.timeline import Event, Sources

MOST_CHANGES = 8
_LATER = {
    "Communication": "added a note",
    "Encounter": "sent a contact",
    "Condition": "sent a condition",
    "CarePlan": "changed the plan",
    "Goal": "changed a goal",
    "AllergyIntolerance": "sent an allergy",
    "Flag": "added an alert",
    "RiskAssessment": "counted again",
}


@dataclass(frozen=True)
class LaterLine:
    """“Maria added a note since”, and where to see it."""

    words: str
    href: str


@dataclass(frozen=True)
class DecisionRow:
    """A decision in words."""

    id: str
    what: str
    who: str
    by: str
    state: str
    colour: str
    can_take_back: bool


@dataclass(frozen=True)
class AgendaRow:
    """One case on the agenda; `name` is empty where it is not for this reader."""

    number: int
    name: str
    person_id: str
    why: str
    question: str
    part: str
    state: str
    colour: str
    is_open: bool
    told: str = ""


def heading(meeting: Meeting) -> str:
    """“Weir team, Thursday 26 November”."""
    return f"{meeting.team_name}, {wording.weekday(meeting.on)}"


def part_words(voices: Sequence[Voice], joe: str, carer: str) -> str:
    """How they take part, after the last answer."""
    if not voices:
        return "Not asked yet"
    return PARTS[voices[-1].part].format(joe=joe, annie=carer or "A carer")


def minutes_left(meeting: Meeting, slot: Slot, now: datetime) -> str:
    """“4 minutes left”, never less than none; nobody is cut off."""
    left = meeting.kind.minutes_a_case - slot.spent(now) // 60
    if left < 1:
        return "The time for this case is over"
    return wording.people(left, "minute left", "minutes left")


def later_lines(papers: Papers, names: Mapping[str, str], person_id: str) -> tuple[LaterLine, ...]:
    """What came after the papers were locked, the newest first, each once."""
    found = sorted(papers.later, key=lambda one: one.updated, reverse=True)
    lines = [
        LaterLine(
            f"{_who(one, names)} {_LATER.get(one.type, 'added something')} since",
            f"/people/{person_id}/happened",
        )
        for one in found
    ]
    return tuple(dict.fromkeys(lines))


def _who(one: Held, names: Mapping[str, str]) -> str:
    sender = (one.body.get("sender") or one.body.get("author") or {}) if one.source == "careweave" else {}
    sender = sender[0] if isinstance(sender, list) else sender
    return str(sender.get("display") or names.get(one.source, one.source))


def plan_in(resources: Sequence[Held]) -> Plan | None:
    """The plan among these entries."""
    plans = [one for one in resources if one.type == "CarePlan" and one.source == "careweave"]
    plans = [one for one in plans if one.body.get("status") == "active"]
    if not plans:
        return None
    newest = max(plans, key=lambda one: one.updated)
    return plan_of(dict(newest.body), [dict(one.body) for one in resources if one.type == "Goal"])


def changes(
    resources: Sequence[Held], plan: Plan | None, sources: Sources, now: datetime
) -> tuple[Event, ...]:
    """Contacts and notes since the plan was agreed, or of the last ninety days where there is none."""
    since = wording.as_date(plan.published_on) if plan else None
    first = since or date.fromordinal(now.date().toordinal() - 90)
    found = [one for one in resources if one.type in ("Encounter", "Communication")]
    today = wording.as_date(now) or first
    recent = [
        one for one in found if (day := wording.as_date(one.starts or one.updated)) and first <= day <= today
    ]
    return timeline.timeline(recent, sources)[:MOST_CHANGES]


def decision_rows(decided: Sequence[Decision], now: datetime, *, is_open: bool) -> tuple[DecisionRow, ...]:
    """The list of decisions, in the order they were made."""
    return tuple(_decision_row(one, now, is_open=is_open) for one in decided)


def _decision_row(one: Decision, now: datetime, *, is_open: bool) -> DecisionRow:
    due = wording.due(one.by, now)
    state, colour = (due.text, "red") if due.late else ("To do", "white")
    if one.is_done:
        state, colour = "Done", "green"
    elif one.is_provisional:
        state, colour = "Provisional", "yellow"
    return DecisionRow(one.id, one.what, one.owner_name, wording.weekday(one.by), state, colour, is_open)


def case_state(slot: Slot, case: Case) -> tuple[str, str]:
    """Where a case stands, and the colour of its tag."""
    if case.is_provisional:
        return "Provisional", "yellow"
    if case.is_finished:
        return "Finished", "green"
    return ("In discussion", "blue") if slot.started_at else ("To discuss", "white")


def time_words(times: Sequence[RoleTime]) -> tuple[str, ...]:
    """“GP: 1 person, 7 minutes”."""
    return tuple(
        f"{role_name(one.role).capitalize() if one.role != 'gp' else 'GP'}: "
        f"{wording.people(one.people)}, {wording.people(one.minutes, 'minute', 'minutes')}"
        for one in times
    )


def pounds(pence: int | None) -> str:
    """“£12.34”, or why there is no sum."""
    if pence is None:
        return "Not priced: this place has no dated list of what staff time costs."
    return f"£{pence // 100:,}.{pence % 100:02d}"


def active_conditions(resources: Sequence[Held]) -> tuple[str, ...]:
    """The conditions of a printed case, each once."""
    found = [facts.coded(facts.words(one.body.get("code"))) for one in resources if _is_active(one)]
    return tuple(dict.fromkeys(filter(None, found)))[:12]


def _is_active(one: Held) -> bool:
    if one.type != "Condition" or facts.is_mistake(one.body):
        return False
    return facts.code(one.body.get("clinicalStatus")) in ("", "active", "recurrence", "relapse")
