"""Published scores as plain rules: values in, values out (no database, no clock)."""

from careweave.warehouse.scores.coded import plain_code
from careweave.warehouse.scores.definition import CodedScore
from careweave.warehouse.scores.list_definition import ListScore
from careweave.warehouse.scores.reading import AnyScore, load_score, read_score
from careweave.warehouse.scores.scoring import score_person
from careweave.warehouse.scores.stay_definition import StayScore
from careweave.warehouse.scores.values import (
    EMERGENCY,
    ICD10,
    OTHER,
    SNOMED,
    Diagnosis,
    Driver,
    Evidence,
    Facts,
    Measurement,
    Medicine,
    Score,
    Stay,
    points_of,
)

__all__ = [
    "EMERGENCY",
    "ICD10",
    "OTHER",
    "SNOMED",
    "AnyScore",
    "CodedScore",
    "Diagnosis",
    "Driver",
    "Evidence",
    "Facts",
    "ListScore",
    "Measurement",
    "Medicine",
    "Score",
    "Stay",
    "StayScore",
    "load_score",
    "plain_code",
    "points_of",
    "read_score",
    "score_person",
]
