"""A QuestionnaireResponse as one row an answer: codes, numbers and whether a need is unmet; what was written stays out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from careweave.record.relations import party_of
from careweave.warehouse.extraction.reading import Body, Extracted, Row, extension_of, instant_of, parts_of

TAKEN = {"completed", "amended"}
ASKED_ABOUT_CARE = "https://careweave.org/definitions/surveys/"  # what people say of their care tells no need
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"


def survey_rows(body: Body, told: Extracted) -> Iterator[tuple[str, Row]]:
    """`is_proxy`: somebody else than the person gave the answers."""
    if body.get("status") not in TAKEN:
        return
    name, _, version = str(body.get("questionnaire", "")).partition("|")
    asked = body.get("source", {})
    by = asked.get("type") or str(asked.get("reference", "")).partition("/")[0]
    tells_needs = not name.startswith(ASKED_ABOUT_CARE)
    about = {
        "questionnaire": name.rpartition("/")[2] or None,
        "version": version or None,
        "is_proxy": None if not asked else by == "RelatedPerson" or party_of(asked) is not None,
        "organisation": told.source,
    }
    for item in _items(body):
        when = instant_of(_answered_at(item) or body.get("authored"))
        is_unmet = extension_of(item, "unmet-need") is True if tells_needs else None
        why_none = extension_of(item, "no-answer")
        for answer in item.get("answer") or [{}]:
            row = {"item": item.get("linkId"), "at": when, "is_unmet": is_unmet, "no_answer": why_none}
            yield "survey", {**about, **row, **_value(answer)}


def _items(body: Body) -> Iterator[Body]:
    for item in body.get("item", ()):
        if item.get("item"):
            yield from _items(item)
        else:
            yield item


def _value(answer: Mapping[str, Any]) -> Row:
    if "valueCoding" in answer:
        coding = answer["valueCoding"]
        ordinal = (e.get("valueDecimal") for e in coding.get("extension", ()) if e.get("url") == ORDINAL)
        return {
            "value_code": coding.get("code"),
            "value": next((float(v) for v in ordinal if v is not None), None),
        }
    if "valueBoolean" in answer:
        return {"value_code": "yes" if answer["valueBoolean"] else "no"}
    number = answer.get("valueInteger", answer.get("valueDecimal"))
    return {} if number is None else {"value": float(number)}


def _answered_at(item: Body) -> str | None:
    told: str | None = parts_of(item, "answered").get("at", {}).get("valueInstant")
    return told
