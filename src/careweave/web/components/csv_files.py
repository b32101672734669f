"""Tables as CSV files that a spreadsheet opens as text: no cell of ours is ever a formula (OWASP, CSV injection)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Numbers stay numbers; words that a spreadsheet would work out begin with an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return file.getvalue()


def response(columns: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> HttpResponse:
    """The byte order mark tells a spreadsheet that this is UTF-8."""
    made = HttpResponse("\ufeff" + as_text(columns, rows), content_type="text/csv; charset=utf-8")
    made.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return made


def _plain(cell: object) -> object:
    if cell is None:
        return ""
    if isinstance(cell, str) and cell.startswith(_BEGINS_A_FORMULA):
        return f"'{cell}"
    return cell
