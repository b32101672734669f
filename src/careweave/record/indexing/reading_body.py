"""Whether a body says what a search asks of it, where nothing is kept beside it; the database asks by JSON path."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from careweave.record.indexing.parameters import Parameter
from careweave.record.indexing.query import Amount, InBody, Value
from careweave.record.indexing.values import Coded, codes, found, reach

Resource = dict[str, object]
_CODED = {"CodeableConcept", "Coding", "Identifier"}


def reads(clause: InBody, resource: Resource) -> bool:
    """Any of the values, whatever `negated` says."""
    return any(_holds(clause, value, resource) for value in clause.any_of)


def _holds(clause: InBody, value: Value, resource: Resource) -> bool:
    parameter = clause.parameter
    there = [each for each, _ in found(resource, parameter)]
    match clause.how, value:
        case "amount", Amount():
            return any(is_amount(value, each) for each in there)
        case "uri", str():
            return any(each == value for each in there)
        case "words", str():
            return any(called.startswith(value) for called in _called(resource, parameter))
        case "type", (str(system), str(code), str(number)):
            return any(_is_typed(each, system, code, number) for each in there)
        case "identifier", (system, str(number)):
            named = [each.get("identifier") for each in there if isinstance(each, dict)]
            return any(_is_coded((system, number), each, "value") for each in named)
        case "coded", (system, str(code)):
            held = [pair for each, kind in found(resource, parameter) for pair in codes(each, kind)]
            return any(_equal((system, code), pair) for pair in held)
        case "pair", ((_, _), _):
            return any(_is_pair(value, place, parameter) for place in _places(resource, parameter))
    return False


def _called(resource: Resource, parameter: Parameter) -> Iterator[str]:
    for each, kind in found(resource, parameter):
        if kind == "CodeableConcept" and isinstance(each, dict):
            codings = each.get("coding")
            texts = [each.get("text")] + [c.get("display") for c in codings or () if isinstance(c, dict)]
        elif kind == "Coding" and isinstance(each, dict):
            texts = [each.get("display")]
        elif kind == "Identifier" and isinstance(each, dict) and isinstance(each.get("type"), dict):
            texts = [each["type"].get("text")]
        else:
            texts = []
        yield from (text.lower() for text in texts if isinstance(text, str))


def _is_typed(held: object, system: str, code: str, number: str) -> bool:
    if not isinstance(held, dict) or held.get("value") != number:
        return False
    return any(_is_coded((system, code), each, "code") for each in reach(held, ("type", "coding")))


def _is_coded(asked: Coded, held: object, name: str) -> bool:
    if not isinstance(held, dict) or not isinstance(held.get(name), str):
        return False
    system = held.get("system")
    return _equal(asked, (system if isinstance(system, str) else "", held[name]))


def _equal(asked: Coded, held: Coded) -> bool:
    return asked[1] == held[1] and asked[0] in (None, held[0])


def _places(resource: Resource, parameter: Parameter) -> Iterator[tuple[object, str, tuple[str, ...]]]:
    for at, code, values in parameter.pairs:
        for place in reach(resource, at):
            yield place, code, values


def _is_pair(asked: Value, place: tuple[object, str, tuple[str, ...]], parameter: Parameter) -> bool:
    held, code, paths = place
    first, second = asked  # type: ignore[misc, str-unpack]
    if not any(_is_coded(first, each, "code") for each in reach(held, (code, "coding"))):  # type: ignore[arg-type]
        return False
    values = [each for path in paths for each in reach(held, (path,))]
    if isinstance(second, Amount):
        return any(is_amount(second, each) for each in values)
    return any(_is_coded(second, each, "code") for value in values for each in reach(value, ("coding",)))  # type: ignore[arg-type]


def is_amount(asked: Amount, held: object) -> bool:
    """A Quantity, or a plain number."""
    quantity = held if isinstance(held, dict) else {"value": held}
    try:
        value = Decimal(str(quantity.get("value")))
    except InvalidOperation:
        return False
    if asked.unit:
        if asked.system:
            named = quantity.get("system") == asked.system and quantity.get("code") == asked.unit
        else:
            named = asked.unit in (quantity.get("code"), quantity.get("unit"))
        if not named:
            return False
    return compares(asked, value)


def compares(asked: Amount, value: Decimal) -> bool:
    return {
        "eq": asked.low <= value < asked.high,
        "ne": not asked.low <= value < asked.high,
        "gt": value > asked.value,
        "sa": value > asked.value,
        "lt": value < asked.value,
        "eb": value < asked.value,
        "ge": value >= asked.value,
        "le": value <= asked.value,
        "ap": asked.low <= value <= asked.high,
    }[asked.prefix]
