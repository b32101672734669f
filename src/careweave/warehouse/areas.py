"""The areas of a place: which neighbourhood, deprivation and locality a postcode lies in, from files that a place loads.

Postcodes: any CSV with a postcode and an LSOA, such as the ONS Postcode Directory. Deprivation: the English Indices of
Deprivation by LSOA. The two can also be one file. Postcodes never enter the warehouse.
"""

from __future__ import annotations

import csv
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FILE, NOTE = "areas.parquet", "areas.json"
HEADINGS = {
    "postcode": ("postcode", "pcds", "pcd", "pcd8", "pcd7"),
    "lsoa": ("lsoa", "lsoa21cd", "lsoa21", "lsoa21_code", "lsoa11cd", "lsoa11", "lsoa11_code", "lsoa_code"),
    "decile": ("deprivation_decile", "imd_decile", "decile"),
    "locality": ("locality", "neighbourhood", "town"),
    "source": ("source",),
}


class AreasError(Exception):
    """The file cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Area:
    """Where a postcode lies; `decile` 1 is the most deprived tenth of England."""

    lsoa: str | None
    decile: int | None
    locality: str | None


@dataclass(frozen=True)
class Loaded:
    postcodes: int
    with_deprivation: int
    source: str


def plain_postcode(text: str) -> str:
    return "".join(text.split()).upper()


def load_areas(postcodes: Path, deprivation: Path | None, folder: Path) -> Loaded:
    """Put these areas in the place of those before; a file that cannot be read leaves them as they are."""
    deciles = (
        {row["lsoa"]: row["decile"] for row in _rows(deprivation, "lsoa", "decile")} if deprivation else {}
    )
    found: dict[str, dict[str, str]] = {}
    for row in _rows(postcodes, "postcode", "lsoa"):
        found[plain_postcode(row["postcode"])] = row
    rows = [
        (
            postcode,
            row["lsoa"] or None,
            _decile(deciles.get(row["lsoa"]) or row.get("decile")),
            row.get("locality"),
        )
        for postcode, row in sorted(found.items())
        if postcode
    ]
    sources = {row["source"] for row in found.values() if row.get("source")}
    loaded = Loaded(
        len(rows), sum(row[2] is not None for row in rows), "; ".join(sorted(sources)) or postcodes.name
    )
    _keep(folder, rows, loaded)
    return loaded


def areas_in(folder: Path) -> Mapping[str, Area]:
    """What a place has loaded, by plain postcode; nothing where it has loaded nothing."""
    file = folder / FILE
    if not file.exists():
        return {}
    columns = [column.to_pylist() for column in pq.read_table(file).columns]
    return {postcode: Area(*rest) for postcode, *rest in zip(*columns, strict=True)}


def source_of_areas(folder: Path) -> str:
    """Where the areas came from, for the caveats of what is counted by them; empty where none were loaded."""
    note = folder / NOTE
    return str(json.loads(note.read_text(encoding="utf-8"))["source"]) if note.exists() else ""


def _rows(file: Path, *needed: str) -> Iterator[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = csv.DictReader(opened)
            columns = _columns(file, rows.fieldnames or (), needed)
            for row in rows:
                yield {name: (row[column] or "").strip() for name, column in columns.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AreasError(f"{file} cannot be read as CSV: {error}") from error


def _columns(file: Path, headings: Iterable[str], needed: tuple[str, ...]) -> dict[str, str]:
    given = {heading.strip().lower(): heading for heading in headings}
    found = {
        name: next(given[each] for each in known if each in given)
        for name, known in HEADINGS.items()
        if any(each in given for each in known)
    }
    for name in needed:
        if name not in found:
            raise AreasError(
                f"{file} has no column for the {name}. Name it one of: {', '.join(HEADINGS[name])}"
            )
    return found


def _decile(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isdigit() or not 1 <= int(text) <= 10:
        raise AreasError(
            f"“{text}” is no decile of deprivation: give a whole number from 1 (most deprived) to 10"
        )
    return int(text)


def _keep(folder: Path, rows: list[tuple[str, str | None, int | None, str | None]], loaded: Loaded) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    shape = pa.schema(
        [("postcode", pa.string()), ("lsoa", pa.string()), ("decile", pa.int8()), ("locality", pa.string())]
    )
    if not rows:
        raise AreasError("There is no postcode in this file.")
    columns = zip(zip(*rows, strict=True), shape, strict=True)
    arrays = [pa.array(list(column), each.type) for column, each in columns]
    fresh = folder / f".{FILE}.{secrets.token_hex(4)}"
    pq.write_table(pa.Table.from_arrays(arrays, schema=shape), fresh)
    fresh.replace(folder / FILE)
    note = {"source": loaded.source, "loaded": datetime.now(UTC).isoformat(), "postcodes": loaded.postcodes}
    (folder / NOTE).write_text(json.dumps(note), encoding="utf-8")
