"""What is published of surveys: no small count can be read or worked out; scores, gaps and the staff's view alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import t as student

from careweave.definitions import DefinitionError, load_definition
from careweave.definitions.definition import Definition
from careweave.measures.experience import gap, results
from careweave.measures.experience.counts import WHOLE, Counts, Group, Said, Scored
from careweave.measures.experience.definition import load_experience, read_experience
from careweave.measures.experience.hiding import Cell, kept_back, parts_of, value

TODAY, FEWEST = date(2026, 11, 22), 5


def group(chance: Random, most: int, items: int) -> Group:
    asked = chance.choice([0, chance.randint(0, 6), chance.randint(0, most)])
    answered = chance.choice([asked, chance.randint(0, asked)])
    scored = chance.randint(0, answered)
    said = {}
    for number in range(items):
        agree = chance.choice([0, chance.randint(0, answered), answered])
        said[f"q{number}"] = Said(agree, chance.randint(0, answered - agree))
    proxy = chance.choice([0, chance.randint(0, answered)])
    person = chance.choice([answered - proxy, chance.randint(0, answered - proxy)])
    return Group(asked, answered, proxy, person, {"score": Scored(scored, 50.0 * scored, 0)}, said)


def added(groups: list[Group]) -> Group:
    first = groups[0]
    return Group(
        sum(one.asked for one in groups),
        sum(one.answered for one in groups),
        sum(one.by_proxy for one in groups),
        sum(one.by_person for one in groups),
        {"score": Scored(sum(one.scores["score"].people for one in groups), 0, 0)},
        {
            item: Said(sum(g.said[item].agree for g in groups), sum(g.said[item].disagree for g in groups))
            for item in first.said
        },
    )


def drawn(seed: int, items: int = 2, dimensions: int = 2) -> Counts:
    """People are dealt out anew to each dimension, so that its groups add up to the same whole."""
    chance = Random(seed)
    base = [group(chance, 40, items) for _ in range(chance.randint(2, 5))]
    by = {"age": {f"g{number}": one for number, one in enumerate(base)}}
    for number in range(1, dimensions):
        mixed = chance.sample(base, len(base))
        cut = chance.randint(1, len(mixed))
        parts = [mixed[:cut], mixed[cut:]]
        by[f"d{number}"] = {f"h{at}": added(part) for at, part in enumerate(parts) if part}
    return Counts(added(base), by)


def every_cell(counts: Counts) -> Iterator[tuple[tuple[str, str], Group]]:
    yield (WHOLE, WHOLE), counts.whole
    for dimension, groups in counts.by.items():
        yield from (((dimension, name), one) for name, one in groups.items())


def told(counts: Counts) -> tuple[dict[Cell, int], list[tuple[Cell, list[Cell]]]]:
    """Every number there is, and everything that a reader knows to add up."""
    cells: dict[Cell, int] = {}
    sums: list[tuple[Cell, list[Cell]]] = []
    for key, one in every_cell(counts):
        for total, parts in parts_of(one).items():
            names = [total.partition(":")[0], *parts]
            cells |= {(*key, name): value(one, name) for name in names}
            sums.append(((*key, names[0]), [(*key, name) for name in parts]))
    for dimension, groups in counts.by.items():
        for name in {cell[2] for cell in cells}:
            sums.append(((WHOLE, WHOLE, name), [(dimension, each, name) for each in groups]))
    return cells, sums


def published_cells(counts: Counts, hide: frozenset[Cell]) -> set[Cell]:
    """By group there is no proxy; of the whole there is everything."""
    cells, _ = told(counts)
    return {cell for cell in cells if cell not in hide and not (cell[0] and cell[2].startswith("who:"))}


def worked_out(counts: Counts, hide: frozenset[Cell]) -> list[tuple[Cell, float, float]]:
    """What linear programming says of every small number from all that is shown."""
    cells, sums = told(counts)
    open_cells, order = published_cells(counts, hide), sorted(cells)
    at = {cell: number for number, cell in enumerate(order)}
    equal = np.zeros((len(sums), len(order)))
    for row, (total, parts) in enumerate(sums):
        equal[row, at[total]] -= 1
        for part in parts:
            equal[row, at[part]] += 1
    bounds = [(cells[cell], cells[cell]) if cell in open_cells else (0, None) for cell in order]
    found = []
    for cell in order:
        if 0 < cells[cell] < FEWEST and not (cell[0] and cell[2].startswith("who:")):
            ends = []
            for sign in (1, -1):
                aim = np.zeros(len(order))
                aim[at[cell]] = sign
                done = linprog(aim, A_eq=equal, b_eq=np.zeros(len(sums)), bounds=bounds, method="highs")
                ends.append(sign * done.fun if done.status == 0 else sign * np.inf * sign)
            found.append((cell, ends[0], ends[1]))
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9))
def test_no_small_count_of_the_published_set_can_be_read_or_worked_out(seed: int) -> None:
    counts = drawn(seed)
    hide = kept_back(counts, threshold=FEWEST)
    for cell, low, high in worked_out(counts, hide):
        assert cell in hide, cell
        assert high - low >= FEWEST - 1 - 1e-6, (cell, low, high)
