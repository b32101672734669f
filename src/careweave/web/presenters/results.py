"""Test results and measurements as sources sent them, newest first, in words; own readings have a page of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from careweave.web import wording
from careweave.web.presenters import facts
from careweave.web.presenters.facts import Body, Held

_DATES = ("effectiveDateTime", "effectivePeriod", "issued")
_OWN = "own-reading"


@dataclass(frozen=True)
class Result:
    """One result: what was measured, what it showed, from whom and when."""

    id: str
    what: str
    words: str
    usual: str
    source: str


def results(resources: Sequence[Held], names: Mapping[str, str]) -> tuple[Result, ...]:
    """All of them; what a source took back is left out."""
    found = [
        one
        for one in resources
        if one.type in ("Observation", "DiagnosticReport")
        and _OWN not in one.labels
        and not facts.is_mistake(one.body)
        and one.body.get("status") != "cancelled"
    ]
    ordered = sorted(found, key=lambda one: facts.said(one.body, _DATES) or "", reverse=True)
    return tuple(_result(one, names) for one in ordered)


def _result(one: Held, names: Mapping[str, str]) -> Result:
    body = one.body
    return Result(
        id=one.id,
        what=facts.words(body.get("code")) or "A test",
        words=_shown(body) or "No words came with this result",
        usual=_usual(body),
        source=facts.source_of(one, _DATES, names).text,
    )


def _shown(body: Body) -> str:
    if body.get("conclusion"):
        return str(body["conclusion"])
    parts = [
        f"{facts.words(each.get('code'))}: {_value(each)}"
        for each in body.get("component") or ()
        if _value(each)
    ]
    return _value(body) or "; ".join(parts)


def _value(body: Body) -> str:
    quantity = body.get("valueQuantity")
    if quantity:
        sign = quantity.get("comparator", "")
        return (
            f"{sign}{quantity.get('value', '')} {quantity.get('unit') or quantity.get('code') or ''}".strip()
        )
    if body.get("valueCodeableConcept"):
        return facts.words(body["valueCodeableConcept"])
    if "valueBoolean" in body:
        return "Yes" if body["valueBoolean"] else "No"
    told = next((body[key] for key in ("valueString", "valueInteger", "valueDateTime") if key in body), None)
    return wording.day(told) if "valueDateTime" in body and told else str(told if told is not None else "")


def _usual(body: Body) -> str:
    for each in body.get("referenceRange") or ():
        if each.get("text"):
            return str(each["text"])
        low, high = (each.get(end, {}).get("value") for end in ("low", "high"))
        if low is not None and high is not None:
            return f"{low} to {high}"
    return ""
