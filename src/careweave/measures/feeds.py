"""How complete each source is: its contacts by month, and how often what is counted by is known; small numbers hidden."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Any

from careweave.measures.suppression import THRESHOLD

FOLDER = "feeds"


@dataclass(frozen=True)
class Source:
    """Contacts by month (None: hidden), and days from a contact to its arrival, where some arrived lately."""

    code: str
    months: tuple[int | None, ...]
    half_days: float | None = None
    most_days: float | None = None
    newest: date | None = None

    @property
    def usual(self) -> float:
        known = [each for each in self.months if each is not None]
        return float(median(known)) if known else 0.0

    def is_low(self, count: int | None, below: float) -> bool:
        """Less than this share of a usual month."""
        return count is not None and count < below * self.usual


@dataclass(frozen=True)
class Known:
    """Of everyone counted, how many have this."""

    what: str
    known: int
    of: int

    @property
    def is_of_all_but_few(self) -> bool:
        """A share of three hundred people, to a tenth of a per cent, counts the two of whom it is not known."""
        return 0 < self.of - self.known < THRESHOLD

    @property
    def is_of_few(self) -> bool:
        return 0 < self.known < THRESHOLD


@dataclass(frozen=True)
class Feeds:
    """As at one day; `months` are the first days of the columns."""

    as_at: date
    months: tuple[date, ...]
    sources: tuple[Source, ...]
    known: tuple[Known, ...]

    def of(self, code: str) -> Source | None:
        return next((each for each in self.sources if each.code == code), None)


def by_month(rows: Sequence[Mapping[str, Any]], months: Sequence[date]) -> dict[str, tuple[int | None, ...]]:
    """From rows of source, month and count. A small count is hidden; none is shown, since it says what is missing."""
    counts = {(row["source"], row["month"]): row["count"] for row in rows}
    sources = sorted({row["source"] for row in rows})
    return {source: tuple(_shown(counts.get((source, month), 0)) for month in months) for source in sources}


def _shown(count: int) -> int | None:
    return None if 0 < count < THRESHOLD else count


def keep(home: Path, feeds: Feeds) -> None:
    """Replace what was worked out last, whole or not at all."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".feeds.{os.getpid()}"
    fresh.write_text(json.dumps(asdict(feeds), default=date.isoformat), encoding="utf-8")
    fresh.replace(folder / "feeds.json")


def read(home: Path) -> Feeds | None:
    """What the last refresh worked out."""
    file = home / FOLDER / "feeds.json"
    if not file.exists():
        return None
    told = json.loads(file.read_text(encoding="utf-8"))
    return Feeds(
        date.fromisoformat(told["as_at"]),
        tuple(map(date.fromisoformat, told["months"])),
        tuple(_source(each) for each in told["sources"]),
        tuple(Known(**each) for each in told["known"]),
    )


def _source(told: Mapping[str, Any]) -> Source:
    newest = datetime.fromisoformat(told["newest"]).date() if told["newest"] else None
    return Source(**{**told, "months": tuple(told["months"]), "newest": newest})
