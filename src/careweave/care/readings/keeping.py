"""Keep and put right own readings: each an Observation of the one who measured, told on where its definition says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from careweave.care.contacts import routing
from careweave.care.teams import telling
from careweave.care.teams.clocks import in_words
from careweave.care.teams.shapes import CODES, about, author, code, extension, extension_value, instant
from careweave.care.teams.telling import Told
from careweave.care.teams.working_time import LONDON
from careweave.record import Conflict, Gate, Refusal, Resource
from careweave.record.ids import new_id
from careweave.record.relations import party_of

from .judging import Values, agree_refusal, typed_value, unusual, written
from .kinds import Field, Reading, Watch

OWN_READING = "own-reading"
# Whose authority reaches to measuring: the rule of access says the same, and decides.
_MAY_MEASURE = frozenset(("self", "carer", "attorney-health", "deputy-health", "parent"))
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_LONGEST_AGO = timedelta(days=366)
_SLACK = timedelta(minutes=5)
_MEASURED = ("valueQuantity", "component", "note")  # what a correction writes anew


@dataclass(frozen=True)
class Kept:
    """One reading as it stands; `version` 1 was never put right."""

    id: str
    version: int
    kind: str
    at: datetime
    values: Mapping[str, float]
    note: str
    by: str
    by_name: str

    @property
    def was_corrected(self) -> bool:
        return self.version > 1


@dataclass(frozen=True)
class Done:
    """What was kept, what to do about it, and who was told."""

    id: str
    watches: tuple[Watch, ...]
    told: Told | None


def may_keep(gate: Gate, person_id: str) -> bool:
    """Whether this reader writes readings down for the person: themself, or someone with an authority that says so."""
    record = gate.person(person_id)
    return bool(record and record.kinds & _MAY_MEASURE and "frozen" not in record.kinds)


def read_typed(reading: Reading, typed: Mapping[str, str]) -> dict[str, float] | list[Refusal]:
    """The numbers, or every fault at its field."""
    found = {one.key: typed_value(one, typed.get(one.key, "")) for one in reading.fields}
    faults = [one for one in found.values() if isinstance(one, Refusal)]
    values = {key: one for key, one in found.items() if not isinstance(one, Refusal)}
    order = None if faults else agree_refusal(reading, values)
    return [*faults, *([order] if order else [])] or values


def keep(
    gate: Gate, reading: Reading, *, person_id: str, values: Values, at: datetime, note: str, today: date
) -> Done | Refusal:
    """Keep it under the writer's own name; what is unusual is told to whoever is in charge, where the definition says so."""
    refusal = _when_refusal(at)
    if refusal:
        return refusal
    earlier = [(one.at, one.values) for one in readings_of(gate, person_id) if one.kind == reading.id]
    watches = unusual(reading, values, at, earlier)
    body = {
        "resourceType": "Observation",
        "id": new_id(),
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": reading.category}]}],
        "code": _concept(reading.code, reading.title),
        "subject": about(person_id),
        "performer": [author(gate.actor)],
        "extension": [extension("own-reading", valueCode=reading.id)],
        **_measured(reading, values, at, note),
    }
    with gate.transaction():
        saved = gate.create(body, subject=person_id, labels=(OWN_READING,), parties=(gate.actor.id,))
        told = _tell(gate, reading, person_id, f"{written(reading, values)}, {in_words(at)}", watches, today)
    return Done(saved.id, watches, told)


def put_right(
    gate: Gate, reading: Reading, *, reading_id: str, version: int, values: Values, at: datetime, note: str
) -> Done | Refusal:
    """The writer's own correction, as a new version; what stood before stays in the history."""
    stored = gate.read("Observation", reading_id)
    if stored is None or extension_value(stored.body, "own-reading") != reading.id:
        return Refusal("This reading is not there any more")
    if party_of((stored.body.get("performer") or [None])[0]) != gate.actor.id:
        return Refusal("Only the one who wrote this down can put it right")
    refusal = _when_refusal(at)
    if refusal:
        return refusal
    body = {key: value for key, value in stored.body.items() if key not in _MEASURED}
    body |= {**_measured(reading, values, at, note), "status": "corrected"}
    others = (one for one in readings_of(gate, stored.subject) if one.id != reading_id)
    earlier = [(one.at, one.values) for one in others if one.kind == reading.id]
    held, watches = _kept(stored), unusual(reading, values, at, earlier)
    # What was told already is not told again; a number that is alarming only now that it is right is told like any other.
    known = unusual(reading, held.values, held.at, earlier)
    new = [one for one in watches if one not in known]
    said, today = f"{written(reading, values)}, {in_words(at)}", datetime.now(LONDON).date()
    try:
        with gate.transaction():
            gate.update(body, version=version)
            told = _tell(gate, reading, stored.subject, said, new, today)
    except Conflict:
        return Refusal("This was put right in the meantime. Look at it first")
    return Done(reading_id, watches, told)


def readings_of(gate: Gate, person_id: str) -> tuple[Kept, ...]:
    """Every own reading that this reader may see, newest first."""
    found = [one for one in gate.about(person_id, ["Observation"]) if OWN_READING in one.labels]
    kept = [_kept(one) for one in found if one.body.get("status") != "entered-in-error"]
    return tuple(sorted(kept, key=lambda one: one.at, reverse=True))


def _when_refusal(at: datetime) -> Refusal | None:
    now = datetime.now(UTC)
    if at > now + _SLACK:
        return Refusal("The day and time cannot be later than now", "when")
    return Refusal("This is more than a year ago", "when") if at < now - _LONGEST_AGO else None


def _tell(
    gate: Gate, reading: Reading, person_id: str, said: str, watches: Sequence[Watch], today: date
) -> Told | None:
    """Nobody in charge to tell is no reason to lose the reading: its words say whom to call."""
    if not any(one.tell for one in watches):
        return None
    done = telling.tell(
        gate,
        person_id=person_id,
        kind="change",
        to=routing.who_answers(gate, person_id),
        words=f"Own reading, {reading.title.lower()}: {said}.",
        today=today,
    )
    return done if isinstance(done, Told) else None


def _measured(reading: Reading, values: Values, at: datetime, note: str) -> dict[str, Any]:
    body: dict[str, Any] = {"effectiveDateTime": instant(at)}
    if note.strip():
        body["note"] = [{"text": note.strip()}]
    if len(reading.fields) == 1:
        return {**body, "valueQuantity": _quantity(reading.fields[0], values)}
    parts = [
        {"code": _concept(one.code, one.label), "valueQuantity": _quantity(one, values)}
        for one in reading.fields
    ]
    return {**body, "component": parts}


def _concept(coding: Mapping[str, str], text: str) -> dict[str, Any]:
    """The published code where there is one, else the product's own."""
    return (
        {"coding": [dict(coding)], "text": text}
        if coding.get("system") != CODES
        else code(coding["code"], text)
    )


def _quantity(field: Field, values: Values) -> dict[str, Any]:
    value = values[field.key]
    number = int(value) if value.is_integer() else value
    shown = {"unit": field.unit} if field.unit else {}
    return {
        "id": field.key,
        "value": number,
        **shown,
        "system": "http://unitsofmeasure.org",
        "code": field.ucum,
    }


def _kept(held: Resource) -> Kept:
    body = held.body
    performer = (body.get("performer") or [{}])[0]
    return Kept(
        id=held.id,
        version=held.version,
        kind=str(extension_value(body, "own-reading") or ""),
        at=datetime.fromisoformat(body["effectiveDateTime"]),
        values=_values(body),
        note=" ".join(each.get("text", "") for each in body.get("note", [])),
        by=party_of(performer) or "",
        by_name=performer.get("display", ""),
    )


def _values(body: dict[str, Any]) -> dict[str, float]:
    quantities = [
        body.get("valueQuantity"),
        *(each.get("valueQuantity") for each in body.get("component", [])),
    ]
    return {one["id"]: float(one["value"]) for one in quantities if one}
