"""Reads the values of one search parameter out of one resource, before anything is hashed."""

from __future__ import annotations

from collections.abc import Iterator

from careweave.record.indexing.parameters import Parameter, Path

Coded = tuple[str | None, str]  # system (None = the type of this element has none), value


def reach(value: object, path: Path) -> Iterator[object]:
    """Everything at the end of a path, through lists on the way."""
    if isinstance(value, list):
        for item in value:
            yield from reach(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from reach(value[path[0]], path[1:])


def found(resource: object, parameter: Parameter) -> Iterator[tuple[object, str]]:
    for path, value_type in parameter.paths:
        for value in reach(resource, path):
            yield value, value_type


def codes(value: object, value_type: str, system: str = "") -> Iterator[Coded]:
    """What a token parameter compares: system and code, or a plain value that has no system."""
    if value_type == "CodeableConcept":
        codings = value.get("coding") if isinstance(value, dict) else None
        for coding in codings if isinstance(codings, list) else ():
            yield from _pair(coding, "code")
    elif value_type == "Coding":
        yield from _pair(value, "code")
    elif value_type == "Identifier":
        yield from _pair(value, "value")
    elif value_type == "ContactPoint":
        if isinstance(value, dict) and value.get("system") == system and isinstance(value.get("value"), str):
            yield None, value["value"]
    elif isinstance(value, bool):
        yield None, "true" if value else "false"
    elif isinstance(value, str):
        yield None, value


def _pair(value: object, name: str) -> Iterator[Coded]:
    if isinstance(value, dict) and isinstance(value.get(name), str):
        system = value.get("system")
        yield (system if isinstance(system, str) else ""), value[name]


def reference(value: object) -> str | None:
    """Type/id where it says so, without version or base; any other reference as it stands."""
    text = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(text, str) or text[:1] == "#":
        return None
    return text.partition("/_history/")[0]


def strings(value: object, value_type: str) -> Iterator[str]:
    """The parts of a name or address, each of which a string parameter matches alone."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name in parts_of(value_type):
            part = value.get(name)
            for text in part if isinstance(part, list) else (part,):
                if isinstance(text, str):
                    yield text


def parts_of(value_type: str) -> tuple[str, ...]:
    """The elements of a name or address that are compared; none for a plain string."""
    return _PARTS.get(value_type, ())


_NAME = ("family", "given", "prefix", "suffix", "text")
_ADDRESS = ("line", "city", "district", "state", "postalCode", "country", "text")
_PARTS = {"HumanName": _NAME, "Address": _ADDRESS}
