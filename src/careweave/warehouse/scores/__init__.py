"""Published scores as plain rules: values in, values out (no database, no clock)."""

from careweave.warehouse.scores.coded import plain_code, score_person
from careweave.warehouse.scores.definition import CodedScore, load_score, read_score
from careweave.warehouse.scores.values import (
    EMERGENCY,
    ICD10,
    OTHER,
    SNOMED,
    Diagnosis,
    Driver,
    Evidence,
    Facts,
    Score,
    Stay,
    points_of,
)

__all__ = [
    "EMERGENCY",
    "ICD10",
    "OTHER",
    "SNOMED",
    "CodedScore",
    "Diagnosis",
    "Driver",
    "Evidence",
    "Facts",
    "Score",
    "Stay",
    "load_score",
    "plain_code",
    "points_of",
    "read_score",
    "score_person",
]
