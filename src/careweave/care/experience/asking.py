"""What happened to somebody becomes surveys to be asked later, one a journey; what each survey waits for is data."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from careweave.definitions import DefinitionError, load_definition
from careweave.definitions.survey_definition import Survey, surveys_in_use
from careweave.identity.golden_records import linker_gate
from careweave.record import Gate, Resource, invitations
from careweave.record.deaths import has_died
from careweave.record.ids import resource_id
from careweave.record.invitations import Invitation, worker_gate
from careweave.record.joining import members_now
from careweave.record.outbox import done, next_batch

from ..teams.working_time import LONDON
from .closing import close

log = logging.getLogger("careweave.work")
READER = "surveys"
TYPES = ["Appointment", "CarePlan", "Encounter", "EpisodeOfCare", "Patient"]
_MEETING = "https://careweave.org/id/meeting"


@dataclass(frozen=True)
class Rules:
    """How often people are asked at most, and at what time of the day."""

    quiet_days: int
    ask_at: time
    fresh_days: int
    same_stay_hours: int
    next_of_kin: frozenset[str]


@dataclass(frozen=True)
class Moment:
    """Something that may ask a survey; `journey` is what it belongs to, and is asked about once."""

    event: str
    day: date
    journey: str


def plan_surveys(now: datetime | None = None) -> int:
    """Plan the surveys that follow from what has happened since the last call; safe to repeat. Returns how many."""
    at = now or datetime.now(UTC)
    batch = next_batch(READER, TYPES)
    events = [one for one in batch.events if one.news or one.type == "Patient"]
    changed = {one.resource_id for one in events}
    count = 0
    if events:
        owner = members_now(linker_gate(), sorted({one.subject for one in events}))
        for person_id in sorted(set(owner.values())):
            try:
                count += _plan(worker_gate(), person_id, changed, at)
            except Exception:  # one record nobody has thought of must not keep the others waiting
                log.exception("A survey could not be planned.")
    done(READER, batch)
    return count


def _plan(gate: Gate, person_id: str, changed: set[str], now: datetime) -> int:
    found = gate.about(person_id, TYPES)
    if not any(one.type == "EpisodeOfCare" for one in found):
        return 0  # nobody here has ever looked after them
    rules, today = rules_on(now.astimezone(LONDON).date()), now.astimezone(LONDON).date()
    if has_died(found):
        count = stop_all(gate, person_id, why="died")
        found = [one for one in found if one.type == "Patient"]
        changed = {one.id for one in found}
        log.debug("%d surveys were stopped at a death.", count)
    fresh = today - timedelta(days=rules.fresh_days)
    planned = 0
    for moment in moments(found, changed, rules):
        if fresh <= moment.day <= today:
            planned += sum(
                invitations.plan(gate, one)
                for one in invited(person_id, moment, surveys_in_use(today), rules)
            )
    return planned


def stop_all(gate: Gate, person_id: str, *, why: str) -> int:
    """No survey of a person who has died goes out any more, and an open one is closed; the family's stays."""
    open_ = [one for one in invitations.of_people(gate, [person_id]) if one.act_at and one.event != "death"]
    return sum(close(gate, one, state=invitations.STOPPED, why=why) for one in open_)


# -- pure ---------------------------------------------------------------------------------------------------------


def moments(found: Sequence[Resource], changed: set[str], rules: Rules) -> Iterator[Moment]:
    """What the changed entries say has happened; pure."""
    care = sorted(
        (one for one in found if one.type == "EpisodeOfCare"), key=lambda one: one.starts or _LONG_AGO
    )
    journey = care[-1].id if care else ""
    for one in (each for each in found if each.id in changed):
        status, code = one.body.get("status"), one.body.get("class", {}).get("code")
        if one.type == "Encounter" and code == "IMP" and one.ends and one.body.get("period", {}).get("end"):
            first = first_of_stay(one, found, timedelta(hours=rules.same_stay_hours))
            yield Moment("discharge", _day(one.ends), first.id)
            yield Moment("ninety-one-days", _day(one.ends), first.id)
        elif one.type == "CarePlan" and one.source == "careweave" and status == "active":
            yield Moment("plan-published", _day(one.updated), journey or one.id)
        elif one.type == "Appointment" and status == "fulfilled" and _is_conference(one):
            yield Moment("conference", _day(one.updated), journey or one.id)
        elif one.type == "EpisodeOfCare" and status == "finished":
            yield Moment("care-ended", _day(one.updated), one.id)
        elif has_died([one]):
            yield Moment("death", _died_on(one), "death")


def invited(person_id: str, moment: Moment, surveys: Iterable[Survey], rules: Rules) -> Iterator[Invitation]:
    """The invitations that follow from one moment; the id says the survey and the journey, so that twice is once; pure."""
    for survey in surveys:
        for asked in (one for one in survey.asked if one.event == moment.event):
            yield Invitation(
                id=resource_id(
                    "careweave", "Communication", f"survey {survey.id} {person_id} {moment.journey}"
                ),
                person_id=person_id,
                survey=survey.id,
                version=survey.version,
                event=moment.event,
                opens_at=_at(moment.day + timedelta(days=asked.after_days), rules.ask_at),
                reminds_at=_at(
                    moment.day + timedelta(days=asked.after_days + asked.reminds_after_days), rules.ask_at
                )
                if asked.reminds_after_days
                else None,
                closes_at=_at(moment.day + timedelta(days=asked.closes_after_days), time(23, 59)),
                state=invitations.PLANNED,
            )


def first_of_stay(one: Resource, found: Sequence[Resource], gap: timedelta) -> Resource:
    """The first of the stays that transfers join to this one."""
    before = [
        each
        for each in found
        if each.type == "Encounter" and each.body.get("class", {}).get("code") == "IMP" and each.id != one.id
        and each.starts and each.ends and one.starts
        and each.starts < one.starts and one.starts - each.ends <= gap
    ]  # fmt: skip
    return first_of_stay(min(before, key=lambda each: (each.starts, each.id)), found, gap) if before else one


def is_in_hospital(found: Iterable[Resource], now: datetime) -> bool:
    """Whether a stay has begun and not ended."""
    return any(
        one.type == "Encounter"
        and one.body.get("class", {}).get("code") == "IMP"
        and one.body.get("status") in ("in-progress", "arrived", "onleave")
        and not one.body.get("period", {}).get("end")
        and (one.starts or _LONG_AGO) <= now
        for one in found
    )


_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


def _is_conference(one: Resource) -> bool:
    return any(each.get("system") == _MEETING for each in one.body.get("identifier", ()))


def _died_on(one: Resource) -> date:
    told = str(one.body.get("deceasedDateTime") or "")[:10]
    return date.fromisoformat(told) if len(told) == 10 else _day(one.updated)


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LONDON)


_NUMBERS = ("quiet_days", "fresh_days", "same_stay_hours")


@lru_cache(maxsize=8)
def rules_on(on: date) -> Rules:
    """The rules of a day."""
    found = load_definition("asking", "surveys", on)
    try:
        given = {key: found.content[key] for key in (*_NUMBERS, "ask_at", "next_of_kin")}
    except KeyError as error:
        raise DefinitionError([f"{found.name}: {error.args[0]} is missing"]) from error
    numbers = [given[key] for key in _NUMBERS]
    if not isinstance(given["ask_at"], time) or any(type(one) is not int or one < 0 for one in numbers):
        raise DefinitionError([f"{found.name}: ask_at is a time; the others are numbers from 0"])
    if not isinstance(given["next_of_kin"], list):
        raise DefinitionError([f"{found.name}: next_of_kin is a list of codes"])
    return Rules(**given | {"next_of_kin": frozenset(given["next_of_kin"])})
