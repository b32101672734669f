"""`$validate`: every fault of a resource with its path, nothing stored (https://hl7.org/fhir/R4/resource-operation-validate.html)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from careweave.record.validation import validate
from careweave.web.fhir_api import asking, outcomes
from careweave.web.fhir_api.addresses import Address, Shape
from careweave.web.fhir_api.callers import Caller
from careweave.web.fhir_api.handling import Route
from careweave.web.fhir_api.outcomes import Problem
from careweave.web.fhir_api.parameters import must_know, parameters_in

DEFINITION = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
_MODES = frozenset({"create", "update", "delete"})


def check(caller: Caller, request: HttpRequest, address: Address) -> HttpResponse:
    """200 with what was found, as FHIR has it: the operation succeeded also when the resource is wrong."""
    asking.refuse_others(asking.asked_of(request))
    given = parameters_in(request)
    must_know(given, "resource", "mode", "profile")
    if given.get("mode", "create") not in _MODES:
        raise Problem(400, "invalid", f"mode is one of {', '.join(sorted(_MODES))}.")
    body = given.get("resource")
    if not isinstance(body, dict):
        raise Problem(
            400, "required", "Send the resource to validate, as it is or as the parameter resource."
        )
    found = [*_misplaced(body, address), *outcomes.faults(validate(body, today=timezone.localdate()))]
    well = outcomes.issue("informational", "No fault was found.", severity="information")
    return outcomes.answer(200, found or [well])


def _misplaced(body: dict[str, Any], address: Address) -> list[dict[str, Any]]:
    """A resource of another type, or of another id, than the address says."""
    if body.get("resourceType") != address.type:
        words = f"The address is for {address.type}; this is {body.get('resourceType')!a}"
        return [outcomes.issue("invalid", words, expression="resourceType")]
    if address.id and body.get("id") != address.id:
        return [
            outcomes.issue("invalid", "The id is not the one of the address", expression=f"{address.type}.id")
        ]
    return []


ROUTES = tuple(
    Route(shape, "POST", "", "", check, operation="$validate", definition=DEFINITION)
    for shape in (Shape.TYPE_OPERATION, Shape.INSTANCE_OPERATION)
)
