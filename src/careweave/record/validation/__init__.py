"""FHIR R4 validation at the door: form, codes, dates and plausibility, every fault with its path.

>>> from datetime import date
>>> validate({"resourceType": "Patient", "birthDate": "1985-02-30"}, today=date(2026, 11, 22))[0].path
'Patient.birthDate'
"""

from __future__ import annotations

from datetime import date
from typing import Any

from careweave.record.validation.document import Malformed, parse, write
from careweave.record.validation.issue import Issue
from careweave.record.validation.plausibility import implausible
from careweave.record.validation.profiles import unmet
from careweave.record.validation.structure import check_resource, type_name

__all__ = ["Issue", "Malformed", "parse", "validate", "write"]


def validate(resource: dict[str, Any], *, today: date) -> tuple[Issue, ...]:
    """Everything wrong with a resource; empty means it may come in. `today` is the reader's own day."""
    try:
        problems = check_resource(resource) or []
        name = type_name(resource)
        if name is None:
            return tuple(Issue(p.path.lstrip("."), p.reason, p.expected, p.code) for p in problems)
        problems = problems or [*unmet(resource)]
        return (*(issue.below(name) for issue in problems), *implausible(resource, today=today))
    except RecursionError:
        return (Issue("", "is nested too deeply", "fewer levels of nesting", "too-deep"),)
