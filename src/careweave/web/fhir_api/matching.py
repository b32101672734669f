"""`Patient/$match`: the audited trace behind the page “Find a person”, with a grade; it tells no more than a trace does.

https://hl7.org/fhir/R4/patient-operation-match.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from careweave.record.people import Demographics
from careweave.record.validation import nhs_number
from careweave.web.fhir_api import asking, bundles, outcomes
from careweave.web.fhir_api.addresses import Address, Shape
from careweave.web.fhir_api.callers import Caller
from careweave.web.fhir_api.handling import Route
from careweave.web.fhir_api.outcomes import Problem
from careweave.web.fhir_api.parameters import must_know, parameters_in

DEFINITION = "http://hl7.org/fhir/OperationDefinition/Patient-match"
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
_SCORES = {"certain": 1.0, "probable": 0.8, "possible": 0.5}


@dataclass(frozen=True)
class Wanted:
    """Who is looked for, as the sender knows them."""

    nhs_number: str
    family: str
    given: str
    birth_date: str


def match(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """At most the people that a trace tells, best first; with onlyCertainMatches one certain one or none."""
    asking.refuse_others(asking.asked_of(request))
    if caller.narrowing("s", "Patient"):
        raise outcomes.not_here()  # a token for one person looks for nobody else
    given = parameters_in(request)
    must_know(given, "resource", "onlyCertainMatches", "count")
    wanted = _wanted(given.get("resource"))
    people = caller.gate.trace(
        nhs_number=wanted.nhs_number,
        family=wanted.family,
        given=wanted.given,
        birth_date=wanted.birth_date,
    )
    graded = sorted(((grade_of(wanted, one), one) for one in people), key=lambda pair: -_SCORES[pair[0]])
    if given.get("onlyCertainMatches") is True:
        certain = [pair for pair in graded if pair[0] == "certain"]
        graded = certain if len(certain) == 1 else []
    count = given.get("count")
    if isinstance(count, int) and count >= 0:
        graded = graded[:count]
    entries = [_entry(grade, one) for grade, one in graded]
    text = bundles.bundle("searchset", entries, [bundles.link("self", address.path, ())], len(entries))
    return bundles.bundle_answer(text, asking.PLAIN)


def grade_of(wanted: Wanted, found: Demographics) -> str:
    """The number with the birth date or the name is certain; the whole name with the birth date is probable."""
    has_number = bool(wanted.nhs_number) and wanted.nhs_number == found.nhs_number
    is_born = bool(wanted.birth_date) and wanted.birth_date == found.birth_date
    is_named = bool(wanted.family) and wanted.family.casefold() == found.family.casefold()
    contradicts = (wanted.birth_date and not is_born) or (wanted.family and not is_named)
    if has_number and (is_born or is_named) and not contradicts:
        return "certain"
    return "probable" if is_born and is_named and not contradicts else "possible"


def _wanted(patient: Any) -> Wanted:
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise Problem(400, "required", "Send the Patient to look for, as it is or as the parameter resource.")
    names = [name for name in _objects(patient.get("name")) if name.get("family")]
    name = names[0] if names else {}
    number = next(
        (
            str(each.get("value", ""))
            for each in _objects(patient.get("identifier"))
            if each.get("system") == nhs_number.SYSTEM
        ),
        "",
    )
    given = name.get("given")
    wanted = Wanted(
        nhs_number.normalise(number) if number else "",
        str(name.get("family", "")),
        " ".join(map(str, given)) if isinstance(given, list) else "",
        str(patient.get("birthDate", "")),
    )
    if not wanted.nhs_number and not (wanted.family and wanted.given and wanted.birth_date):
        words = "Give the NHS number, or the family name, given name and birth date: less finds nobody here."
        raise Problem(400, "required", words, expression="Patient")
    if wanted.birth_date and not _is_date(wanted.birth_date):
        raise Problem(
            400, "value", "The birth date is a whole date, YYYY-MM-DD.", expression="Patient.birthDate"
        )
    return wanted


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _entry(grade: str, one: Demographics) -> str:
    patient: dict[str, Any] = {"resourceType": "Patient", "id": one.person_id}
    if one.nhs_number:
        patient["identifier"] = [{"system": nhs_number.SYSTEM, "value": one.nhs_number}]
    name = {"family": one.family, "given": one.given.split()}
    patient["name"] = [{key: value for key, value in name.items() if value}]
    if one.birth_date:
        patient["birthDate"] = one.birth_date
    if one.postcode:
        patient["address"] = [{"postalCode": one.postcode}]
    search = {"extension": [{"url": GRADE, "valueCode": grade}], "mode": "match", "score": _SCORES[grade]}
    text = orjson.dumps(patient).decode()
    return bundles.entry(f"Patient/{one.person_id}", text, f'"search":{orjson.dumps(search).decode()}')


ROUTES = (
    Route(
        Shape.TYPE_OPERATION,
        "POST",
        "",
        "s",
        match,
        operation="$match",
        definition=DEFINITION,
        types=frozenset({"Patient"}),
    ),
)
