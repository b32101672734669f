"""`GET /fhir/R4/{type}/{id}`: one resource as stored; absent and not allowed are the same answer."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from careweave.web import access
from careweave.web.access import signed_in

FHIR_JSON = "application/fhir+json; charset=utf-8"


@signed_in(*access.EVERYONE)
@require_safe
def read(request: HttpRequest, kind: str, id: str) -> HttpResponse:
    """The JSON goes from the database to the caller as text; only its version and time are looked at."""
    found = access.gate_of(request).read_text(kind, id)
    if found is None:
        return outcome(404, "not-found", "There is nothing here for you under this type and id.")
    headers = {
        "ETag": f'W/"{found.version}"',
        "Last-Modified": http_date(found.updated.timestamp()),
    }
    return HttpResponse(found.text, content_type=FHIR_JSON, headers=headers)


def outcome(status: int, code: str, words: str) -> HttpResponse:
    """An OperationOutcome with one issue."""
    issue = {"severity": "error", "code": code, "diagnostics": words}
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    return HttpResponse(json.dumps(body), status=status, content_type=FHIR_JSON)
