"""Places that are free now, as whoever provides them last said: kept by the provider alone, with the time they said it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .free_places_models import FreePlaces

MOST = 500


@dataclass(frozen=True)
class SaidFree:
    """One count, by whom and when."""

    alternative: str
    free: int
    said_by: str
    said_at: datetime


def say_free(alternative: str, *, organisation: str, free: int, by: str) -> SaidFree:
    """From now on so many are free."""
    made = FreePlaces.objects.create(
        alternative=alternative, organisation_id=organisation, free=free, said_by=by
    )
    return SaidFree(alternative, free, by, made.said_at)


def said_free(alternatives: Sequence[str]) -> dict[str, SaidFree]:
    """The latest count of each; one that nobody counted is left out."""
    rows = (
        FreePlaces.objects.filter(alternative__in=alternatives)
        .order_by("alternative", "-said_at", "-id")
        .distinct("alternative")
    )
    return {row.alternative: SaidFree(row.alternative, row.free, row.said_by, row.said_at) for row in rows}
