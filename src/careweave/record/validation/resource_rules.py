"""FHIR R4 invariants of whole resources: what must not contradict itself in someone's record.

Severity "error" in R4 only; warnings there (con-3, dom-6) are no reason to refuse here.
"""

from __future__ import annotations

from collections.abc import Callable

from careweave.record.validation.issue import Issue, Problems

Resource = dict[str, object]
Rule = Callable[[Resource], Problems]
_ABATED = {"inactive", "remission", "resolved"}


def contained_in(value: Resource) -> Problems:
    """dom-2: a contained resource holds no others, and it is found by its id."""
    contained = value.get("contained")
    if type(contained) is not list:
        return None
    problems = []
    for place, inner in enumerate(contained):
        path = f".contained[{place}]"
        if isinstance(inner, dict) and "contained" in inner:
            reason = "is inside a contained resource"
            problems.append(Issue(f"{path}.contained", reason, "one level only", "nested-contained"))
        if isinstance(inner, dict) and "id" not in inner:
            problems.append(Issue(f"{path}.id", "is missing", "the id it is referred to by", "missing"))
    return problems or None


def _codes(value: object) -> set[object]:
    """The codes of a CodeableConcept, whatever shape it is really in."""
    codings = value.get("coding") if isinstance(value, dict) else None
    if not isinstance(codings, list):
        return set()
    return {c["code"] for c in codings if isinstance(c, dict) and isinstance(c.get("code"), str)}


def _has(value: Resource, stem: str) -> bool:
    """Whether a choice element is there in any form."""
    return any(name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper() for name in value)


def condition(value: Resource) -> Problems:
    """con-4: what has abated is not active; con-5: what was entered in error has no clinical status."""
    problems = []
    status = _codes(value.get("clinicalStatus"))
    if _has(value, "abatement") and not status & _ABATED:
        expected = "inactive, remission or resolved, because the condition has abated"
        problems.append(Issue(".clinicalStatus", "contradicts the abatement", expected, "contradiction"))
    if "clinicalStatus" in value and "entered-in-error" in _codes(value.get("verificationStatus")):
        problems.append(_status_of_an_error())
    return problems or None


def allergy(value: Resource) -> Problems:
    """ait-1 and ait-2: a clinical status, unless the entry was an error."""
    wrong = "entered-in-error" in _codes(value.get("verificationStatus"))
    if wrong == ("clinicalStatus" not in value):
        return None
    if wrong:
        return [_status_of_an_error()]
    expected = "active, inactive or resolved"
    return [Issue(".clinicalStatus", "is missing", expected, "missing")]


def _status_of_an_error() -> Issue:
    expected = "no clinical status, because the entry was made in error"
    return Issue(".clinicalStatus", "contradicts “entered-in-error”", expected, "contradiction")


def observation(value: Resource) -> Problems:
    """obs-6: a reason for no value goes with no value; the same for each component."""
    problems = []
    if "dataAbsentReason" in value and _has(value, "value"):
        problems.append(_absent_value(""))
    components = value.get("component")
    for place, part in enumerate(components if isinstance(components, list) else ()):
        if isinstance(part, dict) and "dataAbsentReason" in part and _has(part, "value"):
            problems.append(_absent_value(f".component[{place}]"))
    return problems or None


def _absent_value(path: str) -> Issue:
    expected = "either a value or a reason why there is none"
    return Issue(f"{path}.dataAbsentReason", "contradicts the value", expected, "contradiction")


def patient(value: Resource) -> Problems:
    """pat-1: a contact person or organisation that can be named or reached."""
    contacts = value.get("contact")
    problems = []
    for place, contact in enumerate(contacts if isinstance(contacts, list) else ()):
        if isinstance(contact, dict) and not contact.keys() & {"name", "telecom", "address", "organization"}:
            expected = "a name, telephone, address or organisation"
            problems.append(Issue(f".contact[{place}]", "says neither who nor how", expected, "missing"))
    return problems or None


def care_plan(value: Resource) -> Problems:
    """cpl-3: an activity is described here or elsewhere, not both."""
    activities = value.get("activity")
    problems = []
    for place, activity in enumerate(activities if isinstance(activities, list) else ()):
        if isinstance(activity, dict) and "detail" in activity and "reference" in activity:
            reason, expected = "has both a detail and a reference", "only one of them"
            problems.append(Issue(f".activity[{place}]", reason, expected, "contradiction"))
    return problems or None


RESOURCE_RULES: dict[str, Rule] = {
    "AllergyIntolerance": allergy,
    "CarePlan": care_plan,
    "Condition": condition,
    "Observation": observation,
    "Patient": patient,
}
