"""Capitation: what each network is owed for its people, by the day they are registered with it, to the penny.

For each person, price × registered days ÷ days of the contract; a month's whole is rounded to the nearest penny and its
pence that are left go to the largest remainders, so that the networks add up to what leaves the fund.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from careweave.money.contract import Contract

FUND = "fund"


@dataclass(frozen=True)
class RegisteredDays:
    """Days that people of one practice, sex and age were registered in the month that begins on `month`."""

    practice: str
    month: date
    sex: str | None
    age: int | None
    days: int


@dataclass(frozen=True)
class Posting:
    """Pence into an account, below 0 out of it."""

    account: str
    pence: int


@dataclass(frozen=True)
class Journal:
    """One month: out of the fund, and to each network in the order of the contract. The postings add up to nothing."""

    month: date
    postings: tuple[Posting, ...]

    @property
    def paid(self) -> Mapping[str, int]:
        """Pence to each network."""
        return {each.account: each.pence for each in self.postings if each.account != FUND}


def journals(contract: Contract, rows: Iterable[RegisteredDays]) -> tuple[Journal, ...]:
    """One for each month with a registered day, in order; days in practices of no network are paid to nobody."""
    owed: dict[date, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for row in rows:
        network = contract.network_of.get(row.practice)
        if network is not None:
            owed[row.month][network] += contract.price(row.sex, row.age) * row.days / contract.days
    return tuple(_journal(contract, month, owed[month]) for month in sorted(owed))


def _journal(contract: Contract, month: date, owed: Mapping[str, Fraction]) -> Journal:
    exact = {each.code: owed.get(each.code, Fraction(0)) for each in contract.networks}
    pence = whole_pence(exact)
    fund = Posting(FUND, -sum(pence.values()))
    return Journal(month, (fund, *(Posting(code, pence[code]) for code in exact)))


def whole_pence(exact: Mapping[str, Fraction]) -> dict[str, int]:
    """Each amount in whole pence, so that they add up to their sum to the nearest penny (half a penny up).

    The largest remainders are rounded up; of equal ones, those whose name comes first.
    """
    down = {name: amount.__floor__() for name, amount in exact.items()}
    left = (sum(exact.values(), Fraction(0)) + Fraction(1, 2)).__floor__() - sum(down.values())
    order = sorted(exact, key=lambda name: (down[name] - exact[name], name))
    return {name: down[name] + (name in order[:left]) for name in exact}


def months_of(start: date, end: date) -> tuple[tuple[date, date], ...]:
    """The calendar months from the first day to the last, the first and the last cut to fit: first and last day of each."""
    found, first = [], start
    while first <= end:
        next_month = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        found.append((first, min(end, date.fromordinal(next_month.toordinal() - 1))))
        first = next_month
    return tuple(found)
