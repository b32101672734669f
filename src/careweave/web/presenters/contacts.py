"""What the desk shows: what is known already and not asked again, who may hear what, and the queue in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from careweave.care.assessments.fhir import given_in
from careweave.care.assessments.knowing import standing
from careweave.care.contacts import duplicates, routing
from careweave.care.contacts.callers import NOTHING, KnownCaller
from careweave.care.contacts.duplicates import Duplicate, Holder
from careweave.care.contacts.queue import Contact, Queued
from careweave.care.contacts.rules import Ask
from careweave.record import Resource
from careweave.web import wording
from careweave.web.presenters import day
from careweave.web.presenters.banner import Banner
from careweave.web.wording import Due


@dataclass(frozen=True)
class KnownAnswer:
    """An answer that was given already: whose, and when."""

    question: str
    words: str
    source: str


@dataclass(frozen=True)
class Row:
    """One thing in the queue."""

    id: str
    person_id: str
    person: str
    what: str
    who: str
    came: str
    due: Due
    href: str


@dataclass(frozen=True)
class Double:
    """More than one of a profession, each with the organisation in words."""

    one: Duplicate
    people: tuple[tuple[Holder, str], ...]


def doubles(resources: Sequence[Resource], names: Mapping[str, str], today: date) -> list[Double]:
    """Professions that are there more than once."""
    return [
        Double(one, tuple((each, names.get(each.source, each.source)) for each in one.holders))
        for one in duplicates.duplicates(resources, today=today)
    ]


def already_known(
    questions: Sequence[Ask], resources: Sequence[Resource]
) -> tuple[dict[str, KnownAnswer], str]:
    """The desk's questions that the latest assessments answer, and the id of the newest of these assessments."""
    found: dict[str, KnownAnswer] = {}
    responses = standing(resources)
    for response in responses:
        given = given_in(response.body)
        for ask in questions:
            one = next(
                (given[id_] for id_ in ask.known_from if id_ in given and given[id_].answer.value), None
            )
            if one and ask.id not in found:
                source = ", ".join(filter(None, (one.source or one.name, wording.day(one.at))))
                found[ask.id] = KnownAnswer(ask.text, one.answer.value.replace("\n", ", "), source)
    return found, responses[0].id if responses else ""


def caller_options(call_name: str, known: Sequence[KnownCaller], sex: str = "") -> list[tuple[str, str]]:
    """Who may be calling, each with what they may be told."""
    own = {"Female": "herself", "Male": "himself"}.get(sex, "themself")
    options = [("self", f"{call_name or 'The person'} {own}")]
    for one in known:
        hears = f"may be told: {one.may_hear}" if one.may_hear else "can tell us, is told nothing"
        options.append((one.party, f"{one.name}, {one.relation} ({hears})"))
    return [*options, ("professional", "A professional"), ("other", "Someone else")]


def rows(found: Sequence[Queued], known: Mapping[str, Banner], now: datetime) -> list[Row]:
    """The queue, the most pressing first."""
    return [
        Row(
            id=one.id,
            person_id=one.person_id,
            person=day.named(known.get(one.person_id)),
            what=one.what,
            who=_who(one),
            came=wording.ago(one.came, now),
            due=_due(one, now),
            href=f"/people/{one.person_id}/worries" if one.what.startswith("I am worried") else _href(one),
        )
        for one in found
    ]


def _href(one: Queued) -> str:
    return "/day/messages" if one.is_message else f"/contacts/{one.id}"


def _who(one: Queued) -> str:
    if one.is_message or one.is_taken:
        return one.owner_name
    return f"Nobody yet, {one.owner_name}"


def _due(one: Queued, now: datetime) -> Due:
    return due(one.due, now)


def due(at: datetime, now: datetime) -> Due:
    """A day's last minute is that day."""
    if at.year == datetime.max.replace(tzinfo=UTC).year:
        return wording.due(None, now)
    local = at.astimezone(wording.LONDON)
    if (local.hour, local.minute) == (23, 59):
        return wording.due(local.date(), now)
    found = wording.due(at, now)
    is_tomorrow = (local.date() - now.astimezone(wording.LONDON).date()).days == 1
    return replace(found, text=f"Tomorrow by {wording.clock(at)}") if is_tomorrow else found


def told_to_caller(held: Contact, call_name: str) -> str:
    """What the one who answers may say: a sentence to go by."""
    if held.may_hear and held.may_hear != NOTHING:
        return f"{held.caller} may be told: {held.may_hear} ({held.may_hear_because})."
    why = held.may_hear_because or "no authority"
    return f"{held.caller} can tell us anything. Tell them nothing about {call_name}: {why}."


def why_here(held: Contact, team: str) -> str:
    """Why it came to this team."""
    return {
        routing.BY_PRACTICE: f"{team} looks after this GP practice.",
        routing.BY_AREA: f"The GP practice is not known; {team} looks after this address.",
        routing.BY_WHO_ANSWERED: f"No team is known for this address; {team} answered, so {team} has it.",
    }.get(held.routed_because, "")
