"""Compiles each FHIR shape once into a check that walks a resource a single time and names every fault.

A check returns None for "good", so a good resource builds no paths; a fault is prefixed with its path on the
way back up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from threading import RLock

from careweave.record.fhir import Element, Shape, resource_types, shape
from careweave.record.validation.coded import with_binding
from careweave.record.validation.issue import Issue, Problems, json_kind, shown
from careweave.record.validation.primitives import PRIMITIVES, Check
from careweave.record.validation.references import pointing_at, settle_contained
from careweave.record.validation.rules import rule_of

Fields = dict[str, Check]
_ANY = "Resource"
_NONE: list[Issue] = []  # stands for "nothing wrong"; never grown
_HINTED = 20  # unknown elements of one object that get a suggestion
_LONGEST_NAME = 60
_PLACE = re.compile(r"\[([0-9]+)\]").fullmatch
_ELEMENT = Shape(
    "Element",
    "complex",
    {
        "id": Element(0, False, ("string",), frozenset(), None),
        "extension": Element(0, True, ("Extension",), frozenset(), None),
    },
)


@dataclass(slots=True)
class _Layout:
    """What the walk needs to know of one shape, filled after it is registered because shapes recurse."""

    fields: Fields = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    choices: list[tuple[str, frozenset[str], bool]] = field(default_factory=list)
    twins: frozenset[str] = frozenset()  # _names of repeating primitives, which run beside their values


_compiled: dict[str, Check] = {}
_ready: dict[str, Check] = {}  # whole resource types only: a shape being compiled is not yet fit for use
_compiling = RLock()


def check_resource(value: object) -> Problems:
    """Everything wrong with the form of a resource, paths relative to it."""
    if type(value) is not dict:
        reason = f"is {json_kind(value)}, not a resource"
        return [Issue("", reason, "an object with a resourceType", "wrong-type")]
    name = type_name(value)
    if name is None:
        return [_unknown_type(value.get("resourceType"))]
    problems = (_ready.get(name) or _prepare(name))(value)
    return settle_contained(value, problems) if problems else None


def type_name(resource: object) -> str | None:
    """The resource type it says it is, if R4 has that type."""
    name = resource.get("resourceType") if type(resource) is dict else None
    return name if type(name) is str and name in resource_types() else None


def _unknown_type(name: object) -> Issue:
    if name is None:
        return Issue(".resourceType", "is missing", "the name of a FHIR R4 resource type", "missing")
    near = _near(name, resource_types()) if isinstance(name, str) else []
    expected = f"a FHIR R4 resource type; did you mean {near[0]}?" if near else "a FHIR R4 resource type"
    return Issue(".resourceType", f"“{shown(name)}” is not a FHIR R4 resource type", expected, "unknown-type")


def _prepare(name: str) -> Check:
    with _compiling:
        _ready[name] = _compile(name)
    return _ready[name]


def _compile(name: str) -> Check:
    if name == _ANY:
        return check_resource
    if name in PRIMITIVES:
        return PRIMITIVES[name]
    if name in _compiled:
        return _compiled[name]
    described = _ELEMENT if name == "Element" else shape(name)
    if described is None:
        raise LookupError(name)
    layout = _Layout()
    check = _compiled[name] = _object_check(layout, rule_of(described))
    try:
        _fill(layout, described)
    except BaseException:
        del _compiled[name]
        raise
    return check


def _fill(layout: _Layout, described: Shape) -> None:
    required = set()
    if described.kind == "resource":
        layout.fields["resourceType"] = _accept
    for name, element in described.elements.items():
        if name.endswith("[x]"):
            stem = name.removesuffix("[x]")
            names = {kind: stem + _suffix(kind) for kind in element.types}
            present = frozenset(names.values()) | {f"_{n}" for n in names.values()}
            layout.choices.append((name, present, element.minimum > 0))
        else:
            names = {element.types[0]: name}
            required |= {name} if element.minimum else set()
        for kind, key in names.items():
            _add_field(layout.fields, key, kind, element)
            if element.many and f"_{key}" in layout.fields:
                layout.twins |= {f"_{key}"}
    layout.required = frozenset(required)


def _suffix(kind: str) -> str:
    kind = "Quantity" if kind == "SimpleQuantity" else kind  # a profile of Quantity, not a name in JSON
    return kind[0].upper() + kind[1:]


def _add_field(fields: Fields, key: str, kind: str, element: Element) -> None:
    check = _compile(kind)
    if element.binding:
        check = with_binding(check, kind, element.binding)
    if kind == "Reference":
        check = pointing_at(check, element.targets)
    fields[key] = _many(check) if element.many else check
    if kind in PRIMITIVES and kind != "xhtml":
        beside = _compile("Element")
        fields[f"_{key}"] = _many(beside) if element.many else beside


def _accept(value: object) -> Problems:
    return None


def _many(check: Check) -> Check:
    def check_list(value: object) -> Problems:
        if type(value) is not list:
            reason = f"is {json_kind(value)}, where a list belongs"
            return [Issue("", reason, "a list in [ ]", "list-expected")]
        if not value:
            return [Issue("", "is an empty list", "at least one item, or the element left out", "empty")]
        problems: list[Issue] = _NONE
        for place, item in enumerate(value):
            found = check(item)
            if found is not None:
                problems = _with(problems, [issue.below(f"[{place}]") for issue in found])
        return problems or None

    return check_list


def _object_check(layout: _Layout, rule: Callable[[dict[str, object]], Problems] | None) -> Check:
    fields = layout.fields

    def check(value: object) -> Problems:
        if type(value) is not dict:
            return [_not_an_object(value)]
        if not value:
            return [Issue("", "is an empty object", "at least one element, or the element left out", "empty")]
        problems: list[Issue] = _NONE
        for key, item in value.items():
            found = fields[key](item) if key in fields else [_unknown_element(key, layout, problems)]
            if found is not None:
                problems = _with(problems, _placed(found, key, value))
        if not layout.required <= value.keys():
            problems = _with(problems, _missing(layout, value))
        for name, names, needed in layout.choices:
            given = names.intersection(value)
            if len(given) != 1:
                problems = _with(problems, _wrong_choice(name, given, needed))
        if layout.twins and not layout.twins.isdisjoint(value):
            problems = _with(problems, _uneven(layout, value))
        if rule is not None:
            broken = rule(value)
            if broken is not None:
                problems = _with(problems, broken)
        return problems or None

    return check


def _with(problems: list[Issue], found: list[Issue]) -> list[Issue]:
    """Grows in place, so that a resource with very many faults costs no more than their number."""
    if problems is _NONE:
        return list(found)
    problems += found
    return problems


def _not_an_object(value: object) -> Issue:
    if value is None:
        return Issue("", "is null", "an object in { }", "null")
    if type(value) is list:
        return Issue("", "is a list, where one object belongs", "one object in { }", "single-expected")
    return Issue("", f"is {json_kind(value)}, where an object belongs", "an object in { }", "wrong-type")


def _placed(found: list[Issue], key: object, parent: dict[str, object]) -> list[Issue]:
    name = shown(key)
    beside = parent.get(name[1:] if name[:1] == "_" else f"_{name}")
    return [issue.below(f".{name}") for issue in found if not _is_a_gap(issue, beside)]


def _uneven(layout: _Layout, value: dict[str, object]) -> list[Issue]:
    found = []
    for name in sorted(layout.twins & value.keys()):
        twin, values = value[name], value.get(name[1:])
        if isinstance(twin, list) and isinstance(values, list) and len(twin) != len(values):
            reason = f"has {len(twin)} items beside {len(values)} of {name[1:]}"
            found.append(Issue(f".{name}", reason, "as many of both, with null in the gaps", "uneven"))
    return found


def _is_a_gap(issue: Issue, beside: object) -> bool:
    """JSON null is right in exactly one place: in a list where the partner list (_name) fills the gap."""
    match = _PLACE(issue.path) if issue.code == "null" else None
    if match is None or not isinstance(beside, list):
        return False
    place = int(match[1])
    return place < len(beside) and beside[place] is not None


def _unknown_element(key: object, layout: _Layout, before: list[Issue]) -> Issue:
    names = [name for name in layout.fields if name[0] != "_"]
    near = _near(str(key), names) if len(before) < _HINTED else []
    for choice, forms, _ in layout.choices:
        if choice == f"{key}[x]":
            given = sorted(form for form in forms if form[0] != "_")
            near = [", ".join(given[:3]) + (f" or another {choice}" if len(given) > 3 else "")]
    expected = f"an element of this type; did you mean {near[0]}?" if near else "an element of this type"
    return Issue("", f"“{shown(key)}” is not an element here", expected, "unknown-element")


def _near(name: str, names: Iterable[str]) -> list[str]:
    """Comparing is slow, and longer than this is no slip of a name."""
    return get_close_matches(name, names, n=1) if len(name) <= _LONGEST_NAME else []


def _missing(layout: _Layout, value: dict[str, object]) -> list[Issue]:
    absent = sorted(name for name in layout.required - value.keys() if f"_{name}" not in value)
    expected = "a value: this element is required"
    return [Issue(f".{name}", "is missing", expected, "missing") for name in absent]


def _wrong_choice(name: str, given: frozenset[str], needed: bool) -> list[Issue]:
    if not given:
        missing = Issue(f".{name}", "is missing", "one of the forms of this element", "missing")
        return [missing] if needed else []
    # valueString and _valueString are the two halves of one value
    forms = sorted({key.removeprefix("_") for key in given})
    if len(forms) == 1:
        return []
    reason = f"is given {len(forms)} times: {', '.join(forms)}"
    return [Issue(f".{name}", reason, "only one form", "several-choices")]
