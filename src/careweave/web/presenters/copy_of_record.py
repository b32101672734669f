"""Shapes the copy of a person's record for printing; names behind codes are the directory's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from careweave.record.subject_access_copy import Copy, Part
from careweave.web import wording

_LONG = 12  # an entry of more lines may be parted between pages


def sheet(copy: Copy, names: Mapping[str, str], paper: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Everything that stands on the pages; `paper` is the product, whether it is for practice, and whom to call."""
    title = "A copy of your record"
    return {
        "title": title,
        **paper,
        "line": title,
        "foot": f"Made {wording.day(now)}",
        "large": False,
        "draft": False,
        "asked_on": wording.day(copy.request.asked_on),
        "made_on": wording.day(now),
        "count": "1 entry" if len(copy.parts) == 1 else f"{len(copy.parts)} entries",
        "left_out": list(copy.left_out),
        "index": [list(pair) for pair in copy.index],
        "about": list(copy.about),
        "seen_by": [names.get(code, code) for code in copy.seen_by],
        "parts": [_part(part, names.get(part.source, part.source)) for part in copy.parts],
    }


def _part(part: Part, source: str) -> dict[str, Any]:
    when = wording.day(part.when) if part.when else ""
    return {
        "number": part.number,
        "title": part.title,
        "about": " · ".join(filter(None, (when, f"Written by {source}"))),
        "lines": [[line.name, line.words] for line in part.lines],
        "long": len(part.lines) > _LONG,
    }
