"""Who the people are: by segment and age, rounded, small numbers hidden with what would give them away."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from careweave.measures.suppression import Total, hidden, rounded

FOLDER = "population"
AGES = ("0 to 17", "18 to 64", "65 to 74", "75 to 84", "85 and over", "Not known")
ALL = "All"
Cell = tuple[str, str]  # segment, age


@dataclass(frozen=True)
class Parted:
    """Everyone in exactly one of `names`, by a definition; `cells` by segment and age, totals under ALL, None is hidden."""

    id: str
    version: str
    title: str
    source: tuple[str, ...]
    names: tuple[str, ...]
    ages: tuple[str, ...]
    cells: Mapping[Cell, int | None]


@dataclass(frozen=True)
class Population:
    """As at one day; `left_out` are those who may not be counted, None when they are few."""

    as_at: date
    fewest: int
    rounded_to: int
    left_out: int | None
    parted: tuple[Parted, ...]

    @property
    def everyone(self) -> int | None:
        return next((each.cells.get((ALL, ALL)) for each in self.parted), None)


def cells_of(
    rows: Iterable[Mapping[str, Any]], names: Sequence[str], *, fewest: int, base: int
) -> tuple[tuple[str, ...], dict[Cell, int | None]]:
    """The ages that anybody has, and the numbers, from rows of segment, age and count."""
    counts: dict[Cell, int] = {(row["segment"], row["age"]): row["count"] for row in rows}
    ages = tuple(age for age in AGES if any((name, age) in counts for name in names))
    counts = {(name, age): counts.get((name, age), 0) for name in names for age in ages}
    totals = [_total(counts, (name, ALL), [(name, age) for age in ages]) for name in names]
    totals += [_total(counts, (ALL, age), [(name, age) for name in names]) for age in ages]
    totals.append(_total(counts, (ALL, ALL), [(name, ALL) for name in names]))
    totals.append(_total(counts, (ALL, ALL), [(ALL, age) for age in ages]))
    kept_back = hidden(counts, totals, threshold=fewest, is_said_why=False)
    return ages, {cell: None if cell in kept_back else rounded(count, base) for cell, count in counts.items()}


def _total(counts: dict[Cell, int], key: Cell, of: list[Cell]) -> Total[Cell]:
    counts[key] = sum(counts[cell] for cell in of)
    return Total(key, tuple(of))


def keep(home: Path, population: Population) -> None:
    """Replace what was counted last, whole or not at all."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    parted = [
        {**vars(each), "cells": [[*cell, count] for cell, count in each.cells.items()]}
        for each in population.parted
    ]
    fresh = folder / f".population.{os.getpid()}"
    told = {**vars(population), "parted": parted}
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
            "parted": tuple(_parted(each) for each in told["parted"]),
        }
    )


def _parted(told: Mapping[str, Any]) -> Parted:
    lists = {name: tuple(told[name]) for name in ("source", "names", "ages")}
    cells = {(segment, age): count for segment, age, count in told["cells"]}
    return Parted(**{**told, **lists, "cells": cells})
