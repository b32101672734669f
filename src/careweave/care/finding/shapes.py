"""How a suggestion is held as FHIR R4: a Task for the team to answer, and the RiskAssessment it rests on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from careweave.care.teams.shapes import about, author, code, extension, extension_value, instant
from careweave.record import Actor, Resource
from careweave.record.ids import resource_id
from careweave.record.relations import SUGGESTED, party_reference
from careweave.warehouse.registers import Register
from careweave.warehouse.scores import Driver, Score

if TYPE_CHECKING:  # the calculations are heavy, and a page that answers a suggestion needs none of them
    from careweave.warehouse.candidates import Candidate

REGISTERS = "https://careweave.org/definitions/registers"
SCORE = "https://careweave.org/fhir/score"
NOT_NOW, OWN_WISH, OVERRIDDEN_OUT = "not-now", "own-wish", "overridden-out"


def task_id(person_id: str, register_id: str) -> str:
    """One Task a person and register for ever: what was answered before is its history."""
    return resource_id("careweave", "Task", f"suggested {register_id} {person_id}")


def assessment_id(person_id: str, register_id: str) -> str:
    return resource_id("careweave", "RiskAssessment", f"suggested {register_id} {person_id}")


def task_body(
    person_id: str,
    register: Register,
    *,
    team: str,
    by: Actor,
    because: str,
    extensions: list[dict[str, Any]],
) -> dict[str, Any]:
    """A question to a team: requested, and proposed only."""
    return {
        "resourceType": "Task",
        "id": task_id(person_id, register.id),
        "status": "requested",
        "intent": "proposal",
        "code": code(SUGGESTED, f"Suggested for {register.title}"),
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(by),
        "owner": party_reference(team),
        "reasonCode": {"text": because},
        "extension": [extension("model", valueString=register.id), *extensions],
    }


def finding_extensions(
    register: Register, candidate: Candidate, wanted: tuple[str, ...], on: date
) -> list[dict[str, Any]]:
    """What the order rests on, and what is not known."""
    not_known = ", ".join((*candidate.finding.not_known, *wanted))
    told = [
        extension("model-version", valueString=register.version),
        extension("scored-on", valueDate=on.isoformat()),
        extension("order", valueInteger=candidate.finding.order),
    ]
    if not_known:
        told.append(extension("not-known", valueString=not_known))
    return [*told, *(extension("could-help", valueString=words) for words in candidate.finding.could_help)]


def assessment_body(
    person_id: str, register: Register, candidate: Candidate, extensions: list[dict[str, Any]], on: date
) -> dict[str, Any]:
    coding = {"system": REGISTERS, "code": register.id, "version": register.version}
    predictions = [_prediction(score) for score in candidate.scores if score.computable]
    return {
        "resourceType": "RiskAssessment",
        "id": assessment_id(person_id, register.id),
        "extension": [
            extension("model", valueString=register.id),
            *extensions,
            *(score_extension(score) for score in candidate.scores),
        ],
        "status": "final",
        "method": {"coding": [coding], "text": register.title},
        "subject": about(person_id),
        "occurrenceDateTime": on.isoformat(),
        # FHIR allows no empty list: a person without a computable score has no prediction at all.
        **({"prediction": predictions} if predictions else {}),
        "note": [{"text": f"Suggested because: {', '.join(candidate.finding.reasons)}."}],
    }


def score_extension(score: Score) -> dict[str, Any]:
    """A score with its drivers, or the reason why there is none."""
    told: dict[str, Any] = {"definition": score.definition, "version": score.version, "band": score.band}
    parts = [{"url": name, "valueString": value} for name, value in told.items() if value]
    if score.value is not None:
        parts.append({"url": "value", "valueDecimal": float(score.value)})
    if score.why_not:
        parts.append({"url": "why-not", "valueString": score.why_not})
    parts += [{"url": "missing", "valueString": words} for words in score.missing]
    parts += [{"url": "driver", "extension": _driver(driver)} for driver in score.drivers]
    return {"url": SCORE, "extension": parts}


def told_by(body: dict[str, Any]) -> dict[str, Any]:
    """What a suggestion says, without when it was said: two that say the same need not both be stored."""
    dates = {"https://careweave.org/fhir/scored-on"}
    kept = {key: body.get(key) for key in ("status", "reasonCode", "prediction", "note")}
    return {**kept, "extension": [each for each in body.get("extension", []) if each["url"] not in dates]}


def day_in(body: dict[str, Any], name: str) -> date | None:
    told = extension_value(body, name)
    return date.fromisoformat(str(told)[:10]) if told else None


def is_about(task: Resource, register_id: str) -> bool:
    codings = task.body.get("code", {}).get("coding", [])
    is_suggestion = any(each.get("code") == SUGGESTED for each in codings)
    return is_suggestion and extension_value(task.body, "model") == register_id


def _prediction(score: Score) -> dict[str, Any]:
    because = ", ".join(f"{driver.words} ({driver.points})" for driver in score.drivers)
    band = {"qualitativeRisk": {"text": score.band}} if score.band else {}
    rationale = {"rationale": because} if because else {}
    return {"outcome": {"text": f"{score.definition} {score.version}: {score.value}"}, **band, **rationale}


def _driver(driver: Driver) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [
        {"url": "words", "valueString": driver.words},
        {"url": "points", "valueDecimal": float(driver.points)},
        # A count, such as days in hospital, has no code of its own, and FHIR allows no empty text.
        *(
            {"url": name, "valueString": told}
            for name in ("code", "source")
            if (told := getattr(driver, name))
        ),
    ]
    return [*parts, {"url": "on", "valueDate": driver.on.isoformat()}] if driver.on else parts
