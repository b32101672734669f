"""A score that adds points for groups of ICD-10 codes, read from its definition file and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError
from careweave.warehouse.scores.groups import (
    Band,
    CodeGroup,
    Prefixes,
    band_of,
    by_length,
    read_bands,
    read_groups,
    read_hierarchy,
    years_before,
)

EMERGENCY_STAYS, ANY_DIAGNOSIS = "emergency-stays", "any-diagnosis"


@dataclass(frozen=True)
class CodedScore:
    id: str
    version: str
    title: str
    words: str
    groups: tuple[CodeGroup, ...]
    hierarchy: tuple[tuple[str, str], ...]
    bands: tuple[Band, ...]
    evidence: str
    age_from: int | None
    look_back_years: int | None
    prefixes: Prefixes = field(repr=False, compare=False)

    @property
    def scale(self) -> int:
        """Points are whole tenths inside."""
        return 10

    @property
    def point_scale(self) -> int:
        return 10

    def band_of(self, tenths: int) -> str:
        return band_of(self.bands, tenths)

    def looks_back_to(self, on: date) -> date | None:
        return years_before(on, self.look_back_years)


def read_coded_score(definition: Definition) -> CodedScore:
    """Turn a definition into a score, or refuse it with everything that is wrong with it."""
    content, problems = definition.content, list[str]()
    groups = read_groups(definition, problems, places=1)
    bands = read_bands(content, problems, scale=10)
    hierarchy = read_hierarchy(content, groups, problems)
    problems += _problems_with(content)
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return CodedScore(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        words=content["words"],
        groups=groups,
        hierarchy=hierarchy,
        bands=bands,
        evidence=content["evidence"],
        age_from=content.get("age_from"),
        look_back_years=content.get("look_back_years"),
        prefixes=by_length(groups),
    )


def _problems_with(content: Mapping[str, Any]) -> list[str]:
    problems = []
    if not content.get("words"):
        problems.append("words is missing")
    if content.get("evidence") not in {EMERGENCY_STAYS, ANY_DIAGNOSIS}:
        problems.append(f"evidence must be {EMERGENCY_STAYS} or {ANY_DIAGNOSIS}")
    if content.get("evidence") == EMERGENCY_STAYS and not isinstance(content.get("look_back_years"), int):
        problems.append("look_back_years is missing")
    return problems
