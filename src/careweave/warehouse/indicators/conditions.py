"""The parts of an indicator that say which rows count and what is asked of each: read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from careweave.warehouse.indicators.records import RECORDS, column_type, is_day, is_number, types

NIGHTS = "nights"
SPREADS = "spreads"  # one person's contacts in one quarter of a year, over organisations or over sectors
SPREAD_INDICES = ("coc", "upc", "secon", "mmci", "fragmentation", "density")
SPREAD_AMOUNTS = (*SPREAD_INDICES, "handovers", "providers", "contacts")


@dataclass(frozen=True)
class Diagnosis:
    """ICD-10 prefixes: of what a spell was for, or of any of its diagnoses."""

    codes: tuple[str, ...]
    is_anywhere: bool = False


@dataclass(frozen=True)
class Excluded:
    """ICD-10 prefixes of any diagnosis of a spell, or of the person in so many days before it, that leave it out."""

    codes: tuple[str, ...]
    days_before: int = 0


@dataclass(frozen=True)
class Having:
    """What is asked of each item. Exactly one of these; an item of which it is not known is not counted at all."""

    at_least: int | None = None  # of the column, or of the nights
    at_most: int | None = None
    among: tuple[str, ...] = ()
    is_present: bool = False  # the column has a value; here nothing is unknown
    is_absent: bool = False  # the column has none
    within_days: int | None = None  # the day in the column is this many days after the beginning, or fewer
    at_home_after: int | None = None  # days after the end: alive, in no hospital and in no care home
    column: str = NIGHTS


@dataclass(frozen=True)
class Need:
    """A column that somebody must fill, with one of some words perhaps, else the measure is not computable; and why."""

    table: str
    column: str
    why: str
    among: tuple[str, ...] = ()


Where = tuple[tuple[str, tuple[str, ...]], ...]
TESTS = ("at_least", "at_most", "among", "is_present", "is_absent", "within_days", "at_home_after")


def read_where(told: Any, of: str, name: str, problems: list[str], key: str = "where") -> Where:
    if told is None:
        return ()
    if not isinstance(told, Mapping) or of not in RECORDS:
        problems.append(
            f"{name}.{key} needs columns with lists of words, and a table of {', '.join(RECORDS)}"
        )
        return ()
    for column, values in told.items():
        if column_type(of, column) is None:
            problems.append(f"{name}.{key}: {RECORDS[of].table} has no column {column!r}")
        if not _are_words(values):
            problems.append(f"{name}.{key}.{column} must be a list of words")
    return tuple((column, tuple(values)) for column, values in sorted(told.items()) if _are_words(values))


def read_diagnosis(told: Any, of: str, name: str, problems: list[str]) -> Diagnosis | None:
    if told is None:
        return None
    if of != "spells" or not isinstance(told, Mapping) or set(told) - {"codes", "anywhere"}:
        problems.append(f"{name}.diagnosis is for spells only, with codes and perhaps anywhere")
        return None
    codes = told.get("codes", ())
    wrong = [code for code in codes if not _is_icd10(code)] if _are_words(codes) else [codes]
    problems += [f"{name}.diagnosis: {code!r} is no ICD-10 code or beginning of one" for code in wrong]
    return Diagnosis(() if wrong else tuple(codes), told.get("anywhere", False))


def read_excluded(told: Any, of: str, name: str, problems: list[str]) -> Excluded | None:
    if told is None:
        return None
    known, days = {"codes", "days_before"}, told.get("days_before", 0) if isinstance(told, Mapping) else 0
    if of != "spells" or not isinstance(told, Mapping) or set(told) - known or not isinstance(days, int):
        problems.append(f"{name}.without_diagnosis is for spells only, with codes and perhaps days_before")
        return None
    read = read_diagnosis({"codes": told.get("codes", ())}, of, f"{name}.without_diagnosis", problems)
    return Excluded(read.codes if read else (), days)


def read_having(told: Any, of: str, problems: list[str]) -> Having | None:
    if told is None:
        return None
    if not isinstance(told, Mapping) or set(told) - {*TESTS, "column"} or len(set(told) & set(TESTS)) != 1:
        problems.append(f"having needs exactly one of {', '.join(TESTS)}, and perhaps a column")
        return None
    having = Having(**{**told, "among": tuple(told.get("among", ()))})
    if having.at_home_after is not None:
        return having
    problems += _column_problems(having, of)
    return having


def _column_problems(having: Having, of: str) -> list[str]:
    if having.column == NIGHTS:
        is_about_nights = having.at_least is not None or having.at_most is not None
        return [] if is_about_nights else ["having needs a column"]
    found = column_type(of, having.column) if of in RECORDS else None
    if found is None:
        return [f"having.column {having.column!r} is not known of {of}"]
    if having.within_days is not None and not is_day(found):
        return [f"having.column {having.column!r} is no day"]
    if (having.at_least is not None or having.at_most is not None) and not is_number(found):
        return [f"having.column {having.column!r} is no number"]
    return []


def read_needs(told: Any, problems: list[str], name: str = "needs") -> tuple[Need, ...]:
    found = []
    for each in told or ():
        table, column, why = (each.get(key, "") for key in ("table", "column", "why"))
        if column not in types().get(table, {}):
            problems.append(f"{name}: the warehouse has no column {table}.{column}")
        if not why:
            problems.append(f"{name}: say why in words, where nobody sends {table}.{column}")
        found.append(Need(table, column, why, tuple(each.get("among", ()))))
    return tuple(found)


def amount_problems(amount: str, of: str) -> list[str]:
    """An amount is the nights, a number in a column, or the days from the beginning to the day in a column."""
    if of == SPREADS:
        return (
            [] if amount in SPREAD_AMOUNTS else [f"amount {amount!r} is none of {', '.join(SPREAD_AMOUNTS)}"]
        )
    if amount in ("", NIGHTS):
        return []
    found = column_type(of, amount) if of in RECORDS else None
    return (
        []
        if is_day(found) or is_number(found)
        else [f"amount {amount!r} is neither nights, nor a day or number of {of}"]
    )


def _are_words(told: Any) -> bool:
    return (
        isinstance(told, Sequence)
        and not isinstance(told, str)
        and bool(told)
        and all(isinstance(one, str) for one in told)
    )


def _is_icd10(code: str) -> bool:
    """Plain: a capital letter, two figures, and perhaps more; no point."""
    return 3 <= len(code) <= 5 and "A" <= code[0] <= "Z" and code[1].isdigit() and code[2:].isalnum()
