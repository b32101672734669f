"""Statements of capitation as the pages show them: what was worked out at the last refresh, kept whole."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from careweave.money.capitation import Journal, Posting

FOLDER, FILE = "capitation", "statements.json"
DAYS = ("start", "end", "as_at", "owed_until")


@dataclass(frozen=True)
class NetworkLine:
    """`people` are those on the lists at the end of the last month that is owed, `days` theirs until then."""

    code: str
    name: str
    practices: tuple[str, ...]
    people: int
    days: int
    owed_pence: int
    expected_pence: int


@dataclass(frozen=True)
class Unpaid:
    """A practice of the place that is in no network of the contract."""

    practice: str
    people: int
    days: int


@dataclass(frozen=True)
class Statement:
    """Of one contract; `owed_until` is the last day of the last month that is over, None before the first is."""

    id: str
    version: str
    title: str
    sources: tuple[str, ...]
    start: date
    end: date
    as_at: date
    owed_until: date | None
    networks: tuple[NetworkLine, ...]
    ledger: tuple[Journal, ...]
    unpaid: tuple[Unpaid, ...]


def keep(home: Path, found: Sequence[Statement]) -> None:
    """Replace what was worked out last, whole or not at all; for its owner alone, since lists may be small."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{FILE}.{os.getpid()}"
    fresh.write_text(json.dumps([asdict(each) for each in found], default=date.isoformat), encoding="utf-8")
    fresh.replace(folder / FILE)


def read(home: Path) -> tuple[Statement, ...]:
    """What the last refresh worked out, by contract and first day; nothing before the first."""
    file = home / FOLDER / FILE
    told = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return tuple(_statement(each) for each in told)


def _statement(told: Mapping[str, Any]) -> Statement:
    days = {name: date.fromisoformat(told[name]) if told[name] else None for name in DAYS}
    networks = tuple(
        NetworkLine(**{**each, "practices": tuple(each["practices"])}) for each in told["networks"]
    )
    ledger = tuple(
        Journal(date.fromisoformat(each["month"]), tuple(Posting(**one) for one in each["postings"]))
        for each in told["ledger"]
    )
    rest = {
        "networks": networks,
        "ledger": ledger,
        "unpaid": tuple(Unpaid(**each) for each in told["unpaid"]),
    }
    return Statement(**{**told, **days, **rest, "sources": tuple(told["sources"])})
