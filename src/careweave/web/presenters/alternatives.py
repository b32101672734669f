"""What there is instead of hospital, in words: how many places, said when, by whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from careweave.care.contacts.alternatives import Offered
from careweave.web import wording


@dataclass(frozen=True)
class Shown:
    """One line; `colour` of its tag, and `arranged_by` the service a coordinator commits."""

    id: str
    title: str
    what: str
    provider: str
    telephone: str
    hours: str
    places: str
    colour: str
    age: str
    arranged_by: str
    is_full: bool = False


def rows(
    found: list[Offered], names: Mapping[str, str], name_of: Callable[[str], str], now: datetime
) -> list[Shown]:
    """Every alternative as pages list it."""
    return [_row(one, names, name_of, now) for one in found]


def old(at: datetime, now: datetime) -> str:
    """How long ago: “just now”, “25 minutes ago”, “3 hours ago”, “2 days ago”."""
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{wording.people(minutes, 'minute', 'minutes')} ago"
    if minutes < 48 * 60:
        return f"{wording.people(minutes // 60, 'hour', 'hours')} ago"
    return f"{minutes // (24 * 60)} days ago"


def _row(one: Offered, names: Mapping[str, str], name_of: Callable[[str], str], now: datetime) -> Shown:
    held, provider = one.alternative, names.get(one.alternative.provider, one.alternative.provider)
    said = one.said
    if said is None:
        places, colour, age = (
            "Not known",
            "grey",
            f"{provider} has not said how many places are free. Call first",
        )
    else:
        places = "Full" if one.is_full else wording.people(said.free, "place free", "places free")
        colour = "red" if one.is_full else "orange" if one.is_stale else "green"
        age = f"Said {old(said.said_at, now)} by {name_of(said.said_by)}, {provider}"
        age += ". That is old: call first" if one.is_stale else ""
    return Shown(
        held.id,
        held.title,
        held.what,
        provider,
        held.telephone,
        held.hours,
        places,
        colour,
        age,
        held.arranged_by,
        one.is_full,
    )
