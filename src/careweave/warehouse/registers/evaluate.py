"""Whether a rule holds for one person, and why: true, false or not known (Kleene's three values)."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from careweave.warehouse.registers.model import Measure, Register, Trigger
from careweave.warehouse.registers.rule import Both, Compare, Either, Has, Not, Rule
from careweave.warehouse.registers.words import age_in_words, count_in_words

SIGNS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq}


@dataclass(frozen=True)
class Feature:
    """What a measure says about one person; `value` None is not known, `is_lacking` if it ought to be."""

    value: int | None
    first: date | None = None
    is_lacking: bool = True
    details: tuple[str, ...] = ()


Features = Mapping[str, Feature]


@dataclass(frozen=True)
class Finding:
    """What a register says about one person; `order` only orders, it predicts nothing."""

    is_on_register: bool | None
    order: int
    reasons: tuple[str, ...]
    not_known: tuple[str, ...]
    could_help: tuple[str, ...] = ()


def find_person(register: Register, features: Features, on: date) -> Finding:
    triggers = [each for each in register.triggers if holds(each.when, register.measures, features)]
    told = [_reasons(register.rule, register, features, on)]
    told += [_reasons(trigger.when, register, features, on) for trigger in triggers]
    lacking = [
        register.measures[id].not_known
        for id, feature in features.items()
        if feature.value is None and feature.is_lacking
    ]
    return Finding(
        is_on_register=holds(register.rule, register.measures, features),
        order=_order(register, features, triggers),
        reasons=tuple(dict.fromkeys(reason for reasons in told for reason in reasons)),
        not_known=tuple(dict.fromkeys(lacking)),
        could_help=tuple(
            each.words for each in register.could_help if holds(each.when, register.measures, features)
        ),
    )


def _order(register: Register, features: Features, triggers: list[Trigger]) -> int:
    if register.order_by:
        return features[register.order_by].value or 0
    return sum(trigger.weight for trigger in triggers)


def holds(rule: Rule, measures: Mapping[str, Measure], features: Features) -> bool | None:
    match rule:
        case Has(id):
            value = features[id].value
            return None if value is None else value > 0
        case Compare(id, sign, number):
            value = features[id].value
            return None if value is None else SIGNS[sign](Decimal(value), number * measures[id].scale)
        case Not(inner):
            answer = holds(inner, measures, features)
            return None if answer is None else not answer
        case Both(rules):
            return _all([holds(each, measures, features) for each in rules])
        case Either(rules):
            answers = [holds(each, measures, features) for each in rules]
            opposite = _all([None if answer is None else not answer for answer in answers])
            return None if opposite is None else not opposite


def _all(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _reasons(rule: Rule, register: Register, features: Features, on: date) -> Iterable[str]:
    """The words of the parts that make the rule true; what is absent is no reason."""
    if not holds(rule, register.measures, features):
        return
    match rule:
        case Has(id):
            yield _leaf_in_words(register.measures[id], None, features[id], on)
        case Compare(id):
            yield _leaf_in_words(register.measures[id], rule, features[id], on)
        case Both(rules) | Either(rules):
            for each in rules:
                yield from _reasons(each, register, features, on)
        case Not():
            return


def _leaf_in_words(measure: Measure, compared: Compare | None, feature: Feature, on: date) -> str:
    if measure.kind == "age" and compared:
        return age_in_words(compared.sign, compared.number)
    if measure.kind in {"recent", "events"}:
        return count_in_words(feature.value or 0, measure.words, measure.words_for_many, feature.first, on)
    details = f" ({'; '.join(feature.details)})" if feature.details else ""  # commas part reasons
    return f"{measure.words or measure.id}{details}"
