"""What there is instead of hospital, how many places are free there and how old that is; kept by whoever provides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.identity.free_places import MOST, SaidFree, said_free, say_free
from careweave.record import Gate, Refusal

from .rules import services


@dataclass(frozen=True)
class Alternative:
    """One thing there is, who provides it, and the service by which a coordinator commits it at once."""

    id: str
    title: str
    what: str
    provider: str
    telephone: str
    hours: str
    arranged_by: str = ""


@dataclass(frozen=True)
class Offered:
    """An alternative with its latest count; `said` is None when nobody ever counted."""

    alternative: Alternative
    said: SaidFree | None
    is_stale: bool

    @property
    def is_full(self) -> bool:
        return self.said is not None and self.said.free == 0


@lru_cache(maxsize=16)
def alternatives(on: date) -> tuple[tuple[Alternative, ...], timedelta]:
    """What there is on a day, and after how long a count is old."""
    return _read(load_definition("alternatives", "step-up", on), on)


def offered(now: datetime, today: date) -> list[Offered]:
    """Those with free places first, the freshest count first; then those nobody counted; then those that are full."""
    known, old_after = alternatives(today)
    said = said_free([one.id for one in known])
    found = [_offered(one, said.get(one.id), now - old_after) for one in known]
    return sorted(found, key=lambda one: (one.is_full, one.said is None, one.is_stale))


def kept_by(organisation: str, today: date) -> tuple[Alternative, ...]:
    """Those of which this organisation keeps the count."""
    return tuple(one for one in alternatives(today)[0] if organisation and one.provider == organisation)


def keep_free(gate: Gate, *, alternative: str, free: str, today: date) -> SaidFree | Refusal:
    """“Places free now”: by the provider's own staff, a whole number."""
    mine = {one.id for one in kept_by(gate.actor.organisation, today)}
    if alternative not in mine:
        return Refusal("Only whoever provides this keeps its free places")
    typed = free.strip()
    if not typed.isdecimal() or len(typed) > 9 or int(typed) > MOST:
        return Refusal(f"Write how many places are free now: a whole number from 0 to {MOST}", "free")
    return say_free(alternative, organisation=gate.actor.organisation, free=int(typed), by=gate.actor.id)


def _offered(one: Alternative, said: SaidFree | None, old_before: datetime) -> Offered:
    return Offered(one, said, said is not None and said.said_at < old_before)


def _read(found: Definition, on: date) -> tuple[tuple[Alternative, ...], timedelta]:
    rows: Sequence[dict[str, str]] = found.content.get("alternative") or ()
    try:
        made = tuple(Alternative(**row) for row in rows)
    except TypeError as error:
        raise DefinitionError([f"{found.name}: {error}"]) from error
    unknown = {one.arranged_by for one in made} - {"", *services(on)}
    minutes = found.content.get("stale_after_minutes")
    problems = [f"{found.name}: {each} is no service of contacts/urgent-care" for each in sorted(unknown)]
    if not made or len({one.id for one in made}) != len(made):
        problems.append(f"{found.name}: [[alternative]] needs at least one, each with an id of its own")
    if not isinstance(minutes, int) or minutes < 1:
        problems.append(f"{found.name}: stale_after_minutes is a whole number above 0")
    if problems or not isinstance(minutes, int):
        raise DefinitionError(problems)
    return made, timedelta(minutes=minutes)
