"""Small numbers hidden, so that none can be read or worked out by subtraction from what else is published.

A table set is cells and the totals that are published with them. Cells from 1 to below the threshold are hidden
(primary); then, for every total, further cells or totals are hidden until no hidden small number can be pinned down, even
by a reader who is told which are small themselves and which stand beside one, and until what is hidden of a sum is
together no small number either (secondary). Zeros are shown: they say that nobody is there. Counts may be rounded to 5.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Cell = TypeVar("Cell", bound=Hashable)
THRESHOLD = 5
POSSIBLE = 3  # values that a hidden small number may still have, as far as a reader can tell
_AT_ONCE = 20  # unsafe numbers that get another beside them before all is looked at again


@dataclass(frozen=True)
class Total(Generic[Cell]):
    """A published total over these cells; its own key is a cell of the table set too."""

    key: Cell
    of: tuple[Cell, ...]


def rounded(count: int, base: int = 5) -> int:
    """To the nearest multiple of `base`; a half is rounded up."""
    return (count + base // 2) // base * base


def hidden(
    counts: Mapping[Cell, int],
    totals: Sequence[Total[Cell]],
    *,
    threshold: int = THRESHOLD,
    shown: Collection[Cell] = frozenset(),
    already: Collection[Cell] = frozenset(),
    is_said_why: bool = True,
) -> frozenset[Cell]:
    """The cells and totals that must not be shown. Every key of a total must be counted, and add up.

    What is published in another table is `shown` there, and cannot be hidden here, or is hidden there `already`.
    `is_said_why`: whether a reader is told which of what is hidden is small itself.
    """
    for total in totals:
        if sum(counts[cell] for cell in total.of) != counts[total.key]:
            raise ValueError(f"The cells of {total.key!r} do not add up to it.")
    fixed, free = frozenset(shown), frozenset(counts) - frozenset(shown)
    kept_back = {cell for cell in free if 0 < counts[cell] < threshold or cell in already}
    while True:
        if any(_is_given_away(total, kept_back, fixed) for total in totals):
            return free
        again = next((more for total in totals if (more := _one_more(total, counts, kept_back, fixed))), None)
        if again is None:
            unsafe = _too_narrow(counts, totals, kept_back, threshold, is_said_why)
            if not unsafe:
                return frozenset(kept_back)
            beside = {_beside(cell, counts, totals, kept_back | fixed) for cell in unsafe[:_AT_ONCE]}
            if beside == {None}:
                return free  # nothing can be shown safely
            kept_back |= {cell for cell in beside if cell is not None}
        else:
            kept_back.add(again)


def _is_given_away(total: Total[Cell], kept_back: set[Cell], fixed: frozenset[Cell]) -> bool:
    """Whether exactly one of a sum is hidden and all the others must stay shown."""
    parts = (*total.of, total.key)
    return sum(cell in kept_back for cell in parts) == 1 and all(
        cell in kept_back or cell in fixed for cell in parts
    )


def _one_more(
    total: Total[Cell], counts: Mapping[Cell, int], kept_back: set[Cell], fixed: frozenset[Cell]
) -> Cell | None:
    """The smallest other number to hide where exactly one of a sum is hidden, which would be their difference."""
    parts = (*total.of, total.key)
    missing = [cell for cell in parts if cell in kept_back]
    if len(missing) != 1:
        return None
    others = [cell for cell in parts if cell not in kept_back and cell not in fixed]
    return min(others, key=lambda cell: (counts[cell] == 0, counts[cell], str(cell)), default=None)


def _too_narrow(
    counts: Mapping[Cell, int],
    totals: Sequence[Total[Cell]],
    kept_back: set[Cell],
    threshold: int,
    is_said_why: bool,
) -> list[Cell]:
    """Small hidden cells that a reader can still pin down by bounds carried around; and one of each small rest of a sum.

    Of a number that is said to be small three values at least stay possible, of any other as many as would be small.
    """
    bounds = ranges(counts, totals, kept_back, threshold=threshold, is_said_why=is_said_why)
    least = min(POSSIBLE, threshold - 1) if is_said_why else threshold
    found = [
        cell
        for cell in sorted(kept_back, key=str)
        if 0 < counts[cell] < threshold and bounds[cell][1] - bounds[cell][0] + 1 < least
    ]
    return found or [
        rest[0] for total in totals if (rest := _small_rest(total, counts, kept_back, threshold))
    ]


def _small_rest(
    total: Total[Cell], counts: Mapping[Cell, int], kept_back: set[Cell], threshold: int
) -> list[Cell]:
    """What is hidden of a sum that is shown, where together it is a small number."""
    rest = [cell for cell in total.of if cell in kept_back]
    is_small = 0 < sum(counts[cell] for cell in rest) < threshold
    return rest if total.key not in kept_back and is_small else []


def _beside(
    unsafe: Cell, counts: Mapping[Cell, int], totals: Sequence[Total[Cell]], kept_back: set[Cell]
) -> Cell | None:
    """The smallest shown number in a sum with the one that is not safe yet."""
    near = {
        cell
        for total in totals
        if unsafe in (*total.of, total.key)
        for cell in (*total.of, total.key)
        if cell not in kept_back
    } or {cell for cell in counts if cell not in kept_back}
    return min(near, key=lambda cell: (counts[cell] == 0, counts[cell], str(cell)), default=None)


def ranges(
    counts: Mapping[Cell, int],
    totals: Sequence[Total[Cell]],
    kept_back: set[Cell] | frozenset[Cell],
    *,
    threshold: int = THRESHOLD,
    is_said_why: bool = True,
) -> dict[Cell, tuple[int, int]]:
    """What a reader can conclude about each number: from the sums, and from why it is hidden where that is said.

    A small number is then said to be one; what stands beside it is at least the threshold, or is nothing.
    """
    most = max(counts.values(), default=0) + sum(counts.values())

    def at_first(cell: Cell, count: int) -> tuple[int, int]:
        if cell not in kept_back:
            return count, count
        if not is_said_why:
            return 0, most
        if 0 < count < threshold:
            return 1, threshold - 1
        return (threshold if count else 0), most

    bounds = {cell: at_first(cell, count) for cell, count in counts.items()}
    changed = True
    while changed:
        changed = False
        for total in totals:
            for cell, narrower in _tightened(total, bounds):
                if narrower != bounds[cell]:
                    bounds[cell], changed = narrower, True
    return bounds


def _tightened(total: Total[Cell], bounds: dict[Cell, tuple[int, int]]) -> list[tuple[Cell, tuple[int, int]]]:
    low, high = (sum(bounds[cell][end] for cell in total.of) for end in (0, 1))
    whole = max(bounds[total.key][0], low), min(bounds[total.key][1], high)
    found = [(total.key, whole)]
    for cell in total.of:
        least, most = bounds[cell]
        found.append((cell, (max(least, whole[0] - (high - most)), min(most, whole[1] - (low - least)))))
    return found
