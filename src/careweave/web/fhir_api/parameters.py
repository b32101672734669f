"""Reads what an operation is given: a resource as it is, or a Parameters resource around it (https://hl7.org/fhir/R4/parameters.html)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from careweave.web.fhir_api.bodies import resource_of
from careweave.web.fhir_api.outcomes import Problem


def parameters_in(request: HttpRequest) -> dict[str, Any]:
    """Each parameter's value by name; a resource sent as it is stands under `resource`."""
    body = resource_of(request)
    if body.get("resourceType") != "Parameters":
        return {"resource": body}
    listed = body.get("parameter", [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Problem(400, "structure", "Parameters.parameter is a list of objects.")
    found: dict[str, Any] = {}
    for each in listed:
        name = each.get("name")
        if not isinstance(name, str) or name in found:
            raise Problem(400, "structure", "Each parameter has a name, and comes once.")
        values = [value for key, value in each.items() if key == "resource" or key.startswith("value")]
        if len(values) != 1:
            raise Problem(400, "structure", f"The parameter {name} has one value or one resource.")
        found[name] = values[0]
    return found


def must_know(found: dict[str, Any], *known: str) -> None:
    """Strict: what an operation does not take is named."""
    others = sorted(set(found) - set(known))
    if others:
        raise Problem(400, "not-supported", f"The parameter {others[0]} is not one of {', '.join(known)}.")
