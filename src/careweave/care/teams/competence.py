"""Which tasks may pass from a professional to a volunteer and back: kinds and words as data; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from careweave.definitions import load_definition
from careweave.record import Refusal
from careweave.record.relations import VOLUNTEER

LAY = (VOLUNTEER, "voluntary-worker")


@dataclass(frozen=True)
class Competence:
    """The kinds of tasks each role may do, and the words that only a professional's task has, each with its reason."""

    may: Mapping[str, frozenset[str]]
    only_professionals: tuple[tuple[tuple[str, ...], str], ...]


def beyond_competence(body: Mapping[str, Any], *, name: str, role: str, on: date) -> Refusal | None:
    """Why this task is not for this person; None for a professional, and where the definition lets it pass."""
    if role not in LAY:
        return None
    rules = competence_on(on)
    said = " ".join(str(body.get("description", "")).casefold().split())
    for words, why in rules.only_professionals:
        if any(f" {word}" in f" {said}" for word in words):
            return Refusal(f"This is not for {name}: {why}. Choose a professional", "to")
    codes = {coding.get("code") for coding in body.get("code", {}).get("coding", ())}
    if not codes & rules.may.get(role, frozenset()):
        return Refusal(f"This is not for {name}: only a professional may do a task of this kind", "to")
    return None


@lru_cache(maxsize=8)
def competence_on(on: date) -> Competence:
    """What holds on a day."""
    content = load_definition("competence", "tasks", on).content
    may: dict[str, frozenset[str]] = {}
    for one in content["may"]:
        for role in one["roles"]:
            may[role] = may.get(role, frozenset()) | frozenset(one["kinds"])
    only = tuple((tuple(one["words"]), str(one["why"])) for one in content["only_professionals"])
    return Competence(may, only)
