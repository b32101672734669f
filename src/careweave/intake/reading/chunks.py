"""Cuts a file into chunks that are always the same, so that a load that was killed knows which are in already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from careweave.intake.reading.documents import BrokenOff, Entry, split_entries
from careweave.intake.reading.fhir import parcel_of_entry, parcel_of_json
from careweave.intake.reading.files import Damaged, Position, pieces
from careweave.intake.reading.lines import Broken, split_lines
from careweave.intake.reading.open_referral import parcels_of_page
from careweave.intake.reading.plans import DOCUMENT, LIST, NDJSON, SERVICES, Plan
from careweave.intake.reading.rows import Parcel, Refusal, Sent
from careweave.intake.reading.tables import Record, TableReader, too_long


@dataclass(slots=True)
class Chunk:
    """A run of rows, still as bytes and cells. `reached` is how far into the packed file it goes."""

    number: int
    lines: list[tuple[int, bytes]] = field(default_factory=list)
    entries: list[tuple[int, int, bytes]] = field(default_factory=list)
    records: list[tuple[int, list[str]]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    size: int = 0
    reached: int = 0

    def __len__(self) -> int:
        return len(self.lines) + len(self.entries) + len(self.records) + len(self.refusals)


class _Cutter:
    """Closes a chunk when it holds enough."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.chunk = Chunk(0)
        self.position = Position()

    def grown(self, size: int) -> Iterator[Chunk]:
        self.chunk.size += size
        if self.chunk.size >= self.plan.limits.chunk or len(self.chunk) >= self.plan.limits.chunk_rows:
            yield from self.rest()
            self.chunk = Chunk(self.chunk.number + 1)

    def refuse(self, line: int, reason: str, value: str, expected: str, raw: str = "") -> None:
        self.chunk.refusals.append(Refusal(self.plan.file.name, line, "", reason, value, expected, raw))

    def rest(self) -> Iterator[Chunk]:
        if len(self.chunk):
            self.chunk.reached = self.position.bytes
            yield self.chunk


def chunks(plan: Plan) -> Iterator[Chunk]:
    """The file in chunks, in order; what could not even be split is a refusal in its chunk."""
    if plan.shape == NDJSON:
        return _line_chunks(plan)
    return _document_chunks(plan) if plan.shape in (DOCUMENT, LIST, SERVICES) else _table_chunks(plan)


def parcels(plan: Plan, chunk: Chunk) -> Iterator[Parcel]:
    """What the rows of a chunk hold."""
    file = plan.file.name
    if chunk.refusals:
        yield Parcel(chunk.refusals[0].line, [], chunk.refusals)
    for line, raw in chunk.lines:
        if plan.shape == SERVICES:
            yield from parcels_of_page(raw, file, plan.today)
        else:
            yield parcel_of_json(raw, file, line)
    for index, line, raw in chunk.entries:
        yield parcel_of_entry(raw, file, line, index, plan.shape == LIST)
    if chunk.records:
        how = plan.how
        places = how.places(plan.headers)
        for line, cells in chunk.records:
            yield how.parcel(line, plan.headers, cells, places, plan.source, file)


def read(plan: Plan) -> Iterator[Parcel]:
    """The whole file, parcel by parcel, in bounded memory."""
    for chunk in chunks(plan):
        yield from parcels(plan, chunk)


def _line_chunks(plan: Plan) -> Iterator[Chunk]:
    cutter = _Cutter(plan)
    for line in split_lines(pieces(plan.file.path, cutter.position), plan.limits.line):
        if isinstance(line, Broken):
            _broken(cutter, line.number, line.cause)
        elif line.raw is None:
            cutter.refuse(line.number, *too_long(line.size, plan.limits.line))
        elif raw := line.raw.strip(b"\r \t"):
            cutter.chunk.lines.append((line.number, raw))
        else:
            continue
        yield from cutter.grown(0 if isinstance(line, Broken) or line.raw is None else line.size)
    yield from cutter.rest()


def _broken(cutter: _Cutter, line: int, cause: str) -> None:
    reason = "The compressed file is cut short or damaged from here" if cause else "The file is cut short"
    cutter.refuse(line, reason, cause[:200], "The whole file; send it again")


def _table_chunks(plan: Plan) -> Iterator[Chunk]:
    cutter = _Cutter(plan)
    lines = split_lines(pieces(plan.file.path, cutter.position), plan.limits.record)
    headers = list(plan.headers)
    for number, record in enumerate(
        TableReader(lines, plan.limits, delimiter=plan.delimiter, width=len(headers))
    ):
        if isinstance(record, Broken):
            _broken(cutter, record.number, record.cause)
        elif number == 0:
            continue
        elif record.fault:
            cutter.refuse(
                record.line, *record.fault, raw=record.raw[:10_000].replace("\x00", "\N{SYMBOL FOR NULL}")
            )
        elif [each.strip() for each in record.fields] == headers:
            cutter.refuse(
                record.line, "The header stands again in the middle of the file", "", "One header line"
            )
        elif any(cell.strip() for cell in record.fields):
            cutter.chunk.records.append((record.line, record.fields))
        else:
            continue
        yield from cutter.grown(len(record.raw) if isinstance(record, Record) else 0)
    yield from cutter.rest()


# -- documents --------------------------------------------------------------------------------------------------


def taken_apart(plan: Plan) -> bool:
    """Whether the document is read entry by entry: a list, or a Bundle too long to hold at once, or a damaged one."""
    if plan.shape == LIST:
        return True
    return plan.shape == DOCUMENT and _whole(plan) is None


def _document_chunks(plan: Plan) -> Iterator[Chunk]:
    whole = None if plan.shape == LIST else _whole(plan)
    if whole is None and plan.shape == SERVICES:
        cutter = _Cutter(plan)
        cutter.refuse(1, *too_long(plan.file.size, plan.limits.line))
        yield from cutter.rest()
    elif whole is None:
        yield from _entry_chunks(plan)
    else:
        yield Chunk(0, lines=[(1, whole)], size=len(whole), reached=plan.file.size)


def _whole(plan: Plan) -> bytes | None:
    """The document if it is short enough: a Bundle of 8 chunks, any other resource of the longest line."""
    limit = plan.limits.chunk * 8
    held = bytearray()
    try:
        for piece in pieces(plan.file.path):
            if not held and b'"Bundle"' not in piece[:1000]:
                limit = plan.limits.line
            held += piece
            if len(held) > limit:
                return None
    except Damaged:
        return None
    return bytes(held)


def _entry_chunks(plan: Plan) -> Iterator[Chunk]:
    cutter = _Cutter(plan)
    seen = 0
    for entry in split_entries(pieces(plan.file.path, cutter.position), plan.limits.line):
        seen += 1
        if isinstance(entry, BrokenOff):
            _cut_short(cutter, entry, seen)
        elif entry.raw is None:
            cutter.refuse(entry.line, *too_long(entry.size, plan.limits.line))
        else:
            cutter.chunk.entries.append((entry.index, entry.line, entry.raw))
        yield from cutter.grown(0 if isinstance(entry, BrokenOff) else entry.size)
    if not seen:
        cutter.refuse(0, "There is no resource in the file", "", "A resource, or a Bundle with entries")
    yield from cutter.rest()


def _cut_short(cutter: _Cutter, broken: BrokenOff, seen: int) -> None:
    if broken.cause:
        _broken(cutter, broken.line, broken.cause)
    elif broken.goes_on:
        cutter.refuse(
            broken.line, "There is more after the end of the document", "", "One document, or one a line"
        )
    elif seen == 1:
        cutter.refuse(broken.line, "The JSON is cut short", "", "The whole resource or Bundle; send it again")
    else:
        path = f"Bundle.entry[{broken.index}]"
        refusal = Refusal(
            cutter.plan.file.name,
            broken.line,
            path,
            "The JSON is cut short",
            "",
            "The whole Bundle; send it again",
        )
        cutter.chunk.refusals.append(refusal)


def entries_of(plan: Plan) -> Iterator[Sent]:
    """Every resource of a document that is taken apart: what its entries can say about each other."""
    for entry in split_entries(pieces(plan.file.path), plan.limits.line):
        if isinstance(entry, Entry) and entry.raw is not None:
            yield from parcel_of_entry(
                entry.raw, plan.file.name, entry.line, entry.index, plan.shape == LIST
            ).sent
