"""Reads what shapes the answer and not the match: order, page, total, parts and what comes with it.

https://hl7.org/fhir/R4/search.html#return
"""

from __future__ import annotations

from collections.abc import Iterable

from careweave.record.fhir import resource_types, shape
from careweave.record.indexing.clinical import CLINICAL
from careweave.record.indexing.parameters import Parameter, parameters_of
from careweave.record.indexing.query import Include, Sort
from careweave.record.indexing.refusing import Refusal, one_of, unknown_name

MOST = 1000  # resources on one page
KEYS = 4  # of one order
INCLUDES = 12  # of one search
_SORTABLE = {"code", "CodeableConcept", "Coding"}


def count(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) <= MOST):
        raise Refusal("_count", f"“{value}” is not a whole number from 0 to {MOST}")
    return int(value)


def total(value: str | None, method: str | None) -> str:
    """`_totalMethod=count` is how one client asks for an exact total."""
    if method is not None:
        one_of("_totalMethod", method, ("count",))
        value = value or "accurate"
    return one_of("_total", value, ("none", "estimate", "accurate")) if value is not None else "none"


def summary(value: str | None) -> str:
    if value is None:
        return "false"
    return one_of("_summary", value, ("false", "true", "text", "data", "count"))


def elements(type: str, value: str | None) -> tuple[str, ...]:
    if value is None:
        return ()
    described = shape(type)
    known = {name.removesuffix("[x]") for name in described.elements} if described else set()
    asked = tuple(name.removeprefix(f"{type}.") for name in value.split(","))
    for name in asked:
        if name not in known:
            raise Refusal(
                "_elements", f"“{name}” is not an element of {type}; use {', '.join(sorted(known))}"
            )
    return asked


def sort_keys(type: str) -> dict[str, str]:
    """What `_sort` may name for a type, and the key it sorts by."""
    keys = {"_id": "_id", "_lastUpdated": "_lastUpdated"}
    clinical = CLINICAL.get(type)
    for parameter in parameters_of(type).values():
        if parameter.kind == "date":
            keys[parameter.name] = f"date:{parameter.name}"
        elif parameter.kind == "string":
            keys[parameter.name] = f"text:{parameter.name}"
        elif parameter.kind == "token" and parameter.stored and _is_code(parameter):
            keys[parameter.name] = f"code:{parameter.name}"
    if clinical and clinical.parameter:
        keys[clinical.parameter] = "starts"
    return keys | ({"name": "name", "birthdate": "birthdate"} if type in ("Patient", "RelatedPerson") else {})


def _is_code(parameter: Parameter) -> bool:
    return len(parameter.paths) == 1 and parameter.paths[0][1] in _SORTABLE


def sort(type: str, value: str | None) -> tuple[Sort, ...]:
    keys = sort_keys(type)
    found: list[Sort] = []
    for part in value.split(",") if value is not None else ():
        name = part.removeprefix("-")
        if name not in keys:
            raise Refusal("_sort", f"{type} cannot be sorted by “{name}”; use {', '.join(sorted(keys))}")
        if keys[name] not in (each.key for each in found):
            found.append(Sort(keys[name], part.startswith("-")))
    if len(found) > KEYS:
        raise Refusal("_sort", f"sort by at most {KEYS} keys")
    return tuple(found)


def includes(type: str, asked: Iterable[tuple[str, str]]) -> tuple[Include, ...]:
    """`asked` are the `_include` and `_revinclude` parameters as written, with their values."""
    found = tuple(dict.fromkeys(_include(type, name, value) for name, value in asked))
    if len(found) > INCLUDES:
        raise Refusal("_include", f"ask for at most {INCLUDES} includes in one search")
    return found


def _include(type: str, written: str, value: str) -> Include:
    name, _, modifier = written.partition(":")
    if modifier not in ("", "iterate"):
        raise Refusal(written, f"the modifier “:{modifier}” is not supported; use :iterate or none")
    reverse, iterate = name == "_revinclude", modifier == "iterate"
    if value == "*" and reverse:
        raise Refusal(written, "“*” would bring everything; name what leads here as Type:parameter")
    source, *rest = value.split(":") if value != "*" else (type, "*")
    if source not in resource_types() or not 1 <= len(rest) <= 2:
        raise Refusal(written, f"“{value}” is not Type:parameter or Type:parameter:Target")
    if not reverse and not iterate and source != type:
        raise Refusal(written, f"the search finds {type}; to include from {source} write _include:iterate")
    target = rest[1] if len(rest) == 2 else ""
    if target and target not in resource_types():
        raise Refusal(written, f"“{target}” is not a FHIR R4 resource type")
    parameters = tuple(each for each in _references(source, rest[0], written) if _may_lead(each, target))
    if not parameters:
        raise Refusal(written, f"{source}:{rest[0]} does not lead to {target}")
    if reverse and not iterate and not any(_may_lead(each, type) for each in parameters):
        raise Refusal(written, f"{source}:{rest[0]} does not lead to {type}")
    return Include(source, parameters, target, reverse, iterate)


def _may_lead(parameter: Parameter, target: str) -> bool:
    return not target or not parameter.targets or target in parameter.targets


def _references(source: str, name: str, written: str) -> tuple[Parameter, ...]:
    known = {each.name: each for each in parameters_of(source).values() if each.kind == "reference"}
    if name == "*":
        return tuple(known.values())
    if name not in known:
        raise (
            unknown_name(source, name, written) if not known else _no_reference(source, name, written, known)
        )
    return (known[name],)


def _no_reference(source: str, name: str, written: str, known: Iterable[str]) -> Refusal:
    return Refusal(written, f"{source} has no reference “{name}”; use {', '.join(sorted(known))}")
