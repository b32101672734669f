"""A statement of capitation as its page and its file show it: pounds for networks, with small lists kept back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from careweave.measures.suppression import THRESHOLD, Total, hidden
from careweave.money.statements import NetworkLine, Statement
from careweave.web.presenters.bars import Bar
from careweave.web.presenters.measures import month_name

ALL = "All networks"
HIDDEN = f"Hidden: a list of fewer than {THRESHOLD} people, or so that one cannot be worked out"
COLUMNS = (
    *(
        "contract",
        "version",
        "network",
        "practices",
        "people",
        "days",
        "month",
        "is_owed",
        "pence",
        "why_hidden",
    ),
    *("from", "to", "owed_until", "data_up_to", "sources"),
)


@dataclass(frozen=True)
class Line:
    """Words for one network, or for all; `is_hidden` where its list is small."""

    name: str
    people: str
    days: str
    owed: str
    expected: str
    is_hidden: bool = False


@dataclass(frozen=True)
class Month:
    """What was owed for one month, network by network in the order of the lines, and for all."""

    name: str
    is_owed: bool
    amounts: tuple[str, ...]
    total: str


@dataclass(frozen=True)
class Page:
    """One contract. `bars`: what is owed to each network whose list is not small."""

    statement: Statement
    lines: tuple[Line, ...]
    total: Line
    months: tuple[Month, ...]
    bars: tuple[Bar, ...]
    empty: tuple[str, ...]  # the names of networks on whose lists nobody is in the whole year
    unpaid: tuple[str, ...]


def page(statement: Statement) -> Page:
    kept_back = small_lists(statement)
    networks = [each for each in statement.networks if each.people or each.expected_pence]
    lines = tuple(_line(each, each.code in kept_back) for each in networks)
    total = NetworkLine(
        code="",
        name=ALL,
        practices=(),
        people=sum(each.people for each in statement.networks),
        days=sum(each.days for each in statement.networks),
        owed_pence=sum(each.owed_pence for each in statement.networks),
        expected_pence=sum(each.expected_pence for each in statement.networks),
    )
    bars = tuple(
        Bar(each.name, each.owed_pence / 100, f"£{each.owed_pence // 100:,}")
        if each.code not in kept_back
        else Bar(each.name, None, HIDDEN)
        for each in networks
    )
    unpaid = tuple(_unpaid(each.practice, each.people) for each in statement.unpaid)
    return Page(
        statement,
        lines,
        _line(total, ALL in kept_back),
        tuple(_months(statement, networks, kept_back)),
        bars,
        tuple(each.name for each in statement.networks if each not in networks),
        unpaid,
    )


def small_lists(statement: Statement) -> frozenset[str]:
    """The codes of networks (and `ALL`) whose numbers are kept back: an amount tells how long a list is."""
    counts = {each.code: each.people for each in statement.networks}
    total = Total(ALL, tuple(counts))
    return hidden(
        {**counts, ALL: sum(counts.values())},
        [total],
        shown=[ALL] if sum(counts.values()) >= THRESHOLD else [],
        is_said_why=False,
    )


def rows_of(statements: tuple[Statement, ...]) -> Iterator[tuple[object, ...]]:
    """One row a network and month; pence are whole."""
    for each in statements:
        kept_back = small_lists(each)
        about = (each.start, each.end, each.owed_until, each.as_at, "; ".join(each.sources))
        for line in each.networks:
            is_hidden = line.code in kept_back
            head = (each.id, each.version, line.name, " ".join(line.practices))
            size = ("", "") if is_hidden else (line.people, line.days)
            for month in each.ledger:
                is_owed = each.owed_until is not None and month.month <= each.owed_until
                pence = "" if is_hidden else month.paid.get(line.code, 0)
                yield (
                    *head,
                    *size,
                    month.month,
                    "yes" if is_owed else "no",
                    pence,
                    HIDDEN if is_hidden else "",
                    *about,
                )


def pounds(pence: int) -> str:
    """“£1,234,567.89”."""
    return f"{'−' if pence < 0 else ''}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def _line(each: NetworkLine, is_hidden: bool) -> Line:
    if is_hidden:
        return Line(each.name, "Hidden", "Hidden", "Hidden", "Hidden", is_hidden=True)
    amounts = (pounds(each.owed_pence), pounds(each.expected_pence))
    return Line(each.name, f"{each.people:,}", f"{each.days:,}", *amounts)


def _months(
    statement: Statement, networks: Sequence[NetworkLine], kept_back: frozenset[str]
) -> Iterator[Month]:
    for each in statement.ledger:
        is_owed = statement.owed_until is not None and each.month <= statement.owed_until
        amounts = tuple(
            "Hidden" if line.code in kept_back else pounds(each.paid.get(line.code, 0)) for line in networks
        )
        total = "Hidden" if ALL in kept_back else pounds(sum(each.paid.values()))
        yield Month(month_name(each.month.isoformat()[:7]), is_owed, amounts, total)


def _unpaid(practice: str, people: int) -> str:
    size = f"{people:,}" if people == 0 or people >= THRESHOLD else f"fewer than {THRESHOLD}"
    return f"{practice}: {size} people"
