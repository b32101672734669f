"""Results kept as files, so that a page shows what was published and nothing is counted while someone waits."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from careweave.measures.indicators import Figure, Result, Series
from careweave.measures.restating import Restatement, restated

FOLDER = "measures"


@dataclass(frozen=True)
class Published:
    """An indicator's definition as it was used, and its results: altogether and by each way to group.

    `restated`: what the months were whose figure changed after it was first published. `earlier`: the months before, by
    the definition that held then; they are never one line with these.
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
    restated: Mapping[str, tuple[Restatement, ...]] = field(default_factory=dict)
    earlier: tuple[Published, ...] = ()
    part: str = "Other"

    def by(self, group: str) -> Result | None:
        return next((result for result in self.results if result.by == group), None)


def keep(home: Path, published: Published, received: Mapping[str, date] = MappingProxyType({})) -> None:
    """Replace what was published of this indicator, whole or not at all; a month that changed says what it was.

    `received`: the day of each source's last file.
    """
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    published = replace(published, restated=_restated(one_published(home, published.id), published, received))
    fresh = folder / f".{published.id}.{os.getpid()}"
    fresh.write_text(json.dumps(asdict(published), default=date.isoformat), encoding="utf-8")
    fresh.replace(folder / f"{published.id}.json")


def all_published(home: Path) -> tuple[Published, ...]:
    """Everything that was published, by title."""
    found = [_read(json.loads(file.read_text(encoding="utf-8"))) for file in (home / FOLDER).glob("*.json")]
    return tuple(sorted(found, key=lambda one: one.title))


def one_published(home: Path, id: str) -> Published | None:
    """None also for what is no id: only the folder's own files are looked at."""
    file = next((file for file in (home / FOLDER).glob("*.json") if file.stem == id), None)
    return _read(json.loads(file.read_text(encoding="utf-8"))) if file else None


def _restated(
    before: Published | None, after: Published, received: Mapping[str, date]
) -> Mapping[str, tuple[Restatement, ...]]:
    """By the same definition only: a new version counts something else, and says so by its number."""
    if before is None or before.version != after.version:
        return {}
    was, now = before.by(""), after.by("")
    if was is None or now is None:
        return {}
    came = sorted(source for source, day in received.items() if day >= was.as_at)
    return restated(after.kind, before.restated, was, now, came)


def _read(told: Mapping[str, Any]) -> Published:
    plain = {**told, "caveats": tuple(told["caveats"]), "source": tuple(told["source"])}
    return Published(
        **{
            **plain,
            "valid_from": date.fromisoformat(told["valid_from"]),
            "valid_to": date.fromisoformat(told["valid_to"]) if told["valid_to"] else None,
            "results": tuple(_result(each) for each in told["results"]),
            "restated": {
                month: tuple(_restatement(one) for one in _listed(each))
                for month, each in told["restated"].items()
            },
            "earlier": tuple(_read(each) for each in told.get("earlier", ())),
        }
    )


def _listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told]


def _restatement(told: Mapping[str, Any] | str) -> Restatement:
    if isinstance(told, str):  # a day alone, as it was kept at first
        return Restatement(date.fromisoformat(told), None)
    was = Figure(**told["was"]) if told["was"] else None
    is_of_people = told.get("is_of_people", False)
    return Restatement(date.fromisoformat(told["on"]), was, tuple(told["after"]), is_of_people)


def _result(told: Mapping[str, Any]) -> Result:
    dates = {name: date.fromisoformat(told[name]) for name in ("as_at", "first", "last")}
    figures = {name: tuple(Figure(**each) for each in told[name]) for name in ("groups", "months")}
    whole = Figure(**told["whole"])
    standardised = Figure(**told["standardised"]) if told["standardised"] else None
    series = tuple(_series(each) for each in told.get("series", ()))
    return Result(
        **{**told, **dates, **figures, "whole": whole, "standardised": standardised, "series": series}
    )


def _series(told: Mapping[str, Any]) -> Series:
    parts = {
        name: tuple(Figure(**each) for each in told[name])
        for name in ("months", "others", "years", "others_years")
    }
    return Series(told["name"], **parts)
