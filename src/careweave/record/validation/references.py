"""The form of references, what they may point at, and that #contained ones are there.

https://hl7.org/fhir/R4/references.html
"""

from __future__ import annotations

import re

from careweave.record.fhir import resource_types
from careweave.record.validation.issue import Issue, Problems, shown
from careweave.record.validation.primitives import Check

_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}").fullmatch
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+").fullmatch
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?").fullmatch
_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?[^\s?=]+=\S+").fullmatch
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.\-]*:\S+").fullmatch
_TAIL = re.compile(r"/([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?$").search
_FORMS = "Type/id, an absolute URL, urn:uuid:…, or #id of a contained resource"
_UNSETTLED = "not-contained"


def pointing_at(check: Check, targets: frozenset[str]) -> Check:
    """The check of a Reference, whose target must be one of these types (any, when there are none)."""
    allowed = targets or resource_types()

    def check_reference(value: object) -> Problems:
        problems = check(value)
        if type(value) is not dict:
            return problems
        text = value.get("reference")
        if type(text) is not str:
            return problems
        fault = _fault(text, allowed)
        return problems if fault is None else [*(problems or []), fault]

    return check_reference


def _fault(text: str, allowed: frozenset[str]) -> Issue | None:
    if text[:4] == "urn:":
        return None if _UUID(text) or _OID(text) else _bad_form(text)
    match = _RELATIVE(text) or _CONDITIONAL(text)
    if match:
        return None if match[1] in allowed else _bad_target(match[1], allowed)
    if text[:1] == "#":
        # Only the resource that holds this one can tell: settle_contained takes the issue away again.
        return Issue(".reference", f"“{shown(text)}” is not contained here", _answer(text[1:]), _UNSETTLED)
    if not _ABSOLUTE(text):
        return _bad_form(text)
    tail = _TAIL(text)
    if tail and tail[1] in resource_types() and tail[1] not in allowed:
        return _bad_target(tail[1], allowed)
    return None


def _bad_form(text: str) -> Issue:
    return Issue(".reference", f"“{shown(text)}” is not a reference", _FORMS, "reference-form")


def _bad_target(name: str, allowed: frozenset[str]) -> Issue:
    if name not in resource_types():
        return Issue(".reference", f"“{shown(name)}” is not a resource type", _FORMS, "reference-form")
    expected = f"a reference to {', '.join(sorted(allowed))}"
    return Issue(".reference", f"points at a {name}", expected, "reference-target")


def _answer(id_: str) -> str:
    return f"a contained resource with the id “{shown(id_)}”"


def settle_contained(resource: dict[str, object], problems: list[Issue]) -> Problems:
    """Drops the doubts about #references that this resource's own contained resources answer."""
    contained = resource.get("contained")
    answers = {_answer("")}  # "#" alone is the containing resource itself
    if isinstance(contained, list):
        answers |= {_answer(str(each.get("id"))) for each in contained if isinstance(each, dict)}
    return [each for each in problems if each.code != _UNSETTLED or each.expected not in answers] or None
