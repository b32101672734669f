"""What a path finds in a resource: always a list, as FHIRPath has it; unknown functions are refused when a view is read."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from careweave.warehouse.views.parsing import Node, PathError, parse

Found = list[Any]
Path = Callable[[Any], Found]
PRIMITIVES = {"boolean": bool, "string": str, "integer": int, "decimal": float}
SUMS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Choice:
    """A value of an element that may be of several types, with the type that its name ends in."""

    type: str
    value: Any


def compiled(expression: str, constants: Mapping[str, Any]) -> Path:
    """The expression as a function of one item. Raises PathError for what views do not know."""
    return _compiled(parse(expression), constants)


def plain(found: Found) -> Found:
    return [each.value if isinstance(each, Choice) else each for each in found]


def is_true(found: Found, expression: str) -> bool:
    """Whether a condition holds; nothing is no. Raises PathError when it is no condition."""
    values = plain(found)
    if not values:
        return False
    if len(values) > 1 or not isinstance(values[0], bool):
        raise PathError(f"“{expression}” is neither true nor false")
    return values[0]


def _compiled(node: Node, constants: Mapping[str, Any]) -> Path:
    match node.kind:
        case "value":
            return lambda _: [node.value]
        case "this":
            return lambda item: [item]
        case "constant":
            if node.name not in constants:
                raise PathError(f"%{node.name} is not among the constants of the view")
            return lambda _: [constants[node.name]]
        case "call":
            return _call(node, constants)
    inside = [_compiled(each, constants) for each in node.inside]
    match node.kind:
        case "member":
            return lambda item: [
                found for one in plain(inside[0](item)) for found in _members(one, node.name)
            ]
        case "index":
            return lambda item: _at(inside[0](item), plain(inside[1](item)))
        case "|":
            return lambda item: [*inside[0](item), *(x for x in inside[1](item) if x not in inside[0](item))]
    return lambda item: _operation(node.kind, plain(inside[0](item)), plain(inside[1](item)))


def _members(item: Any, name: str) -> Found:
    if not isinstance(item, Mapping):
        return []
    if item.get("resourceType") == name:
        return [item]
    if name in item:
        return _listed(item[name])
    typed = (key for key in item if key.startswith(name) and key[len(name) : len(name) + 1].isupper())
    return [Choice(key[len(name) :], each) for key in typed for each in _listed(item[key])]


def _listed(value: Any) -> Found:
    return [each for each in value if each is not None] if isinstance(value, list) else [value]


def _at(found: Found, number: Found) -> Found:
    if len(number) != 1 or not isinstance(number[0], int):
        raise PathError("an index must be one whole number")
    return found[number[0] : number[0] + 1] if number[0] >= 0 else []


def _operation(sign: str, one: Found, other: Found) -> Found:
    if sign in ("and", "or", "xor"):
        return _logic(sign, _truth(one), _truth(other))
    if not one or not other:
        return []
    if sign in ("=", "!="):
        return [(one == other) == (sign == "=")]
    if len(one) > 1 or len(other) > 1:
        raise PathError(f"“{sign}” stands between single values only")
    if sign == "&":
        return [f"{one[0]}{other[0]}"]
    if sign in ORDERS:
        return [ORDERS[sign](one[0], other[0])]
    return _sum(sign, one[0], other[0])


def _sum(sign: str, one: Any, other: Any) -> Found:
    """Decimals as FHIR means them: 6.1 − 2.8 is 3.3."""
    if isinstance(one, str) or isinstance(other, str):
        return [one + other] if sign == "+" else []
    if sign == "/" and other == 0:
        return []
    exact = SUMS[sign](Decimal(str(one)), Decimal(str(other)))
    is_whole = isinstance(one, int) and isinstance(other, int) and sign != "/"
    return [int(exact) if is_whole else float(exact)]


def _truth(found: Found) -> bool | None:
    """A single value that is no boolean counts as true."""
    return None if not found else found[0] if isinstance(found[0], bool) else True


def _logic(sign: str, one: bool | None, other: bool | None) -> Found:
    if sign == "and":
        return [False] if one is False or other is False else [True] if one and other else []
    if sign == "or":
        return [True] if one or other else [] if one is None or other is None else [False]
    return [] if one is None or other is None else [one != other]


def _call(node: Node, constants: Mapping[str, Any]) -> Path:
    before = _compiled(node.inside[0], constants)
    if node.name in ("ofType", "getReferenceKey"):
        return _of_type(node, before)
    arguments = [_compiled(each, constants) for each in node.inside[1:]]
    match node.name, len(arguments):
        case "where", 1:
            return lambda item: [one for one in before(item) if is_true(arguments[0](one), "where")]
        case "exists", 1:
            return lambda item: [any(is_true(arguments[0](one), "exists") for one in before(item))]
        case "exists", 0:
            return lambda item: [bool(before(item))]
        case "empty", 0:
            return lambda item: [not before(item)]
        case "not", 0:
            return lambda item: [not _truth(plain(before(item)))] if before(item) else []
        case "count", 0:
            return lambda item: [len(before(item))]
        case "first", 0:
            return lambda item: before(item)[:1]
        case "last", 0:
            return lambda item: before(item)[-1:]
        case "join", 0 | 1:
            return lambda item: _joined(plain(before(item)), arguments[0](item) if arguments else [""])
        case "extension", 1:
            return lambda item: _extensions(plain(before(item)), plain(arguments[0](item)))
        case "getResourceKey", 0:
            return lambda item: [one["id"] for one in before(item) if "id" in one]
    raise PathError(f"{node.name}() with {len(arguments)} arguments is not a function that views know")


def _joined(found: Found, separator: Found) -> Found:
    """Of nothing an empty text, as the official tests have it."""
    return [str(separator[0]).join(str(each) for each in found)]


def _extensions(items: Found, urls: Found) -> Found:
    told = (each for item in items if isinstance(item, Mapping) for each in item.get("extension", ()))
    return [each for each in told if each.get("url") in urls]


def _of_type(node: Node, before: Path) -> Path:
    """A type is written as a bare name: ofType(Quantity), getReferenceKey(Patient)."""
    named = node.inside[1:]
    if any(each.kind != "member" for each in named) or len(named) > 1:
        raise PathError(f"{node.name}() takes the name of a type")
    type = named[0].name if named else ""
    if node.name == "ofType":
        return lambda item: [one for one in before(item) if _is_of(one, type)]
    return lambda item: [key for one in plain(before(item)) for key in _reference_key(one, type)]


def _is_of(one: Any, type: str) -> bool:
    if isinstance(one, Choice):
        return one.type[:1].lower() + one.type[1:] == type[:1].lower() + type[1:]
    if isinstance(one, Mapping):
        return one.get("resourceType") == type
    return isinstance(one, PRIMITIVES.get(type, str)) and not (type == "integer" and isinstance(one, bool))


def _reference_key(reference: Any, type: str) -> Found:
    told = str(reference.get("reference", "")) if isinstance(reference, Mapping) else ""
    parts = told.split("/_history")[0].split("/")
    return [parts[-1]] if len(parts) > 1 and (not type or parts[-2] == type) else []
