"""Works out what each contract by head owes each network, once the warehouse is up to date, for the page that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from careweave.definitions import all_definitions
from careweave.money.capitation import Journal, RegisteredDays, journals, months_of
from careweave.money.contract import KIND, Contract, read_contract
from careweave.money.statements import NetworkLine, Statement, Unpaid, keep
from careweave.warehouse.expressions.registered_days import registered_days, registered_on
from careweave.warehouse.store import PAYMENT, Warehouse, open_warehouse


def publish_capitation(home: Path, on: date) -> tuple[Statement, ...]:
    """Of every contract whose days have begun, those of its last year included; everyone is paid for, opted out or not."""
    contracts = [read_contract(each) for each in all_definitions(KIND) if each.valid_from <= on]
    with open_warehouse(home, purpose=PAYMENT) as warehouse:
        found = tuple(statement(warehouse, each) for each in contracts)
    keep(home, found)
    return found


def statement(warehouse: Warehouse, contract: Contract) -> Statement:
    """Months that are over by the warehouse's day are owed; those to come are what they are if nobody moves or dies."""
    months = months_of(contract.start, contract.end)
    over = tuple(each for each in months if each[1] < warehouse.as_at)
    counted = warehouse.engine.rows(registered_days(warehouse.tables, months, contract.start))
    rows = [RegisteredDays(**{**row, "days": int(row["days"])}) for row in counted]
    last = over[-1][1] if over else contract.start - timedelta(days=1)
    people = {
        row["practice"]: row["people"] for row in warehouse.engine.rows(registered_on(warehouse.tables, last))
    }
    months_journals = {each.month: each for each in journals(contract, rows)}
    ledger = tuple(months_journals.get(first, Journal(first, ())) for first, _ in months)
    return Statement(
        id=contract.id,
        version=contract.version,
        title=contract.title,
        sources=contract.source,
        start=contract.start,
        end=contract.end,
        as_at=warehouse.as_at,
        owed_until=last if over else None,
        networks=tuple(_lines(contract, rows, ledger[: len(over)], ledger, people, last)),
        ledger=ledger,
        unpaid=tuple(_unpaid(contract, rows, people, last)),
    )


def _lines(
    contract: Contract,
    rows: Iterable[RegisteredDays],
    owed: tuple[Journal, ...],
    ledger: tuple[Journal, ...],
    people: Mapping[str, int],
    last: date,
) -> Iterable[NetworkLine]:
    days = _days_until(rows, last)
    for each in contract.networks:
        yield NetworkLine(
            code=each.code,
            name=each.name,
            practices=each.practices,
            people=sum(people.get(practice, 0) for practice in each.practices),
            days=sum(days.get(practice, 0) for practice in each.practices),
            owed_pence=sum(month.paid.get(each.code, 0) for month in owed),
            expected_pence=sum(month.paid.get(each.code, 0) for month in ledger),
        )


def _unpaid(
    contract: Contract, rows: Iterable[RegisteredDays], people: Mapping[str, int], last: date
) -> Iterable[Unpaid]:
    for practice, days in sorted(_days_until(rows, last).items()):
        if practice not in contract.network_of and days:
            yield Unpaid(practice, people.get(practice, 0), days)


def _days_until(rows: Iterable[RegisteredDays], last: date) -> dict[str, int]:
    found: dict[Any, int] = {}
    for row in rows:
        if row.month <= last:
            found[row.practice] = found.get(row.practice, 0) + row.days
    return found
