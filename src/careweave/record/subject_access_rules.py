"""How a request for a copy of a record is answered, as definitions/access/subject-access.toml has it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from careweave.definitions import load_definition

_SATURDAY = 5


@dataclass(frozen=True)
class Reason:
    """Why something is kept back, and the general words that the person is told."""

    key: str
    title: str
    to_person: str
    needs_opinion: bool = False


@dataclass(frozen=True)
class Rules:
    months: int
    further_months: int
    warn_days: int
    keep_copy_days: int
    look_at_types: frozenset[str]
    look_at_labels: frozenset[str]
    harm_labels: frozenset[str]
    opinion_roles: frozenset[str]
    reasons: Mapping[str, Reason]
    proofs: Mapping[str, str]
    titles: Mapping[str, str]
    about: tuple[str, ...]


def rules() -> Rules:
    """What holds today."""
    return _on(datetime.now(UTC).date())


@lru_cache(maxsize=2)
def _on(day: date) -> Rules:
    held = load_definition("access", "subject-access", day).content
    clock, look_at = held["clock"], held["look_at"]
    return Rules(
        **clock,
        look_at_types=frozenset(look_at["types"]),
        look_at_labels=frozenset(look_at["labels"]),
        harm_labels=frozenset(look_at["harm_labels"]),
        opinion_roles=frozenset(held["second_look"]["roles"]),
        reasons={each["key"]: Reason(**each) for each in held["reason"]},
        proofs={each["key"]: each["title"] for each in held["proof"]},
        titles=held["titles"],
        about=tuple(held["about"]["lines"]),
    )


def due_on(asked_on: date, *, months: int) -> date:
    """The same day so many months later, or that month's last; what is no working day moves it to the next."""
    year, month = divmod(asked_on.month - 1 + months, 12)
    year, month = asked_on.year + year, month + 1
    day = date(year, month, min(asked_on.day, monthrange(year, month)[1]))
    while day.weekday() >= _SATURDAY or day in _holidays(asked_on):
        day += timedelta(days=1)
    return day


def _holidays(on: date) -> frozenset[date]:
    calendar = load_definition("calendar", "england", on).content
    return frozenset(day for days in calendar["bank_holidays"].values() for day in days)
