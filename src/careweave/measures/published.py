"""Results kept as files, so that a page shows what was published and nothing is counted while someone waits."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from careweave.measures.indicators import Figure, Result

FOLDER = "measures"


@dataclass(frozen=True)
class Published:
    """An indicator's definition as it was used, and its results: altogether and by each way to group.

    `restated`: the months whose figure later data changed after it was first published, and the day of the last change.
    """

    id: str
    version: str
    title: str
    words: str
    unit: str
    kind: str
    better: str
    caveats: tuple[str, ...]
    source: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    results: tuple[Result, ...]
    restated: Mapping[str, date] = field(default_factory=dict)

    def by(self, group: str) -> Result | None:
        return next((result for result in self.results if result.by == group), None)


def keep(home: Path, published: Published) -> None:
    """Replace what was published of this indicator, whole or not at all; a month that changed says since when."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    published = replace(published, restated=_restated(one_published(home, published.id), published))
    fresh = folder / f".{published.id}.{os.getpid()}"
    fresh.write_text(json.dumps(asdict(published), default=date.isoformat), encoding="utf-8")
    fresh.replace(folder / f"{published.id}.json")


def all_published(home: Path) -> tuple[Published, ...]:
    """Everything that was published, by title."""
    found = [_read(json.loads(file.read_text(encoding="utf-8"))) for file in (home / FOLDER).glob("*.json")]
    return tuple(sorted(found, key=lambda one: one.title))


def one_published(home: Path, id: str) -> Published | None:
    return next((one for one in all_published(home) if one.id == id), None)


def _restated(before: Published | None, after: Published) -> dict[str, date]:
    """By the same definition only: a new version counts something else, and says so by its number."""
    if before is None or before.version != after.version:
        return {}
    was, now = before.by(""), after.by("")
    if was is None or now is None:
        return {}
    told = {month.name: (month.numerator, month.denominator) for month in was.months}
    changed = {
        month.name: now.as_at
        for month in now.months
        if month.name in told and told[month.name] != (month.numerator, month.denominator)
    }
    kept = {
        month: day for month, day in before.restated.items() if month in {each.name for each in now.months}
    }
    return kept | changed


def _read(told: Mapping[str, Any]) -> Published:
    plain = {**told, "caveats": tuple(told["caveats"]), "source": tuple(told["source"])}
    return Published(
        **{
            **plain,
            "valid_from": date.fromisoformat(told["valid_from"]),
            "valid_to": date.fromisoformat(told["valid_to"]) if told["valid_to"] else None,
            "results": tuple(_result(each) for each in told["results"]),
            "restated": {month: date.fromisoformat(day) for month, day in told.get("restated", {}).items()},
        }
    )


def _result(told: Mapping[str, Any]) -> Result:
    dates = {name: date.fromisoformat(told[name]) for name in ("as_at", "first", "last")}
    figures = {name: tuple(Figure(**each) for each in told[name]) for name in ("groups", "months")}
    whole = Figure(**told["whole"])
    standardised = Figure(**told["standardised"]) if told["standardised"] else None
    return Result(**{**told, **dates, **figures, "whole": whole, "standardised": standardised})
