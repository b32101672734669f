"""Joins links into persons, strongest first, never putting two records together that must stay apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from careweave.identity.matching.candidates import Integers


@dataclass(frozen=True)
class Refusal:
    """A link that would have put `left` and `right` into one cluster with `blocking`, a pair kept apart."""

    edge: int
    blocking: tuple[int, int]


@dataclass(frozen=True)
class Clustering:
    """`cluster[i]` is the smallest row number of its cluster; `used` are the edges that joined two clusters."""

    cluster: list[int]
    used: list[int]
    refused: list[Refusal]


def cluster_links(
    size: int,
    edges: Sequence[tuple[int, int]],
    order: Iterable[int],
    apart: Iterable[tuple[int, int]],
) -> Clustering:
    """`order` lists edge numbers, the strongest first."""
    owner = list(range(size))
    members: dict[int, list[int]] = {}
    enemies: dict[int, set[int]] = {}
    for left, right in apart:
        enemies.setdefault(left, set()).add(right)
        enemies.setdefault(right, set()).add(left)
    used: list[int] = []
    refused: list[Refusal] = []
    for edge in order:
        first, second = sorted((owner[edges[edge][0]], owner[edges[edge][1]]))
        if first == second:
            continue
        ours, theirs = members.get(first, [first]), members.get(second, [second])
        blocking = _kept_apart(ours, theirs, enemies)
        if blocking is not None:
            refused.append(Refusal(edge, blocking))
            continue
        for row in theirs:
            owner[row] = first
        members[first] = ours + theirs
        members.pop(second, None)
        used.append(edge)
    return Clustering(owner, used, refused)


def _kept_apart(
    ours: Sequence[int], theirs: Sequence[int], enemies: dict[int, set[int]]
) -> tuple[int, int] | None:
    fewer, more = (ours, theirs) if len(ours) <= len(theirs) else (theirs, ours)
    for row in fewer:
        foes = enemies.get(row)
        if foes:
            for other in more:
                if other in foes:
                    return (row, other) if row < other else (other, row)
    return None


def components(size: int, left: Integers, right: Integers) -> list[int]:
    """The smallest row number that each row is connected with, guards or not."""
    owner = list(range(size))

    def find(row: int) -> int:
        while owner[row] != row:
            owner[row] = owner[owner[row]]
            row = owner[row]
        return row

    for first, second in zip(left.tolist(), right.tolist(), strict=True):
        one, other = sorted((find(first), find(second)))
        owner[other] = one
    return [find(row) for row in range(size)]
