"""A ServiceRequest as a package of social care with its units and cost, or as a referral from one service to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from careweave.record.dates import first_day
from careweave.warehouse.extraction.reading import Body, Extracted, Row, extension_of, first_code

NOT_SO = {"entered-in-error", "draft"}
SERVICE = "social-care-service"


def service_rows(body: Body, told: Extracted) -> Iterator[tuple[str, Row]]:
    if body.get("status") in NOT_SO:
        return
    kind = next((code for each in body.get("category", ()) if (code := first_code(each))), "")
    if kind == SERVICE:
        yield "service", _service(body, told.source)
    else:
        yield "referral", _referral(body, kind, told.source)


def _service(body: Body, source: str) -> Row:
    period = body.get("occurrencePeriod", {})
    provider = _organisation(body.get("performer", [{}])[0])
    return {
        "type": first_code(body.get("code")),
        "start": first_day(period.get("start")),
        "ended": first_day(period.get("end")),
        "is_active": body.get("status") == "active",
        "organisation": source,
        "provider": provider,
        "delivery": extension_of(body, "delivery-mechanism"),
        "reason": next((each.get("text") for each in body.get("reasonCode", ())), None),
        "outcome": extension_of(body, "event-outcome"),
        "client": extension_of(body, "client-type"),
        "funding": extension_of(body, "funding-status"),
        "units_per_week": _number(extension_of(body, "planned-units")),
        "unit_cost_pence": extension_of(body, "unit-cost-pence"),
        "cost_unit": extension_of(body, "cost-frequency"),
        "component": body.get("code", {}).get("text"),
    }


def _referral(body: Body, kind: str, source: str) -> Row:
    period = body.get("occurrencePeriod", {})
    return {
        "kind": kind or "other",
        "status": body.get("status"),
        "requested": first_day(body.get("authoredOn") or period.get("start")),
        "decided": first_day(extension_of(body, "decision-date")),
        "ended": first_day(period.get("end")),
        "urgency": body.get("priority"),
        "from_organisation": _organisation(body.get("requester", {})),
        "to_organisation": _organisation(body.get("performer", [{}])[0]) or source,
    }


def _organisation(reference: Body) -> str | None:
    """A code of an organisation; who works or acts here goes by pseudonym elsewhere, never by key."""
    held = reference.get("identifier", {})
    value = str(held.get("value", ""))
    if held.get("system", "").endswith(("ods-organization-code", "cqc-location")):
        return value or None
    return value.removeprefix("org:") if value.startswith("org:") else None


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
