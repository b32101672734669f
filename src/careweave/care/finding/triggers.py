"""Moments at which a team is asked about someone, as definitions, and whether one has come for a person; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from careweave.care.teams.working_time import LONDON
from careweave.definitions import Definition, DefinitionError, all_definitions
from careweave.record import Resource
from careweave.record.deaths import has_died

A_AND_E, HOME, MISSED_VISIT = "a-and-e", "home", "missed-visit"
EVENTS = (A_AND_E, HOME, MISSED_VISIT)
_NUMBERS = ("age_from", "times", "within_days", "fresh_days")
_EMERGENCY_METHOD = "2"  # NHS data dictionary: admission methods 21 to 2D
_DID_NOT_ATTEND = "3"


@dataclass(frozen=True)
class Trigger:
    """So many of these within so many days, the last of them lately, for people from an age on."""

    id: str
    version: str
    title: str
    event: str
    age_from: int
    times: int
    within_days: int
    fresh_days: int
    words: str


@dataclass(frozen=True)
class Came:
    """A moment that has come: `entry` is the one that made it so."""

    trigger: Trigger
    entry: Resource
    on: date
    words: str


def triggers(on: date) -> tuple[Trigger, ...]:
    """Those that hold on a day."""
    return tuple(read_trigger(each) for each in all_definitions("triggers") if each.holds_on(on))


def trigger_problems() -> list[str]:
    """What `careweave check` asks of them."""
    problems: list[str] = []
    for definition in all_definitions("triggers"):
        try:
            read_trigger(definition)
        except DefinitionError as error:
            problems += error.problems
    return problems


def read_trigger(definition: Definition) -> Trigger:
    content, problems = definition.content, list[str]()
    if content.get("event") not in EVENTS:
        problems.append(f"event is {content.get('event')!r}, not one of {', '.join(EVENTS)}")
    for name in _NUMBERS:
        value = content.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < (name != "age_from"):
            problems.append(f"{name} must be a whole number")
    if "{day}" not in str(content.get("words", "")):
        problems.append("words must say the {day}")
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    numbers: dict[str, Any] = {name: int(content[name]) for name in _NUMBERS}
    about = (definition.id, definition.version, definition.title)
    return Trigger(*about, event=content["event"], words=content["words"], **numbers)


def come(known: Iterable[Trigger], entries: Sequence[Resource], today: date) -> Came | None:
    """The first moment that has come. What carries a label is no reason: a team is told its reasons as a whole."""
    people = [each for each in entries if each.type == "Patient"]
    if has_died(people):
        return None
    age = _age(people, today)
    if age is None:
        return None
    told = [
        (kind, on, each)
        for each in entries
        if not each.labels and (found := _event(each))
        for kind, on in [found]
    ]
    for trigger in known:
        if age < trigger.age_from:
            continue
        since = today - timedelta(days=trigger.within_days)
        mine = sorted(
            (on, each.id, each) for kind, on, each in told if kind == trigger.event and since < on <= today
        )
        days = {on for on, _, _ in mine}  # two entries of one day are one event, sent twice
        if len(days) >= trigger.times and max(days) >= today - timedelta(days=trigger.fresh_days):
            on, _, entry = mine[-1]
            return Came(trigger, entry, on, trigger.words.format(day=f"{on.day} {on:%B}"))
    return None


def _event(entry: Resource) -> tuple[str, date] | None:
    """What one Encounter says has happened, and on which day."""
    if entry.type != "Encounter" or entry.starts is None:
        return None
    body, kind = entry.body, entry.body.get("class", {}).get("code")
    began = entry.starts.astimezone(LONDON).date()
    if kind == "EMER" and body.get("status") not in ("cancelled", "entered-in-error"):
        return A_AND_E, began
    if kind == "IMP" and body.get("status") == "finished" and entry.ends and _was_emergency(body):
        return HOME, entry.ends.astimezone(LONDON).date()
    if _code_in(body.get("extension", ()), "/attendance") == _DID_NOT_ATTEND:
        return MISSED_VISIT, began
    return None


def _was_emergency(body: Mapping[str, Any]) -> bool:
    held = [*body.get("hospitalization", {}).get("extension", ()), *body.get("extension", ())]
    return _code_in(held, "AdmissionMethod").startswith(_EMERGENCY_METHOD)


def _code_in(extensions: Iterable[Mapping[str, Any]], ending: str) -> str:
    for each in extensions:
        if str(each.get("url", "")).endswith(ending):
            codings = each.get("valueCodeableConcept", {}).get("coding", ())
            return next((str(coding["code"]) for coding in codings if coding.get("code")), "")
    return ""


def _age(people: Sequence[Resource], today: date) -> int | None:
    born = [text for each in people if len(text := str(each.body.get("birthDate", ""))) == 10]
    if not born:
        return None
    day = date.fromisoformat(min(born, key=lambda each: (-born.count(each), each)))
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))
