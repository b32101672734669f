"""Needs that nobody meets: what the latest answers of every assessment say is needed and not given; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from careweave.record import Resource

from .fhir import Given, given_in
from .knowing import standing


@dataclass(frozen=True)
class Need:
    """One unmet need: the question, what was answered, by whom and when, and the assessment it stands in."""

    question: str
    words: str
    name: str
    since: datetime
    response_id: str


def unmet_needs(resources: Iterable[Resource]) -> tuple[Need, ...]:
    """The needs that stand now, the oldest first; a later answer without a need ends it."""
    latest: dict[str, tuple[Given, str, str]] = {}
    for response in standing(resources):
        texts = dict(_texts(response))
        for key, given in given_in(response.body).items():
            before = latest.get(key)
            if before is None or before[0].at < given.at:
                latest[key] = (given, texts.get(key, key), response.id)
    needs = [
        Need(text, given.answer.words, given.name, given.at, response_id)
        for given, text, response_id in latest.values()
        if given.answer.unmet
    ]
    return tuple(sorted(needs, key=lambda one: one.since))


def _texts(response: Resource) -> Iterator[tuple[str, str]]:
    for section in response.body.get("item", []):
        for item in section.get("item", []):
            yield item["linkId"], str(item.get("text", ""))
