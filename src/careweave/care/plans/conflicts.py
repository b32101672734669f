"""Where two things in one plan may work against each other, for someone with several conditions; shown, never blocking.

The rules are definitions (definitions/plan-conflicts), each with the guideline it comes from; pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, all_definitions

from .checking import ActiveCondition
from .parts import PlanDraft

KIND = "plan-conflicts"
_CONDITIONS = "conditions"
_SNOMED, _ICD10 = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10"


@dataclass(frozen=True)
class Conflict:
    """Words of the plan, what they may work against, why, what to ask, and where that is written."""

    words: str
    against: str
    why: str
    ask: str
    source: str


@dataclass(frozen=True)
class _Rule:
    advice: re.Pattern[str]
    conditions: frozenset[str]
    stems: tuple[str, ...]
    names: re.Pattern[str] | None


def conflicts(
    draft: PlanDraft, conditions: Sequence[ActiveCondition], *, today: date, medicines: Sequence[str] = ()
) -> tuple[Conflict, ...]:
    """Every conflict the rules in force know of, each pair once; `medicines` are the names of those being taken."""
    items = [*_items(draft)]
    found: dict[tuple[str, str], Conflict] = {}
    for definition in all_definitions(KIND):
        if definition.holds_on(today):
            for each in _conflicts_of(definition, items, conditions, medicines, today):
                found.setdefault((each.words, each.against), each)
    return tuple(found.values())


def _items(draft: PlanDraft) -> Iterator[str]:
    """What the plan tells someone to do or wants for them."""
    for goal in draft.goals:
        yield goal.words
        yield from (action.what for action in goal.actions)
    yield from (row.action for row in draft.if_then)
    yield from draft.own_contributions


def _conflicts_of(
    definition: Definition,
    items: Sequence[str],
    conditions: Sequence[ActiveCondition],
    medicines: Sequence[str],
    today: date,
) -> Iterator[Conflict]:
    for raw in definition.content["rule"]:
        rule = _rule(raw, today)
        said = [item for item in items if rule.advice.search(item)]
        having = [each.name for each in conditions if _has(rule, each)]
        # A medicine or another item may stand for the condition: “limit fluids” tells of heart failure.
        others = [each for each in (*medicines, *items) if each not in said]
        having += [each for each in others if rule.names and rule.names.search(each)]
        for item in said:
            for against in dict.fromkeys(having):
                yield Conflict(item, against, raw["why"], raw["ask"], raw["source"])


def _rule(raw: Mapping[str, Any], today: date) -> _Rule:
    codes, stems = set(raw.get("snomed", ())), tuple(raw.get("icd10", ()))
    for id_ in raw.get("conditions", ()):
        definition = next(
            each for each in all_definitions(_CONDITIONS) if each.id == id_ and each.holds_on(today)
        )
        codes |= set(definition.content["snomed"])
        stems += tuple(definition.content["icd10"])
    named = raw.get("named", ())
    return _Rule(_any_of(raw["advice"]), frozenset(codes), stems, _any_of(named) if named else None)


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    """Any of these words or phrases, whole, whatever their case; an asterisk stands for any ending."""
    alternatives = (re.escape(each).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for each in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def _has(rule: _Rule, condition: ActiveCondition) -> bool:
    system, _, code = condition.key.partition("|")
    if system == _SNOMED and code in rule.conditions:
        return True
    if system == _ICD10 and code.replace(".", "").startswith(rule.stems or ("-",)):
        return True
    return bool(rule.names and rule.names.search(condition.name))
