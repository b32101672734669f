"""Home care against medicines that need someone there: how often somebody comes a day, and how often one must; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from careweave.record import Resource

from ..teams.shapes import extension_value

SERVICE = "social-care-service"
_DAYS = {"d": 1.0, "wk": 7.0}


@dataclass(frozen=True)
class Prompted:
    """A medicine that somebody must give or prompt, and how often a day."""

    name: str
    times: float
    entry: Resource


def visits_a_day(services: Iterable[Resource], on: date, figures: Mapping[str, Any]) -> float | None:
    """How often home care comes on a day, over all its services; None when none says it in visits."""
    counts = [
        count
        for one in services
        if is_home_care(one, figures) and _runs(one, on) and (count := _visits(one, figures)) is not None
    ]
    return sum(counts) if counts else None


def visits_before(
    services: Sequence[Resource], past: Sequence[Resource], on: date, figures: Mapping[str, Any]
) -> float | None:
    """The most that came on any day of the last weeks, by what runs, what ended, and what entries said before."""
    days = [on - timedelta(days=back) for back in range(int(figures["looks_back_days"]) + 1)]
    found = [visits_a_day(services, day, figures) for day in days]
    # An entry that was written over says what came before; its own days are those of the version.
    found += [_visits(one, figures) for one in past if is_home_care(one, figures)]
    known = [each for each in found if each is not None]
    return max(known) if known else None


def is_home_care(one: Resource, figures: Mapping[str, Any]) -> bool:
    """A service of the council that is care at home, by its words."""
    body = one.body
    codes = {c.get("code") for each in body.get("category", []) for c in each.get("coding", [])}
    words = f"{body.get('code', {}).get('text', '')}".casefold()
    return (
        one.type == "ServiceRequest"
        and SERVICE in codes
        and any(each in words for each in figures["home_care_words"])
    )


def prompted(medicines: Iterable[Resource], figures: Mapping[str, Any]) -> list[Prompted]:
    """The medicines of the list that are taken now, each with how often a day; one without a frequency is left out."""
    found = []
    for one in medicines:
        if one.type not in ("MedicationRequest", "MedicationStatement") or one.body.get("status") != "active":
            continue
        text = _name(one.body)
        name = next((each for each in figures["medicines"] if each in text.casefold()), None)
        times = _times(one.body, figures)
        if name and times:
            found.append(Prompted(name.capitalize(), times, one))
    return found


def _visits(one: Resource, figures: Mapping[str, Any]) -> float | None:
    """Visits a day: what the order itself says, else planned units a week when the unit is a visit."""
    repeat = one.body.get("occurrenceTiming", {}).get("repeat")
    if repeat:
        return _a_day(repeat)
    unit = str(extension_value(one.body, "cost-frequency") or "").casefold()
    units = extension_value(one.body, "planned-units")
    if units is None or unit not in figures["units_that_are_visits"]:
        return None
    return float(units) / 7


def _runs(one: Resource, on: date) -> bool:
    body = one.body
    if body.get("status") in ("draft", "entered-in-error", "revoked", "on-hold"):
        return False
    period = body.get("occurrencePeriod") or body.get("occurrenceTiming", {}).get("repeat", {}).get(
        "boundsPeriod", {}
    )
    starts, ends = str(period.get("start", ""))[:10], str(period.get("end", ""))[:10]
    day = on.isoformat()
    # The day on which a service ends is its last; the next one begins on it or the day after.
    return (not starts or starts <= day) and (day < ends if ends else body.get("status") == "active")


def _times(body: Mapping[str, Any], figures: Mapping[str, Any]) -> float:
    """How often a day over all dosage lines: as coded, else by the words of the list."""
    dosages = body.get("dosageInstruction") or body.get("dosage") or []
    total = 0.0
    for each in dosages:
        coded = _a_day(each.get("timing", {}).get("repeat") or {})
        words = str(each.get("text", "")).casefold()
        said = next((times for phrase, times in figures["dose_words"].items() if phrase in words), 0)
        total += coded or float(said)
    return total


def _a_day(repeat: Mapping[str, Any]) -> float | None:
    days = _DAYS.get(str(repeat.get("periodUnit", "")), 0) * float(repeat.get("period") or 0)
    return float(repeat.get("frequency", 1)) / days if days else None


def _name(body: Mapping[str, Any]) -> str:
    medicine = body.get("medicationCodeableConcept", {})
    texts = [medicine.get("text", ""), *(c.get("display", "") for c in medicine.get("coding", []))]
    return " ".join(filter(None, texts))
