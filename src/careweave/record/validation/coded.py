"""Required bindings: the codes an element may hold when FHIR closes its list."""

from __future__ import annotations

from careweave.record.fhir import closed_codes
from careweave.record.validation.issue import Issue, Problems, shown
from careweave.record.validation.primitives import Check

Pairs = frozenset[tuple[str, str]]  # system, code

_LISTED = 12  # more codes than this are not spelt out in the words of an issue


def with_binding(check: Check, kind: str, value_set: str) -> Check:
    """The check of `kind`, narrowed to the codes of `value_set`; unchanged where the set is open."""
    allowed = closed_codes(value_set)
    if allowed is None:
        return check
    expected = _words(allowed)
    if kind in ("code", "string", "uri"):
        return _plain(check, frozenset(code for _, code in allowed), expected)
    if kind == "Coding":
        return _coding(check, allowed, expected)
    return _concept(check, allowed, expected) if kind == "CodeableConcept" else check


def _words(allowed: Pairs) -> str:
    codes = sorted({code for _, code in allowed})
    if len(codes) > _LISTED:
        return f"one of {len(codes)} codes, such as {', '.join(codes[:3])}"
    return f"one of {', '.join(codes)}"


def _unknown(path: str, code: object, expected: str) -> Issue:
    return Issue(path, f"“{shown(code)}” is not a code of this list", expected, "unknown-code")


def _plain(check: Check, codes: frozenset[str], expected: str) -> Check:
    def check_code(value: object) -> Problems:
        if type(value) is str and value in codes:
            return None
        return check(value) or [_unknown("", value, expected)]

    return check_code


def _pair(coding: object) -> tuple[object, object] | None:
    if type(coding) is not dict:
        return None
    system, code = coding.get("system"), coding.get("code")
    return (system, code) if type(system) is str and type(code) is str else None


def _coding(check: Check, allowed: Pairs, expected: str) -> Check:
    def check_coding(value: object) -> Problems:
        problems = check(value)
        if problems is None and type(value) is dict and _pair(value) not in allowed:
            return [_unknown(".code", value.get("code", "nothing"), expected)]
        return problems

    return check_coding


def _concept(check: Check, allowed: Pairs, expected: str) -> Check:
    def check_concept(value: object) -> Problems:
        problems = check(value)
        if problems is not None or type(value) is not dict:
            return problems
        codings = value.get("coding")
        if type(codings) is not list:
            return [Issue(".coding", "is missing", expected, "missing")]
        if any(_pair(coding) in allowed for coding in codings):
            return None
        return [_concept_issue(codings, allowed, expected)]

    return check_concept


def _concept_issue(codings: list[dict[str, object]], allowed: Pairs, expected: str) -> Issue:
    for place, coding in enumerate(codings):
        known = sorted(system for system, code in allowed if code == coding.get("code"))
        if known:  # the right code under a wrong or absent system is the usual slip
            given, code = shown(coding.get("system", "nothing")), shown(coding["code"])
            reason = f"“{given}” is not the system of “{code}”"
            return Issue(f".coding[{place}].system", reason, known[0], "unknown-code")
    return _unknown(".coding[0].code", codings[0].get("code", "nothing"), expected)
