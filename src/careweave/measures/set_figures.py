"""A set's figures for one year: the published months of that year added up, so that nothing new is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from careweave.measures.indicators import Figure
from careweave.measures.measure_sets import MeasureSet, Metric, version_of
from careweave.measures.published import Published
from careweave.measures.teams import interval

MONTHS_HIDDEN = "Hidden: a month of it is hidden"


def year_figure(year: MeasureSet, metric: Metric, one: Published, per: int) -> tuple[Figure, int] | None:
    """The year's figure by the year's own definition, and of how many months; None where none is published."""
    version = version_of(metric, year)
    told = next((each for each in (*one.earlier, one) if each.version == version), None)
    found = told.by("") if told else None
    months = [month for month in found.months if _is_in(month, year)] if found else []
    if not months:
        return None
    return _summed(one.kind, months, per, year.year), len(months)


def _is_in(month: Figure, year: MeasureSet) -> bool:
    return year.about.holds_on(date.fromisoformat(f"{month.name}-01"))


def _summed(kind: str, months: Iterable[Figure], per: int, name: str) -> Figure:
    numerators, denominators = 0, 0
    for month in months:
        if month.numerator is None or month.denominator is None:
            computable = month.why_hidden.startswith("Not computable")
            why = month.why_hidden if computable else MONTHS_HIDDEN
            return Figure(name, None, None, None, None, None, why)
        numerators, denominators = numerators + month.numerator, denominators + month.denominator
    if not denominators:
        return Figure(name, numerators, denominators, None, None, None)
    limits = interval(kind, numerators, denominators, per)
    return Figure(name, numerators, denominators, limits.value, limits.lower, limits.upper)
