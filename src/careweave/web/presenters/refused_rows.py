"""Refused rows as a page shows them: per file its counts, per reason its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from careweave.record.batches import Batch, KeptRow
from careweave.web import wording

MOST_SHOWN = 50


@dataclass(frozen=True)
class FileLine:
    """“council_q3.csv from Riverside Council, 25 November 2026, 6:02am: 18,204 read, …”."""

    id: str
    heading: str
    counts: str
    refused: int
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """Rows with the same fault."""

    heading: str
    expected: str
    rows: tuple[KeptRow, ...]
    more: int


def file_line(batch: Batch, names: Mapping[str, str]) -> FileLine:
    """One loaded file."""
    source = names.get(batch.source, batch.source)
    counts = (
        f"{batch.read:,} read, {batch.accepted:,} accepted, {batch.unchanged:,} unchanged, "
        f"{batch.refused:,} refused."
    )
    state = "" if batch.finished_at else " Not finished: it goes on when it is loaded again."
    heading = f"{batch.file_name} from {source}, {wording.moment(batch.started_at)}"
    return FileLine(batch.id, heading, counts + state, batch.refused, batch.flags)


def reasons(groups: Sequence[tuple[str, Sequence[KeptRow]]]) -> tuple[Reason, ...]:
    """One part a reason, most rows first; a page shows fifty rows of each and says how many more there are."""
    return tuple(
        Reason(
            f"{reason} ({wording.people(len(rows), 'row', 'rows')})",
            rows[0].expected,
            tuple(rows[:MOST_SHOWN]),
            max(len(rows) - MOST_SHOWN, 0),
        )
        for reason, rows in groups
    )


def last_file(lines: Sequence[Batch]) -> datetime | None:
    """When the last file came."""
    return max((one.started_at for one in lines), default=None)
