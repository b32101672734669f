"""When a service may be offered, who may refer, and what needs there are: read from definitions; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from careweave.definitions import DefinitionError, load_definition
from careweave.identity.services import Service

ANYONE_AT_WORK = "professional"


@dataclass(frozen=True)
class Keeping:
    """For how long an assurance and a free place are believed, and who may refer."""

    assured_for: timedelta
    assure_again_after: timedelta
    places_known_for: timedelta
    referrers: Mapping[str, str]


@dataclass(frozen=True)
class NeedKind:
    """Something that services help with; `told` are the answers to questions that say someone needs it."""

    key: str
    title: str
    plain: str
    words: tuple[str, ...]
    told: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=8)
def keeping_rules(on: date) -> Keeping:
    """The figures of a day."""
    found = load_definition("directory", "keeping", on)
    content = found.content
    figures = ("assured_for_days", "assure_again_after_days", "capacity_known_for_days")
    wrong = [name for name in figures if not isinstance(content.get(name), int) or content[name] <= 0]
    if wrong or not content.get("referrer"):
        raise DefinitionError([f"{found.name}: {name} is missing or wrong" for name in wrong or ["referrer"]])
    assured, again, known = (timedelta(days=content[name]) for name in figures)
    return Keeping(assured, again, known, {one["key"]: one["title"] for one in content["referrer"]})


@lru_cache(maxsize=8)
def need_kinds(on: date) -> Mapping[str, NeedKind]:
    """Every need by its key, in the order in which pages list them."""
    listed = load_definition("needs", "community", on).content["need"]
    return {one["key"]: _need(one) for one in listed}


def _need(one: Mapping[str, Any]) -> NeedKind:
    told = {each["question"]: tuple(each.get("answers", ())) for each in one.get("told", ())}
    return NeedKind(one["key"], one["title"], one["plain"], tuple(one["words"]), told)


def why_not_offered(service: Service, rules: Keeping, today: date) -> tuple[str, ...]:
    """Every reason why nobody is sent there now; none when it is offered. Requirement B24."""
    reasons = []
    if not service.is_active:
        reasons.append(
            f"It has ended: {service.ended_because}" if service.ended_because else "It is closed now"
        )
    if not service.needs:
        reasons.append("It does not say what it helps with")
    if not service.area:
        reasons.append("It does not say which area it covers")
    if service.youngest is None and service.oldest is None and not service.eligibility:
        reasons.append("It does not say whom it is for")
    if not service.may_refer:
        reasons.append("It does not say who may refer")
    if service.assured_on is None:
        reasons.append("Nobody has assured it yet")
    elif service.assured_on < today - rules.assured_for:
        reasons.append(
            f"It was last assured on {_day(service.assured_on)}, longer ago than {rules.assured_for.days} days"
        )
    return tuple(reasons)


def is_due_again(service: Service, rules: Keeping, today: date) -> bool:
    """Whether its keepers should call before it is no longer offered."""
    return service.assured_on is not None and service.assured_on < today - rules.assure_again_after


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
