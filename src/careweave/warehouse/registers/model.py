"""A register as its definition gives it: measures, the rule, and what makes someone come first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.warehouse.registers.rule import Has, Rule, RuleError, measures_of, read_rule
from careweave.warehouse.scores import AnyScore, load_score

KINDS: Mapping[str, frozenset[str]] = {
    "age": frozenset(),
    "condition": frozenset({"list"}),
    "recent": frozenset({"list", "days"}),
    "events": frozenset({"event", "days", "words", "words_for_many", "not_known"}),
    "score": frozenset({"score", "words"}),
    "model": frozenset({"model", "words"}),
}


@dataclass(frozen=True)
class ConditionList:
    """Codes of one condition: ICD-10 matched from the front, SNOMED CT concept ids matched whole."""

    id: str
    version: str
    words: str
    words_for_many: str
    icd10: tuple[str, ...]
    snomed: tuple[str, ...]


@dataclass(frozen=True)
class Measure:
    """Something known, or not known, about each person; `days` looks back from the day of the list."""

    id: str
    kind: str
    words: str = ""
    words_for_many: str = ""
    not_known: str = ""
    list: ConditionList | None = None
    days: int = 0
    apart_days: int = 0
    event: str = ""
    method: str | None = None
    score: AnyScore | None = None
    model: str = ""

    @property
    def scale(self) -> int:
        """Scores are held in whole units: tenths of a point, hundredths of a percent; chances in tenths of a percent."""
        if self.model:
            return 10
        return self.score.scale if self.score else 1


@dataclass(frozen=True)
class Trigger:
    when: Rule
    weight: int


@dataclass(frozen=True)
class Help:
    """Something that could make a difference, and for whom. It stands beside the order and never moves it."""

    when: Rule
    words: str


@dataclass(frozen=True)
class Wanted:
    """An observation a team will want before it decides."""

    words: str
    codes: frozenset[str]
    within_days: int


@dataclass(frozen=True)
class Register:
    """Whom to suggest first: by the weights of triggers, or by the measure that `order_by` names.

    `foresees_days`: how far it looks, where that is shorter than what lists are judged by.
    """

    id: str
    version: str
    title: str
    rule: Rule
    measures: Mapping[str, Measure]
    triggers: tuple[Trigger, ...]
    wanted: tuple[Wanted, ...]
    suggest_from: int
    waiting_at_most: int
    stale_after_days: int
    order_by: str = ""
    could_help: tuple[Help, ...] = ()
    foresees_days: int = 0

    @property
    def models(self) -> tuple[str, ...]:
        """Models that the place must have trained before this register can be asked."""
        return tuple(each.model for each in self.measures.values() if each.model)

    @property
    def scores(self) -> tuple[AnyScore, ...]:
        return tuple(each.score for each in self.measures.values() if each.score is not None)


def load_register(id: str, on: date) -> Register:
    return read_register(load_definition("registers", id, on), on)


def read_register(definition: Definition, on: date) -> Register:
    """Turn a definition into a register, or refuse it with everything that is wrong with it."""
    content, problems = definition.content, list[str]()
    measures = {
        id: read_measure(id, given, on, problems) for id, given in dict(content.get("measures", {})).items()
    }
    rule = _rule(content.get("rule"), measures, problems)
    triggers = tuple(_trigger(each, measures, problems) for each in content.get("triggers", ()))
    numbers: dict[str, Any] = {key: _whole(content, key, problems) for key in _NUMBERS}
    numbers["foresees_days"] = _whole({"foresees_days": 0, **content}, "foresees_days", problems)
    wanted = tuple(_wanted(each, problems) for each in content.get("wanted", ()))
    could_help = tuple(_help(each, measures, problems) for each in content.get("could_help", ()))
    order_by = str(content.get("order_by", ""))
    if order_by not in {"", *measures}:
        problems.append(f"order_by names {order_by!r}, which is no measure")
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    about = (definition.id, definition.version, definition.title)
    return Register(
        *about,
        rule,
        measures,
        triggers,
        wanted,
        **numbers,
        order_by=order_by,
        could_help=could_help,
    )


_NOT_KNOWN = {"age": "birth date", "score": "score", "model": "chance"}
_NUMBERS = ("suggest_from", "waiting_at_most", "stale_after_days")


def read_measure(id: str, given: Mapping[str, Any], on: date, problems: list[str]) -> Measure:
    kind = given.get("kind", "")
    missing = KINDS.get(kind, frozenset({"kind"})) - given.keys()
    if kind not in KINDS or missing:
        problems.append(f"measure {id}: {', '.join(sorted(missing)) or 'kind'} is missing or unknown")
        return Measure(id, "age")
    try:
        listed = _condition_list(str(given["list"]), on) if "list" in given else None
        score = load_score(str(given["score"]), on) if "score" in given else None
    except DefinitionError as error:
        problems += [f"measure {id}: {problem}" for problem in error.problems]
        listed = score = None
    return Measure(
        id=id,
        kind=kind,
        words=str(given.get("words") or (listed.words if listed else "")),
        words_for_many=str(given.get("words_for_many") or (listed.words_for_many if listed else "")),
        not_known=str(given.get("not_known") or _NOT_KNOWN.get(kind, "diagnoses")),
        list=listed,
        days=int(given.get("days", 0)),
        apart_days=int(given.get("apart_days", 7 if kind == "recent" else 1)),
        event=str(given.get("event", "")),
        method=given.get("method"),
        score=score,
        model=str(given.get("model", "")),
    )


def _condition_list(id: str, on: date) -> ConditionList:
    definition = load_definition("conditions", id, on)
    content = definition.content
    codes = {key: tuple(map(str, content.get(key, ()))) for key in ("icd10", "snomed")}
    if not content.get("words") or not any(codes.values()) or not all(map(all, codes.values())):
        raise DefinitionError([f"{definition.name}: words, and icd10 or snomed codes, are missing"])
    many = str(content.get("words_for_many", content["words"]))
    return ConditionList(id, definition.version, str(content["words"]), many, **codes)


def _rule(text: object, measures: Mapping[str, Measure], problems: list[str]) -> Rule:
    try:
        rule = read_rule(str(text or ""))
    except RuleError as error:
        problems.append(str(error))
        return Has("")
    unknown = sorted(set(measures_of(rule)) - measures.keys())
    problems += [f"{name!r} in {text!r} is no measure" for name in unknown]
    return rule


def _whole(given: Mapping[str, Any], key: str, problems: list[str]) -> int:
    value = given.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        problems.append(f"{key} must be a whole number, 0 or more")
        return 0
    return value


def _trigger(given: Mapping[str, Any], measures: Mapping[str, Measure], problems: list[str]) -> Trigger:
    return Trigger(_rule(given.get("when"), measures, problems), _whole(given, "weight", problems))


def _help(given: Mapping[str, Any], measures: Mapping[str, Measure], problems: list[str]) -> Help:
    if not given.get("words"):
        problems.append("could_help needs words")
    return Help(_rule(given.get("when"), measures, problems), str(given.get("words", "")))


def _wanted(given: Mapping[str, Any], problems: list[str]) -> Wanted:
    if not given.get("words") or not given.get("codes"):
        problems.append("wanted needs words and codes")
    codes = frozenset(map(str, given.get("codes", ())))
    return Wanted(str(given.get("words", "")), codes, _whole(given, "within_days", problems))
