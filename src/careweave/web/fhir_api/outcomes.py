"""Every refusal as an OperationOutcome: a code, words that say what to do, and where (https://hl7.org/fhir/R4/operationoutcome.html)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.http import HttpResponse

from careweave.record.validation import Issue

FHIR_JSON = "application/fhir+json; charset=utf-8"
# One answer for what is absent and what is not allowed: the two are not told apart.
NOT_HERE = "There is nothing here for you under this type and id."


class Problem(Exception):
    """A request that is not answered as asked: the HTTP status, FHIR's issue type, and words for the sender."""

    def __init__(
        self,
        status: int,
        code: str,
        words: str,
        *,
        expression: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(words)
        self.status = status
        self.code = code
        self.words = words
        self.expression = expression
        self.headers = dict(headers or {})


def not_here() -> Problem:
    """Absent, or not for this caller."""
    return Problem(404, "not-found", NOT_HERE)


def issue(code: str, words: str, *, expression: str = "", severity: str = "error") -> dict[str, Any]:
    """One issue of an OperationOutcome."""
    made: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": words}
    if expression:
        made["expression"] = [expression]
    return made


def faults(issues: Iterable[Issue]) -> list[dict[str, Any]]:
    """What validation found, each with its path and what was expected there."""
    return [
        issue("invalid", f"{each.reason}; expected {each.expected}", expression=each.path) for each in issues
    ]


def outcome(issues: list[dict[str, Any]]) -> dict[str, Any]:
    """The resource."""
    return {"resourceType": "OperationOutcome", "issue": issues}


def answer(
    status: int, issues: list[dict[str, Any]], headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """The resource as an answer."""
    return HttpResponse(
        orjson.dumps(outcome(issues)), status=status, content_type=FHIR_JSON, headers=dict(headers or {})
    )


def problem_answer(problem: Problem) -> HttpResponse:
    """A problem as an answer."""
    found = issue(problem.code, problem.words, expression=problem.expression)
    return answer(problem.status, [found], problem.headers)
