"""careweave measure"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting

if TYPE_CHECKING:
    from careweave.measures.indicators import Figure, Result
    from careweave.warehouse.indicators import Indicator

MONTH = click.DateTime(["%Y-%m", "%Y-%m-%d"])


@reporting()
@click.argument("id")
@click.option("--from", "first", type=MONTH, help="The first month, as 2026-04; otherwise two years back.")
@click.option("--to", "last", type=MONTH, help="The last month; otherwise the last one that is over.")
@click.option(
    "--by", default="", help="Also by a group: age, sex, practice … What is none names those there are."
)
def command(id: str, first: datetime | None, last: datetime | None, by: str) -> Report:
    """Count one measure over the warehouse: numerator, denominator, interval. Small numbers are hidden."""
    configuration = ready_place()
    from careweave.cli._warehouse import london_today
    from careweave.measures.publishing import measure, months_between, whole_months_before
    from careweave.warehouse.indicators import load_indicator, ways_to_group
    from careweave.warehouse.store import SECONDARY_USE, open_warehouse

    indicator = load_indicator(id, london_today())
    if by and by not in (ways := ways_to_group(indicator)):
        raise click.BadParameter(
            f"{id} is not counted by {by}. Use one of: {', '.join(ways)}.", param_hint="--by"
        )
    with open_warehouse(configuration.home, purpose=SECONDARY_USE) as warehouse:
        usual = whole_months_before(warehouse.as_at)
        months = months_between(first.date() if first else usual[0], last.date() if last else usual[-1])
        if not months:
            raise click.BadParameter("The first month is after the last one.", param_hint="--from")
        found = measure(warehouse, indicator, months, by)
    return _report(indicator, found)


def _report(indicator: Indicator, found: Result) -> Report:
    figures: dict[str, Any] = {**asdict(found), "title": indicator.title, "unit": indicator.unit}
    for name in ("as_at", "first", "last"):
        figures[name] = figures[name].isoformat()
    return Report(
        figures,
        [
            f"{indicator.title} ({indicator.unit}), {_time(found)}",
            *(_line(each, indicator.kind) for each in _figures(found)),
        ],
    )


def _time(found: Result) -> str:
    return f"{found.first:%B %Y} to {found.last:%B %Y}"


def _figures(found: Result) -> list[Figure]:
    standardised = [found.standardised] if found.standardised else []
    return [found.whole, *standardised, *found.groups]


def _line(figure: Figure, kind: str) -> str:
    if figure.why_hidden:
        return f"{figure.name}: {figure.why_hidden}"
    if figure.value is None:
        return f"{figure.name}: nobody to count among"
    counts = f" ({figure.numerator:,} of {figure.denominator:,})" if figure.numerator is not None else ""
    counts = f" (of {figure.denominator:,} people)" if kind == "index" else counts
    value, lower, upper = (_number(each) for each in (figure.value, figure.lower, figure.upper))
    return f"{figure.name}: {value}, 95 % interval {lower} to {upper}{counts}"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
