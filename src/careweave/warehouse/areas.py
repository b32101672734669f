"""The areas of a place: which neighbourhood, deprivation and locality a postcode lies in, from files that a place loads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """Where a postcode lies; `decile` 1 is the most deprived tenth of England."""

    lsoa: str | None
    decile: int | None
    locality: str | None


def plain_postcode(text: str) -> str:
    return "".join(text.split()).upper()
