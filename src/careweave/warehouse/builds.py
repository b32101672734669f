"""The builds of the warehouse on disk: which one is current, and what it says of itself; no table is opened here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

VERSION = 8  # of the tables' shape; another one is built anew


@dataclass(frozen=True)
class Manifest:
    """What one build is: the day it speaks of, when its reading began, and under which key."""

    version: int
    as_at: date
    started: datetime
    built: datetime
    key: str
    is_full: bool
    counts: Mapping[str, int]

    def told(self) -> dict[str, Any]:
        dates = {name: getattr(self, name).isoformat() for name in ("as_at", "started", "built")}
        return {**asdict(self), **dates}


def versions_folder(folder: Path) -> Path:
    made = folder / "versions"
    made.mkdir(parents=True, exist_ok=True)
    return made


def current_version(folder: Path) -> Path | None:
    current = folder / "current"
    return current.resolve() if (current / "manifest.json").exists() else None


def read_manifest(version: Path) -> Manifest:
    told = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    return Manifest(
        version=told["version"],
        as_at=date.fromisoformat(told["as_at"]),
        started=datetime.fromisoformat(told["started"]).astimezone(UTC),
        built=datetime.fromisoformat(told["built"]).astimezone(UTC),
        key=told["key"],
        is_full=told["is_full"],
        counts=told["counts"],
    )
