"""What went wrong as an OperationOutcome: what the sender can put right is said, what is our fault gets a reference."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse

from careweave.record import Conflict, Invalid, Refused, SearchError
from careweave.record.allowing import NoWay
from careweave.record.changes import Ambiguous, Denied, Overtaken, Unfit
from careweave.record.validation import Malformed
from careweave.web.fhir_api import outcomes
from careweave.web.fhir_api.addresses import Address
from careweave.web.fhir_api.handling import Route
from careweave.web.fhir_api.outcomes import Problem

logger = logging.getLogger(__name__)


def must_may(may: Callable[[str, str], bool], route: Route, address: Address) -> None:
    """403 as RFC 6750 words it when the token was not given for this act."""
    if route.scope and not may(route.scope, address.type):
        challenge = (
            f'Bearer realm="FHIR", error="insufficient_scope", scope="user/{address.type}.{route.scope}"'
        )
        words = f"The token was not given for this; it needs user/{address.type}.{route.scope}."
        raise Problem(403, "forbidden", words, headers={"WWW-Authenticate": challenge})


def failed(request: HttpRequest, failure: Exception) -> HttpResponse:
    """The answer to a request that could not be done."""
    match failure:
        case Problem():
            return outcomes.problem_answer(failure)
        case Denied():
            return outcomes.problem_answer(_denied(failure))
        case Refused():
            return outcomes.problem_answer(outcomes.not_here())
        case Invalid():
            return outcomes.answer(422, outcomes.faults(failure.issues))
        case Conflict():
            return _conflict(request, failure)
        case Ambiguous():
            words = "The condition finds more than one; nothing was changed."
            return _refused(412, "multiple-matches", words, failure.path)
        case NoWay():
            return _refused(405, "not-supported", f"{failure} is kept as it is: it cannot be deleted.")
        case Malformed():
            return _refused(400, "structure", f"The body {failure.reason}.")
        case SearchError():
            return _refused(400, "invalid", f"{failure.parameter}: {failure.reason}.")
        case Unfit():
            return _refused(422, "business-rule", f"{failure}; nothing was changed.")
        case DataError():
            return _refused(400, "value", "A value holds something that cannot be stored, such as a NUL.")
        case OperationalError():
            return _refused(503, "transient", "The database does not answer now; try again in a moment.")
    reference = uuid.uuid4().hex[:8]
    logger.error("an API request failed, reference %s", reference, exc_info=failure)
    return _refused(500, "exception", f"Our mistake; tell us the reference {reference}.")


def _denied(denied: Denied) -> Problem:
    if denied.whoever:
        words = "This role writes nothing of this kind here."
        return Problem(403, "forbidden", words, expression=denied.path)
    return Problem(404, "not-found", outcomes.NOT_HERE, expression=denied.path)


def _conflict(request: HttpRequest, conflict: Conflict) -> HttpResponse:
    current = conflict.current
    words = f"Version {current.version} is stored by now; read it, and send your change on top of it."
    where, named = (conflict.path, conflict.named) if isinstance(conflict, Overtaken) else ("", False)
    status = 412 if named or "HTTP_IF_MATCH" in request.META else 409
    found: list[dict[str, Any]] = [outcomes.issue("conflict", words, expression=where)]
    return outcomes.answer(status, found, {"ETag": f'W/"{current.version}"'})


def _refused(status: int, code: str, words: str, where: str = "") -> HttpResponse:
    return outcomes.answer(status, [outcomes.issue(code, words, expression=where)])
