"""Emergency stays that care outside hospital might have prevented: the published lists, and their plain-Python twin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition

KIND = "ambulatory-care"
NO_FIRST = "no-first-diagnosis"
PARTS = ("first", "anywhere", "with", "without")
NO_FIRST_WORDS = "no source says which diagnosis the stay was for"
PROCEDURES_WORDS = "stays with certain operations, which the list leaves out, are counted"


@dataclass(frozen=True)
class AvoidableCondition:
    """`first`: what the stay was for; `anywhere`: any diagnosis of it; `beside`: needed besides; `without`: not besides."""

    id: str
    words: str
    group: str
    first: tuple[str, ...]
    anywhere: tuple[str, ...]
    beside: tuple[str, ...]
    without: tuple[str, ...]
    is_without_procedures: bool

    def parts(self) -> Iterable[tuple[str, str]]:
        """(part, prefix) of each code."""
        for part, codes in zip(PARTS, (self.first, self.anywhere, self.beside, self.without), strict=True):
            yield from ((part, code) for code in codes)


@dataclass(frozen=True)
class AvoidableStays:
    id: str
    version: str
    title: str
    words: str
    conditions: tuple[AvoidableCondition, ...]
    is_unconfirmed: bool

    @property
    def caveats(self) -> tuple[str, ...]:
        """What a reader of a number must know."""
        has_procedures = any(each.is_without_procedures for each in self.conditions)
        told = (PROCEDURES_WORDS,) if has_procedures else ()
        unconfirmed = "the codes of the list are not yet confirmed against the publisher's own"
        return (*told, unconfirmed) if self.is_unconfirmed else told


@dataclass(frozen=True)
class StayDiagnosis:
    """One ICD-10 code of a stay, plain; `position` 1 is what the stay was for, None where nobody says."""

    icd10: str
    position: int | None


def load_avoidable(id: str, on: date) -> AvoidableStays:
    return read_avoidable(load_definition(KIND, id, on))


def read_avoidable(definition: Definition) -> AvoidableStays:
    """Turn a definition into a list, or refuse it with everything that is wrong with it."""
    content, problems = definition.content, list[str]()
    conditions = tuple(_condition(each, problems) for each in content.get("conditions", ()))
    if not conditions or not content.get("words"):
        problems.append("words or conditions are missing")
    ids = [each.id for each in conditions]
    if len(set(ids)) != len(ids):
        problems.append("a condition is listed twice")
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    is_unconfirmed = bool(content.get("is_unconfirmed", False))
    about = definition
    return AvoidableStays(about.id, about.version, about.title, content["words"], conditions, is_unconfirmed)


def _condition(given: Mapping[str, Any], problems: list[str]) -> AvoidableCondition:
    id = str(given.get("id", ""))
    codes = {part: tuple(map(str, given.get(part, ()))) for part in PARTS}
    if not id or not given.get("words") or not given.get("group"):
        problems.append(f"condition {id!r}: id, words or group is missing")
    if not codes["first"] and not codes["anywhere"]:
        problems.append(f"condition {id!r}: has no codes")
    wrong = [code for each in codes.values() for code in each if not _is_plain(code)]
    problems += [f"condition {id!r}: {code!r} is no plain ICD-10 code" for code in wrong]
    return AvoidableCondition(
        id=id,
        words=str(given.get("words", "")),
        group=str(given.get("group", "")),
        first=codes["first"],
        anywhere=codes["anywhere"],
        beside=codes["with"],
        without=codes["without"],
        is_without_procedures=bool(given.get("is_without_procedures", False)),
    )


def _is_plain(code: str) -> bool:
    return (
        code.isascii() and code.isalnum() and code == code.upper() and code[:1].isalpha() and len(code) >= 3
    )


def avoidable_condition(
    listed: AvoidableStays, method: str | None, diagnoses: Iterable[StayDiagnosis]
) -> tuple[str | None, str]:
    """(the condition, or why nobody can say); both are empty for a stay that is none of them."""
    told = list(diagnoses)
    if method != "emergency":
        return None, ""
    found = next((each.id for each in listed.conditions if _fits(each, told)), None)
    if found is None and not any(each.position == 1 for each in told):
        return None, NO_FIRST
    return found, ""


def _fits(condition: AvoidableCondition, told: list[StayDiagnosis]) -> bool:
    first = [each.icd10 for each in told if each.position == 1]
    besides = [each.icd10 for each in told if each.position != 1]
    is_met = _any(first, condition.first) or _any([each.icd10 for each in told], condition.anywhere)
    has_beside = not condition.beside or _any(besides, condition.beside)
    return is_met and has_beside and not _any(besides, condition.without)


def _any(codes: Iterable[str], prefixes: tuple[str, ...]) -> bool:
    return any(code.startswith(prefixes) for code in codes) if prefixes else False
