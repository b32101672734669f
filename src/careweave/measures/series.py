"""Each site's own series with all other sites together as its comparator; nothing is averaged over sites.

A site's months, the months of the place and the sums of sites are one table set: what another table already shows stays
shown, and so much of the rest is hidden that no small number can be worked out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from careweave.measures.disclosing import BESIDE, FEW, Pair, disclosing
from careweave.measures.indicators import Figure, Result, Series, figure, one_by_one, summed
from careweave.measures.suppression import THRESHOLD, Total, hidden
from careweave.warehouse.indicators.definition import RATE, Indicator

MOST = 12  # of more sites, the smallest are one series
REST = "all the others"
PLACE = "the place"
YEAR = 12
ALL, BEFORE, LAST = "all", "the year before", "the last year"
Cell = tuple[str, str]  # site, and month or year
Counts = dict[Cell, Pair]


def with_series(
    found: Result, whole: Result, indicator: Indicator, rows: Sequence[Mapping[str, Any]]
) -> Result:
    """`found` by site, with each site's series; `whole` is what is published of the place altogether."""
    names, asked = _names(rows), tuple(month.name for month in whole.months)
    counts = _counts(indicator, rows, names, asked)
    behind = _counts(indicator, one_by_one(indicator, rows), names, asked)
    why = _kept_back(indicator, behind, found, whole, names)

    def one(site: str, when: str) -> Figure:
        return figure(indicator, when, counts[site, when], behind[site, when], why.get((site, when), ""))

    def others(site: str, when: str) -> Figure:
        rest = [_less(indicator, each[PLACE, when], each[site, when]) for each in (counts, behind)]
        is_hidden = (site, when) in why or (PLACE, when) in why
        return figure(indicator, when, rest[0], rest[1], BESIDE if is_hidden else "")

    years = tuple(_years(asked))
    made = (
        Series(
            name=site,
            months=tuple(one(site, month) for month in asked),
            others=tuple(others(site, month) for month in asked),
            years=tuple(one(site, year) for year in years),
            others_years=tuple(others(site, year) for year in years),
        )
        for site in sorted(set(names.values()))
    )
    return replace(found, series=tuple(made))


def _names(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The series that each site belongs to: of more than so many, the smallest stand together."""
    sizes: dict[str, int] = defaultdict(int)
    for row in rows:
        sizes[row["group"]] += row.get("items", row["denominator"])
    ordered = sorted(sizes, key=lambda site: (-sizes[site], site))
    kept = ordered if len(ordered) <= MOST else ordered[: MOST - 1]
    return {site: site if site in kept else REST for site in ordered}


def _years(asked: Sequence[str]) -> dict[str, Sequence[str]]:
    """The last twelve months and the twelve before them, where there are so many."""
    if len(asked) < 2 * YEAR:
        return {}
    return {BEFORE: asked[-2 * YEAR : -YEAR], LAST: asked[-YEAR:]}


def _counts(
    indicator: Indicator, rows: Iterable[Mapping[str, Any]], names: Mapping[str, str], asked: Sequence[str]
) -> Counts:
    """Of each site and of the place, by month, by year and altogether."""
    by_month: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_month[f"{row['month']:%Y-%m}"].append(row)
    sites = sorted(set(names.values()))
    found: Counts = {}
    for month in asked:
        told = defaultdict(lambda: (0, 0), summed(by_month[month], "group"))
        for site in sites:
            found[site, month] = _sum(indicator, [told[each] for each in names if names[each] == site])
        found[PLACE, month] = _sum(indicator, [found[site, month] for site in sites])
    for span, months in {**_years(asked), ALL: asked}.items():
        for site in (*sites, PLACE):
            pairs = [found[site, month] for month in months]
            found[site, span] = (sum(n for n, _ in pairs), sum(d for _, d in pairs))
    return found


def _sum(indicator: Indicator, pairs: Sequence[Pair]) -> Pair:
    """Of several sites: a rate is for the same people at each."""
    people = [d for _, d in pairs]
    return sum(n for n, _ in pairs), max(people, default=0) if indicator.kind == RATE else sum(people)


def _less(indicator: Indicator, place: Pair, site: Pair) -> Pair:
    return place[0] - site[0], place[1] if indicator.kind == RATE else place[1] - site[1]


def _kept_back(
    indicator: Indicator, behind: Counts, found: Result, whole: Result, names: Mapping[str, str]
) -> dict[Cell, str]:
    asked = tuple(month.name for month in whole.months)
    told = _told_elsewhere(found, whole, names, asked)
    totals, why = _totals(sorted(set(names.values())), asked), dict[Cell, str]()
    for count in disclosing(indicator):
        counts = {cell: count(*pair) for cell, pair in behind.items()}
        shown = {cell for cell, is_shown in told.items() if is_shown}
        for cell in hidden(counts, totals, shown=shown, already=told.keys() - shown):
            why.setdefault(cell, FEW if 0 < counts[cell] < THRESHOLD else BESIDE)
    is_all = why.keys() >= behind.keys() - {cell for cell, is_shown in told.items() if is_shown}
    return dict.fromkeys(why, BESIDE) if is_all else why  # which of them is small is then not said either


def _told_elsewhere(
    found: Result, whole: Result, names: Mapping[str, str], asked: Sequence[str]
) -> dict[Cell, bool]:
    """What the tables by month and by site show, and what they hide."""
    groups = {group.name: not group.why_hidden for group in found.groups}
    told = {(PLACE, month.name): not month.why_hidden for month in whole.months}
    told[PLACE, ALL] = not whole.whole.why_hidden
    for site in set(names.values()):
        told[site, ALL] = all(groups[each] for each in names if names[each] == site)
        if not told[site, ALL]:  # few people, or beside them: its months and years would say what it is
            told |= dict.fromkeys(((site, when) for when in (*asked, *_years(asked))), False)
    for year, months in _years(asked).items():
        if all(told[PLACE, month] for month in months):
            told[PLACE, year] = True
    return told


def _totals(sites: Sequence[str], asked: Sequence[str]) -> list[Total[Cell]]:
    spans: dict[str, Sequence[str]] = {**_years(asked), ALL: asked}
    across = [Total((PLACE, when), tuple((site, when) for site in sites)) for when in (*asked, *spans)]
    along = [
        Total((site, span), tuple((site, month) for month in months))
        for span, months in spans.items()
        for site in (*sites, PLACE)
    ]
    return across + along
