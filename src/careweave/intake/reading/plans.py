"""Decides what a file is, from its beginning and its name, before any of it is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from careweave.intake.reading.files import SourceFile, beginning, content_hash, not_readable, pieces
from careweave.intake.reading.lines import Broken, split_lines
from careweave.intake.reading.mappings import Mapping, mapping, mappings, plain
from careweave.intake.reading.open_referral import OPEN_REFERRAL, is_page
from careweave.intake.reading.rows import Limits, Refusal
from careweave.intake.reading.tables import Record, TableReader

NDJSON, DOCUMENT, LIST, TABLE = "ndjson", "document", "list", "table"
SERVICES = "services"
FHIR = "fhir"
AUTO = "auto"
_JSON_LINES = (".ndjson", ".jsonl")
_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """How one file will be read. Small enough to hand to another process."""

    file: SourceFile
    source: str
    shape: str
    today: date
    limits: Limits
    mapping: str = ""
    headers: tuple[str, ...] = ()
    delimiter: str = ","

    @property
    def format(self) -> str:
        if self.shape == SERVICES:
            return OPEN_REFERRAL
        return FHIR if self.shape != TABLE else f"{self.mapping}@{self.how.version}"

    @property
    def how(self) -> Mapping:
        return mapping(self.mapping, self.today)

    def content_key(self) -> str:
        """The same content read in the same way: what makes a file sent twice the same file."""
        return f"{content_hash(self.file.path)}:{self.format}"


def plan(file: SourceFile, source: str, *, format: str, today: date, limits: Limits) -> Plan | Refusal:
    """How to read the file, or why none of it can be read."""
    start = beginning(file.path)
    refusal = not_readable(file, start)
    if refusal:
        return refusal
    if format == OPEN_REFERRAL or (format == AUTO and is_page(start)):
        return Plan(file, source, SERVICES, today, limits)
    if format == FHIR or (format == AUTO and _looks_like_json(start, file)):
        return Plan(file, source, _json_shape(start, file, limits), today, limits)
    return _table_plan(file, source, format, today, limits)


def formats(today: date) -> list[str]:
    return [
        AUTO,
        FHIR,
        OPEN_REFERRAL,
        *sorted({each.format for each in mappings(today)} | {each.id for each in mappings(today)}),
    ]


def _looks_like_json(start: bytes, file: SourceFile) -> bool:
    name = file.plain_name
    if name.endswith((*_JSON_LINES, ".json")):
        return True
    return not name.endswith((".csv", ".tsv")) and start.lstrip()[:1] in (b"{", b"[")


def _json_shape(start: bytes, file: SourceFile, limits: Limits) -> str:
    """One thing a line, or one document over many lines; what the second line begins with tells them apart."""
    text = start.lstrip()
    if text[:1] == b"[":
        return LIST
    first = text.partition(b"\n")[0].strip()
    if first == b"{":
        return DOCUMENT
    if file.plain_name.endswith(_JSON_LINES):
        return NDJSON
    second = _second_line(file, limits)
    return (
        NDJSON
        if second[:1] == b"{" or (not second and first.endswith(b"}") and len(text) > len(first))
        else DOCUMENT
    )


def _second_line(file: SourceFile, limits: Limits) -> bytes:
    for line in split_lines(pieces(file.path), limits.line):
        if isinstance(line, Broken):
            break
        if line.number > 1 and (line.raw is None or line.raw.strip()):
            return (line.raw or b"{").strip() if line.raw is None or line.raw[:1] == b"{" else b"-"
    return b""


def _table_plan(file: SourceFile, source: str, format: str, today: date, limits: Limits) -> Plan | Refusal:
    known = [each for each in mappings(today) if format in (AUTO, each.format, each.id)]
    if not known:
        expected = f"One of {', '.join(formats(today))}"
        return Refusal(file.name, 0, "", "There is no format of this name", format, expected)
    best: tuple[int, bool, Mapping, list[str], str] | None = None
    for delimiter in _DELIMITERS:
        headers = _header(file, delimiter, limits)
        for each in known:
            if headers and not each.missing(headers):
                fit = (sum(place >= 0 for place in each.places(headers)), each.named(file.plain_name))
                if best is None or fit > best[:2]:
                    best = (*fit, each, headers, delimiter)
    if best is None:
        return _unknown_header(file, known, limits)
    _, _, chosen, headers, delimiter = best
    twice = sorted({name for name in headers if name and [plain(h) for h in headers].count(plain(name)) > 1})
    if twice:
        return Refusal(
            file.name,
            1,
            twice[0],
            "A column stands twice in the header",
            ", ".join(twice),
            "Each column once",
        )
    made = Plan(file, source, TABLE, today, limits, chosen.id, tuple(headers), delimiter)
    return _of_another_organisation(made) or made


def _header(file: SourceFile, delimiter: str, limits: Limits) -> list[str]:
    for record in _records(file, delimiter, 0, limits):
        return [] if isinstance(record, Broken) or record.fault else [each.strip() for each in record.fields]
    return []


def _records(file: SourceFile, delimiter: str, width: int, limits: Limits) -> TableReader:
    return TableReader(
        split_lines(pieces(file.path), limits.record), limits, delimiter=delimiter, width=width
    )


def _unknown_header(file: SourceFile, known: Sequence[Mapping], limits: Limits) -> Refusal:
    tries = [(headers, each) for d in _DELIMITERS for headers in [_header(file, d, limits)] for each in known]
    headers, closest = max(tries, key=lambda t: (sum(p >= 0 for p in t[1].places(t[0])), -len(t[1].columns)))
    found = sum(place >= 0 for place in closest.places(headers))
    named = next((each for each in known if each.named(file.plain_name)), closest)
    if not found:
        expected = f"A first line with the names of the columns, such as {', '.join(_needed(named)[:4])}"
        return Refusal(file.name, 1, "", "The file has no header line that is known here", expected=expected)
    missing = ", ".join(closest.missing(headers))
    reason = "A column that is needed is missing from the header"
    return Refusal(
        file.name, 1, missing.partition(", ")[0], reason, missing, f"The columns of {closest.title}"
    )


def _needed(mapping: Mapping) -> list[str]:
    return [each.name for each in mapping.columns if each.needed]


def _of_another_organisation(made: Plan) -> Refusal | None:
    """A file none of whose first rows is for this source was sent by, or to, the wrong place: nothing is loaded."""
    how = made.how
    if not how.organisation:
        return None
    place = dict(zip((each.name for each in how.columns), how.places(made.headers), strict=True))[
        how.organisation
    ]
    stated: dict[str, int] = {}
    for number, record in enumerate(_records(made.file, made.delimiter, len(made.headers), made.limits)):
        if number > _SAMPLE_ROWS or isinstance(record, Broken):
            break
        if number and isinstance(record, Record) and not record.fault and record.fields[place].strip():
            found = record.fields[place].strip()
            stated[found] = stated.get(found, 0) + 1
    if not stated or any(each.casefold() == made.source.casefold() for each in stated):
        return None
    other = max(stated, key=lambda each: stated[each])
    reason = f"This file is for {other}. Nothing was loaded."
    return Refusal(made.file.name, 0, how.organisation, reason, other, f"A file for {made.source}")
