"""Whether one more count could tell something about a few people, together with every count given before.

Two checks. Pairs: a group, or its complement, that differs from an earlier one by fewer than `fewest` people. Sums: the
counts given are the rows of a matrix over the parts into which the groups cut everyone; what any adding and subtracting of
counts can reach is its row space, and no vector of it may rest on fewer than `fewest` people (Chin and Ozsoyoglu 1982).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from careweave.warehouse.cohorts.evaluating import Members

_PRIME = 2**31 - 1  # elimination is done modulo a prime: exact, and without fractions


def nearest(group: Members, earlier: Sequence[Members], fewest: int) -> int | None:
    """Which earlier group holds the same people but for fewer than `fewest`, or exactly the same."""
    apart = [int(np.count_nonzero(group ^ other)) for other in earlier]
    found = min(range(len(apart)), key=apart.__getitem__, default=None)
    return found if found is not None and apart[found] < fewest else None


def is_other_side(group: Members, earlier: Sequence[Members], fewest: int) -> bool:
    """Whether the group is all but a few of those whom an earlier one left out."""
    return any(int(np.count_nonzero(group ^ ~other)) < fewest for other in earlier)


def as_published(group: Members, published: Sequence[Members], fewest: int) -> Members:
    """The published group, or all but a published group, that this one is but for fewer than `fewest` people.

    What is then told is worked out from published numbers alone, so a subtraction leads to nobody.
    """
    sides = [side for each in published for side in (each, ~each) if int(side.sum()) >= fewest]
    near = nearest(group, sides, fewest)
    return group if near is None else sides[near]


def is_beside_published(group: Members, published: Sequence[Members], fewest: int) -> bool:
    """Whether a published number of few more than may be shown, less this group's, would be a few people's."""
    sides = (side for each in published for side in (each, ~each))
    return any(0 < int(np.count_nonzero(group ^ side)) < fewest for side in sides if int(side.sum()) < fewest)


def tells_of_few(group: Members, earlier: Sequence[Members], fewest: int) -> bool:
    """Whether adding and subtracting the counts of these groups and of everyone leads to fewer than `fewest` people."""
    everyone = np.ones(group.shape, dtype=np.bool_)
    parts, sizes = _parts([everyone, *earlier, group])
    order = np.argsort(-sizes, kind="stable")
    rows, pivots = _eliminated(parts[:, order].astype(np.int64))
    sizes = sizes[order]
    first_small = int(np.count_nonzero(sizes >= fewest))
    small = [row for row, pivot in zip(rows, pivots, strict=True) if pivot >= first_small]
    return any(int(sizes[row != 0].sum()) < fewest for row in small)


def _parts(groups: Sequence[Members]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Who belongs to the same groups is one part: which groups hold it, and how many people it has."""
    packed = np.packbits(np.stack(groups), axis=0)
    columns = np.ascontiguousarray(packed.T)
    distinct, sizes = np.unique(columns, axis=0, return_counts=True)
    return np.unpackbits(distinct.T, axis=0, count=len(groups)).astype(np.bool_), sizes


def _eliminated(matrix: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[int]]:
    """The reduced row echelon form modulo a prime: its rows that are not nought, and their first columns."""
    rows, pivots, height = matrix.copy() % _PRIME, list[int](), 0
    for column in range(rows.shape[1]):
        if height == rows.shape[0]:
            break
        below = np.flatnonzero(rows[height:, column])
        if not below.size:
            continue
        chosen = height + int(below[0])
        rows[[height, chosen]] = rows[[chosen, height]]
        rows[height] = rows[height] * pow(int(rows[height, column]), -1, _PRIME) % _PRIME
        others = np.flatnonzero(rows[:, column])
        for other in others[others != height]:
            rows[other] = (rows[other] - rows[other, column] * rows[height]) % _PRIME
        pivots.append(column)
        height += 1
    return rows[:height], pivots
