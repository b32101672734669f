"""An indicator's counts as results that may be published: rates, shares and means with intervals, small numbers hidden."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.measures import rates, spc
from careweave.measures.disclosing import BESIDE, Behind, Pair, kept_back
from careweave.warehouse.indicators.definition import INDEX, RATE, SHARE, SITE, Indicator

WHOLE = "everyone"
FEWEST_FOR_A_CHART = 12
_MONTHS_IN_A_YEAR = 12
SCALE = 10_000  # an index is summed in whole ten-thousandths
_SEXES = ("female", "male")


@dataclass(frozen=True)
class Figure:
    """One number and what it is of; all None where `why_hidden` says why it is not shown.

    `behind`: the stays behind a number of nights, by which it is decided what is told of it. Not shown itself.
    """

    name: str
    numerator: int | None
    denominator: int | None
    value: float | None
    lower: float | None
    upper: float | None
    why_hidden: str = ""
    behind: int | None = None


@dataclass(frozen=True)
class Series:
    """One site month by month, beside all the others together; `years` are the twelve months before the last, and these."""

    name: str
    months: tuple[Figure, ...]
    others: tuple[Figure, ...]
    years: tuple[Figure, ...]
    others_years: tuple[Figure, ...]


@dataclass(frozen=True)
class Result:
    """One indicator over some months: altogether, by month, and by group when `by` names a way to group.

    By site also each site's own series, which are never averaged.
    """

    indicator: str
    version: str
    as_at: date
    first: date
    last: date
    by: str
    whole: Figure
    standardised: Figure | None
    groups: tuple[Figure, ...]
    months: tuple[Figure, ...]
    series: tuple[Series, ...] = ()


def result(
    indicator: Indicator,
    months: Sequence[Mapping[str, Any]],
    repeats: Sequence[Mapping[str, Any]] | None,
    *,
    asked: Sequence[date],
    by: str,
    as_at: date,
) -> Result:
    """From rows of month, group, band, sex, numerator and denominator, and of people by group (of a rate: by events)."""
    asked = _of_its_own(indicator, asked)
    by_group, series, total = _sums(indicator, months, asked, by)
    told = _sums(indicator, one_by_one(indicator, months), asked, by)
    why = kept_back(indicator, Behind(by, *told, people=_people_by_group(repeats)))

    def figures(kind: str, counts: Mapping[str, Pair], behind: Mapping[str, Pair]) -> tuple[Figure, ...]:
        return tuple(
            figure(indicator, name, counts[name], behind[name], why.get((kind, name), ""))
            for name in sorted(counts)
        )

    whole = figure(indicator, WHOLE, total, told[2], why.get(("whole", WHOLE), ""))
    about = (indicator.id, indicator.version, as_at, asked[0], asked[-1], by)
    return Result(
        *about,
        whole=whole,
        standardised=_beside_whole(_standardised(indicator, months, repeats, by), whole),
        groups=figures("group", by_group, told[0]),
        months=figures("month", series, told[1]),
    )


def _people_by_group(repeats: Sequence[Mapping[str, Any]] | None) -> dict[str, int] | None:
    if repeats is None:
        return None
    found: dict[str, int] = defaultdict(int)
    for row in repeats:
        found[row["group"]] += row["people"]
    return dict(found)


def _of_its_own(indicator: Indicator, asked: Sequence[date]) -> Sequence[date]:
    """Some are counted in certain months of the year alone, such as the last of a quarter."""
    own = indicator.counted.months
    return [month for month in asked if month.month in own] or asked if own else asked


def not_computable(indicator: Indicator, why: str, *, asked: Sequence[date], by: str, as_at: date) -> Result:
    """No number at all, and the reason in words: what nobody sends is not zero."""
    words = f"Not computable: {why}"

    def without(name: str) -> Figure:
        return Figure(name, None, None, None, None, None, words)

    return Result(
        indicator=indicator.id,
        version=indicator.version,
        as_at=as_at,
        first=asked[0],
        last=asked[-1],
        by=by,
        whole=without(WHOLE),
        standardised=None,
        groups=(),
        months=tuple(without(f"{month:%Y-%m}") for month in asked),
    )


def _sums(
    indicator: Indicator, rows: Sequence[Mapping[str, Any]], asked: Sequence[date], by: str
) -> tuple[dict[str, Pair], dict[str, Pair], Pair]:
    """Numerator and denominator by group, by month and altogether. A rate at a site is for everyone of the place."""
    by_group, by_month = summed(rows, "group") if by else {}, summed(rows, "month")
    alike = len(by_group) if by == SITE and indicator.kind == RATE else 1
    series = {month: by_month.get(month, (0, 0)) for month in asked}
    told = {f"{month:%Y-%m}": (n, d // max(alike, 1)) for month, (n, d) in series.items()}
    return by_group, told, (sum(n for n, _ in told.values()), sum(d for _, d in told.values()))


def one_by_one(indicator: Indicator, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """For hiding, a rate of nights counts stays: thirty nights may be one person's. Of an index, the sum of squares."""
    if indicator.kind == INDEX:
        return [{**row, "numerator": row["squares"]} for row in rows]
    if indicator.kind != RATE or not indicator.amount:
        return rows
    return [{**row, "numerator": row["items"]} for row in rows]


def summed(rows: Iterable[Mapping[str, Any]], key: str) -> dict[Any, Pair]:
    found: dict[Any, Pair] = defaultdict(lambda: (0, 0))
    for row in rows:
        before = found[row[key]]
        found[row[key]] = (before[0] + row["numerator"], before[1] + row["denominator"])
    return dict(found)


def figure(indicator: Indicator, name: str, counts: Pair, behind: Pair, why: str) -> Figure:
    """A value with its interval, or why it is not shown; `behind` counts stays where `counts` are nights."""
    numerator, denominator = counts
    if why:
        return Figure(name, None, None, None, None, None, why)
    if not denominator:
        return Figure(name, numerator, denominator, None, None, None)
    found = _interval(indicator, numerator, denominator, behind[0])
    return Figure(
        name, numerator, denominator, found.value, found.lower, found.upper, behind=_other(behind[0], counts)
    )


def _other(behind: int, counts: Pair) -> int | None:
    return None if behind == counts[0] else behind


def _interval(indicator: Indicator, numerator: int, denominator: int, behind: int) -> rates.Interval:
    if indicator.kind == INDEX:
        return rates.mean_of(numerator / SCALE, behind / SCALE**2, denominator)
    if indicator.kind == RATE:  # people are counted once a month
        return rates.crude(numerator, denominator / _MONTHS_IN_A_YEAR, per=indicator.per)
    if indicator.kind == SHARE:
        return rates.wilson(numerator, denominator)
    limits = rates.byar(numerator)
    return rates.Interval(*(each / denominator for each in (limits.value, limits.lower, limits.upper)))


def _standardised(
    indicator: Indicator,
    months: Sequence[Mapping[str, Any]],
    repeats: Sequence[Mapping[str, Any]] | None,
    by: str,
) -> Figure | None:
    """Age and sex standardised; men and women have the same standard. Who is of unknown age or sex is left out.

    By site the people of a rate are those of the place, once a site.
    """
    if not indicator.is_standardised or by == SITE:
        return None
    people = _people(months)
    events: dict[tuple[int, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in repeats or ():
        if _is_known(row):
            events[row["band"], row["sex"]][row["events"]] += row["people"]
    strata = [
        rates.Stratum(count / _MONTHS_IN_A_YEAR, rates.EUROPE_2013[band], dict(events.get((band, sex), {})))
        for (band, sex), count in people.items()
    ]
    found = rates.standardised(strata, per=indicator.per)
    name = "Standardised for age and sex"
    if found is None:
        few = f"Not published: fewer than {rates.FEWEST_EVENTS} events"
        return Figure(name, None, None, None, None, None, few)
    return Figure(name, None, None, found.value, found.lower, found.upper)


def _beside_whole(standardised: Figure | None, whole: Figure) -> Figure | None:
    """What the standardised rate is of is about what the crude one is: where that is hidden, so is this."""
    if standardised is None or standardised.why_hidden or not whole.why_hidden:
        return standardised
    return Figure(standardised.name, None, None, None, None, None, BESIDE)


def _people(months: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = defaultdict(int)
    for row in months:
        if _is_known(row):
            found[row["band"], row["sex"]] += row["denominator"]
    return {stratum: count for stratum, count in found.items() if count}


def _is_known(row: Mapping[str, Any]) -> bool:
    return row["band"] >= 0 and row["sex"] in _SEXES


def control_chart(months: Sequence[Figure], better: str) -> spc.Chart | None:
    """An XmR chart of the months, None while there are too few or one is not known."""
    values = [month.value for month in months if month.value is not None]
    if len(values) < max(FEWEST_FOR_A_CHART, len(months)):
        return None
    return spc.chart(values, better=spc.Better(better))
