"""Rules between elements that FHIR R4 states as invariants, for the types where breaking one misleads care.

Paths are relative to the object. Other invariants are listed as unchecked in docs/how-to/fhir-validation.md.
"""

from __future__ import annotations

from careweave.record.fhir import Shape, interval
from careweave.record.validation import nhs_number
from careweave.record.validation.issue import Issue, Problems, shown
from careweave.record.validation.resource_rules import RESOURCE_RULES, Rule, contained_in


def extension(value: dict[str, object]) -> Problems:
    """ext-1: a value or nested extensions, never both, never neither."""
    nested = "extension" in value
    valued = any(key.startswith(("value", "_value")) for key in value)
    if nested != valued:
        return None
    reason = f"has {'both' if nested else 'neither'} a value {'and' if nested else 'nor'} nested extensions"
    return [Issue("", reason, "either a value or nested extensions", "extension")]


def period(value: dict[str, object]) -> Problems:
    """per-1, compared as instants: an end on the same day as the start is no fault."""
    if len(value) < 2:
        return None
    starts, ends = interval(value.get("start")), interval(value.get("end"))
    if starts is None or ends is None or ends.end > starts.start:
        return None
    reason = f"“{shown(value['end'])}” is before the start, “{shown(value['start'])}”"
    return [Issue(".end", reason, "an end that is not before the start", "period-order")]


def identifier(value: dict[str, object]) -> Problems:
    number = value.get("value")
    if value.get("system") != nhs_number.SYSTEM or type(number) is not str:
        return None
    if nhs_number.is_valid(number):
        return None
    ten = len(number) == 10 and number.isascii() and number.isdigit()
    reason = "has the wrong check digit" if ten else "is not ten digits"
    expected = "an NHS number: ten digits without spaces"
    return [Issue(".value", f"“{shown(number)}” {reason}", expected, "nhs-number")]


def coded_quantity(value: dict[str, object]) -> Problems:
    """qty-3: a coded unit names its system."""
    if "code" not in value or "system" in value or "_system" in value:
        return None
    return [Issue(".system", "is missing", "the system of the unit's code", "missing")]


def contact_point(value: dict[str, object]) -> Problems:
    """cpt-2: a number or address says what it is."""
    if "value" not in value or "system" in value or "_system" in value:
        return None
    return [Issue(".system", "is missing", "phone, email or another system for this value", "missing")]


def attachment(value: dict[str, object]) -> Problems:
    """att-1: data says what it is."""
    if "data" not in value or "contentType" in value or "_contentType" in value:
        return None
    return [Issue(".contentType", "is missing", "the media type of the data", "missing")]


def rule_of(shape: Shape) -> Rule | None:
    if shape.kind != "resource":
        return RULES.get(shape.name)
    own = RESOURCE_RULES.get(shape.name)
    return _both(own) if own else contained_in


def _both(own: Rule) -> Rule:
    def check(value: dict[str, object]) -> Problems:
        first, second = contained_in(value), own(value)
        return [*(first or ()), *(second or ())] or None

    return check


RULES: dict[str, Rule] = {
    "Attachment": attachment,
    "Extension": extension,
    "Period": period,
    "Identifier": identifier,
    "Quantity": coded_quantity,
    "SimpleQuantity": coded_quantity,
    "ContactPoint": contact_point,
}
