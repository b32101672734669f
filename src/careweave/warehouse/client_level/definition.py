"""The rules by which tables are made from Client Level Data, as a dated definition; codes are compared without case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition

KIND, ID = "client-level-data", "salt-ascof"
DAYS = ("request_gap", "reablement_gap", "support_gap", "request_first", "reablement_first", "sequel_gap")
TEXTS = ("reablement", "community", "direct_payment", "managed_budget", "learning_disability", "unknown")
ENDS = ("ended_as_planned", "other_end")
CARER_CODES = ("carer_direct", "carer_involving", "advice")
LISTS = ("care_homes", "long_term", "short_term", "settled_among", "outcomes", "settled", "unsettled")
MORE_LISTS = ("employment", "reasons", "unclassified")
MAPS = ("request_ends", "reablement_ends", "reablement_services")
CARERS = ("paid", "unknown", "advice", "none")
RESULT = ("without_long_term", "with_long_term", "planned_end", "planned_end_after_events")


def folded(text: str) -> str:
    """As codes are compared: the publisher's database tells neither case nor spaces at an end apart."""
    return text.strip().lower()


@dataclass(frozen=True)
class CarerSupport:
    """Words for what a carer was given; `paid` beside `deliveries`, a direct payment and a managed budget first."""

    deliveries: tuple[str, ...]
    paid: tuple[str, ...]
    unknown: str
    advice: str
    none: str

    @property
    def order(self) -> tuple[str, ...]:
        """The one that outranks the others first."""
        return (*self.paid, self.unknown, self.advice, self.none)


@dataclass(frozen=True)
class Rules:
    """Codes are folded, so that they compare with folded columns; `words` has them as they are written."""

    id: str
    version: str
    title: str
    source: tuple[str, ...]
    days: Mapping[str, int]
    codes: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    settings: tuple[tuple[str, str], ...]
    request_ends: Mapping[str, str]
    reablement_ends: Mapping[str, str]
    reablement_services: Mapping[str, str]
    carers: CarerSupport
    without_long_term: tuple[str, ...]
    with_long_term: tuple[str, ...]
    planned_end: str
    planned_end_after_events: str
    words: Mapping[str, str]

    @property
    def after_request(self) -> tuple[str, ...]:
        """The services that may follow a request, the one that outranks the others first."""
        return (self.codes["reablement"], *self.lists["long_term"], *self.lists["short_term"])

    @property
    def after_reablement(self) -> tuple[str, ...]:
        return (*self.lists["long_term"], *self.lists["short_term"])


def load_rules(on: date) -> Rules:
    return read_rules(load_definition(KIND, ID, on))


def read_rules(definition: Definition) -> Rules:
    """Refused with everything that is missing or twice."""
    content = definition.content
    problems = [f"{name} is not a number of days" for name in DAYS if not _is_days(content.get(name))]
    problems += [f"{name} is missing" for name in (*TEXTS, *ENDS, *CARER_CODES) if not content.get(name)]
    for name in (*LISTS, *MORE_LISTS):
        problems += _problems_of_list(name, content.get(name))
    problems += [f"{name} is missing" for name in (*MAPS, "settings") if not content.get(name)]
    result = content.get("reablement_result", {})
    problems += [f"reablement_result.{name} is missing" for name in RESULT if not result.get(name)]
    carers = content.get("carers", {})
    problems += [f"carers.{name} is missing" for name in CARERS if not carers.get(name)]
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return _rules(definition, content, result)


def _rules(definition: Definition, content: Mapping[str, Any], result: Mapping[str, Any]) -> Rules:
    lists = {name: tuple(map(folded, content[name])) for name in (*LISTS, *MORE_LISTS)}
    written = [each for name in (*LISTS, *MORE_LISTS) for each in content[name]]
    written += [content[name] for name in (*TEXTS, *ENDS)] + [
        part for each in content["settings"] for part in each
    ]
    maps = {name: {folded(key): words for key, words in content[name].items()} for name in MAPS}
    return Rules(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        source=definition.source,
        days={name: content[name] for name in DAYS},
        codes={name: folded(content[name]) for name in (*TEXTS, *ENDS, *CARER_CODES)},
        lists=lists,
        settings=tuple((folded(setting), folded(delivery)) for setting, delivery in content["settings"]),
        request_ends=maps["request_ends"],
        reablement_ends=maps["reablement_ends"],
        reablement_services=maps["reablement_services"],
        carers=_carers(content["carers"]),
        without_long_term=tuple(result["without_long_term"]),
        with_long_term=tuple(result["with_long_term"]),
        planned_end=result["planned_end"],
        planned_end_after_events=result["planned_end_after_events"],
        words={folded(each): each for each in reversed(written)},
    )


def _carers(told: Mapping[str, Any]) -> CarerSupport:
    deliveries, paid = zip(*told["paid"], strict=True)
    return CarerSupport(
        tuple(map(folded, deliveries)), tuple(paid), told["unknown"], told["advice"], told["none"]
    )


def _is_days(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _problems_of_list(name: str, value: Sequence[str] | None) -> list[str]:
    if not value:
        return [f"{name} is missing"]
    seen = [folded(each) for each in value]
    return [
        f"{name} lists {each!r} twice" for each in sorted({each for each in seen if seen.count(each) > 1})
    ]
