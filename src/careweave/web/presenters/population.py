"""Who the people are, as a page and a file show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from careweave.measures.population import ALL, MANY, Population
from careweave.web import wording
from careweave.web.presenters.bars import Bar

COLUMNS = (
    *("definition", "version", "data_up_to", "age", "long_term_conditions", "people_rounded", "why_hidden"),
    *("rounded_to", "fewest_shown", "conditions_counted"),
)
FEW = "Hidden: fewer than {} people, or so that another small number cannot be worked out"


@dataclass(frozen=True)
class PopulationPage:
    """`rows` by age: the words of each number of conditions, and of all; `left_out` in words."""

    as_at: date
    many: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    bars: tuple[Bar, ...]
    conditions: str
    everyone: str
    left_out: str
    rounded_to: int
    fewest: int
    definition: str
    version: str


def page(found: Population | None) -> PopulationPage | None:
    """None before anything was counted."""
    if found is None:
        return None
    columns = (*MANY, ALL)
    ages = (*found.ages, ALL)
    return PopulationPage(
        found.as_at,
        columns,
        tuple((age, tuple(_told(found, age, many) for many in columns)) for age in ages),
        tuple(Bar(many, found.of(ALL, many), _told(found, ALL, many)) for many in MANY),
        wording.listed(found.conditions),
        _told(found, ALL, ALL),
        f"Fewer than {found.fewest}" if found.left_out is None else f"{found.left_out:,}",
        found.rounded_to,
        found.fewest,
        found.definition,
        found.version,
    )


def _told(found: Population, age: str, many: str) -> str:
    count = found.of(age, many)
    return "Hidden" if count is None else f"{count:,}"


def rows_of(found: Population) -> Iterator[tuple[object, ...]]:
    """One row a cell."""
    for age in (*found.ages, ALL):
        for many in (*MANY, ALL):
            count = found.of(age, many)
            yield (
                *(found.definition, found.version, found.as_at, age, many, count),
                *("" if count is not None else FEW.format(found.fewest), found.rounded_to, found.fewest),
                "; ".join(found.conditions),
            )
