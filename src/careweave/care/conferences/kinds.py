"""How a case conference runs, as data: its timings, and who must be there for its decisions to stand; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, all_definitions, load_definition

KIND = "conferences"
RATES = "staff-rates"


@dataclass(frozen=True)
class Need:
    """One sort of colleague without whom decisions are provisional."""

    key: str
    words: str
    nobody: str
    roles: frozenset[str]


@dataclass(frozen=True)
class ConferenceKind:
    """One version of how a conference runs."""

    id: str
    version: str
    title: str
    minutes: int
    minutes_a_case: int
    most_cases: int
    ask_days_before: int
    lock_days_before: int
    decision_days: int
    review_after_days: int
    aim_avoided_a_month: int
    needs: tuple[Need, ...]
    source: tuple[str, ...] = ()

    def need(self, key: str) -> Need | None:
        return next((each for each in self.needs if each.key == key), None)

    def missing(self, roles: Collection[str]) -> tuple[Need, ...]:
        """What is lacking when people in these roles are there; nothing when there are enough."""
        return tuple(each for each in self.needs if not each.roles & set(roles))

    def quorum_words(self, roles: Collection[str]) -> str:
        """“Enough people: GP, health, social care”, or who is lacking and what that means."""
        lacking = self.missing(roles)
        if not lacking:
            return f"Enough people: {', '.join(each.words for each in self.needs)}"
        return f"{'; '.join(each.nobody for each in lacking)}: decisions are provisional"


def conference_kind(id: str, on: date) -> ConferenceKind:
    """The version that holds on a day."""
    return _read(load_definition(KIND, id, on))


def conference_kinds(on: date) -> tuple[ConferenceKind, ...]:
    """Every kind that may be held on a day; a place's own version of one goes before ours."""
    ids = dict.fromkeys(each.id for each in all_definitions(KIND) if each.holds_on(on))
    return tuple(conference_kind(id_, on) for id_ in ids)


def staff_rates(on: date) -> Mapping[str, int]:
    """Pence an hour by role, where the place has a dated definition of what staff time costs; else nothing."""
    holding = [each for each in all_definitions(RATES) if each.holds_on(on)]
    return {role: int(pence) for each in holding for role, pence in each.content["pence_an_hour"].items()}


def _read(definition: Definition) -> ConferenceKind:
    content = definition.content
    numbers = (
        "minutes",
        "minutes_a_case",
        "most_cases",
        "ask_days_before",
        "lock_days_before",
        "decision_days",
        "review_after_days",
        "aim_avoided_a_month",
    )
    return ConferenceKind(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        needs=tuple(_need(each) for each in content["quorum"]),
        source=definition.source,
        **{name: int(content[name]) for name in numbers},
    )


def _need(table: Mapping[str, Any]) -> Need:
    return Need(table["key"], table["words"], table["nobody"], frozenset(table["roles"]))
