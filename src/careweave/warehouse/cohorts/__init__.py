"""Groups made by rule: the closed words they are made of; who belongs to them is worked out in `evaluating`."""

from careweave.warehouse.cohorts.definition import (
    TOLD,
    CohortError,
    Words,
    in_words,
    lines_of,
    load_words,
    read_group,
    rule_of,
    written,
)

__all__ = [
    "TOLD",
    "CohortError",
    "Words",
    "in_words",
    "lines_of",
    "load_words",
    "read_group",
    "rule_of",
    "written",
]
