"""An Observation as one row, and one more for each of its components: a number with its unit, or a code; no words."""

from __future__ import annotations

from collections.abc import Iterator

from careweave.record.dates import first_day
from careweave.warehouse.extraction.reading import Body, Extracted, Row, coding_of

# What someone measured at home themself is no finding of a professional, and no measure or score is asked of it.
OWN_READING = "https://careweave.org/fhir/own-reading"
SAID = {"final", "amended", "corrected", "preliminary"}


def observation_rows(body: Body, _: Extracted) -> Iterator[tuple[str, Row]]:
    if body.get("status") not in SAID or any(
        each.get("url") == OWN_READING for each in body.get("extension", ())
    ):
        return
    when = body.get("effectiveDateTime") or body.get("effectivePeriod", {}).get("start")
    start = first_day(when or body.get("effectiveInstant") or body.get("issued"))
    for part in (body, *body.get("component", ())):
        coded = coding_of(part.get("code"))
        if coded is None or (part is body and "component" in body and not _has_value(body)):
            continue
        measured = part.get("valueQuantity", {})
        found = coding_of(part.get("valueCodeableConcept"))
        value = measured.get("value", part.get("valueInteger"))
        yield (
            "observation",
            {
                "system": coded[0],
                "code": coded[1],
                "start": start,
                "value": None if value is None else float(value),
                "unit": measured.get("code") or measured.get("unit"),
                "value_code": found and found[1],
            },
        )


def _has_value(body: Body) -> bool:
    """Blood pressure is its two components: the Observation itself then has no value of its own."""
    return "valueQuantity" in body or "valueCodeableConcept" in body or "valueInteger" in body
