"""A set of measures year by year as a page and a file show it: each year's own definitions, never joined in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from careweave.measures.indicators import Figure
from careweave.measures.measure_sets import (
    CHANGED,
    NEW,
    NOT_ASKED,
    NOT_KNOWN,
    SAME,
    MeasureSet,
    Metric,
    from_year_to_year,
    version_of,
)
from careweave.measures.published import Published
from careweave.measures.set_figures import year_figure
from careweave.web import wording
from careweave.web.presenters.measures import Row, row

COLUMNS = (
    *("set", "year", "in_force_from", "in_force_to", "metric", "title", "definition", "confirmed"),
    *("against_the_year_before", "measure", "measure_version", "differs_here"),
    *("months_counted", "numerator", "denominator", "value", "lower_95", "upper_95", "why_not", "source"),
)
_WORDS = {
    SAME: "As the year before",
    CHANGED: "Changed: not one line with the year before",
    NEW: "New this year",
    NOT_ASKED: "Not asked",
    NOT_KNOWN: "Not known: carried over from the year before",
}
_FIRST = "Asked; no earlier year is held"
Per = Callable[[str], int]


@dataclass(frozen=True)
class MetricLine:
    """One metric of one year, with what is counted of it here."""

    metric: Metric
    version: str
    figure: Figure | None
    row: Row | None
    months: int
    why_not: str
    since: str
    unit: str

    @property
    def counted_of(self) -> str:
        """How much of the year is counted."""
        return "" if self.months == 12 else wording.people(self.months, "month", "months") + " of 12"


@dataclass(frozen=True)
class SetPage:
    """One year of a set, and how its metrics changed over all years."""

    year: MeasureSet
    years: tuple[MeasureSet, ...]
    lines: tuple[MetricLine, ...]
    changes: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def is_unconfirmed(self) -> bool:
        return any(line.metric.is_unconfirmed for line in self.lines)


def page(
    sets: Sequence[MeasureSet], year: MeasureSet, published: Mapping[str, Published], per: Per
) -> SetPage:
    """The year that was asked for, beside all that are held."""
    titles = {each.id: each.title for one in sets for each in one.metrics}
    changes = tuple(
        (title, tuple(_words(number, each) for number, each in enumerate(from_year_to_year(sets, id))))
        for id, title in titles.items()
    )
    return SetPage(year, tuple(sets), tuple(_lines(sets, year, published, per)), changes)


def _words(number: int, told: str) -> str:
    """Of the first year that is held it is not known what went before."""
    return _FIRST if number == 0 and told == NEW else _WORDS[told]


def _lines(
    sets: Sequence[MeasureSet], year: MeasureSet, published: Mapping[str, Published], per: Per
) -> Iterator[MetricLine]:
    number = list(sets).index(year)
    for metric in year.metrics:
        version, one = version_of(metric, year), published.get(metric.measure)
        told = year_figure(year, metric, one, per(metric.measure)) if one and version else None
        figure, months = told or (None, 0)
        yield MetricLine(
            metric=metric,
            version=version,
            figure=figure,
            row=row(one, figure) if one and figure else None,
            months=months,
            why_not=_why_not(metric, version, told is not None),
            since=_words(number, from_year_to_year(sets, metric.id)[number]),
            unit=one.unit if one else "",
        )


def _why_not(metric: Metric, version: str, is_counted: bool) -> str:
    if metric.why_not:
        return metric.why_not
    if not version:
        return "Not counted here for this year: no definition of ours held then"
    return "" if is_counted else "Not counted here for this year: only the last two years are kept"


def rows_of(
    sets: Sequence[MeasureSet], published: Mapping[str, Published], per: Per
) -> Iterator[tuple[object, ...]]:
    """Every year and metric, each with its own definition, version and dates."""
    for year in sets:
        about = year.about
        for line in _lines(sets, year, published, per):
            metric, figure = line.metric, line.figure or Figure("", None, None, None, None, None)
            yield (
                *(about.id, year.year, about.valid_from, about.valid_to, metric.id, metric.title),
                *(metric.definition, "no" if metric.is_unconfirmed else "yes", line.since),
                *(metric.measure, line.version, metric.differs, line.months),
                *(figure.numerator, figure.denominator, figure.value, figure.lower, figure.upper),
                *(figure.why_hidden or line.why_not, "; ".join(about.source)),
            )
