"""Groups made by rule: the closed words they are made of, and who belongs to them."""

from careweave.warehouse.cohorts.definition import (
    CohortError,
    Words,
    in_words,
    lines_of,
    load_words,
    read_group,
    written,
)
from careweave.warehouse.cohorts.evaluating import TOLD, Evaluated, Keys, Members, evaluate

__all__ = [
    "TOLD",
    "CohortError",
    "Evaluated",
    "Keys",
    "Members",
    "Words",
    "evaluate",
    "in_words",
    "lines_of",
    "load_words",
    "read_group",
    "written",
]
