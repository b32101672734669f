"""Reads a refused row once more, from the form in which it was kept, with some of its values put right."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from careweave.intake.preparing import KEPT_ENTRY
from careweave.intake.reading.json_text import Unreadable, read_json
from careweave.intake.reading.mappings import Mapping as CsvMapping
from careweave.intake.reading.mappings import mappings, plain
from careweave.intake.reading.open_referral import OPEN_REFERRAL, corrected
from careweave.intake.reading.rows import Body, Parcel, Sent
from careweave.record.batches import KeptRow
from careweave.record.validation import write

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class Uncorrectable(Exception):
    """The row cannot be corrected here; the message says what to do instead."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


def mapping_of(format: str, today: date) -> CsvMapping | None:
    """The mapping that a batch was read with (`id@version`); None for FHIR."""
    wanted = format.partition("@")[0]
    return next((each for each in mappings(today) if each.id == wanted), None)


def cells_of(row: KeptRow) -> dict[str, str]:
    """The cells of a CSV row by header; empty where the row could not even be split."""
    try:
        found = json.loads(row.raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def corrected_parcel(
    row: KeptRow, format: str, changes: Mapping[str, str], today: date
) -> tuple[Parcel, str]:
    """The row as a parcel with the changes made, and its text as it is kept beside the row as sent."""
    if not row.raw:
        raise Uncorrectable("This row was too long to keep: send it in a corrected file")
    if format == OPEN_REFERRAL:
        try:
            return corrected(row.raw, changes, row.file_name, row.line, today)
        except Unreadable as problem:
            raise Uncorrectable(f"{problem.reason}: send it in a corrected page") from None
    how = mapping_of(format, today)
    return _corrected_cells(row, how, changes) if how else _corrected_resource(row, changes)


def _corrected_cells(row: KeptRow, how: CsvMapping, changes: Mapping[str, str]) -> tuple[Parcel, str]:
    cells = cells_of(row)
    if not cells:
        raise Uncorrectable("This row could not be split into columns: send it in a corrected file")
    by_name = {plain(header): header for header in cells}
    for column in how.columns:
        names = (plain(column.name), *map(plain, column.aliases))
        known = next((by_name[name] for name in names if name in by_name), None)
        by_name.update({name: known for name in names if known})
    for name, value in changes.items():
        header = by_name.get(plain(name))
        if header is None:
            raise Uncorrectable("There is no such column in this file", name)
        cells[header] = value
    headers, values = list(cells), list(cells.values())
    parcel = how.parcel(row.line, headers, values, how.places(headers), row.source, row.file_name)
    return parcel, json.dumps(cells, ensure_ascii=False)


def _corrected_resource(row: KeptRow, changes: Mapping[str, str]) -> tuple[Parcel, str]:
    try:
        found = read_json(row.raw.encode())
    except Unreadable as problem:
        raise Uncorrectable(f"{problem.reason}: send it in a corrected file") from None
    kept: dict[str, Any] = found if found.get("resourceType") == KEPT_ENTRY else {"resource": found}
    body = kept["resource"]
    for path, value in changes.items():
        _put(body, path, value)
    sent = Sent(
        body, "", full_url=kept.get("fullUrl", ""), named=kept.get("named", ""), links=kept.get("links", {})
    )
    text = write(body).decode()
    return Parcel(row.line, [sent], raw=row.raw), text


def _put(body: Body, path: str, text: str) -> None:
    """Set one element by its path, such as `Patient.birthDate` or `Bundle.entry[3].resource.birthDate`."""
    inner = path.rpartition(".resource.")[2] if ".resource." in path else path.partition(".")[2]
    steps: list[str | int] = [name or int(index) for name, index in _STEP.findall(inner)]
    if not steps:
        raise Uncorrectable("There is no such element in this row", path)
    place: Any = body
    for step in steps[:-1]:
        place = _below(place, step, path)
    last = steps[-1]
    if isinstance(place, dict) and isinstance(last, str):
        if text == "":
            place.pop(last, None)
        else:
            place[last] = _like(place.get(last), text)
    elif isinstance(place, list) and isinstance(last, int) and last < len(place):
        place[last] = _like(place[last], text)
    else:
        raise Uncorrectable("There is no such element in this row", path)


def _below(place: Any, step: str | int, path: str) -> Any:
    if isinstance(place, dict) and isinstance(step, str):
        return place.setdefault(step, {})
    if isinstance(place, list) and isinstance(step, int) and step < len(place):
        return place[step]
    raise Uncorrectable("There is no such element in this row", path)


def _like(before: Any, text: str) -> Any:
    """A number where a number stood, true or false where that stood, otherwise text."""
    if before is None or isinstance(before, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def row_key(row: KeptRow, format: str, today: date) -> tuple[str, ...] | None:
    """What names a refused row for ever, so that it is known again in a corrected file; None where it cannot be told."""
    how = mapping_of(format, today)
    if how is not None:
        cells = cells_of(row)
        return how.key(list(cells), list(cells.values())) if cells else None
    try:
        found = json.loads(row.raw)
    except ValueError:
        return None
    body = found.get("resource") if isinstance(found, dict) and "resource" in found else found
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        return None
    return (str(body.get("resourceType")), body["id"])
