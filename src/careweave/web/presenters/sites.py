"""A measure's series of each site as a page and a file show them: beside all the others together, never averaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from careweave.measures.indicators import Figure, Result, Series, control_chart
from careweave.measures.published import Published
from careweave.measures.series import REST
from careweave.web.presenters.measures import Drawing, Row, drawing_of, month_name, row


@dataclass(frozen=True)
class SiteSeries:
    """One site: two years beside each other, its change and that of the others, and both by month."""

    name: str
    before: Row | None
    last: Row | None
    change: str
    others_change: str
    months: tuple[tuple[str, Row, Row], ...]
    drawing: Drawing | None


def sites(one: Published, found: Result | None, names: Mapping[str, str]) -> tuple[SiteSeries, ...]:
    """In the order of their names."""
    made = (_site(one, found, each, names) for each in found.series) if found else ()
    return tuple(sorted(made, key=lambda each: each.name))


def _site(one: Published, found: Result, series: Series, names: Mapping[str, str]) -> SiteSeries:
    name = site_name(series.name, names)
    years = [row(one, year) for year in series.years]
    return SiteSeries(
        name=name,
        before=years[0] if years else None,
        last=years[-1] if years else None,
        change=change(series.years),
        others_change=change(series.others_years),
        months=tuple(
            (month_name(mine.name), row(one, mine), row(one, others))
            for mine, others in zip(series.months, series.others, strict=True)
        ),
        drawing=drawing_of(
            one, series.months, control_chart(series.months, one.better), f"{one.title}: {name}"
        ),
    )


def site_name(code: str, names: Mapping[str, str]) -> str:
    told = {REST: "All the smaller ones together", "not known": "Nobody says where"}
    return names.get(code) or told.get(code, code)


def change(years: tuple[Figure, ...]) -> str:
    """From the twelve months before to the last twelve, of the number itself."""
    if len(years) != 2 or any(year.value is None for year in years):
        return "Not known"
    before, last = (year.value or 0.0 for year in years)
    return f"{last / before - 1:+.1%}".replace("-", "−") if before else "Not known: none before"


def rows_of(found: Result) -> Iterator[tuple[str, str, Figure]]:
    """(what, of which site, figure) of every series, for the file."""
    for series in found.series:
        for what, figures in (
            ("site, month", series.months),
            ("all other sites, month", series.others),
            ("site, year", series.years),
            ("all other sites, year", series.others_years),
        ):
            yield from ((what, series.name, each) for each in figures)
