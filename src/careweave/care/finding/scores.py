"""What published scores say of one person, for whoever cares for them, counted from what that reader may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from careweave.care.finding.shapes import SCORE, day_in
from careweave.care.teams.shapes import extension_value
from careweave.definitions.loading import place_folder
from careweave.record import Gate, Purpose, Refusal
from careweave.record.deciding import may_read_made, open_sources
from careweave.warehouse.one_person import OnePerson, one_person, scores_on
from careweave.warehouse.pseudonyms import PseudonymError, open_key
from careweave.warehouse.scores import Driver, Score
from careweave.warehouse.store import CASE_FINDING, WarehouseError, open_warehouse

NOT_COUNTED = "Scores have not been counted here yet. They are counted each night, and by “careweave refresh”"
NOT_YET = "Not counted yet: their record was joined or parted, or they were added, since the last count"


@dataclass(frozen=True)
class Told:
    """What a list said of the person when it was last asked; `scores` are those it looked at, as they were then."""

    register: str
    title: str
    version: str
    on: date | None
    because: str
    scores: tuple[Score, ...]


def scores_now(gate: Gate, person_id: str, *, home: Path) -> OnePerson | Refusal:
    """From the warehouse as it was last refreshed; each look in it is on record beside its key."""
    if gate.purpose is not Purpose.DIRECT_CARE or not may_read_made(gate, person_id, "RiskAssessment"):
        return Refusal("Scores are for those who look after someone, or were asked to")
    seen: dict[tuple[str, str], bool] = {}

    def may_read(type_: str, source: str) -> bool:
        if (type_, source) not in seen:
            seen[type_, source] = bool(open_sources(gate, person_id, type_, [source]))
        return seen[type_, source]

    try:
        with open_warehouse(home, purpose=CASE_FINDING) as warehouse:
            key = open_key(home / "keys", by=gate.actor.id)
            found = one_person(warehouse, key.pseudonym(person_id), may_read)
            key.record_use(by=gate.actor.id, act="looked up", purpose=gate.purpose.value, count=1)
    except (WarehouseError, PseudonymError):
        return Refusal(NOT_COUNTED)
    return found or Refusal(NOT_YET)


def make_ready(home: Path) -> None:
    """What the first look of a process would wait for: the definitions, the engine, a look for nobody."""
    try:
        with open_warehouse(home, purpose=CASE_FINDING) as warehouse:
            scores_on(warehouse.as_at, str(place_folder()))
            one_person(warehouse, "", lambda _type, _source: False)
    except WarehouseError:
        return


def told_by_lists(gate: Gate, person_id: str) -> list[Told]:
    """What lists have said, newest first: as far as this actor may read it."""
    found = [_told(one.body) for one in gate.about(person_id, ["RiskAssessment"])]
    return sorted(
        (one for one in found if one), key=lambda one: (one.on or date.min, one.register), reverse=True
    )


def _told(body: dict[str, Any]) -> Told | None:
    register, on = extension_value(body, "model"), day_in(body, "scored-on")
    if not register:
        return None
    return Told(
        register=str(register),
        title=str(body.get("method", {}).get("text", register)),
        version=str(extension_value(body, "model-version") or ""),
        on=on,
        because=next((str(each.get("text", "")) for each in body.get("note", ())), ""),
        scores=tuple(
            score_in(each, on) for each in body.get("extension", ()) if each.get("url") == SCORE and on
        ),
    )


def score_in(told: Mapping[str, Any], on: date) -> Score:
    """The other way of `shapes.score_extension`."""
    parts: list[Mapping[str, Any]] = told.get("extension", [])
    value = next((each["valueDecimal"] for each in parts if each["url"] == "value"), None)
    return Score(
        definition=_text(parts, "definition"),
        version=_text(parts, "version"),
        on=on,
        value=None if value is None else Decimal(str(value)),
        band=_text(parts, "band"),
        drivers=tuple(_driver(each["extension"]) for each in parts if each["url"] == "driver"),
        missing=tuple(each["valueString"] for each in parts if each["url"] == "missing"),
        why_not=_text(parts, "why-not"),
    )


def _driver(parts: Sequence[Mapping[str, Any]]) -> Driver:
    points = next((each["valueDecimal"] for each in parts if each["url"] == "points"), 0)
    day = next((each["valueDate"] for each in parts if each["url"] == "on"), None)
    code, source = _text(parts, "code"), _text(parts, "source")
    on = date.fromisoformat(day) if day else None
    return Driver("", _text(parts, "words"), Decimal(str(points)), code, "", source, on)


def _text(parts: Sequence[Mapping[str, Any]], name: str) -> str:
    return next((str(each["valueString"]) for each in parts if each["url"] == name), "")
