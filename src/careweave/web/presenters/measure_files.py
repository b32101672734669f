"""A published measure as a file: every figure with its definition, version and dates; what the page hides is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from careweave.measures.indicators import SCALE, Figure, Result
from careweave.measures.published import Published
from careweave.measures.restating import Restatement
from careweave.web.presenters import sites

COLUMNS = (
    *("measure", "version", "title", "counts", "in_force_from", "in_force_to", "unit"),
    *("as_at", "from", "to", "group_by", "what", "name", "site"),
    *("numerator", "denominator", "value", "lower_95", "upper_95", "why_hidden"),
    *("restated_on", "restated_after", "source"),
)
NOT_TOLD = "Hidden: a few people could be worked out from the difference"


@dataclass(frozen=True)
class Line:
    """One figure, of what, at which site, and when and after which files it changed."""

    what: str
    figure: Figure
    site: str = ""
    on: date | None = None
    after: str = ""


def rows_of(one: Published) -> Iterator[tuple[object, ...]]:
    """The earlier definition's months come first, each with its own version."""
    for version in (*one.earlier, one):
        for found in version.results:
            for line in _lines(version, found):
                yield _row(version, found, line)


def _lines(one: Published, found: Result) -> Iterator[Line]:
    if not found.by:
        yield Line("altogether", found.whole)
        if found.standardised:
            yield Line("standardised", found.standardised)
        for month in found.months:
            yield from _month(one, month)
    for group in found.groups:
        yield Line("group", group)
    for what, site, figure in sites.rows_of(found):
        yield Line(what, figure, site)


def _month(one: Published, month: Figure) -> Iterator[Line]:
    """What it is, and then what it was each time before it changed."""
    changes = one.restated.get(month.name, ())
    last = changes[-1] if changes else None
    yield Line("month", month, "", last.on if last else None, " ".join(last.after) if last else "")
    for each in changes:
        yield Line("month, as it was before", _was(month, each), "", each.on, " ".join(each.after))


def _was(month: Figure, each: Restatement) -> Figure:
    none = Figure(month.name, None, None, None, None, None, NOT_TOLD)
    return none if each.was is None else replace(each.was, name=month.name)


def _row(one: Published, found: Result, line: Line) -> tuple[object, ...]:
    figure = line.figure
    # An index is summed in whole ten-thousandths.
    total = figure.numerator if one.kind != "index" or not figure.numerator else figure.numerator / SCALE
    return (
        *(one.id, one.version, one.title, one.words, one.valid_from, one.valid_to, one.unit),
        *(found.as_at, found.first, found.last, found.by, line.what, figure.name, line.site),
        *(total, figure.denominator, figure.value, figure.lower, figure.upper, figure.why_hidden),
        *(line.on, line.after, "; ".join(one.source)),
    )
