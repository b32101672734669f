"""The official tables of adult social care as they are published here: counts, shares, and what is hidden and why."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from careweave.measures.suppression import Total, hidden, rounded

FOLDER, FILE = "social-care", "tables.json"


@dataclass(frozen=True)
class Line:
    """`count` is rounded to 5, and None where it is hidden; a total is the sum of other lines."""

    label: str
    count: int | None
    is_total: bool = False


@dataclass(frozen=True)
class Share:
    """A measure of the framework: per cent of rounded counts, None where a part is hidden or nobody is counted."""

    label: str
    value: float | None


@dataclass(frozen=True)
class CountTable:
    """`source`: the script of the official text whose rule it is."""

    id: str
    title: str
    source: str
    lines: tuple[Line, ...]
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True)
class SocialCare:
    """The tables of a period by one version of the rules."""

    definition: str
    version: str
    sources: tuple[str, ...]
    start: date
    end: date
    as_at: date
    tables: tuple[CountTable, ...]


@dataclass(frozen=True)
class Sum:
    """A line that is published beside the cells it adds up."""

    label: str
    of: tuple[str, ...]


def table_of(
    id: str,
    title: str,
    source: str,
    cells: Mapping[str, int],
    sums: Sequence[Sum],
    shares: Sequence[tuple[str, str, str]] = (),
) -> CountTable:
    """Small numbers hidden, and others from which one could be worked out. `shares`: label, numerator, denominator.

    What is shown is rounded, since the tables count nearly the same people: their differences are small numbers too.
    Shares are of the rounded counts: those of exact ones would give them back.
    """
    counts = dict(cells)
    for each in sums:
        counts[each.label] = sum(counts[label] for label in each.of)
    kept_back = hidden(counts, [Total(each.label, each.of) for each in sums], is_said_why=False)
    totals = {each.label for each in sums}
    lines = tuple(
        Line(label, None if label in kept_back else rounded(count), label in totals)
        for label, count in counts.items()
    )
    return CountTable(id, title, source, lines, tuple(_share(*each, counts, kept_back) for each in shares))


def _share(label: str, of: str, among: str, counts: Mapping[str, int], kept_back: frozenset[str]) -> Share:
    is_known = counts[among] and not {of, among} & kept_back
    return Share(label, round(100 * rounded(counts[of]) / rounded(counts[among]), 1) if is_known else None)


def keep(home: Path, found: SocialCare) -> None:
    """Replace what was counted last, whole or not at all."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{FILE}.{os.getpid()}"
    fresh.write_text(json.dumps(asdict(found), default=date.isoformat), encoding="utf-8")
    fresh.replace(folder / FILE)


def read(home: Path) -> SocialCare | None:
    """What the last refresh counted."""
    file = home / FOLDER / FILE
    if not file.exists():
        return None
    told = json.loads(file.read_text(encoding="utf-8"))
    days = {name: date.fromisoformat(told[name]) for name in ("start", "end", "as_at")}
    tables = tuple(_table(each) for each in told["tables"])
    return SocialCare(**{**told, **days, "sources": tuple(told["sources"]), "tables": tables})


def _table(told: Mapping[str, Any]) -> CountTable:
    lines, shares = (Line(**each) for each in told["lines"]), (Share(**each) for each in told["shares"])
    return CountTable(**{**told, "lines": tuple(lines), "shares": tuple(shares)})
