"""About Me: seven prompts in the person's own words (PRSB About Me v2.01), each with who wrote it and when.

Each answer is a QuestionnaireResponse of its own that names the one before it, so that nothing is ever overwritten: of
two who change the same words at once the second is shown the first. What the person typed only the person changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import load_definition
from careweave.record import Conflict, Gate, Refusal, Resource
from careweave.record.ids import resource_id
from careweave.record.relations import party_of

from ..teams.shapes import about, author, extension, extension_value, instant

CANONICAL = "https://careweave.org/questionnaires/about-me"
ADDED = ".added"


@dataclass(frozen=True)
class Words:
    """Words someone wrote under a prompt, and who helped to write them; `id` names this version of them."""

    id: str
    words: str
    by: str
    by_name: str
    supported_by: str
    at: str


@dataclass(frozen=True)
class Prompt:
    """One of the seven prompts with its latest words, and what others added below."""

    key: str
    title: str
    hint: str
    latest: Words | None
    added: Words | None

    @property
    def words(self) -> str:
        return self.latest.words if self.latest else ""

    def is_their_own(self, person_id: str) -> bool:
        """Whether the person typed this themself, so that nobody else changes it."""
        return bool(self.words and self.latest and self.latest.by == f"person:{person_id}")


@dataclass(frozen=True)
class Overtaken:
    """Prompts whose words someone else changed meanwhile: both texts are kept, this one is not stored yet."""

    keys: tuple[str, ...]


def about_me(gate: Gate, person_id: str, *, on: date) -> tuple[Prompt, ...]:
    """The latest words of all seven prompts, as this reader may see them."""
    return prompts_in(gate.about(person_id, ["QuestionnaireResponse"]), on=on)


def prompts_in(resources: Sequence[Resource], *, on: date) -> tuple[Prompt, ...]:
    """The seven prompts among a person's resources; pure."""
    heads = _heads(resources)
    return tuple(
        Prompt(
            each["key"], each["title"], each["hint"], heads.get(each["key"]), heads.get(each["key"] + ADDED)
        )
        for each in load_definition("plan-about-me", "about-me", on).content["prompt"]
    )


def earlier(gate: Gate, person_id: str, key: str) -> tuple[Words, ...]:
    """What was written under a prompt before, newest first."""
    found = gate.about(person_id, ["QuestionnaireResponse"])
    return tuple(words for name, words in _all(found) if name == key)[1:]


def write_about_me(
    gate: Gate,
    *,
    person_id: str,
    words: Mapping[str, str],
    seen: Mapping[str, str],
    supported_by: str = "",
    on: date,
) -> tuple[Prompt, ...] | Overtaken | Refusal:
    """Keep what changed. `seen` names the version of each prompt that the page showed."""
    prompts = {each.key: each for each in about_me(gate, person_id, on=on)}
    changed = [
        key for key in words if key.removesuffix(ADDED) in prompts and _is_changed(prompts, key, words)
    ]
    for key in changed:
        prompt = prompts[key.removesuffix(ADDED)]
        is_own = not key.endswith(ADDED) and prompt.is_their_own(person_id)
        if is_own and gate.actor.id != f"person:{person_id}":
            return Refusal("Only the person can change these words. Write below them instead.", key)
    overtaken = tuple(key for key in changed if seen.get(key, "") != _id(prompts, key))
    if overtaken:
        return Overtaken(overtaken)
    try:
        with gate.transaction():
            for key in changed:
                title = prompts[key.removesuffix(ADDED)].title
                body = _response(gate, person_id, key, title, words[key], seen.get(key, ""), supported_by)
                gate.create(body, subject=person_id)
    except Conflict:
        return Overtaken(tuple(changed))
    return about_me(gate, person_id, on=on)


def _is_changed(prompts: Mapping[str, Prompt], key: str, words: Mapping[str, str]) -> bool:
    held = _held(prompts, key)
    return words[key].strip() != (held.words if held else "")


def _held(prompts: Mapping[str, Prompt], key: str) -> Words | None:
    prompt = prompts[key.removesuffix(ADDED)]
    return prompt.added if key.endswith(ADDED) else prompt.latest


def _id(prompts: Mapping[str, Prompt], key: str) -> str:
    held = _held(prompts, key)
    return held.id if held else ""


def _response(
    gate: Gate, person_id: str, key: str, title: str, words: str, before: str, supported_by: str
) -> dict[str, Any]:
    item: dict[str, Any] = {"linkId": key, "text": title}
    if words.strip():
        item["answer"] = [{"valueString": words.strip()}]
    body: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        # Whoever follows the same words writes the same id, so of two at once the database lets in one.
        "id": resource_id("careweave", "QuestionnaireResponse", f"about-me {person_id} {key} {before}"),
        "questionnaire": CANONICAL,
        "status": "completed",
        "subject": about(person_id),
        "authored": instant(),
        "author": author(gate.actor),
        "item": [item],
    }
    if supported_by.strip():
        body["extension"] = [extension("supported-to-write-by", valueString=supported_by.strip())]
    return body


def _heads(resources: Sequence[Resource]) -> dict[str, Words]:
    heads: dict[str, Words] = {}
    for key, words in _all(resources):
        heads.setdefault(key, words)
    return heads


def _all(resources: Sequence[Resource]) -> Iterator[tuple[str, Words]]:
    """Every answer, the newest first; one that was taken back stands as an empty one."""
    mine = [one for one in resources if one.body.get("questionnaire") == CANONICAL]
    for one in sorted(mine, key=lambda each: each.body.get("authored", ""), reverse=True):
        item = one.body["item"][0]
        is_kept = one.body.get("status") != "entered-in-error"
        text = next((each["valueString"] for each in item.get("answer", ())), "") if is_kept else ""
        writer = one.body.get("author", {})
        yield (
            item["linkId"],
            Words(
                one.id,
                text,
                party_of(writer) or "",
                writer.get("display", ""),
                str(extension_value(one.body, "supported-to-write-by") or ""),
                one.body.get("authored", ""),
            ),
        )
