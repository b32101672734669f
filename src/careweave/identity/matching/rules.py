"""The dated matching rules, read from definitions into values and checked for words that nothing understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.identity.matching.name_forms import NameForms, read_name_forms

MISSING = "missing"


@dataclass(frozen=True)
class Level:
    """`m` and `u`: how often records of one person, and of two people, stand here."""

    id: str
    words: str
    m: float
    u: float
    similarity: float


@dataclass(frozen=True)
class Field:
    id: str
    words: str
    levels: tuple[Level, ...]

    def position(self, level: str) -> int:
        return -1 if level == MISSING else [each.id for each in self.levels].index(level)

    def level_id(self, position: int) -> str:
        return MISSING if position < 0 else self.levels[position].id


@dataclass(frozen=True)
class Condition:
    """Each field at one of its levels; birth years at least so far apart; a newborn on either side; one source
    among several holding both."""

    levels: Mapping[str, frozenset[int]]
    years_apart: int | None = None
    newborn: bool | None = None
    same_source: bool | None = None


@dataclass(frozen=True)
class Rule:
    id: str
    score: float
    when: Condition
    any_of: tuple[Condition, ...]


@dataclass(frozen=True)
class Stage:
    id: str
    words: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Guard:
    """`keep_apart` holds for whole clusters: none ever holds such a pair."""

    id: str
    reason: str
    when: Condition
    is_for_review: bool
    keeps_apart: bool
    lifted_with: tuple[str, ...]


@dataclass(frozen=True)
class Lifting:
    """When the data speak against what a guard stands against."""

    least_suspects: int
    most_confirmed: float


@dataclass(frozen=True)
class Weak:
    """Links for which only a likeness of first names speaks."""

    when: Condition
    reason: str


@dataclass(frozen=True)
class Candidates:
    keys: tuple[tuple[str, ...], ...]
    largest_block: int
    all_pairs_up_to: int


@dataclass(frozen=True)
class Probabilistic:
    id: str
    words: str
    link_above: float
    review_above: float
    weight_of_defaults: float
    random_pairs: int
    least_records: int
    train_on: tuple[tuple[str, ...], ...]
    within_source_extra: float


@dataclass(frozen=True)
class MatchingRules:
    name: str
    fields: Mapping[str, Field]
    candidates: Candidates
    guards: tuple[Guard, ...]
    lifting: Lifting
    weak: Weak
    stages: tuple[Stage, ...]
    probabilistic: Probabilistic
    forms: NameForms


def load_rules(on: date, id: str = "identity") -> MatchingRules:
    definition = load_definition("matching", id, on)
    if definition.name not in _read or _read[definition.name][0] != definition:
        _read[definition.name] = (definition, read_rules(definition))
    return _read[definition.name][1]


_read: dict[str, tuple[Definition, MatchingRules]] = {}


def read_rules(definition: Definition) -> MatchingRules:
    content = definition.content
    try:
        fields = {each["id"]: _field(each) for each in content["fields"]}
        return MatchingRules(
            name=f"{definition.id} {definition.version}",
            fields=fields,
            candidates=_candidates(content["candidates"]),
            guards=tuple(_guard(each, fields) for each in content["guards"]),
            lifting=Lifting(**content["lifting"]),
            weak=Weak(_condition(content["weak"]["when"], fields), content["weak"]["reason"]),
            stages=tuple(_stage(each, fields) for each in content["stages"]),
            probabilistic=_probabilistic(content["probabilistic"]),
            forms=read_name_forms(
                definition.beside(content["name_forms"]), definition.beside(content["given_names"])
            ),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise DefinitionError([f"{definition.name}: {error!r} is missing or not understood"]) from error


def _field(table: Mapping[str, Any]) -> Field:
    levels = tuple(
        Level(each["id"], each["words"], each["m"], each["u"], each.get("similarity", 0.0))
        for each in table["levels"]
    )
    for total in (sum(level.m for level in levels), sum(level.u for level in levels)):
        if abs(total - 1) > 0.02:
            raise ValueError(f"{table['id']}: m and u must each add up to 1, not {total:.4f}")
    return Field(table["id"], table["words"], levels)


def _candidates(table: Mapping[str, Any]) -> Candidates:
    keys = tuple(tuple(key) for key in table["keys"])
    return Candidates(keys, table["largest_block"], table["all_pairs_up_to"])


def _condition(table: Mapping[str, Any], fields: Mapping[str, Field]) -> Condition:
    further = {name: table[name] for name in ("years_apart", "newborn", "same_source") if name in table}
    levels = {
        name: frozenset(fields[name].position(level) for level in wanted)
        for name, wanted in table.items()
        if name not in further
    }
    return Condition(levels, **further)


def _guard(table: Mapping[str, Any], fields: Mapping[str, Field]) -> Guard:
    when = _condition(table["when"], fields)
    lifted_with = tuple(table.get("lifted_with", ()))
    return Guard(table["id"], table["reason"], when, table["review"], table["keep_apart"], lifted_with)


def _stage(table: Mapping[str, Any], fields: Mapping[str, Field]) -> Stage:
    rules = tuple(
        Rule(
            each["id"],
            float(each["score"]),
            _condition(each["when"], fields),
            tuple(_condition(one, fields) for one in each.get("any", ())),
        )
        for each in table["rules"]
    )
    return Stage(table["id"], table["words"], rules)


def _probabilistic(table: Mapping[str, Any]) -> Probabilistic:
    trained = tuple(tuple(each) for each in table["train_on"])
    return Probabilistic(**{**table, "train_on": trained})
