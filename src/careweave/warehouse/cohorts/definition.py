"""What groups may be made of: a closed list of words and of the numbers that they may be compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.warehouse.registers import Measure, Register, Rule, RuleError, read_register, read_rule
from careweave.warehouse.registers.rule import Both, Compare, Either, Has, Not, measures_of
from careweave.warehouse.registers.words import age_in_words

KIND = "cohorts"
SIGNS = (">=", "<")
# What is told of a group, in the order of the page.
TOLD = {"age": "Age", "sex": "Sex", "fifth": "Deprivation", "stays": "Emergency stays in the last year"}
_NO_ORDER = {"suggest_from": 0, "waiting_at_most": 0, "stale_after_days": 0}


class CohortError(Exception):
    """A group that cannot be counted; the message says why and what to do."""


@dataclass(frozen=True)
class Words:
    """The definition of a day, and its limits."""

    definition: Definition
    measures: Mapping[str, Measure]
    numbers: Mapping[str, tuple[int, ...]]
    fewest: int
    rounded_to: int
    most_rules: int
    on: date

    @property
    def version(self) -> str:
        return self.definition.version


def load_words(on: date, id: str = "planning") -> Words:
    return read_words(load_definition(KIND, id, on), on)


def read_words(definition: Definition, on: date) -> Words:
    """Raises DefinitionError with everything that is wrong with it."""
    given = dict(definition.content.get("measures", {}))
    problems = [f"measures.{key}: numbers are missing" for key, each in given.items() if _lacks(each)]
    limits: dict[str, Any] = {
        key: definition.content.get(key) for key in ("fewest", "rounded_to", "most_rules")
    }
    problems += [
        f"{key} must be a whole number above 1"
        for key, value in limits.items()
        if not isinstance(value, int) or value < 2
    ]
    if problems or not given:
        raise DefinitionError([f"{definition.name}: {each}" for each in problems or ["measures are missing"]])
    every = " or ".join(given)
    measures = read_register(_with_rule(definition, every, given), on).measures
    numbers = {key: tuple(each.get("numbers", ())) for key, each in given.items()}
    return Words(definition, measures, numbers, **limits, on=on)


def _lacks(measure: Mapping[str, object]) -> bool:
    return measure.get("kind") != "condition" and not measure.get("numbers")


def _with_rule(definition: Definition, rule: str, measures: Mapping[str, object]) -> Definition:
    return replace(definition, content={"rule": rule, "measures": measures, **_NO_ORDER})


def read_group(words: Words, text: str) -> Register:
    """The rule as a register of only the measures that it names. Raises CohortError in words for whoever typed it."""
    try:
        rule = read_rule(text)
    except RuleError as error:
        raise CohortError(f"This rule cannot be read: {error}.") from error
    used = set(measures_of(rule))
    unknown = sorted(used - words.measures.keys())
    if unknown:
        raise CohortError(f"‘{unknown[0]}’ is not a word of groups. Choose from the list.")
    for compare in comparisons(rule):
        _refuse_number(words, compare)
    if len(lines_of(rule)) > words.most_rules:
        raise CohortError(f"A group may have {words.most_rules} rules. Take one away.")
    given = {key: each for key, each in words.definition.content["measures"].items() if key in used}
    return read_register(_with_rule(words.definition, text, given), words.on)


def comparisons(rule: Rule) -> Iterator[Compare]:
    match rule:
        case Compare():
            yield rule
        case Not(inner):
            yield from comparisons(inner)
        case Both(rules) | Either(rules):
            for each in rules:
                yield from comparisons(each)


def lines_of(rule: Rule) -> tuple[Rule, ...]:
    """The rules that must all hold, one by one."""
    return rule.rules if isinstance(rule, Both) else (rule,)


def rule_of(lines: Sequence[str]) -> str:
    """The lines, all of which must hold, as one rule."""
    kept = [line.strip() for line in lines if line.strip()]
    return " and ".join(f"({line})" if " or " in line else line for line in kept)


def _refuse_number(words: Words, compare: Compare) -> None:
    allowed = words.numbers[compare.measure]
    if compare.sign not in SIGNS or compare.number not in map(Decimal, allowed):
        listed = ", ".join(map(str, allowed))
        told = f"‘{compare.measure}’ may be compared with >= or < and {listed}" if allowed else ""
        raise CohortError(f"{told or f'‘{compare.measure}’ has no number: write it alone'}.")


def written(rule: Rule) -> str:
    """The rule as text again, as `read_rule` reads it."""
    match rule:
        case Has(measure):
            return measure
        case Compare(measure, sign, number):
            return f"{measure} {sign} {number}"
        case Not(inner):
            return f"not ({written(inner)})" if isinstance(inner, Both | Either) else f"not {written(inner)}"
        case Both(rules):
            return " and ".join(
                f"({written(each)})" if isinstance(each, Both | Either) else written(each) for each in rules
            )
        case Either(rules):
            return " or ".join(
                f"({written(each)})" if isinstance(each, Either) else written(each) for each in rules
            )


def in_words(rule: Rule, measures: Mapping[str, Measure]) -> str:
    """“75 or over”, “at least 2 falls in 183 days”, “diabetes or COPD”, “no dementia”."""
    match rule:
        case Has(id):
            measure = measures[id]
            return measure.words if not measure.days else f"{measure.words} in {measure.days} days"
        case Compare(id, sign, number):
            return _compared(measures[id], sign, number)
        case Not(Has() as inner):
            return f"no {in_words(inner, measures)}"
        case Not(inner):
            return f"not: {in_words(inner, measures)}"
        case Both(rules):
            return " and ".join(in_words(each, measures) for each in rules)
        case Either(rules):
            return " or ".join(in_words(each, measures) for each in rules)


def _compared(measure: Measure, sign: str, number: Decimal) -> str:
    if measure.kind == "age":
        return age_in_words(sign, number)
    how = "at least" if sign == ">=" else "fewer than"
    if measure.kind == "score":
        told = f"score of {number} or more" if sign == ">=" else f"score below {number}"
        return f"{measure.words}: {told}"
    words = measure.words if number == 1 else measure.words_for_many
    return f"{how} {number} {words} in {measure.days} days"
