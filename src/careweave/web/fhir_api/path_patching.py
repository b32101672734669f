"""FHIRPath Patch: add, insert, delete, replace and move at a path (https://hl7.org/fhir/R4/fhirpatch.html).

The paths are those that lead to one place: names, [0], first(), last(), where(name = value and …), extension(url).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from careweave.record.fhir import Element, shape
from careweave.record.fhir.definitions import resource_types

_MOST_STEPS = 1000
_LONGEST_PATH = 1000
_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<text>'(?:[^'\\]|\\.)*')|(?P<sign>[.\[\]()=]))"
)
Node = dict[str, Any]


class Unpatchable(Exception):
    """A patch that cannot be done, and where in the Parameters it stands."""

    def __init__(self, words: str, path: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.path = path


@dataclass(frozen=True)
class Spot:
    """One place in a body: what holds it, under which key or index, and which type FHIR gives it."""

    holder: Any
    key: str | int
    kind: str
    above: Spot | None = None

    @property
    def value(self) -> Any:
        return self.holder[self.key]


def path_patch(body: Node, parameters: Node) -> Node:
    """The body after every operation of the Parameters, in their order; the body itself is changed."""
    steps = parameters.get("parameter")
    if not isinstance(steps, list) or len(steps) > _MOST_STEPS:
        raise Unpatchable(f"A FHIRPath Patch has parameters named operation, at most {_MOST_STEPS}.")
    for place, step in enumerate(steps):
        try:
            _apply(body, step)
        except Unpatchable as fault:
            raise Unpatchable(fault.words, f"Parameters.parameter[{place}]") from None
    return body


def _apply(body: Node, step: Any) -> None:
    if (
        not isinstance(step, dict)
        or step.get("name") != "operation"
        or not isinstance(step.get("part"), list)
    ):
        raise Unpatchable("Each parameter is an operation with parts.")
    parts: Node = {str(part.get("name")): part for part in step["part"] if isinstance(part, dict)}
    kind, path = _text(parts, "type"), _text(parts, "path")
    match kind:
        case "add":
            _add(_one(body, path), _text(parts, "name"), parts.get("value"))
        case "replace":
            spot = _one(body, path)
            _, spot.holder[spot.key] = _valued(parts.get("value"))
        case "delete":
            found = find(body, path)
            if len(found) > 1:
                raise Unpatchable("The path leads to more than one place.")
            for spot in found:
                _remove(spot)
        case "insert":
            listed = _list(body, path)
            index = _whole(parts, "index", len(listed))
            listed.insert(index, _valued(parts.get("value"))[1])
        case "move":
            listed = _list(body, path)
            source = _whole(parts, "source", len(listed) - 1)
            listed.insert(_whole(parts, "destination", len(listed) - 1), listed.pop(source))
        case _:
            raise Unpatchable("The type of an operation is add, insert, delete, replace or move.")


# -- the parts of an operation ----------------------------------------------------------------------------------


def _text(parts: Node, name: str) -> str:
    values = [value for key, value in (parts.get(name) or {}).items() if key.startswith("value")]
    if len(values) != 1 or not isinstance(values[0], str):
        raise Unpatchable(f"The operation needs one {name}.")
    return values[0]


def _whole(parts: Node, name: str, most: int) -> int:
    value = (parts.get(name) or {}).get("valueInteger")
    if type(value) is not int or not 0 <= value <= most:
        raise Unpatchable(f"{name} is a whole number from 0 to {most}.")
    return value


def _valued(part: Any, depth: int = 0) -> tuple[str, Any]:
    """The type's name and the value: value[x] as it stands, or an object made of nested parts."""
    if not isinstance(part, dict) or depth > 20:
        raise Unpatchable("The operation needs one value.")
    values = [(key.removeprefix("value"), each) for key, each in part.items() if key.startswith("value")]
    if len(values) == 1:
        return values[0]
    nested = part.get("part")
    if values or not isinstance(nested, list) or not nested:
        raise Unpatchable("The operation needs one value.")
    made: Node = {}
    for each in nested:
        name = each.get("name") if isinstance(each, dict) else None
        if not isinstance(name, str):
            raise Unpatchable("A part of the value has no name.")
        value = _valued(each, depth + 1)[1]
        made[name] = [*made[name], value] if isinstance(made.get(name), list) else value
    return "", made


def _add(spot: Spot, name: str, part: Any) -> None:
    holder = spot.value
    type_, value = _valued(part)
    if not isinstance(holder, dict):
        raise Unpatchable("An element can be added to an object alone.")
    described = _element(spot.kind, name)
    if described is None:
        raise Unpatchable(f"There is no element “{name[:60]}” there.")
    key, element = described
    if key.endswith("[x]"):
        key = name if name != key[:-3] else key[:-3] + type_
    if element.many:
        held = holder.setdefault(key, [])
        if not isinstance(held, list):
            raise Unpatchable(f"“{name[:60]}” is no list there.")
        # The parts of an object do not say which of them repeat; the definitions do.
        held.append(_shaped(value, f"{spot.kind}.{key}", element))
    elif key in holder:
        raise Unpatchable(f"“{name[:60]}” is there already; replace it.")
    else:
        holder[key] = _shaped(value, f"{spot.kind}.{key}", element)


def _shaped(value: Any, path: str, element: Element) -> Any:
    described = shape(path) or (shape(element.types[0]) if element.types else None)
    if not isinstance(value, dict) or described is None:
        return value
    made = {}
    for name, item in value.items():
        inner = described.elements.get(name)
        item = _shaped(item, f"{path}.{name}", inner) if inner and not isinstance(item, list) else item
        made[name] = [item] if inner and inner.many and not isinstance(item, list) else item
    return made


def _remove(spot: Spot) -> None:
    """FHIR knows no empty lists and objects, so what becomes empty goes too."""
    del spot.holder[spot.key]
    if not spot.holder and spot.above is not None:
        _remove(spot.above)


# -- paths ------------------------------------------------------------------------------------------------------


def _one(body: Node, path: str) -> Spot:
    found = find(body, path)
    if len(found) != 1:
        raise Unpatchable(f"The path leads to {'more than one place' if found else 'nothing'}.")
    return found[0]


def _list(body: Node, path: str) -> list[Any]:
    """The list that holds what the path leads to."""
    lists = {id(spot.holder): spot.holder for spot in find(body, path) if isinstance(spot.holder, list)}
    if len(lists) != 1:
        raise Unpatchable("The path does not lead to one list.")
    return next(iter(lists.values()))


def find(body: Node, path: str) -> list[Spot]:
    """Every place that the path leads to."""
    tokens = _tokens(path)
    root = Spot({"": body}, "", str(body.get("resourceType")))
    name = tokens.take_name()
    spots = [root] if name in resource_types() else _children([root], name)
    if name in resource_types() and name != root.kind:
        return []
    while not tokens.ended:
        spots = _next(tokens, spots)
    return spots


class _Tokens:
    def __init__(self, found: Sequence[tuple[str, str]]) -> None:
        self._found = list(found)
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._found)

    def peek(self) -> str:
        return "" if self.ended else self._found[self._at][1]

    def take(self, *wanted: str) -> str:
        if self.ended or (wanted and self._found[self._at][1] not in wanted):
            raise Unpatchable(f"The path is not understood{f', {wanted[0]} is missing' if wanted else ''}.")
        self._at += 1
        return self._found[self._at - 1][1]

    def take_kind(self, kind: str) -> str:
        if self.ended or self._found[self._at][0] != kind:
            raise Unpatchable(f"The path is not understood: a {kind} is missing.")
        return self.take()

    def take_name(self) -> str:
        return self.take_kind("name")

    def take_literal(self) -> Any:
        if self.ended:
            raise Unpatchable("The path is not understood: a value is missing.")
        kind, text = self._found[self._at]
        self._at += 1
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if text in ("true", "false"):
            return text == "true"
        if kind == "number":
            return float(text)
        raise Unpatchable("The path compares with text, a number, true or false.")


def _tokens(path: str) -> _Tokens:
    if len(path) > _LONGEST_PATH:
        raise Unpatchable("The path is too long.")
    found, at = [], 0
    while at < len(path.rstrip()):
        match = _TOKEN.match(path, at)
        if match is None:
            raise Unpatchable(f"The path is not understood at character {at + 1}.")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return _Tokens(found)


def _next(tokens: _Tokens, spots: list[Spot]) -> list[Spot]:
    if tokens.take(".", "[") == "[":
        index = int(float(tokens.take_kind("number")))
        tokens.take("]")
        return spots[index : index + 1] if index >= 0 else []
    name = tokens.take_name()
    if tokens.peek() != "(":
        return _children(spots, name)
    tokens.take("(")
    match name:
        case "first":
            spots = spots[:1]
        case "last":
            spots = spots[-1:]
        case "where":
            spots = _where(tokens, spots)
        case "extension":
            url = tokens.take_literal()
            held = _children(spots, "extension")
            spots = [each for each in held if isinstance(each.value, dict) and each.value.get("url") == url]
        case _:
            raise Unpatchable(f"{name[:60]}() is not understood in a path here.")
    tokens.take(")")
    return spots


def _where(tokens: _Tokens, spots: list[Spot]) -> list[Spot]:
    while True:
        names = [tokens.take_name()]
        while tokens.peek() == ".":
            tokens.take(".")
            names.append(tokens.take_name())
        tokens.take("=")
        literal = tokens.take_literal()
        spots = [spot for spot in spots if _has(spot, names, literal)]
        if tokens.peek() != "and":
            return spots
        tokens.take("and")


def _has(spot: Spot, names: Sequence[str], literal: Any) -> bool:
    found = [spot]
    for name in names:
        found = _children(found, name)
    values = [each.value for each in found]
    if isinstance(literal, float):
        return any(type(value) is not bool and _number(value) == literal for value in values)
    return any(type(value) is type(literal) and value == literal for value in values)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _children(spots: Sequence[Spot], name: str) -> list[Spot]:
    found: list[Spot] = []
    for spot in spots:
        value = spot.value
        if not isinstance(value, dict):
            continue
        described = _element(spot.kind, name)
        key = _held_as(value, name, described)
        if key is None:
            continue
        kind = _kind_of(spot.kind, key, described)
        if isinstance(value[key], list):
            above = Spot(value, key, kind, spot)
            found += [Spot(value[key], place, kind, above) for place in range(len(value[key]))]
        else:
            found.append(Spot(value, key, kind, spot))
    return found


def _held_as(value: Node, name: str, described: tuple[str, Element] | None) -> str | None:
    if name in value:
        return name
    if described and described[0] == f"{name}[x]":
        return next((key for key in value if re.fullmatch(f"{re.escape(name)}[A-Z].*", key)), None)
    return None


def _element(kind: str, name: str) -> tuple[str, Element] | None:
    """How FHIR describes an element: its name there, and what it may hold."""
    described = shape(kind)
    if described is None:
        return None
    if name in described.elements:
        return name, described.elements[name]
    for key, element in described.elements.items():
        if key.endswith("[x]") and (name == key[:-3] or name.startswith(key[:-3])):
            return key, element
    return None


def _kind_of(parent: str, key: str, described: tuple[str, Element] | None) -> str:
    if described is None:
        return ""
    name, element = described
    if name.endswith("[x]"):
        suffix = key.removeprefix(name[:-3])
        return next((each for each in element.types if each[:1].upper() + each[1:] == suffix), "")
    nested = f"{parent}.{key}"
    return nested if shape(nested) else (element.types[0] if element.types else "")
