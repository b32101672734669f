"""What a file is read into: parcels of resources as their sender wrote them, and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one thing may hold before it is refused instead of read into memory (bytes, but for `rows`)."""

    line: int = 32 << 20
    record: int = 1 << 20
    rows: int = 100  # physical lines that one quoted CSV record may run over
    chunk: int = 1 << 20
    chunk_rows: int = 1000


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not accepted: where it stands, what is wrong and what would be right.

    `line` is 0 when the whole file is meant. `raw` is the row as sent, for correcting it in place.
    """

    file: str
    line: int
    field: str
    reason: str
    value: str = ""
    expected: str = ""
    raw: str = ""

    def at(self, file: str, line: int) -> Refusal:
        return replace(self, file=file, line=line)


@dataclass(slots=True)
class Sent:
    """One resource as its sender wrote it; `body["id"]` is the sender's own id, references are the sender's."""

    body: Body
    path: str
    """Where it stood, such as `Bundle.entry[3].resource`; empty when the line is the resource."""
    full_url: str = ""
    named: str = ""
    """What a resource that came without an id is unique by, so that the same file twice is once."""
    stamp: datetime | None = None
    labels: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    """For a resource built from a CSV row: which column each element came from."""
    links: Mapping[str, str] = field(default_factory=dict)
    """References already resolved, kept with a refused Bundle entry so that it can be sent again alone."""


@dataclass(slots=True)
class Parcel:
    """What arrived together: a line's resource, a Bundle's entries, or what one CSV row says.

    A CSV row is accepted or refused as a whole and counts once (`whole`); a Bundle's entries count each.
    """

    line: int
    sent: list[Sent]
    refusals: list[Refusal] = field(default_factory=list)
    whole: bool = False
    raw: bytes | str = ""
    cells: tuple[Sequence[str], Sequence[str]] | None = None
    """Headers and cells of a CSV row."""

    def kept(self) -> str:
        """The row as sent, as it is kept for correcting: the line, or the cells by their headers."""
        if self.cells is None:
            return kept(self.raw)
        return kept(json.dumps(dict(zip(*self.cells, strict=True)), ensure_ascii=False))


MAX_RAW = 200_000
"""Characters of a refused row that are kept for correction; longer rows are corrected in a new file."""


def kept(raw: bytes | str) -> str:
    """The row as it may be stored: text without nulls, or nothing where it is too long to correct by hand."""
    if len(raw) > MAX_RAW:
        return ""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return text.replace("\x00", "\N{SYMBOL FOR NULL}")
