"""FHIR R4 validation at the door: form, codes, dates and plausibility, every fault with its path.

>>> from datetime import date
>>> validate({"resourceType": "Patient", "birthDate": "1985-02-30"}, today=date(2026, 11, 22))[0].path
'Patient.birthDate'
"""

from __future__ import annotations

from datetime import date

from careweave.record.validation.document import Malformed, parse, write
from careweave.record.validation.issue import Issue
from careweave.record.validation.plausibility import implausible
from careweave.record.validation.structure import check_resource

__all__ = ["Issue", "Malformed", "parse", "validate", "write"]


def validate(resource: dict[str, object], *, today: date) -> tuple[Issue, ...]:
    """Everything wrong with a resource; empty means it may come in. `today` is the reader's own day."""
    try:
        problems = check_resource(resource)
        if not isinstance(resource, dict):
            return tuple(problems or ())
        named = str(resource.get("resourceType"))
        found = [issue.below(named) for issue in problems or ()]
        return (*found, *implausible(resource, today=today))
    except RecursionError:
        return (Issue("", "is nested too deeply", "fewer levels of nesting", "too-deep"),)
