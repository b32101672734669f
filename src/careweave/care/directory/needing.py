"""What someone needs, from what they told in assessments and their plan, and from words that are typed; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from careweave.record import Resource

from ..assessments.fhir import Given, given_in
from ..assessments.knowing import standing
from .rules import NeedKind


@dataclass(frozen=True)
class Told:
    """A need, and what says so: the words that were answered, by whom, since when."""

    need: str
    title: str
    words: str
    by: str = ""
    since: datetime | None = None


def latest_answers(resources: Iterable[Resource]) -> dict[str, Given]:
    """The last answer to each question of every assessment that stands."""
    latest: dict[str, Given] = {}
    for response in standing(resources):
        for key, given in given_in(response.body).items():
            if key not in latest or latest[key].at < given.at:
                latest[key] = given
    return latest


def needs_told(resources: Iterable[Resource], kinds: Mapping[str, NeedKind]) -> tuple[Told, ...]:
    """The needs that stand: an answer that says so, one that is marked as not met, or the need behind a goal."""
    held = list(resources)
    answers = latest_answers(held)
    found: dict[str, Told] = {}
    for kind in kinds.values():
        for question, wanted in kind.told.items():
            given = answers.get(question)
            if given and (given.answer.value in wanted or given.answer.unmet):
                words = given.answer.words or str(given.answer.value)
                found.setdefault(kind.key, Told(kind.key, kind.title, words, given.name, given.at))
    for goal in (one for one in held if one.type == "Goal" and one.body.get("lifecycleStatus") == "active"):
        said = goal_words(goal.body)
        for key in needs_in_words(said, kinds):
            found.setdefault(key, Told(key, kinds[key].title, said, "the plan"))
    return tuple(found[key] for key in kinds if key in found)


def goal_words(goal: Mapping[str, object]) -> str:
    """The need behind a goal, as the plan says it; empty when none was written."""
    extensions = goal.get("extension")
    for each in extensions if isinstance(extensions, list) else ():
        if str(each.get("url", "")).endswith("/need"):
            return str(each.get("valueString", ""))
    return ""


def needs_in_words(text: str, kinds: Mapping[str, NeedKind]) -> tuple[str, ...]:
    """The needs that typed words speak of, by whole words or their beginnings."""
    typed = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in text.casefold()).split())} "
    return tuple(kind.key for kind in kinds.values() if any(f" {word}" in typed for word in kind.words))
