"""Who could be in charge of someone suggested: by language, by place, by room; told in words, and decided by nobody here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from careweave.care.teams.caseload import NOT_CASEHOLDERS, Load, loads
from careweave.care.teams.staff_facts import Worker, workers
from careweave.identity.languages import languages_of
from careweave.record import Gate, Resource
from careweave.record.relations import party_of

ENGLISH, COORDINATOR = "en", "coordinator"
SHOWN = 3


@dataclass(frozen=True)
class Possible:
    """One colleague, and what speaks for them."""

    worker: Worker
    people: int
    limit: int
    languages: frozenset[str]
    is_local: bool
    is_away: bool


@dataclass(frozen=True)
class Proposal:
    """A colleague who could be in charge, and why in words."""

    worker: Worker
    because: str


def proposals(
    gate: Gate, *, task: Resource, entries: Iterable[Resource], today: date
) -> tuple[Proposal, ...]:
    """The best placed first; `entries` hold the person's Patients, which say what they speak."""
    language, name = spoken(entries)
    holders = [one for one in workers() if one.role not in NOT_CASEHOLDERS and one.team]
    team = (party_of(task.body.get("owner")) or "").removeprefix("team:")
    known = languages_of(one.party for one in holders)
    possible = [
        _possible(load, known.get(load.worker.party, frozenset()), team, today)
        for load in loads(gate, holders, today)
    ]
    return propose(possible, language, name)


def propose(possible: Sequence[Possible], language: str, name: str = "") -> tuple[Proposal, ...]:
    """Who is away or full is not proposed, whatever else speaks for them; pure."""
    free = [one for one in possible if not one.is_away and one.people < one.limit]
    ordered = sorted(
        free,
        key=lambda one: (
            not _speaks(one, language),
            not one.is_local,
            one.worker.role != COORDINATOR,  # others may be in charge too, but it is not their work
            one.people / one.limit,
            one.worker.name,
        ),
    )
    return tuple(Proposal(one.worker, _because(one, language, name)) for one in ordered[:SHOWN])


def spoken(entries: Iterable[Resource]) -> tuple[str, str]:
    """The language that someone prefers, as code and in words; English where nothing is said."""
    told = [
        (not each.get("preferred"), str(coding.get("code", "")).lower(), str(coding.get("display") or ""))
        for one in entries
        if one.type == "Patient"
        for each in one.body.get("communication", ())
        for coding in each.get("language", {}).get("coding", ())
        if coding.get("code")
    ]
    if not told:
        return ENGLISH, "English"
    _, code, name = min(told)
    return code, name or code


def _possible(load: Load, languages: frozenset[str], team: str, today: date) -> Possible:
    is_away = load.away_from is not None and load.away_from <= today
    return Possible(load.worker, load.people, load.limit, languages, load.worker.team == team, is_away)


def _speaks(one: Possible, language: str) -> bool:
    return _main(language) == ENGLISH or _main(language) in {_main(each) for each in one.languages}


def _main(language: str) -> str:
    """`pt-br` is Portuguese."""
    return language.split("-")[0].lower()


def _because(one: Possible, language: str, name: str) -> str:
    parts = [f"looks after {one.people} of {one.limit} people"]
    if one.is_local:
        parts.insert(0, "works with their practice")
    if _main(language) != ENGLISH:
        parts.insert(
            0,
            f"speaks {name or language}"
            if _speaks(one, language)
            else f"needs an interpreter for {name or language}",
        )
    return "; ".join(parts)
