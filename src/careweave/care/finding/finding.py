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
from careweave.care.finding.standing import WAITING_STATUSES, Case, Standing, case_of
from careweave.care.finding.writing import Round, bring_up_to_date, suggest_to, withdraw_for_the_dead
from careweave.care.teams.shapes import CODES
from careweave.record import Conflict, Gate, Purpose, Resource
from careweave.record.relations import SUGGESTED, party_of
from careweave.warehouse.candidates import Ranking, describe, died, rank
from careweave.warehouse.models.trained import for_use
from careweave.warehouse.pseudonyms import PseudonymKey
from careweave.warehouse.registers import Register
from careweave.warehouse.store import open_warehouse

TYPES = ["Task", "EpisodeOfCare", "RiskAssessment"]
SPARE = 20  # so many more than there is room for are looked at together, since some will have answered before
AT_ONCE = 200


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

    Pseudonyms turn back into people here, for direct care, for no more people than needed, and on record.
    """
    if gate.purpose is not Purpose.CASE_FINDING:
        raise PermissionError("Suggesting people needs the purpose of case finding")
    begun, counts = time.monotonic(), Counter[str]()
    limit = waiting_at_most or (lambda _team: register.waiting_at_most)
    day = today or datetime.now(UTC).date()
    trained = {id: for_use(home, id, day) for id in register.models}
    with open_warehouse(home, purpose=gate.purpose.value) as warehouse:
        ranking = rank(warehouse, register, trained)
        round_ = Round(gate, register, warehouse, ranking, key, day)
        waiting = _without_the_dead(round_, _waiting(gate, register))
        _renew(round_, waiting, counts)
        queues = _queues(ranking, set(map(key.pseudonym, waiting)), cache(team_for_practice), counts)
        filled = Counter(party_of(task.body.get("owner")) for task in waiting.values())
        rooms = {team: limit(team) - filled[f"team:{team}"] for team in queues}
        _fill(round_, queues, rooms, counts)
    return _found(ranking, counts, len(waiting), begun)


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
    asked = [("code", f"{CODES}|{SUGGESTED}"), ("status", ",".join(WAITING_STATUSES))]
    found: dict[str, Resource] = {}
    page = gate.search("Task", asked, count=500)
    while True:
        found |= {each.subject: each for each in page.resources if is_about(each, register.id)}
        if page.cursor is None:
            return found
        page = gate.search("Task", asked, count=500, cursor=page.cursor)


def _without_the_dead(round_: Round, waiting: dict[str, Resource]) -> dict[str, Resource]:
    names = {person: round_.key.pseudonym(person) for person in waiting}
    dead = died(round_.warehouse, names.values())
    withdraw_for_the_dead(round_, [task for person, task in waiting.items() if names[person] in dead])
    return {person: task for person, task in waiting.items() if names[person] not in dead}


def _renew(round_: Round, waiting: Mapping[str, Resource], counts: Counter[str]) -> None:
    """What already waits says what is known today."""
    told = 0
    names = {round_.key.pseudonym(person): person for person in waiting}
    described = describe(round_.warehouse, round_.register, round_.ranking, names)
    for person, case, resources in _cases(round_, list(waiting)):
        candidate = described.get(round_.key.pseudonym(person))
        if candidate and case.standing is Standing.WAITING:
            counts[_safely(bring_up_to_date, round_, person, candidate, case, resources)] += 1
            told += 1
    counts["unchanged"] += len(waiting) - told


def _queues(
    ranking: Ranking, waiting: set[str], team_of: Callable[[str], str | None], counts: Counter[str]
) -> dict[str, list[str]]:
    """Those who do not wait yet, in order, by the team that their practice is aligned to."""
    queues: dict[str, list[str]] = defaultdict(list)
    for one in ranking.order:
        team = team_of(one.practice) if one.practice else None
        if one.pseudonym in waiting:
            continue
        if team is None:
            counts["no-team"] += 1
        else:
            queues[team].append(one.pseudonym)
    return queues


def _fill(round_: Round, queues: dict[str, list[str]], rooms: dict[str, int], counts: Counter[str]) -> None:
    """Ask each team about its first people until its list is full."""
    while heads := {
        team: _head(queues, team, rooms[team]) for team in queues if queues[team] and rooms[team] > 0
    }:
        team_of = {pseudonym: team for team, head in heads.items() for pseudonym in head}
        described = describe(round_.warehouse, round_.register, round_.ranking, team_of)
        people = round_.key.people_behind(team_of, by=round_.gate.actor.id, purpose=round_.gate.purpose.value)
        counts["changed-since-refresh"] += len(team_of) - len(people)
        known = {people[pseudonym]: pseudonym for pseudonym in team_of if pseudonym in people}
        for person, case, resources in _cases(round_, list(known)):
            team, candidate = team_of[known[person]], described[known[person]]
            if case.standing is not Standing.FREE:
                counts[case.standing.value] += 1
            elif rooms[team] <= 0:
                counts["no-room"] += 1
            else:
                done = _safely(suggest_to, round_, person, candidate, case, resources, team=team)
                counts[done] += 1
                rooms[team] -= done == "new"
    counts["no-room"] += sum(len(queue) for queue in queues.values())
    counts += Counter()  # drops what is nought


def _head(queues: dict[str, list[str]], team: str, room: int) -> list[str]:
    head, queues[team] = queues[team][: room + SPARE], queues[team][room + SPARE :]
    return head


def _cases(round_: Round, people: Sequence[str]) -> Iterator[tuple[str, Case, list[Resource]]]:
    for start in range(0, len(people), AT_ONCE):
        chunk = people[start : start + AT_ONCE]
        found = round_.gate.about_many(chunk, TYPES)
        for person in chunk:  # in the list's order
            if person in found:
                yield person, case_of(found[person], round_.register, round_.today), found[person]


def _safely(act: Callable[..., str], *arguments: object, **more: object) -> str:
    """Somebody may answer while we write; their word stands."""
    try:
        return act(*arguments, **more)
    except Conflict:
        return "answered-meanwhile"
