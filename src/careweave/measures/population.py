"""Who the people are: by age and by how many long-term conditions they have, rounded, small numbers hidden."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from careweave.measures.suppression import Total, hidden, rounded

FOLDER = "population"
AGES = ("0 to 17", "18 to 64", "65 to 74", "75 to 84", "85 and over", "Not known")
MANY = ("None", "One", "Two", "Three or more")
ALL = "All"
Cell = tuple[str, str]


@dataclass(frozen=True)
class Population:
    """`cells` by age and number of conditions, with totals under ALL; None is hidden. `left_out` is None when it is few."""

    as_at: date
    conditions: tuple[str, ...]
    definition: str
    version: str
    fewest: int
    rounded_to: int
    cells: Mapping[Cell, int | None]
    left_out: int | None

    def of(self, age: str, many: str) -> int | None:
        return self.cells.get((age, many))

    @property
    def ages(self) -> tuple[str, ...]:
        """Those that anybody has."""
        return tuple(age for age in AGES if (age, ALL) in self.cells)


def cells_of(rows: Iterable[Mapping[str, Any]], *, fewest: int, base: int) -> dict[Cell, int | None]:
    """From rows of age, many and count. What would give a hidden number away is hidden with it."""
    counts: dict[Cell, int] = {(row["age"], row["many"]): row["count"] for row in rows}
    ages = [age for age in AGES if any((age, many) in counts for many in MANY)]
    counts |= {(age, many): counts.get((age, many), 0) for age in ages for many in MANY}
    totals = [_total(counts, (age, ALL), [(age, many) for many in MANY]) for age in ages]
    totals += [_total(counts, (ALL, many), [(age, many) for age in ages]) for many in MANY]
    totals.append(_total(counts, (ALL, ALL), [(age, ALL) for age in ages]))
    totals.append(_total(counts, (ALL, ALL), [(ALL, many) for many in MANY]))
    kept_back = hidden(counts, totals, threshold=fewest)
    return {cell: None if cell in kept_back else rounded(count, base) for cell, count in counts.items()}


def _total(counts: dict[Cell, int], key: Cell, of: list[Cell]) -> Total[Cell]:
    counts[key] = sum(counts[cell] for cell in of)
    return Total(key, tuple(of))


def keep(home: Path, population: Population) -> None:
    """Replace what was counted last, whole or not at all."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = asdict(population) | {"cells": [[*cell, count] for cell, count in population.cells.items()]}
    fresh = folder / f".population.{os.getpid()}"
    fresh.write_text(json.dumps(told, default=date.isoformat), encoding="utf-8")
    fresh.replace(folder / "population.json")


def read(home: Path) -> Population | None:
    """What the last refresh counted."""
    file = home / FOLDER / "population.json"
    if not file.exists():
        return None
    told = json.loads(file.read_text(encoding="utf-8"))
    return Population(
        **{
            **told,
            "as_at": date.fromisoformat(told["as_at"]),
            "conditions": tuple(told["conditions"]),
            "cells": {(age, many): count for age, many, count in told["cells"]},
        }
    )
