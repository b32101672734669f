"""An indicator read from its definition file and checked: a wrong one is refused with everything that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition
from careweave.warehouse.avoidable import AvoidableStays, load_avoidable
from careweave.warehouse.indicators.conditions import (
    SPREAD_INDICES,
    SPREADS,
    Diagnosis,
    Excluded,
    Having,
    Need,
    Where,
    amount_problems,
    read_diagnosis,
    read_excluded,
    read_having,
    read_needs,
    read_where,
)
from careweave.warehouse.indicators.records import RECORDS

RATE, SHARE, MEAN, INDEX = "rate", "share", "mean", "index"
KINDS = (RATE, SHARE, MEAN, INDEX)
STAYS, CONTACTS = "stays", "contacts"
METHODS = ("emergency", "elective", "other")
CONTACT_KINDS = ("emergency-department", "home-visit", "call", "clinic", "social-care", "other", "any")
OVER = ("organisation", "sector")
QUARTERS = (3, 6, 9, 12)
BETTER = ("increase", "decrease", "neutral")
SITE = "site"  # the organisation where it happened: of what is counted, not of the person
PARTS = (  # of the page that lists them, in this order
    *("Coming into hospital", "Nights in hospital", "Leaving hospital"),
    *("Living and dying where one is at home", "Coordinated care, waits and needs", "Continuity", "Other"),
)
GROUPS = ("age", "sex", "deprivation", "ethnicity", "practice", "team", "pathway", SITE)


@dataclass(frozen=True)
class Items:
    """Hospital stays (transfers joined into one), contacts or records, and the day that places them in a month."""

    of: str
    kind: str = "any"
    method: str | None = None
    dated: str = "start"
    age_from: int | None = None
    age_to: int | None = None
    least_nights: int = 0
    months: tuple[int, ...] = ()  # of the year; all when none is named
    where: Where = ()
    diagnosis: Diagnosis | None = None
    without: Where = ()  # rows with one of these words are left out; who does not say stays
    without_diagnosis: Excluded | None = None
    listed: AvoidableStays | None = None  # emergency stays that care outside hospital might have prevented
    over: str = ""  # of spreads: whose contacts they are spread over


@dataclass(frozen=True)
class Followed:
    """Something that comes after an item began, from `from_days` to `within_days` days after it ended (before: negative)."""

    by: Items
    within_days: int
    from_days: int = 0


@dataclass(frozen=True)
class Indicator:
    """`rate`: items (or their amount) for each `per` people a year; `share`: of items, those followed or having.

    `mean`: the amount of an item, such as its nights; `index`: the same of a number with fractions, such as continuity.
    `led_to`: only items that were followed by this are counted at all. `limits`: what is not seen where nobody sends it.
    """

    id: str
    version: str
    title: str
    words: str
    part: str
    kind: str
    better: str
    unit: str
    per: int
    counted: Items
    amount: str
    followed: Followed | None
    led_to: Followed | None
    having: Having | None
    needs: tuple[Need, ...]
    limits: tuple[Need, ...]
    is_standardised: bool
    caveats: tuple[str, ...]
    source: tuple[str, ...]
    valid_from: date
    valid_to: date | None


def ways_to_group(indicator: Indicator) -> tuple[str, ...]:
    """By site only where the rows say where it happened."""
    of = indicator.counted.of
    has_site = of in (STAYS, CONTACTS) or (of in RECORDS and bool(RECORDS[of].site))
    return tuple(each for each in GROUPS if each != SITE or has_site)


def measure_problems() -> list[str]:
    """What is wrong with any version of any measure, each problem with the name of its file."""
    problems: list[str] = []
    for definition in all_definitions("measures"):
        try:
            read_indicator(definition)
        except DefinitionError as error:
            problems += error.problems
    return problems


def load_indicator(id: str, on: date) -> Indicator:
    return read_indicator(load_definition("measures", id, on))


def read_indicator(definition: Definition) -> Indicator:
    """Turn a definition into an indicator, or refuse it."""
    content, problems = definition.content, list[str]()
    counted = _items(content.get("counted"), "counted", problems, definition.valid_from)
    parts = _parts(content, counted, problems, definition.valid_from)
    problems += _problems(content, counted)
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return Indicator(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        words=content["words"],
        part=content.get("part", PARTS[-1]),
        kind=content["kind"],
        better=content["better"],
        unit=content["unit"],
        per=content.get("per", 1),
        counted=counted,
        amount=content.get("amount", ""),
        is_standardised=content.get("standardised", False),
        caveats=tuple(content.get("caveats", ())),
        source=definition.source,
        valid_from=definition.valid_from,
        valid_to=definition.valid_to,
        **parts,
    )


def _parts(content: Mapping[str, Any], counted: Items, problems: list[str], on: date) -> dict[str, Any]:
    """What is asked of each that is counted, and of the sources."""
    return {
        "followed": _followed(content.get("followed"), "followed", problems, on),
        "led_to": _followed(content.get("led_to"), "led_to", problems, on),
        "having": read_having(content.get("having"), counted.of, problems),
        "needs": read_needs(content.get("needs"), problems),
        "limits": read_needs(content.get("limits"), problems, "limits"),
    }


_ITEM_KEYS = {
    *("of", "kind", "method", "dated", "age_from", "age_to", "least_nights", "months", "where", "diagnosis"),
    *("without", "without_diagnosis", "listed", "over"),
}
_PLAIN_KEYS = ("kind", "method", "dated", "age_from", "age_to", "least_nights", "over")
_KEYS = {
    *("words", "kind", "better", "unit", "per", "counted", "amount", "followed", "led_to", "having", "needs"),
    *("standardised", "caveats", "limits", "part"),
}


def _items(told: Any, name: str, problems: list[str], on: date) -> Items:
    if not isinstance(told, Mapping):
        problems.append(f"{name} is missing")
        return Items(STAYS)
    problems += [f"{name}.{key} is not known" for key in sorted(set(told) - _ITEM_KEYS)]
    of = told.get("of", "")
    items = Items(
        **{key: told[key] for key in _PLAIN_KEYS if key in told},
        of=of,
        months=tuple(told.get("months", QUARTERS if of == SPREADS else ())),
        where=read_where(told.get("where"), of, name, problems),
        diagnosis=read_diagnosis(told.get("diagnosis"), of, name, problems),
        without=read_where(told.get("without"), of, name, problems, "without"),
        without_diagnosis=read_excluded(told.get("without_diagnosis"), of, name, problems),
        listed=_listed(told.get("listed"), of, name, problems, on),
    )
    problems += [f"{name}{problem}" for problem in _item_problems(items)]
    return items


def _listed(told: Any, of: str, name: str, problems: list[str], on: date) -> AvoidableStays | None:
    if told is None:
        return None
    if of != "spells":
        problems.append(f"{name}.listed is for spells only")
        return None
    try:
        return load_avoidable(str(told), on)
    except DefinitionError as error:
        problems += error.problems
        return None


def _item_problems(items: Items) -> list[str]:
    allowed: dict[str, tuple[str | None, ...]] = {
        "of": (STAYS, CONTACTS, SPREADS, *RECORDS),
        "over": OVER if items.of == SPREADS else ("",),
        "kind": CONTACT_KINDS,
        "method": (None, *METHODS),
        "dated": ("start", "end"),
    }
    found = []
    for key, known in allowed.items():
        if getattr(items, key) not in known:
            words = ", ".join(str(each) for each in known if each)
            found.append(f".{key} is {getattr(items, key)!r}, not one of {words}")
    for key in ("age_from", "age_to", "least_nights"):
        value = getattr(items, key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            found.append(f".{key} must be a whole number")
    if not set(items.months) <= set(range(1, 13)):
        found.append(".months must be numbers from 1 to 12")
    if items.of == CONTACTS and (items.method or items.least_nights):
        found.append(": a contact has no method and no nights")
    if items.of not in (STAYS, CONTACTS) and (items.method or items.least_nights or items.kind != "any"):
        found.append(": records are chosen by where, not by kind, method or nights")
    return found


def _followed(told: Any, name: str, problems: list[str], on: date) -> Followed | None:
    if told is None:
        return None
    if not isinstance(told, Mapping) or set(told) - {"by", "within_days", "from_days"}:
        problems.append(f"{name} needs by and within_days, and may have from_days")
        return None
    by = _items(told.get("by"), f"{name}.by", problems, on)
    within, first = told.get("within_days"), told.get("from_days", 0)
    if not isinstance(within, int) or not isinstance(first, int) or not first <= within:
        problems.append(f"{name}.within_days must be a number of days, at least {name}.from_days")
        return None
    return Followed(by, within, first)


def _problems(content: Mapping[str, Any], counted: Items) -> list[str]:
    kind, found = content.get("kind"), [f"{key} is not known" for key in sorted(set(content) - _KEYS)]
    found += [f"{key} is missing" for key in ("words", "unit") if not isinstance(content.get(key), str)]
    if kind not in KINDS:
        found.append(f"kind is {kind!r}, not one of {', '.join(KINDS)}")
    if content.get("part", PARTS[-1]) not in PARTS:
        found.append(f"part is {content['part']!r}, not one of {', '.join(PARTS)}")
    if content.get("better") not in BETTER:
        found.append(f"better is {content.get('better')!r}, not one of {', '.join(BETTER)}")
    found += amount_problems(content.get("amount", ""), counted.of)
    asked = [key for key in ("followed", "having") if key in content]
    if kind == SHARE and len(asked) != 1:
        found.append("a share needs either followed or having")
    if kind != SHARE and asked:
        found.append(f"only a share is {asked[0]}")
    if kind in (MEAN, INDEX) and not content.get("amount"):
        found.append(f"a{'n' if kind == INDEX else ''} {kind} needs an amount, such as nights")
    if (kind == INDEX) != (counted.of == SPREADS and content.get("amount") in SPREAD_INDICES):
        found.append(f"an index is the {', '.join(SPREAD_INDICES)} of spreads, and nothing else is one")
    if kind != RATE and ("per" in content or content.get("standardised")):
        found.append("only a rate has per and can be standardised")
    return found
