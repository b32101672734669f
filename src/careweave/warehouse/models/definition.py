"""A model read from its definition file: whom it is for, what it foresees, what it looks at, where it must not be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition
from careweave.warehouse.models.fitting import Fitting, read_fitting
from careweave.warehouse.models.tolerances import Tolerance, read_tolerances
from careweave.warehouse.registers.model import KINDS, Measure, read_measure
from careweave.warehouse.registers.rule import Compare, RuleError, read_rule

# Beside what registers measure: plain facts of a person, and sums that a list has no words for.
OWN_KINDS: Mapping[str, frozenset[str]] = {
    "sex": frozenset({"words"}),
    "deprivation": frozenset({"words"}),
    "nights": frozenset({"words", "words_for_many", "days"}),
    "conditions": frozenset({"words", "words_for_many"}),
    "service": frozenset({"words", "service"}),
}


@dataclass(frozen=True)
class Outcome:
    """An admission of this kind and method, or a service of this type that begins, within `days` after the day."""

    words: str
    days: int
    event: str
    method: str
    service: str


@dataclass(frozen=True)
class Model:
    """`measures` are those that a register could have too; `own` the rest: id → (kind, days, service).

    `told_as`: features that are told to people under another's words. `baseline`: those that the model must do better than.
    """

    id: str
    version: str
    title: str
    age_from: int
    outcome: Outcome
    features: tuple[str, ...]
    measures: Mapping[str, Measure]
    own: Mapping[str, Mapping[str, Any]]
    told_as: Mapping[str, str]
    baseline: tuple[str, ...]
    seed: int
    valid_days: int
    per_1000: tuple[int, ...]
    must_not_be_used: tuple[str, ...]
    tolerances: tuple[Tolerance, ...]
    fitting: Fitting
    source: tuple[str, ...]
    checked_by: str

    def words(self, feature: str) -> tuple[str, str]:
        """For one, and for many."""
        if feature in self.measures:
            measure = self.measures[feature]
            return measure.words, measure.words_for_many or measure.words
        told = self.own[feature]
        return str(told["words"]), str(told.get("words_for_many", told["words"]))


def load_model(id: str, on: date) -> Model:
    return read_model(load_definition("models", id, on), on)


def read_model(definition: Definition, on: date) -> Model:
    """Turn a definition into a model, or refuse it with everything that is wrong with it."""
    content, problems = definition.content, list[str]()
    given = dict(content.get("features", {}))
    own = {id: _own(id, each, problems) for id, each in given.items() if each.get("kind") in OWN_KINDS}
    measures = {id: read_measure(id, each, on, problems) for id, each in given.items() if id not in own}
    problems += [
        f"feature {id}: kind score cannot be learnt from yet" for id, m in measures.items() if m.score
    ]
    numbers = {key: _whole(content.get(key), key, problems) for key in ("seed", "valid_days")}
    per_1000 = tuple(_whole(each, "per_1000", problems) for each in content.get("per_1000", ()))
    problems += [f"per_1000 {each} is more than there are" for each in per_1000 if each > 1000]
    age_from, outcome = _age_from(content.get("rule"), problems), _outcome(content.get("outcome"), problems)
    never = tuple(map(str, content.get("must_not_be_used", ())))
    problems += [] if never else ["must_not_be_used is missing"]
    problems += [] if given else ["features are missing"]
    fitting = read_fitting(content.get("calibration"), problems)
    tolerances = read_tolerances(content.get("calibration"), problems)
    told_as = {id: str(each["told_as"]) for id, each in given.items() if "told_as" in each}
    baseline = tuple(map(str, content.get("baseline", ())))
    problems += [f"{id!r} is no feature" for id in (*told_as.values(), *baseline) if id not in given]
    problems += [] if baseline else ["baseline is missing"]
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return Model(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        age_from=age_from,
        outcome=outcome,
        features=tuple(given),
        measures=measures,
        own=own,
        told_as=told_as,
        baseline=baseline,
        per_1000=per_1000,
        must_not_be_used=never,
        tolerances=tolerances,
        fitting=fitting,
        source=definition.source,
        checked_by=definition.checked_by,
        **numbers,
    )


def _own(id: str, given: Mapping[str, Any], problems: list[str]) -> Mapping[str, Any]:
    missing = OWN_KINDS[given["kind"]] - given.keys()
    if missing:
        problems.append(f"feature {id}: {', '.join(sorted(missing))} is missing")
    return given


def _age_from(rule: object, problems: list[str]) -> int:
    """People of and over an age: the only rule that is known of everyone on any day of the past."""
    try:
        read = read_rule(str(rule or ""))
    except RuleError as error:
        problems.append(str(error))
        return 0
    if (
        not isinstance(read, Compare)
        or (read.measure, read.sign) != ("age", ">=")
        or read.number != int(read.number)
    ):
        problems.append(f"rule is {rule!r}; it may only say from which age on, as age >= 18")
        return 0
    return int(read.number)


def _outcome(given: Any, problems: list[str]) -> Outcome:
    told = given if isinstance(given, Mapping) else {}
    texts = {key: str(told.get(key, "")) for key in ("words", "event", "method", "service")}
    problems += [f"outcome: {key} is missing" for key, text in texts.items() if not text]
    return Outcome(days=_whole(told.get("days"), "outcome: days", problems), **texts)


def _whole(value: Any, name: str, problems: list[str]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        problems.append(f"{name} must be a whole number above 0")
        return 1
    return value


assert not OWN_KINDS.keys() & KINDS.keys()
