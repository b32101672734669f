"""What is noticed, as data: which failure it guards against, when it counts, and what is said to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition

TOLD = ("coordinator", "prescriber")


@dataclass(frozen=True)
class Rule:
    """One detector with its figures. `failure` is the failure of the published list that it looks for."""

    id: str
    title: str
    failure: str
    detector: str
    tells: tuple[str, ...]
    words: str
    because: str
    figures: Mapping[str, Any]


@lru_cache(maxsize=64)
def rules(on: date) -> tuple[Rule, ...]:
    """Every rule that holds on a day."""
    ids = sorted({each.id for each in all_definitions("noticing") if each.holds_on(on)})
    return tuple(_rule(load_definition("noticing", id_, on)) for id_ in ids)


def rule_of(id: str, on: date) -> Rule:
    return next(each for each in rules(on) if each.id == id)


def _rule(found: Definition) -> Rule:
    content = found.content
    missing = [name for name in ("failure", "detector", "words", "because") if not content.get(name)]
    tells = tuple(content.get("tells", ()))
    if not tells or set(tells) - set(TOLD):
        missing.append("tells (coordinator, prescriber)")
    if missing:
        raise DefinitionError([f"{found.name}: {name} is missing or wrong" for name in missing])
    return Rule(
        id=found.id,
        title=found.title,
        failure=content["failure"],
        detector=content["detector"],
        tells=tells,
        words=content["words"],
        because=content["because"],
        figures=dict(content.get("figures", {})),
    )
