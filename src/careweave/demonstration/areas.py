"""Riverside's areas: which made-up neighbourhood each postcode lies in, and how deprived that is (made up too)."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

FILE = "areas.csv"
COLUMNS = ("postcode", "lsoa", "deprivation_decile", "locality", "source")
SOURCE = "made up with Riverside"


def write_areas(folder: Path) -> None:
    """From the truth of a written place. A neighbourhood is the postcodes that differ in one letter only."""
    rows = pq.read_table(folder / "truth" / "persons.parquet", columns=["postcode", "town", "decile"])
    towns: dict[str, Counter[str]] = defaultdict(Counter)
    deciles: dict[str, Counter[int]] = defaultdict(Counter)
    for row in rows.to_pylist():
        if row["postcode"] and row["decile"]:
            towns[row["postcode"]][row["town"]] += 1
            deciles[neighbourhood(row["postcode"])][row["decile"]] += 1
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file, lineterminator="\r\n")
        written.writerow(COLUMNS)
        for postcode in sorted(towns):
            lsoa = neighbourhood(postcode)
            town = _most(towns[postcode])
            written.writerow([postcode, lsoa, _most(deciles[lsoa]), town, SOURCE])


def neighbourhood(postcode: str) -> str:
    """RV1 2BA and RV1 2DA lie in RV1-2A: streets were laid out in this order."""
    district, _, unit = postcode.partition(" ")
    return f"{district}-{unit[0]}{unit[-1]}"


def _most(counted: Counter[Any]) -> Any:
    return min(counted, key=lambda each: (-counted[each], each))
