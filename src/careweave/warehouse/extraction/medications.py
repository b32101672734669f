"""A MedicationRequest or MedicationStatement as a row: what was ordered or is taken, in codes only."""

from __future__ import annotations

from collections.abc import Iterator

from careweave.record.dates import first_day
from careweave.warehouse.extraction.reading import (
    Body,
    Extracted,
    Row,
    coding_of,
    first_code,
    reference_id,
)

NOT_SO = {"entered-in-error", "draft"}
LONG_TERM = {"continuous": True, "seasonal": True, "acute": False}


def medication_rows(body: Body, _: Extracted) -> Iterator[tuple[str, Row]]:
    coded = coding_of(body.get("medicationCodeableConcept"))
    if coded is None or body.get("status") in NOT_SO:
        return
    taken = body.get("effectivePeriod", {})
    ordered = body.get("dispenseRequest", {}).get("validityPeriod", {})
    began = body.get("authoredOn") or taken.get("start") or body.get("effectiveDateTime")
    yield (
        "medication",
        {
            "system": coded[0],
            "code": coded[1],
            "status": body.get("status"),
            "start": first_day(began or body.get("dateAsserted")),
            "ended": first_day(taken.get("end") or ordered.get("end")),
            "is_repeat": LONG_TERM.get(first_code(body.get("courseOfTherapyType"))),
            "event": reference_id(body.get("encounter") or body.get("context"), "Encounter"),
        },
    )
