"""The published variation between practices, read back for the pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from careweave.measures.variation import Position, Variation

FOLDER = "variation"


def all_variation(home: Path) -> dict[str, Variation]:
    """By measure."""
    found = [_read(json.loads(file.read_text(encoding="utf-8"))) for file in (home / FOLDER).glob("*.json")]
    return {one.measure: one for one in found}


def _read(told: Mapping[str, Any]) -> Variation:
    dates = {name: date.fromisoformat(told[name]) for name in ("as_at", "first", "last")}
    positions = tuple(
        Position(
            **{
                **each,
                "limits_95": (each["limits_95"][0], each["limits_95"][1]),
                "limits_998": (each["limits_998"][0], each["limits_998"][1]),
            }
        )
        for each in told["positions"]
    )
    return Variation(**{**told, **dates, "positions": positions})
