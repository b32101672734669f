"""Own readings as pages show them: words, whose they are, what to do, and the picture with its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from careweave.care.readings.judging import unusual, written
from careweave.care.readings.keeping import Kept
from careweave.care.readings.kinds import Reading, Watch
from careweave.web import wording

MOST_DRAWN = 90


@dataclass(frozen=True)
class Series:
    """One line of the picture: its name and its dated numbers, oldest first."""

    name: str
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True)
class Row:
    """One reading in words; `mine` when the reader wrote it and may put it right."""

    id: str
    version: int
    when: str
    words: str
    note: str
    by: str
    mine: bool
    corrected: bool


@dataclass(frozen=True)
class Shown:
    """All readings of one kind, newest first."""

    kind: Reading
    rows: tuple[Row, ...]
    lines: tuple[Series, ...]
    watches: tuple[Watch, ...]


def shown(kind: Reading, kept: Sequence[Kept], *, reader: str, person_id: str, call_name: str) -> Shown:
    """One kind; what to do stands there for the newest alone."""
    found = [one for one in kept if one.kind == kind.id and set(one.values) == {f.key for f in kind.fields}]
    rows = tuple(_row(kind, one, reader, person_id, call_name) for one in found)
    newest = found[0] if found else None
    earlier = [(one.at, one.values) for one in found[1:]]
    watches = unusual(kind, newest.values, newest.at, earlier) if newest else ()
    return Shown(kind, rows, _lines(kind, found), _said_once(watches))


def _said_once(watches: Sequence[Watch]) -> tuple[Watch, ...]:
    return tuple({one.words: one for one in watches}.values())


def _row(kind: Reading, one: Kept, reader: str, person_id: str, call_name: str) -> Row:
    is_own = one.by == f"person:{person_id}"
    by = f"{call_name}’s own reading" if is_own else f"{one.by_name or 'A carer'}, at home"
    return Row(
        id=one.id,
        version=one.version,
        when=wording.moment(one.at),
        words=written(kind, one.values),
        note=one.note,
        by=by,
        mine=one.by == reader,
        corrected=one.was_corrected,
    )


def _lines(kind: Reading, found: Sequence[Kept]) -> tuple[Series, ...]:
    drawn = list(reversed(found[:MOST_DRAWN]))
    return tuple(
        Series(each.label, tuple((one.at, one.values[each.key]) for one in drawn)) for each in kind.fields
    )
