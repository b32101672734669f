"""An indicator read from its definition file and checked: a wrong one is refused with everything that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, load_definition

RATE, SHARE, MEAN = "rate", "share", "mean"
KINDS = (RATE, SHARE, MEAN)
STAYS, CONTACTS = "stays", "contacts"
METHODS = ("emergency", "elective", "other")
CONTACT_KINDS = ("emergency-department", "home-visit", "call", "clinic", "social-care", "other", "any")
BETTER = ("increase", "decrease", "neutral")
GROUPS = ("age", "sex", "deprivation", "practice")
NIGHTS = "nights"


@dataclass(frozen=True)
class Items:
    """Hospital stays (transfers of the same day joined into one) or contacts, and the day that places them in a month."""

    of: str
    kind: str = "any"
    method: str | None = None
    dated: str = "start"
    age_from: int | None = None
    age_to: int | None = None
    least_nights: int = 0


@dataclass(frozen=True)
class Followed:
    """Something that comes after an item ended, from `from_days` to `within_days` days later."""

    by: Items
    within_days: int
    from_days: int = 0


@dataclass(frozen=True)
class Indicator:
    """`rate`: items (or their nights) for each `per` people a year; `share`: of items, those followed; `mean`: nights."""

    id: str
    version: str
    title: str
    words: str
    kind: str
    better: str
    unit: str
    per: int
    counted: Items
    amount: str
    followed: Followed | None
    is_standardised: bool
    caveats: tuple[str, ...]
    source: tuple[str, ...]
    valid_from: date
    valid_to: date | None


def load_indicator(id: str, on: date) -> Indicator:
    return read_indicator(load_definition("measures", id, on))


def read_indicator(definition: Definition) -> Indicator:
    """Turn a definition into an indicator, or refuse it."""
    content, problems = definition.content, list[str]()
    counted = _items(content.get("counted"), "counted", problems)
    followed = _followed(content.get("followed"), problems)
    problems += _problems(content, followed)
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return Indicator(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        words=content["words"],
        kind=content["kind"],
        better=content["better"],
        unit=content["unit"],
        per=content.get("per", 1),
        counted=counted,
        amount=content.get("amount", ""),
        followed=followed,
        is_standardised=content.get("standardised", False),
        caveats=tuple(content.get("caveats", ())),
        source=definition.source,
        valid_from=definition.valid_from,
        valid_to=definition.valid_to,
    )


_ITEM_KEYS = {"of", "kind", "method", "dated", "age_from", "age_to", "least_nights"}
_KEYS = {"words", "kind", "better", "unit", "per", "counted", "amount", "followed", "standardised", "caveats"}


def _items(told: Any, name: str, problems: list[str]) -> Items:
    if not isinstance(told, Mapping):
        problems.append(f"{name} is missing")
        return Items(STAYS)
    problems += [f"{name}.{key} is not known" for key in sorted(set(told) - _ITEM_KEYS)]
    items = Items(
        **{key: value for key, value in told.items() if key in _ITEM_KEYS and key != "of"},
        of=told.get("of", ""),
    )
    allowed = {
        "of": (STAYS, CONTACTS),
        "kind": CONTACT_KINDS,
        "method": (None, *METHODS),
        "dated": ("start", "end"),
    }
    for key, known in allowed.items():
        if getattr(items, key) not in known:
            words = ", ".join(str(each) for each in known if each)
            problems.append(f"{name}.{key} is {getattr(items, key)!r}, not one of {words}")
    for key in ("age_from", "age_to", "least_nights"):
        value = getattr(items, key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            problems.append(f"{name}.{key} must be a whole number")
    if items.of == CONTACTS and (items.method or items.least_nights):
        problems.append(f"{name}: a contact has no method and no nights")
    return items


def _followed(told: Any, problems: list[str]) -> Followed | None:
    if told is None:
        return None
    if not isinstance(told, Mapping) or set(told) - {"by", "within_days", "from_days"}:
        problems.append("followed needs by and within_days, and may have from_days")
        return None
    by = _items(told.get("by"), "followed.by", problems)
    within, first = told.get("within_days"), told.get("from_days", 0)
    if not isinstance(within, int) or not isinstance(first, int) or not 0 <= first <= within:
        problems.append("followed.within_days must be a number of days, at least followed.from_days")
        return None
    return Followed(by, within, first)


def _problems(content: Mapping[str, Any], followed: Followed | None) -> list[str]:
    kind, found = content.get("kind"), [f"{key} is not known" for key in sorted(set(content) - _KEYS)]
    found += [f"{key} is missing" for key in ("words", "unit") if not isinstance(content.get(key), str)]
    if kind not in KINDS:
        found.append(f"kind is {kind!r}, not one of {', '.join(KINDS)}")
    if content.get("better") not in BETTER:
        found.append(f"better is {content.get('better')!r}, not one of {', '.join(BETTER)}")
    if content.get("amount", "") not in ("", NIGHTS):
        found.append("amount may be nights only")
    if kind == SHARE and followed is None:
        found.append("a share needs followed")
    if kind != SHARE and followed is not None:
        found.append("only a share is followed")
    if kind == MEAN and content.get("amount") != NIGHTS:
        found.append("a mean needs amount = nights")
    if kind != RATE and ("per" in content or content.get("standardised")):
        found.append("only a rate has per and can be standardised")
    return found
