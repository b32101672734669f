"""What happens to refused rows: read, listed for the sender, corrected in place or in a file, or left with a reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from careweave.intake.again import Uncorrectable, cells_of, corrected_parcel, mapping_of, row_key
from careweave.intake.loading import LoadResult, load
from careweave.intake.preparing import PATIENT_REFUSED, Outcome, Preparer
from careweave.intake.reading.chunks import read
from careweave.intake.reading.files import SourceFile
from careweave.intake.reading.plans import FHIR, Plan, plan
from careweave.intake.reading.rows import Limits
from careweave.intake.working import load_row
from careweave.record import batches
from careweave.record.actor import Refusal
from careweave.record.batches import CORRECTED, LEFT, REFUSED, Batch, KeptRow
from careweave.record.gate import Gate
from careweave.record.load import Loader

_NOT_ALLOWED = Refusal("Refused rows are corrected by a data clerk")


@dataclass(frozen=True)
class Corrected:
    """How many rows came in now: the corrected one and those that waited for it; how many are still refused."""

    accepted: int
    still_refused: int = 0
    load: LoadResult | None = None


def files(gate: Gate, limit: int = 50) -> list[Batch]:
    """The files of the last loads, newest first; nothing for those who may not see refused rows."""
    return batches.recent_batches(gate.door, limit) if batches.may(gate.door, "read") else []


def rows(gate: Gate, batch: str | None = None, *, states: Sequence[str] = (REFUSED, LEFT)) -> list[KeptRow]:
    """The refused rows of a file, or of all files, by line."""
    return (
        batches.refused_rows(gate.door, batch=batch, states=states) if batches.may(gate.door, "read") else []
    )


def by_reason(found: Iterable[KeptRow]) -> list[tuple[str, list[KeptRow]]]:
    """Rows with the same fault together, most rows first."""
    groups: dict[str, list[KeptRow]] = {}
    for row in found:
        groups.setdefault(row.reason, []).append(row)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


# -- correcting -------------------------------------------------------------------------------------------------


def correct(gate: Gate, refusal_id: str, changes: Mapping[str, str]) -> Corrected | Refusal:
    """Load a refused row once more with these values; the row as sent is kept beside what was changed, and by whom."""
    if not batches.may(gate.door, "update"):
        return _NOT_ALLOWED
    row = batches.refused_row(gate.door, refusal_id)
    if row is None:
        return Refusal("This row is not there any more")
    if row.state == CORRECTED:
        return Refusal(f"This row was corrected already at {_clock(row.decided_at)}")
    batch = batches.batch(gate.door, row.batch)
    assert batch is not None
    try:
        parcel, text = corrected_parcel(row, batch.format, changes, _today())
    except Uncorrectable as problem:
        return Refusal(str(problem), problem.field)
    outcome = Preparer(row.source, row.file_name, _today()).prepare(parcel)
    if outcome.refusals:
        wrong = outcome.refusals[0]
        return Refusal(f"{wrong.reason}. Expected: {wrong.expected}", wrong.field)
    if not _store(gate, row, outcome, text):
        return Refusal("Someone else corrected this row while you were writing")
    return Corrected(1 + _those_that_waited(gate, row, batch))


def _store(gate: Gate, row: KeptRow, outcome: Outcome, text: str) -> bool:
    """The decision and the resources together, or neither."""
    loader = Loader.reopen(source=row.source, batch=row.batch)
    with gate.transaction():
        if not batches.decide(gate.door, row, state=CORRECTED, corrected=text):
            return False
        loader.write(_chunk_of(row), [load_row(each) for each in outcome.rows], read=0)
        return True


def _chunk_of(row: KeptRow) -> int:
    """A number of its own, below those of the file's chunks, so that a correction cannot be stored twice."""
    return -(int(row.id.replace("-", ""), 16) % (1 << 62)) - 1


def _those_that_waited(gate: Gate, row: KeptRow, batch: Batch) -> int:
    """The other entries of the same Bundle, refused only because this person's Patient was."""
    waiting = [
        each
        for each in batches.refused_rows(gate.door, batch=row.batch, states=(REFUSED,))
        if each.line == row.line and each.reason == PATIENT_REFUSED
    ]
    came_in = 0
    for each in waiting:
        parcel, text = corrected_parcel(each, batch.format, {}, _today())
        outcome = Preparer(row.source, row.file_name, _today()).prepare(parcel)
        came_in += not outcome.refusals and _store(gate, each, outcome, text)
    return came_in


def will_not_correct(gate: Gate, refusal_id: str, reason: str) -> Refusal | None:
    """The row stays refused and counted; why is kept."""
    if not batches.may(gate.door, "update"):
        return _NOT_ALLOWED
    if not reason.strip():
        return Refusal("Say why it will not be corrected", "reason")
    row = batches.refused_row(gate.door, refusal_id)
    if row is None or not batches.decide(gate.door, row, state=LEFT, why=reason.strip()):
        return Refusal("This row was corrected already")
    return None


def send_corrected_file(gate: Gate, batch_id: str, file: Path) -> Corrected | Refusal:
    """Load a file with corrected rows; the refused rows that it puts right are no longer refused."""
    if not batches.may(gate.door, "update"):
        return _NOT_ALLOWED
    batch = batches.batch(gate.door, batch_id)
    if batch is None:
        return Refusal("This file is not there any more")
    format = batch.format.partition("@")[0]
    result = load([file], source=batch.source, format=format, workers=1)
    found = plan(SourceFile(file, file.name), batch.source, format=format, today=_today(), limits=Limits())
    if not isinstance(found, Plan):
        return Refusal(found.reason, found.field)
    still = {each.line for name in result.batches for each in batches.refused_rows(gate.door, batch=name)}
    right = set(_keys(found, still))
    came_in = 0
    waiting = batches.refused_rows(gate.door, batch=batch.id)
    for row in waiting:
        if row_key(row, batch.format, _today()) in right:
            came_in += batches.decide(
                gate.door, row, state=CORRECTED, corrected=f"In the file {file.name}", elsewhere=True
            )
    return Corrected(came_in, len(waiting) - came_in, result)


def _keys(found: Plan, refused_lines: set[int]) -> Iterator[tuple[str, ...]]:
    for parcel in read(found):
        if parcel.cells is not None and parcel.line not in refused_lines:
            key = found.how.key(*parcel.cells)
            if key:
                yield key
        elif found.format == FHIR:
            lost = {each.field for each in parcel.refusals}
            for sent in parcel.sent:
                named = sent.body.get("id")
                if isinstance(named, str) and sent.path not in lost and parcel.line not in refused_lines:
                    yield (sent.body["resourceType"], named)


# -- lists ------------------------------------------------------------------------------------------------------


def list_for_the_sender(found: Iterable[KeptRow]) -> str:
    """File, line, field and reason as CSV; no values and no names, so that it can be sent by email."""
    return _csv(
        ["file", "line", "field", "reason"], ([r.file_name, r.line, r.field, r.reason] for r in found)
    )


def rows_to_correct(found: Sequence[KeptRow], format: str) -> str:
    """The rows as sent, in the columns of their file, with what is wrong beside them: to be corrected and sent again."""
    cells = [(row, cells_of(row)) for row in found] if mapping_of(format, _today()) else []
    headers = list(dict.fromkeys(header for _, each in cells for header in each))
    about = ["Careweave: line", "Careweave: field", "Careweave: reason", "Careweave: expected"]
    if not headers:
        plain = ([r.line, r.field, r.reason, r.expected, r.value, r.raw] for r in found)
        return _csv([*about, "Careweave: value", "Careweave: row as sent"], plain)
    return _csv(
        [*headers, *about],
        ([*(each.get(h, "") for h in headers), r.line, r.field, r.reason, r.expected] for r, each in cells),
    )


def _csv(headers: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headers)
    writer.writerows([_harmless(str(value)) for value in line] for line in lines)
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula is shown as text."""
    return f"'{cell}" if cell[:1] in ("=", "@", "\t", "\r") else cell


def _today() -> date:
    return datetime.now(ZoneInfo("Europe/London")).date()


def _clock(moment: datetime | None) -> str:
    return (moment or datetime.now(UTC)).astimezone(ZoneInfo("Europe/London")).strftime("%H:%M")
