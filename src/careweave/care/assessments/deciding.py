"""Eligibility decisions that were made: what the criteria came to, by whom and when, and that the person was given it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from careweave.definitions import all_definitions
from careweave.record import Gate, Refusal, Resource

from ..teams.shapes import EXTENSION, author, extension, instant
from . import eligibility
from .eligibility import Eligibility
from .fhir import answers_in, definition_named

# How a written record reached the person (Care Act 2014, section 13(2)).
WAYS = {
    "handed-over": "Handed over",
    "posted": "Posted",
    "read-aloud": "Read aloud, and left with them",
    "declined": "Did not want a copy",
}


@dataclass(frozen=True)
class GivenTo:
    """That the decision was given to the person: how, by whom and when (an ISO instant)."""

    how: str
    by: str
    at: str


@dataclass(frozen=True)
class Decision:
    """One decision with its reasons, as it was made."""

    response_id: str
    title: str
    eligibility: Eligibility
    by: str
    on: str
    given: tuple[GivenTo, ...]
    sources: tuple[str, ...]


def decision_of(response: Resource) -> Decision | None:
    """The decision that a completed assessment holds, None for one that decides nothing."""
    id_, version = definition_named(response.body)
    found = [each for each in all_definitions(eligibility.KIND) if each.id == id_ and each.version == version]
    if not found:
        return None
    criteria = eligibility.read_criteria(found[-1])
    return Decision(
        response.id,
        criteria.title,
        eligibility.decide(criteria, answers_in(response.body)),
        str(response.body.get("author", {}).get("display", "")),
        str(response.body.get("authored", "")),
        given_to(response.body),
        criteria.sources,
    )


def given_to(body: dict[str, Any]) -> tuple[GivenTo, ...]:
    """Each time the decision was given to the person; pure."""
    found = []
    for part in body.get("extension", []):
        if part.get("url") == EXTENSION + "given-to-the-person":
            inner = {each["url"]: each for each in part["extension"]}
            by = inner["by"]["valueReference"].get("display", "")
            found.append(GivenTo(inner["how"]["valueCode"], by, inner["at"]["valueInstant"]))
    return tuple(found)


def give(gate: Gate, *, person_id: str, response_id: str, how: str) -> Resource | Refusal:
    """Write down that the person was given the decision in writing, and how."""
    if how not in WAYS:
        return Refusal("Choose how the decision was given", "how")
    response = gate.read("QuestionnaireResponse", response_id)
    if response is None or response.subject != person_id or decision_of(response) is None:
        return Refusal("This decision is not there any more")
    told = extension(
        "given-to-the-person",
        extension=[
            {"url": "how", "valueCode": how},
            {"url": "by", "valueReference": author(gate.actor)},
            {"url": "at", "valueInstant": instant()},
        ],
    )
    body = {**response.body, "extension": [*response.body.get("extension", []), told]}
    return gate.update(body, version=response.version)
