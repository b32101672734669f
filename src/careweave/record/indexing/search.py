"""Reads a search strictly: what is not supported is named, never ignored (https://hl7.org/fhir/R4/search.html)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches

from careweave.record.fhir import resource_types
from careweave.record.indexing import asked
from careweave.record.indexing.clinical import CLINICAL
from careweave.record.indexing.folding import fold
from careweave.record.indexing.hashing import token
from careweave.record.indexing.parameters import Parameter, parameters_of
from careweave.record.indexing.query import (
    Changed,
    Clause,
    During,
    Exactly,
    Ids,
    Missing,
    Query,
    SearchProblem,
    Sort,
    Text,
)

MOST = 1000  # resources on one page
_LONGEST = 4000
_MODIFIERS = {
    "token": {"": "", "not": "", "missing": ""},
    "reference": {"": "", "missing": ""},
    "date": {"": "", "missing": ""},
    "string": {"": "starts", "exact": "exact", "contains": "contains", "missing": ""},
}


class _Refusal(Exception):
    def __init__(self, problem: SearchProblem) -> None:
        self.problem = problem


def parse_search(type: str, params: Iterable[tuple[str, str]]) -> Query | SearchProblem:
    """The query these parameters ask for, or the first problem with them."""
    if type not in resource_types():
        return SearchProblem("_type", f"“{type}” is not a FHIR R4 resource type")
    clauses: list[Clause] = []
    controls: dict[str, str] = {}
    try:
        for name, value in params:
            if name in ("_sort", "_count"):
                _once(controls, name, value)
            else:
                clauses.append(_clause(type, name, value))
        sort = _sort(type, controls.get("_sort"))
        return Query(type, tuple(clauses), sort, _count(controls.get("_count")))
    except _Refusal as refusal:
        return refusal.problem


def _refuse(name: str, reason: str) -> _Refusal:
    return _Refusal(SearchProblem(name, reason))


def _once(controls: dict[str, str], name: str, value: str) -> None:
    if name in controls:
        raise _refuse(name, "may be given only once")
    controls[name] = value


def _count(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) <= MOST):
        raise _refuse("_count", f"“{value}” is not a whole number from 0 to {MOST}")
    return int(value)


def sort_keys(type: str) -> dict[str, str]:
    """What `_sort` may name for a type, and the key it sorts by."""
    keys = {"_id": "_id", "_lastUpdated": "_lastUpdated"}
    clinical = CLINICAL.get(type)
    if clinical and clinical.parameter:
        keys[clinical.parameter] = "starts"
    return keys | ({"name": "name", "birthdate": "birthdate"} if type in ("Patient", "RelatedPerson") else {})


def _sort(type: str, value: str | None) -> tuple[Sort, ...]:
    keys = sort_keys(type)
    found = []
    for part in value.split(",") if value is not None else ():
        name = part.removeprefix("-")
        if name not in keys:
            raise _refuse("_sort", f"{type} cannot be sorted by “{name}”; use {', '.join(sorted(keys))}")
        found.append(Sort(keys[name], part.startswith("-")))
    return tuple(found)


def _clause(type: str, written: str, value: str) -> Clause:
    name, _, modifier = written.partition(":")
    if not value.strip():
        raise _refuse(written, "has no value")
    if not value.isprintable() or len(value) > _LONGEST:
        raise _refuse(written, "has a value that is too long or holds control characters")
    if name in ("_id", "_lastUpdated"):
        return _of_any_type(name, modifier, written, value)
    parameter = parameters_of(type).get(name)
    if parameter is None:
        raise _unknown(type, name, written)
    kind = modifier if parameter.kind == "reference" and modifier in _reference_types(parameter) else ""
    if not kind and modifier not in _MODIFIERS[parameter.kind]:
        raise _refuse(written, f"the modifier “:{modifier}” is not supported for this parameter")
    if modifier == "missing":
        return _missing(parameter, written, value)
    try:
        return _MAKERS[parameter.kind](type, parameter, modifier, asked.split(value, ","))
    except asked.Unreadable as fault:
        raise _refuse(written, str(fault)) from None


def _reference_types(parameter: Parameter) -> Iterable[str]:
    return parameter.targets or resource_types()


def _unknown(type: str, name: str, written: str) -> _Refusal:
    known = sorted({*parameters_of(type), "_id", "_lastUpdated", "_sort", "_count"})
    if "." in name or name in ("_has", "_include", "_revinclude"):
        return _refuse(written, "chained searches and includes are not supported")
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; {type} has {', '.join(known)}"
    return _refuse(written, f"{type} has no parameter “{name}”{hint}")


def _of_any_type(name: str, modifier: str, written: str, value: str) -> Clause:
    if modifier:
        raise _refuse(written, f"the modifier “:{modifier}” is not supported for this parameter")
    parts = asked.split(value, ",")
    if name == "_id":
        if not all(parts):
            raise _refuse(written, "has an empty value")
        return Ids(tuple(asked.plain(part) for part in parts))
    try:
        return Changed(tuple(asked.comparison(part) for part in parts))
    except asked.Unreadable as fault:
        raise _refuse(written, str(fault)) from None


def _missing(parameter: Parameter, written: str, value: str) -> Missing:
    if value not in ("true", "false"):
        raise _refuse(written, f"“{value}” is not true or false")
    return Missing(parameter, value == "true", () if parameter.primary else _paths(parameter))


def _paths(parameter: Parameter) -> tuple[str, ...]:
    only = ""
    if parameter.system:
        only = f' ? (@."system" == "{parameter.system}")'
    elif parameter.same_as:
        only = f' ? (@."reference" starts with "{parameter.targets[0]}/")'
    return tuple("$." + ".".join(f'"{step}"' for step in path) + only for path, _ in parameter.paths)


def _exactly(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    wanted = tuple(asked.code(part, parameter) for part in parts)
    tokens = tuple(token(type, parameter.stored_as, value, system) for system, value in wanted)
    return Exactly(parameter, wanted, tokens, negated=modifier == "not")


def _reference(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    kind = modifier or None
    wanted = tuple(text for part in parts for text in asked.references(part, parameter, kind))
    tokens = tuple(token(type, parameter.stored_as, text) for text in wanted)
    return Exactly(parameter, tuple((None, text) for text in wanted), tokens)


def _during(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    return During(parameter, tuple(asked.comparison(part) for part in parts))


def _text(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    if not all(part.strip() for part in parts):
        raise asked.Unreadable("has an empty value")
    how = _MODIFIERS["string"][modifier]
    plain = (asked.plain(part) for part in parts)
    return Text(parameter, how, tuple(part if how == "exact" else fold(part) for part in plain))


_MAKERS: dict[str, Callable[[str, Parameter, str, list[str]], Clause]] = {
    "token": _exactly,
    "reference": _reference,
    "date": _during,
    "string": _text,
}
