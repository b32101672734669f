"""The rule language of registers: `age > 75 or diabetes`, read into a tree; it compares and combines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

LONGEST, DEEPEST = 2000, 40
COMPARISONS = (">=", "<=", "=", ">", "<")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d)?)(?![\w.])|(?P<word>[a-z][a-z0-9_]*)|(?P<sign>>=|<=|[=<>()]))"
)


class RuleError(ValueError):
    """A rule that cannot be read, and where."""


@dataclass(frozen=True)
class Has:
    """The measure is there at all (a condition is recorded, a count is above nought)."""

    measure: str


@dataclass(frozen=True)
class Compare:
    measure: str
    sign: str
    number: Decimal


@dataclass(frozen=True)
class Not:
    rule: Rule


@dataclass(frozen=True)
class Both:
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Either:
    rules: tuple[Rule, ...]


Rule: TypeAlias = Has | Compare | Not | Both | Either


def read_rule(text: str) -> Rule:
    """`or` binds loosest, then `and`, then `not`; parentheses group."""
    if len(text) > LONGEST:
        raise RuleError(f"a rule may have at most {LONGEST} characters")
    reader = _Reader(text)
    rule = reader.either(0)
    if reader.next:
        raise reader.wrong("'and', 'or' or the end")
    return rule


def measures_of(rule: Rule) -> Iterator[str]:
    match rule:
        case Has(measure) | Compare(measure):
            yield measure
        case Not(inner):
            yield from measures_of(inner)
        case Both(rules) | Either(rules):
            for each in rules:
                yield from measures_of(each)


class _Reader:
    """Reads one token ahead."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.kind = self.next = ""
        self.step()

    def step(self) -> str:
        taken = self.next
        found = _TOKEN.match(self.text, self.at)
        if found:
            self.kind, self.next = str(found.lastgroup), found[str(found.lastgroup)]
            self.start, self.at = found.start(self.kind), found.end()
        elif self.text[self.at :].strip():
            rest = self.text[self.at :]
            self.start, self.next = len(self.text) - len(rest.lstrip()), rest.split()[0]
            raise self.wrong("a name, a number or a comparison")
        else:
            self.kind, self.next, self.start = "", "", len(self.text)
        return taken

    def wrong(self, wanted: str) -> RuleError:
        found = f"{self.next!r}" if self.next else "the end"
        return RuleError(f"expected {wanted} at character {self.start + 1}, not {found}: {self.text}")

    def either(self, depth: int) -> Rule:
        rules = [self.both(depth)]
        while self.next == "or":
            self.step()
            rules.append(self.both(depth))
        return rules[0] if len(rules) == 1 else Either(tuple(rules))

    def both(self, depth: int) -> Rule:
        rules = [self.single(depth)]
        while self.next == "and":
            self.step()
            rules.append(self.single(depth))
        return rules[0] if len(rules) == 1 else Both(tuple(rules))

    def single(self, depth: int) -> Rule:
        if depth > DEEPEST:
            raise RuleError(f"a rule may be at most {DEEPEST} levels deep")
        if self.next == "not":
            self.step()
            return Not(self.single(depth + 1))
        if self.next == "(":
            self.step()
            inner = self.either(depth + 1)
            if self.next != ")":
                raise self.wrong("')'")
            self.step()
            return inner
        return self.leaf()

    def leaf(self) -> Rule:
        if self.kind != "word" or self.next in {"and", "or", "not"}:
            raise self.wrong("the name of a measure")
        measure = self.step()
        if self.next not in COMPARISONS:
            return Has(measure)
        sign = self.step()
        if self.kind != "number":
            raise self.wrong("a number with at most one decimal")
        return Compare(measure, sign, Decimal(self.step()))
