"""Reads a search strictly: what is not supported is named, never ignored (https://hl7.org/fhir/R4/search.html)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from careweave.record.fhir import resource_types
from careweave.record.indexing import asked, controls
from careweave.record.indexing.controls import sort_keys
from careweave.record.indexing.folding import fold
from careweave.record.indexing.hashing import token
from careweave.record.indexing.parameters import OF_ANY_TYPE, Parameter, parameters_of
from careweave.record.indexing.query import (
    Chained,
    Changed,
    Clause,
    During,
    Exactly,
    Having,
    Ids,
    InBody,
    Missing,
    Query,
    SearchProblem,
    Text,
)
from careweave.record.indexing.refusing import Refusal, unknown_name

__all__ = ["parse_search", "sort_keys"]

_LONGEST = 4000
_DEEPEST = 3  # references in a row
_MOST = 40  # conditions of one search
_MODIFIERS = {
    "token": ("", "not", "missing", "text", "of-type"),
    "reference": ("", "missing", "identifier"),
    "date": ("", "missing"),
    "string": ("", "exact", "contains", "missing"),
    "quantity": ("", "missing"),
    "number": ("", "missing"),
    "uri": ("", "missing"),
    "composite": ("",),
}
_ONCE = ("_sort", "_count", "_total", "_totalMethod", "_summary", "_elements")
_HOW_IT_IS_SENT = ("_format", "_pretty")  # of the answer, not of the search


def parse_search(
    type: str, params: Iterable[tuple[str, str]], *, lenient: bool = False
) -> Query | SearchProblem:
    """The query these parameters ask for, or the first problem with them. `lenient` leaves out unknown parameters."""
    if type not in resource_types():
        return SearchProblem("_type", f"“{type}” is not a FHIR R4 resource type")
    clauses: list[Clause] = []
    given: dict[str, str] = {}
    included: list[tuple[str, str]] = []
    ignored: list[str] = []
    try:
        for name, value in params:
            if name in _ONCE:
                _once(given, name, value)
            elif name.partition(":")[0] in ("_include", "_revinclude"):
                included.append((name, value))
            elif name not in _HOW_IT_IS_SENT:
                _add(clauses, ignored, type, name, value, lenient=lenient)
        return _query(type, clauses, given, included, ignored)
    except Refusal as refusal:
        return refusal.problem


def _add(
    clauses: list[Clause], ignored: list[str], type: str, name: str, value: str, *, lenient: bool
) -> None:
    try:
        clauses.append(_clause(type, name, value))
    except Refusal as refusal:
        if not (lenient and refusal.unknown):
            raise
        ignored.append(name)


def _query(
    type: str,
    clauses: list[Clause],
    given: dict[str, str],
    included: list[tuple[str, str]],
    ignored: list[str],
) -> Query:
    if len(clauses) > _MOST:
        raise Refusal(type, f"asks for more than {_MOST} conditions at once")
    summary, elements = (
        controls.summary(given.get("_summary")),
        controls.elements(type, given.get("_elements")),
    )
    if elements and summary != "false":
        raise Refusal("_elements", "ask for elements or for a summary, not for both")
    includes = controls.includes(type, included)
    if includes and summary == "text":
        raise Refusal("_include", "cannot be combined with _summary=text")
    return Query(
        type,
        tuple(clauses),
        controls.sort(type, given.get("_sort")),
        0 if summary == "count" else controls.count(given.get("_count")),
        includes,
        controls.total(given.get("_total"), given.get("_totalMethod")),
        summary,
        elements,
        tuple(ignored),
    )


def _once(given: dict[str, str], name: str, value: str) -> None:
    if name in given:
        raise Refusal(name, "may be given only once")
    given[name] = value


def _clause(type: str, written: str, value: str, whole: str = "", depth: int = 0) -> Clause:
    """`whole` is the parameter as the asker wrote it, of which `written` is what is left to read."""
    whole = whole or written
    if not value.strip():
        raise Refusal(whole, "has no value")
    if not value.isprintable() or len(value) > _LONGEST:
        raise Refusal(whole, "has a value that is too long or holds control characters")
    if depth > _DEEPEST:
        raise Refusal(whole, f"follows more than {_DEEPEST} references in a row")
    if written.startswith("_has:"):
        return _having(type, written, value, whole, depth)
    if "." in written:
        return _chained(type, written, value, whole, depth)
    name, _, modifier = written.partition(":")
    if name in ("_id", "_lastUpdated"):
        return _of_any_type(name, modifier, whole, value)
    parameter = OF_ANY_TYPE.get(name) or parameters_of(type).get(name)
    if parameter is None:
        raise unknown_name(type, name, whole)
    return _plain(type, parameter, modifier, whole, value)


def _plain(type: str, parameter: Parameter, modifier: str, whole: str, value: str) -> Clause:
    types = parameter.targets or resource_types()
    kind = modifier if parameter.kind == "reference" and modifier in types else ""
    if not kind and modifier not in _MODIFIERS[parameter.kind]:
        accepted = ", ".join(f":{each}" for each in _MODIFIERS[parameter.kind] if each)
        raise Refusal(
            whole, f"the modifier “:{modifier}” is not supported for this parameter; use none or {accepted}"
        )
    if modifier == "missing":
        return _missing(parameter, whole, value)
    try:
        return _MAKERS[parameter.kind](type, parameter, modifier, asked.split(value, ","))
    except asked.Unreadable as fault:
        raise Refusal(whole, str(fault)) from None


# -- what leads elsewhere, and from elsewhere here ---------------------------------------------------------------


def _having(type: str, written: str, value: str, whole: str, depth: int) -> Having:
    parts = written.split(":", 3)
    if len(parts) < 4 or not all(parts):
        raise Refusal(whole, "is not _has:Type:reference:parameter")
    _, source, name, rest = parts
    if source not in resource_types():
        raise Refusal(whole, f"“{source}” is not a FHIR R4 resource type")
    parameter = parameters_of(source).get(name)
    if parameter is None:
        raise unknown_name(source, name, whole)
    if parameter.kind != "reference" or (parameter.targets and type not in parameter.targets):
        raise Refusal(whole, f"{source}:{name} does not lead to {type}")
    return Having(source, parameter, _clause(source, rest, value, whole, depth + 1))


def _chained(type: str, written: str, value: str, whole: str, depth: int) -> Chained:
    head, rest = written.split(".", 1)
    name, _, kind = head.partition(":")
    parameter = parameters_of(type).get(name)
    if parameter is None:
        raise unknown_name(type, name, whole)
    if parameter.kind != "reference":
        raise Refusal(whole, f"“{name}” is not a reference, so nothing can be asked of what it leads to")
    if kind and (kind not in resource_types() or (parameter.targets and kind not in parameter.targets)):
        raise Refusal(whole, f"“{name}” does not lead to {kind}; use {', '.join(parameter.targets)}")
    if not kind and not parameter.targets:
        raise Refusal(whole, f"“{name}” may lead to any type; write {name}:Type.{rest}")
    found, refusals = [], []
    for target in (kind,) if kind else parameter.targets:
        try:
            found.append((target, _clause(target, rest, value, whole, depth + 1)))
        except Refusal as refusal:
            refusals.append(refusal)
    wrong = [refusal for refusal in refusals if not refusal.unknown]
    if wrong or not found:
        raise (wrong or refusals)[0]
    return Chained(parameter, tuple(found))


# -- one parameter by its kind -----------------------------------------------------------------------------------


def _of_any_type(name: str, modifier: str, written: str, value: str) -> Clause:
    if modifier:
        raise Refusal(written, f"the modifier “:{modifier}” is not supported for this parameter; use none")
    parts = asked.split(value, ",")
    if name == "_id":
        if not all(parts):
            raise Refusal(written, "has an empty value")
        return Ids(tuple(asked.plain(part) for part in parts))
    try:
        return Changed(tuple(asked.comparison(part) for part in parts))
    except asked.Unreadable as fault:
        raise Refusal(written, str(fault)) from None


def _missing(parameter: Parameter, written: str, value: str) -> Missing:
    if value not in ("true", "false"):
        raise Refusal(written, f"“{value}” is not true or false")
    return Missing(parameter, value == "true", () if parameter.primary else _paths(parameter))


def _paths(parameter: Parameter) -> tuple[str, ...]:
    only = ""
    if parameter.system:
        only = f' ? (@."system" == "{parameter.system}")'
    elif parameter.same_as:
        only = f' ? (@."reference" starts with "{parameter.targets[0]}/")'
    return tuple("$." + ".".join(f'"{step}"' for step in path) + only for path, _ in parameter.paths)


def _exactly(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    if modifier == "text":
        return InBody(parameter, "words", tuple(asked.words(part) for part in parts))
    if modifier == "of-type":
        return InBody(parameter, "type", tuple(asked.typed(part, parameter) for part in parts))
    wanted = tuple(asked.code(part, parameter) for part in parts)
    if not parameter.stored and not parameter.either:
        return InBody(parameter, "coded", wanted, negated=modifier == "not")
    tokens = tuple(
        token(type, name, value, system) for name in parameter.token_names for system, value in wanted
    )
    return Exactly(parameter, wanted, tokens, negated=modifier == "not")


def _reference(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    if modifier == "identifier":
        return InBody(parameter, "identifier", tuple(asked.pair(part) for part in parts))
    kind = modifier or None
    wanted = tuple(text for part in parts for text in asked.references(part, parameter, kind))
    tokens = tuple(token(type, parameter.stored_as, text) for text in wanted)
    return Exactly(parameter, tuple((None, text) for text in wanted), tokens)


def _during(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    return During(parameter, tuple(asked.comparison(part) for part in parts))


def _text(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    if not all(part.strip() for part in parts):
        raise asked.Unreadable("has an empty value")
    how = modifier or "starts"
    plain = (asked.plain(part) for part in parts)
    return Text(parameter, how, tuple(part if how == "exact" else fold(part) for part in plain))


def _amount(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    has_unit = parameter.kind == "quantity"
    return InBody(parameter, "amount", tuple(asked.amount(part, has_unit=has_unit) for part in parts))


def _uri(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    return InBody(parameter, "uri", tuple(asked.plain(part) for part in parts))


def _pair(type: str, parameter: Parameter, modifier: str, parts: list[str]) -> Clause:
    return InBody(parameter, "pair", tuple(asked.code_and_value(part, parameter) for part in parts))


_MAKERS: dict[str, Callable[[str, Parameter, str, list[str]], Clause]] = {
    "token": _exactly,
    "reference": _reference,
    "date": _during,
    "string": _text,
    "quantity": _amount,
    "number": _amount,
    "uri": _uri,
    "composite": _pair,
}
