"""Who the people are, as a page and a file show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from careweave.measures.population import ALL, Parted, Population
from careweave.web.presenters.bars import Bar

COLUMNS = (
    *("definition", "version", "data_up_to", "segment", "age", "people_rounded", "why_hidden"),
    *("rounded_to", "fewest_shown", "source"),
)
HIDDEN = "Hidden: fewer than {} people, or so that another small number cannot be worked out"


@dataclass(frozen=True)
class PartedPage:
    """One way to part the people: a row a segment, a column an age, and its bars."""

    parted: Parted
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class PopulationPage:
    """What the top of the page says, and each way to part the people."""

    as_at: date
    everyone: str
    left_out: str
    rounded_to: int
    fewest: int
    parted: tuple[PartedPage, ...]


def page(found: Population | None) -> PopulationPage | None:
    """None before anything was counted."""
    if found is None:
        return None
    return PopulationPage(
        found.as_at,
        _shown(found.everyone),
        f"Fewer than {found.fewest}" if found.left_out is None else f"{found.left_out:,}",
        found.rounded_to,
        found.fewest,
        tuple(map(_parted, found.parted)),
    )


def _parted(one: Parted) -> PartedPage:
    columns = (*one.ages, ALL)
    rows = tuple(
        (name, tuple(_shown(one.cells.get((name, age))) for age in columns)) for name in (*one.names, ALL)
    )
    drawn = tuple(
        Bar(name, one.cells.get((name, ALL)), _shown(one.cells.get((name, ALL)))) for name in one.names
    )
    return PartedPage(one, columns, rows, drawn)


def _shown(count: int | None) -> str:
    return "Hidden" if count is None else f"{count:,}"


def rows_of(found: Population) -> Iterator[tuple[object, ...]]:
    """One row a cell of each way to part the people."""
    ends = (found.rounded_to, found.fewest)
    for one in found.parted:
        for (segment, age), count in one.cells.items():
            why = "" if count is not None else HIDDEN.format(found.fewest)
            yield (one.id, one.version, found.as_at, segment, age, count, why, *ends, "; ".join(one.source))
