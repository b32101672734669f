"""Turns weighed pairs into persons: which links count, what must stay apart, and what a person has decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from careweave.identity.matching.clusters import Refusal, cluster_links, components
from careweave.identity.matching.results import Decided
from careweave.identity.matching.staged import Mask, decide
from careweave.identity.matching.weighing import odds
from careweave.identity.matching.work import Keys, Weighed, Work, compared

MANUAL = 1000.0
ROUNDS = 10
RowPair = tuple[int, int]
Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class DecidedRows:
    same: tuple[RowPair, ...] = ()
    different: tuple[RowPair, ...] = ()


@dataclass(frozen=True)
class Joined:
    """`cluster[row]` is the first row of its person; `position` of an edge is its place among the pairs, -1 if
    someone decided it; `ambiguous` are places of links that were dropped because two people fit."""

    cluster: list[int]
    edges: list[RowPair]
    position: list[int]
    used: list[int]
    refused: list[Refusal]
    ambiguous: list[int]
    decided: DecidedRows


def rows_decided(ids: Sequence[str], decisions: Iterable[Decided]) -> DecidedRows:
    """Decisions as row numbers; one about a record that is not here has nothing to say. `different` wins."""
    where = {id: row for row, id in enumerate(ids)}
    said: defaultdict[str, set[RowPair]] = defaultdict(set)
    for each in decisions:
        if each.one in where and each.other in where and each.one != each.other:
            one, other = sorted((where[each.one], where[each.other]))
            said[each.answer].add((one, other))
    return DecidedRows(tuple(sorted(said["same"] - said["different"])), tuple(sorted(said["different"])))


def join(work: Work, weighed: Weighed, decided: DecidedRows) -> Joined:
    pairs, verdicts = weighed.pairs, weighed.verdicts
    enough = np.log2(odds(work.rules.probabilistic.link_above))
    link = (verdicts.guard < 0) & (weighed.score >= enough)
    ambiguous = _ambiguous(weighed, link)
    link[ambiguous] = False
    places = np.flatnonzero(link)
    edges = [*decided.same, *zip(pairs.left[link].tolist(), pairs.right[link].tolist(), strict=True)]
    strength = np.concatenate([np.full(len(decided.same), MANUAL), weighed.score[link]])
    order = np.lexsort((np.arange(len(edges)), -np.round(strength, 6))).tolist()
    apart = _known_apart(work, weighed, link, decided)
    seen = pairs.keys()
    for _ in range(ROUNDS):
        clustering = cluster_links(len(work.prepared.ids), edges, order, sorted(apart))
        unseen = np.setdiff1d(_pairs_within(np.array(clustering.cluster)), seen, assume_unique=True)
        found = _apart_among(work, unseen, decided, weighed, link)
        if not found:
            break
        apart |= found
        seen = np.union1d(seen, unseen)
    position = [-1] * len(decided.same) + places.tolist()
    return Joined(
        clustering.cluster, edges, position, clustering.used, clustering.refused, ambiguous, decided
    )


def _ambiguous(weighed: Weighed, link: Mask) -> list[int]:
    """Places of weak links of a record that is also linked with someone to be kept apart from the first."""
    pairs = weighed.pairs
    weak = np.flatnonzero(link & weighed.verdicts.weak)
    doubted = np.unique(np.concatenate([pairs.left[weak], pairs.right[weak]]))
    near = np.flatnonzero(link & (np.isin(pairs.left, doubted) | np.isin(pairs.right, doubted)))
    neighbours: defaultdict[int, list[int]] = defaultdict(list)
    for left, right in zip(pairs.left[near].tolist(), pairs.right[near].tolist(), strict=True):
        neighbours[left].append(right)
        neighbours[right].append(left)
    held = (
        weighed.verdicts.apart
        & np.isin(pairs.left, list(neighbours))
        & np.isin(pairs.right, list(neighbours))
    )
    apart = set(zip(pairs.left[held].tolist(), pairs.right[held].tolist(), strict=True))

    def rivals(row: int, other: int) -> bool:
        return any((min(other, each), max(other, each)) in apart for each in neighbours[row])

    return [
        place
        for place, left, right in zip(
            weak.tolist(), pairs.left[weak].tolist(), pairs.right[weak].tolist(), strict=True
        )
        if rivals(left, right) or rivals(right, left)
    ]


def _known_apart(work: Work, weighed: Weighed, link: Mask, decided: DecidedRows) -> set[RowPair]:
    """Candidate pairs that guards keep apart, where links could bring them together; and decided ones."""
    pairs = weighed.pairs
    left, right = _with_decided(weighed, link, decided)
    owner = np.array(components(len(work.prepared.ids), left, right))
    held = weighed.verdicts.apart & (owner[pairs.left] == owner[pairs.right])
    rows = zip(pairs.left[held].tolist(), pairs.right[held].tolist(), strict=True)
    return _not_decided_same(work, weighed, link, decided, rows) | set(decided.different)


def _with_decided(weighed: Weighed, link: Mask, decided: DecidedRows) -> tuple[Rows, Rows]:
    same = np.array(decided.same, np.int32).reshape(-1, 2)
    pairs = weighed.pairs
    return np.concatenate([pairs.left[link], same[:, 0]]), np.concatenate([pairs.right[link], same[:, 1]])


def _apart_among(work: Work, keys: Keys, decided: DecidedRows, weighed: Weighed, link: Mask) -> set[RowPair]:
    """Of pairs that were never candidates but ended up together, those that guards keep apart."""
    if not len(keys):
        return set()
    others = compared(work, keys)
    held = decide(others, work.rules, work.lifted).apart
    rows = zip(others.left[held].tolist(), others.right[held].tolist(), strict=True)
    return _not_decided_same(work, weighed, link, decided, rows)


def _not_decided_same(
    work: Work, weighed: Weighed, link: Mask, decided: DecidedRows, rows: Iterable[RowPair]
) -> set[RowPair]:
    """Where someone has said that two records are the same, no guard stands between what each is linked with."""
    if not decided.same:
        return set(rows)
    size = len(work.prepared.ids)
    same = np.array(decided.same, np.int32).T
    joined = components(size, same[0], same[1])
    linked = components(size, weighed.pairs.left[link], weighed.pairs.right[link])
    left, right = _with_decided(weighed, link, decided)
    meant = components(size, left, right)
    reached = {linked[row] for pair in decided.same for row in pair}

    def is_overruled(one: int, other: int) -> bool:
        through_decision = linked[one] != linked[other] and {linked[one], linked[other]} <= reached
        return joined[one] == joined[other] or (through_decision and meant[one] == meant[other])

    return {(one, other) for one, other in rows if not is_overruled(one, other)}


def _pairs_within(owner: Rows) -> Keys:
    """The keys of all pairs that share an owner."""
    order = np.argsort(owner, kind="stable")
    ends = np.flatnonzero(np.diff(owner[order])) + 1
    found: list[Keys] = []
    for group in np.split(order, ends):
        if len(group) > 1:
            rows = np.sort(group).astype(np.int64)
            first, second = np.triu_indices(len(group), 1)
            found.append(rows[first] << 32 | rows[second])
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
