"""Case finding: from a register's order to questions for teams. It takes nobody on and turns nobody away."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from careweave.care.finding.shapes import is_about
from careweave.care.finding.standing import Case, Standing, case_of
from careweave.care.finding.writing import Round, bring_up_to_date, suggest_to, withdraw_for_the_dead
from careweave.care.teams.shapes import CODES
from careweave.record import Conflict, Gate, Purpose, Resource
from careweave.record.relations import SUGGESTED, party_of
from careweave.warehouse.candidates import Candidate, Ranking, died, rank
from careweave.warehouse.pseudonyms import PseudonymKey
from careweave.warehouse.registers import Register
from careweave.warehouse.store import open_warehouse

CHUNK = 100
TYPES = ["Task", "EpisodeOfCare", "RiskAssessment"]


@dataclass(frozen=True)
class Found:
    """`candidates`: suggestions that wait for an answer now. `held`: whom the list left out, by reason."""

    people: int
    on_register: int
    candidates: int
    new: int
    updated: int
    unchanged: int
    held: Mapping[str, int]
    as_at: date
    seconds: float


def find_candidates(
    gate: Gate,
    *,
    register: Register,
    home: Path,
    key: PseudonymKey,
    team_for_practice: Callable[[str], str | None],
    waiting_at_most: Callable[[str], int] | None = None,
    today: date | None = None,
) -> Found:
    """Suggest to each team the first of its people, up to its limit; safe to repeat.

    Pseudonyms turn back into people here, for direct care, and each such use of the key is recorded.
    """
    if gate.purpose is not Purpose.CASE_FINDING:
        raise PermissionError("Suggesting people needs the purpose of case finding")
    begun, waiting = time.monotonic(), _waiting(gate, register)
    names = {person: key.pseudonym(person) for person in waiting}
    with open_warehouse(home, purpose=gate.purpose.value) as warehouse:
        ranking = rank(warehouse, register, keep=list(names.values()))
        dead = died(warehouse, names.values())
    people = key.people_behind(
        (each.pseudonym for each in ranking.candidates), by=gate.actor.id, purpose=gate.purpose.value
    )
    round_ = Round(gate, register, ranking.as_at, today or datetime.now(UTC).date())
    counts: Counter[str] = Counter()
    limit = waiting_at_most or (lambda _team: register.waiting_at_most)
    withdraw_for_the_dead(round_, [task for person, task in waiting.items() if names[person] in dead])
    alive = {person: task for person, task in waiting.items() if names[person] not in dead}
    _renew(round_, alive, ranking, people, counts)
    teams = _by_team(ranking, people, alive, cache(team_for_practice), counts)
    filled = Counter(party_of(task.body.get("owner")) for task in alive.values())
    for team, candidates in teams.items():
        _fill(round_, team, candidates, limit(team) - filled[f"team:{team}"], counts)
    return _found(ranking, counts, len(alive), begun)


def _found(ranking: Ranking, counts: Counter[str], waiting: int, begun: float) -> Found:
    done = {name: counts.pop(name, 0) for name in ("new", "updated", "unchanged")}
    return Found(
        people=ranking.people,
        on_register=ranking.on_register,
        candidates=waiting + done["new"],
        **done,
        held=dict(counts),
        as_at=ranking.as_at,
        seconds=round(time.monotonic() - begun, 1),
    )


def _waiting(gate: Gate, register: Register) -> dict[str, Resource]:
    """The suggestions of this register that wait for an answer, by person."""
    asked = [("code", f"{CODES}|{SUGGESTED}"), ("status", "requested,received")]
    found: dict[str, Resource] = {}
    page = gate.search("Task", asked, count=500)
    while True:
        found |= {each.subject: each for each in page.resources if is_about(each, register.id)}
        if page.cursor is None:
            return found
        page = gate.search("Task", asked, count=500, cursor=page.cursor)


def _renew(
    round_: Round,
    waiting: Mapping[str, Resource],
    ranking: Ranking,
    people: Mapping[str, str],
    counts: Counter[str],
) -> None:
    """What already waits says what is known today."""
    by_person = {people[each.pseudonym]: each for each in ranking.candidates if each.pseudonym in people}
    known = [person for person in waiting if person in by_person]
    for chunk in _chunks(known):
        for person, case, resources in _cases(round_, chunk):
            if case.standing is Standing.WAITING:
                counts[_safely(bring_up_to_date, round_, person, by_person[person], case, resources)] += 1
    counts["unchanged"] += len(waiting) - len(known)


def _by_team(
    ranking: Ranking,
    people: Mapping[str, str],
    waiting: Mapping[str, Resource],
    team_of: Callable[[str], str | None],
    counts: Counter[str],
) -> dict[str, list[tuple[str, Candidate]]]:
    """Those who do not wait yet, in order, by the team that their practice is aligned to."""
    teams: dict[str, list[tuple[str, Candidate]]] = defaultdict(list)
    for candidate in ranking.candidates:
        person = people.get(candidate.pseudonym)
        team = team_of(candidate.practice) if candidate.practice else None
        if person is None:
            counts["changed-since-refresh"] += 1
        elif person not in waiting and team is None:
            counts["no-team"] += 1
        elif person not in waiting and team is not None:
            teams[team].append((person, candidate))
    return teams


def _fill(
    round_: Round, team: str, candidates: Sequence[tuple[str, Candidate]], room: int, counts: Counter[str]
) -> None:
    """Ask the team about its first people until its list is full."""
    for start in range(0, len(candidates), CHUNK):
        chunk = dict(candidates[start : start + CHUNK])
        if room <= 0:
            counts["no-room"] += len(candidates) - start
            return
        for person, case, resources in _cases(round_, list(chunk)):
            if case.standing is not Standing.FREE:
                counts[case.standing.value] += 1
            elif room <= 0:
                counts["no-room"] += 1
            else:
                done = _safely(suggest_to, round_, person, chunk[person], case, resources, team=team)
                counts[done] += 1
                room -= done == "new"


def _cases(round_: Round, people: Sequence[str]) -> Iterator[tuple[str, Case, list[Resource]]]:
    for person, resources in round_.gate.about_many(people, TYPES).items():
        yield person, case_of(resources, round_.register, round_.today), resources


def _safely(act: Callable[..., str], *arguments: object, **more: object) -> str:
    """Somebody may answer while we write; their word stands."""
    try:
        return act(*arguments, **more)
    except Conflict:
        return "answered-meanwhile"


def _chunks(people: Sequence[str]) -> Iterator[Sequence[str]]:
    return (people[start : start + CHUNK] for start in range(0, len(people), CHUNK))
