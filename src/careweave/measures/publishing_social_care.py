"""Counts the official tables of adult social care over events, for the pages or for a council's own file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from ibis.expr.types import Table

from careweave.measures.social_care import CountTable, SocialCare, Sum, keep, table_of
from careweave.warehouse.client_level import carers, homes, reablement, requests, statuses, support
from careweave.warehouse.client_level.definition import Rules, load_rules
from careweave.warehouse.client_level.events import Period
from careweave.warehouse.client_level.held import held_events
from careweave.warehouse.engine import Engine
from careweave.warehouse.store import SECONDARY_USE, open_warehouse

Rows = Sequence[Mapping[str, Any]]
Ask = Callable[[Table], Rows]
ALL, NOT_CLASSIFIED = "All", "Cannot be classified"
MEN_AND_WOMEN = {"male": "men", "female": "women"}
OWN_HOME, ELSEWHERE = "in their own home or with family", "elsewhere, or not known"


@dataclass(frozen=True)
class Directed:
    """ASCOF 3D of clients or of carers; `total` is the line that both shares are of."""

    id: str
    part: str
    title: str
    source: str
    total: str


CLIENTS = Directed(
    "ascof-3d", "a", "How support at home is paid", "ASCOF 3D, clients", "Supported at home on the last day"
)
CARERS = Directed(
    *("ascof-3d-carers", "b", "How carers' own support is paid", "ASCOF 3D, carers"),
    "Carers with support of their own in the year",
)


def publish_social_care(home: Path, on: date) -> SocialCare:
    """The twelve whole months before the warehouse's day, of those who may be counted."""
    rules = load_rules(on)
    with open_warehouse(home, purpose=SECONDARY_USE) as warehouse:
        period = last_year(warehouse.as_at)
        events = warehouse.engine.hold("client_level", held_events(warehouse.tables, warehouse.as_at))
        found = social_care(warehouse.engine.rows, events, rules, period, warehouse.as_at)
    keep(home, found)
    return found


def social_care_of(events: pa.Table, on: date, period: Period) -> SocialCare:
    """The same over a council's own rows, which are held nowhere."""
    engine = Engine()
    try:
        table = engine.take("client_level", events)
        return social_care(engine.rows, table, load_rules(on), period, on)
    finally:
        engine.close()


def last_year(as_at: date) -> Period:
    end = as_at.replace(day=1) - timedelta(days=1)
    after = end + timedelta(days=1)
    return Period(after.replace(year=after.year - 1), end, as_at, as_at)


def social_care(ask: Ask, events: Table, rules: Rules, period: Period, as_at: date) -> SocialCare:
    tables = (
        _requests(ask(requests.requests(events, rules, period))),
        _reablement(ask(reablement.reablements(events, rules, period)), rules),
        _existing(ask(reablement.of_existing_clients(events, rules, period))),
        _homes(ask(homes.ascof_2bc(homes.new_in_care_homes(events, rules, period)))),
        _living(ask(statuses.ascof_2e(statuses.living(events, rules, period), rules))),
        *(_disability(ask, events, rules, period, column) for column in ("employment", "accommodation")),
        *_long_term(ask, events, rules, period),
        _directed(
            ask(support.ascof_3d(support.supported(events, rules, period, period.end), rules, support.ALL)),
            CLIENTS,
        ),
        _carers(ask(carers.carers(events, rules, period))),
        _directed(ask(carers.ascof_3d(events, rules, period)), CARERS),
    )
    return SocialCare(rules.id, rules.version, rules.source, period.start, period.end, as_at, tables)


def _requests(rows: Rows) -> CountTable:
    cells = Counter(_sequel(row["sequel"]) for row in rows)
    title = "Requests for support from new clients, by what followed"
    return table_of("sts001", title, "STS001", _sorted(cells), [Sum(ALL, tuple(sorted(cells)))])


def _reablement(rows: Rows, rules: Rules) -> CountTable:
    cells = Counter(_sequel(row["sequel"]) for row in rows)
    cells.update(dict.fromkeys((*rules.without_long_term, *rules.with_long_term), 0))
    without = "Without long-term support (2A numerator)"
    counted = "Counted in ASCOF 2A (denominator)"
    rest = [each for each in sorted(cells) if each not in (*rules.without_long_term, *rules.with_long_term)]
    sums = [
        Sum(without, rules.without_long_term),
        Sum(counted, (without, *rules.with_long_term)),
        Sum(ALL, (counted, *rest)),
    ]
    title = "Reablement that ended, by what followed"
    return table_of(
        "sts002a",
        title,
        "STS002a, ASCOF 2A",
        _sorted(cells),
        sums,
        [("ASCOF 2A: without long-term support after reablement", without, counted)],
    )


def _existing(rows: Rows) -> CountTable:
    cells = {"Reablement that ended": len(rows)}
    return table_of("sts002b", "Reablement of people who already had long-term support", "STS002b", cells, [])


def _homes(rows: Rows) -> CountTable:
    cells = {
        "18 to 64 (ASCOF 2B numerator)": sum(row["younger"] for row in rows),
        "65 and over (ASCOF 2C numerator)": sum(row["older"] for row in rows),
    }
    return table_of("ascof-2bc", "People newly living in a care home", "ASCOF 2B/2C", cells, [])


def _living(rows: Rows) -> CountTable:
    cells: dict[str, int] = {}
    for gender in statuses.GENDERS:
        mine = [row for row in rows if row["gender"] == gender]
        settled = sum(row["numerator"] for row in mine)
        cells[_of(gender, OWN_HOME)] = settled
        cells[_of(gender, ELSEWHERE)] = sum(row["denominator"] for row in mine) - settled
    both = {
        where: tuple(_of(gender, where) for gender in statuses.GENDERS) for where in (OWN_HOME, ELSEWHERE)
    }
    home, other = (_of("all", where) for where in both)
    sums = [Sum(home, both[OWN_HOME]), Sum(other, both[ELSEWHERE]), Sum(ALL, (home, other))]
    sums += [
        Sum(gender.capitalize(), tuple(_of(gender, where) for where in both)) for gender in statuses.GENDERS
    ]
    shares = [("ASCOF 2E: in their own home or with family", home, ALL)]
    shares += [
        (f"ASCOF 2E, {MEN_AND_WOMEN[gender]}", _of(gender, OWN_HOME), gender.capitalize())
        for gender in statuses.GENDERS
    ]
    return table_of("ascof-2e", "Where people with long-term support live", "ASCOF 2E", cells, sums, shares)


def _disability(ask: Ask, events: Table, rules: Rules, period: Period, column: str) -> CountTable:
    told = ask(statuses.learning_disability(events, rules, period, column))
    people = {(row["la"], row["id"], row["status"]) for row in told}
    cells = Counter(rules.words[status] for _, _, status in people)
    number = {"employment": "1", "accommodation": "2"}[column]
    title = f"{column.capitalize()} of people aged 18 to 64 with a learning disability"
    return table_of(
        f"lts004-{number}", title, f"LTS004 table {number}", _sorted(cells), [Sum(ALL, tuple(sorted(cells)))]
    )


def _long_term(ask: Ask, events: Table, rules: Rules, period: Period) -> Iterator[CountTable]:
    def over(first: date) -> Table:
        return support.supported(events, rules, period, first)

    yield _supported(ask, over(period.start), rules, "a", "People with long-term support in the year")
    yield _supported(ask, over(period.end), rules, "b", "People with long-term support on the last day")
    lasting = support.supported_for_long(events, rules, period)
    title = "People whose long-term support on the last day had gone on for over a year"
    yield _supported(ask, lasting, rules, "c", title)


def _supported(ask: Ask, held: Table, rules: Rules, part: str, title: str) -> CountTable:
    cells: Counter[str] = Counter()
    for band in (support.YOUNGER, support.OLDER):
        for row in ask(support.headcount(held, rules, band, is_as_written=part == "c")):
            delivery = f", {rules.words[row['delivery']]}" if row["delivery"] else ""
            cells[f"{rules.words[row['service']]}{delivery}; {band}"] += 1
    sums = [
        Sum(band, tuple(each for each in sorted(cells) if each.endswith(band)))
        for band in (support.YOUNGER, support.OLDER)
    ]
    sums.append(Sum(ALL, (support.YOUNGER, support.OLDER)))
    return table_of(f"lts001{part}", title, f"LTS001{part}", _sorted(cells), sums)


def _carers(rows: Rows) -> CountTable:
    cells = Counter(row["support"] for row in rows)
    title = "Carers, by the support that they had in the year"
    return table_of("lts003", title, "LTS003", _sorted(cells), [Sum(ALL, tuple(sorted(cells)))])


def _directed(rows: Rows, of: Directed) -> CountTable:
    direct, directed, every = (
        sum(row[name] for row in rows) for name in ("direct_payment", "self_directed", "denominator")
    )
    one, two, three = "Direct payment", "A budget that the council manages", "Neither"
    both, total = "Self-directed", of.total
    cells = {one: direct, two: directed - direct, three: every - directed}
    sums = [Sum(both, (one, two)), Sum(total, (both, three))]
    shares = [
        (f"ASCOF 3D, part 1{of.part}: self-directed support", both, total),
        (f"ASCOF 3D, part 2{of.part}: a direct payment", one, total),
    ]
    return table_of(of.id, of.title, of.source, cells, sums, shares)


def _sequel(words: str | None) -> str:
    """The official text marks by a beginning what was read from the outcome alone."""
    if words is None:
        return NOT_CLASSIFIED
    plain = words.replace("Unable_To_Classify", NOT_CLASSIFIED.lower())
    return plain.replace(requests.NO_CHRONOLOGY, "Nothing after: ").replace(
        f"{requests.NO_SERVICE_FOUND}_", "No service after: "
    )


def _of(gender: str, where: str) -> str:
    return f"{gender.capitalize()}, {where}"


def _sorted(cells: Mapping[str, int]) -> dict[str, int]:
    return {label: cells[label] for label in sorted(cells)}
