"""Results of surveys kept as one file, so that a page shows what was published and counts nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from careweave.measures.experience.gap import GapReport, Topic
from careweave.measures.experience.results import Estimate, Instrument, Number, Shown, SurveyResults
from careweave.measures.experience.statements import StatementResult

FOLDER, FILE = "experience", "place.json"


@dataclass(frozen=True)
class NotLoaded:
    """A survey whose words are not here, and what a place does to load them."""

    id: str
    title: str
    why: str


@dataclass(frozen=True)
class PublishedExperience:
    """Everything that was counted on one day, with the definition that pairs staff with people."""

    as_at: date
    definition: str
    version: str
    source: tuple[str, ...]
    fewest: int
    surveys: tuple[SurveyResults, ...]
    statements: tuple[StatementResult, ...]
    gap: GapReport
    not_loaded: tuple[NotLoaded, ...] = field(default=())

    def survey(self, id: str) -> SurveyResults | None:
        """Results of one survey by its id."""
        return next((one for one in self.surveys if one.instrument.id == id), None)


def keep(home: Path, published: PublishedExperience) -> None:
    """Replace what was published before, whole or not at all."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{FILE}.{os.getpid()}"
    fresh.write_text(json.dumps(asdict(published), default=date.isoformat), encoding="utf-8")
    fresh.replace(folder / FILE)


def read(home: Path) -> PublishedExperience | None:
    """None before anything was counted."""
    file = home / FOLDER / FILE
    if not file.exists():
        return None
    told = json.loads(file.read_text(encoding="utf-8"))
    return PublishedExperience(
        as_at=date.fromisoformat(told["as_at"]),
        definition=told["definition"],
        version=told["version"],
        source=tuple(told["source"]),
        fewest=told["fewest"],
        surveys=tuple(_survey(one) for one in told["surveys"]),
        statements=tuple(_statement(one) for one in told["statements"]),
        gap=GapReport(tuple(_topic(one) for one in told["gap"]["topics"]), told["gap"]["label"]),
        not_loaded=tuple(NotLoaded(**one) for one in told["not_loaded"]),
    )


def _survey(told: Mapping[str, Any]) -> SurveyResults:
    about = told["instrument"]
    instrument = Instrument(
        **{
            **about,
            "source": tuple(about["source"]),
            "valid_from": date.fromisoformat(about["valid_from"]),
            "scales": tuple(about["scales"]),
            "items": tuple((id, text) for id, text in about["items"]),
        }
    )
    by = {dimension: tuple(_shown(one) for one in groups) for dimension, groups in told["by"].items()}
    first, last = (date.fromisoformat(told[end]) if told[end] else None for end in ("first", "last"))
    return SurveyResults(instrument, _shown(told["whole"]), by, told["invited"], first, last)


def _shown(told: Mapping[str, Any]) -> Shown:
    parts: dict[str, Any] = {
        name: Number(**told[name]) for name in ("asked", "answered", "missing", "by_proxy")
    }
    for name in ("unscored", "agree", "disagree"):
        parts[name] = {key: Number(**one) for key, one in told[name].items()}
    for name in ("scores", "shares"):
        parts[name] = {key: Estimate(**one) for key, one in told[name].items()}
    rate, proxy = Estimate(**told["rate"]), Estimate(**told["proxy_share"])
    return Shown(name=told["name"], rate=rate, proxy_share=proxy, **parts)


def _statement(told: Mapping[str, Any]) -> StatementResult:
    return StatementResult(
        **{**told, "record": Estimate(**told["record"]), "people": Estimate(**told["people"])}
    )


def _topic(told: Mapping[str, Any]) -> Topic:
    return Topic(**{**told, "staff": Estimate(**told["staff"]), "people": Estimate(**told["people"])})
