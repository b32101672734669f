"""Any score of one person, by its plain twin."""

from __future__ import annotations

from datetime import date

from careweave.warehouse.scores.coded import Map, score_coded
from careweave.warehouse.scores.definition import CodedScore
from careweave.warehouse.scores.list_definition import ListScore
from careweave.warehouse.scores.lists import score_lists
from careweave.warehouse.scores.reading import AnyScore
from careweave.warehouse.scores.stay import score_stay
from careweave.warehouse.scores.values import Facts, Score


def score_person(
    score: AnyScore, facts: Facts, on: date, *, icd10_of: Map | None = None, index_stay: str | None = None
) -> Score:
    """`index_stay` asks a score of codes about one stay: its window then ends on the day that one began."""
    if isinstance(score, CodedScore):
        return score_coded(score, facts, on, icd10_of=icd10_of, index_stay=index_stay)
    if isinstance(score, ListScore):
        return score_lists(score, facts, on)
    return score_stay(score, facts, on, icd10_of=icd10_of)
