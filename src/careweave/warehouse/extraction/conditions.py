"""A Condition as a coded row; what is refuted or was entered by mistake is none."""

from __future__ import annotations

from collections.abc import Iterator

from careweave.record.dates import first_day
from careweave.warehouse.extraction.reading import (
    Body,
    Extracted,
    Row,
    coding_of,
    extension_of,
    first_code,
    reference_id,
)

NOT_SO = {"refuted", "entered-in-error"}
NOT_YET = {"unconfirmed", "provisional", "differential"}
IS_ACTIVE = {"active": True, "recurrence": True, "relapse": True} | dict.fromkeys(
    ("inactive", "remission", "resolved"), False
)


def condition_rows(body: Body, _: Extracted) -> Iterator[tuple[str, Row]]:
    """`event` is the id of the contact that the Condition itself names."""
    coded, certainty = coding_of(body.get("code")), first_code(body.get("verificationStatus"))
    if coded is None or certainty in NOT_SO:
        return
    categories = {first_code(each) for each in body.get("category", ())}
    role = "diagnosis" if "encounter-diagnosis" in categories else "problem"
    began = body.get("onsetDateTime") or body.get("onsetPeriod", {}).get("start") or body.get("recordedDate")
    ended = body.get("abatementDateTime") or body.get("abatementPeriod", {}).get("end")
    row = {
        "system": coded[0],
        "code": coded[1],
        "role": "reason" if certainty in NOT_YET else role,
        "start": first_day(began),
        "ended": first_day(ended),
        "is_active": IS_ACTIVE.get(first_code(body.get("clinicalStatus"))),
        "event": reference_id(body.get("encounter"), "Encounter"),
        "position": extension_of(body, "diagnosis-position"),
    }
    yield "condition", row
