"""What a notice may say, which way a copy goes and what a provider's words mean: read from definitions/delivery."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from careweave.definitions import Definition, DefinitionError, load_definition


@dataclass(frozen=True)
class Rules:
    """`texts` by whom they are for; `means` from a provider's word to `sent`, `delivered`, `failed` or `again`."""

    subjects: Mapping[str, str]
    texts: Mapping[str, str]
    formats: Mapping[str, str]
    means: Mapping[str, str]
    again_minutes: tuple[int, ...]
    ask_again_minutes: int


@lru_cache(maxsize=8)
def delivery_rules(on: date) -> Rules:
    """The rules of a day; a text that would fill in anything about a person is refused."""
    return rules_of(load_definition("delivery", "notices", on))


def rules_of(found: Definition) -> Rules:
    """Pure, so that a place's own definition is checked before it is used."""
    content = found.content
    notices = {one["for"]: one for one in content["notice"]}
    problems = [
        f"{found.name}: the notice for {whom} would name something of the person: {{{name}}}"
        for whom, one in notices.items()
        for name in re.findall(r"{(.*?)}", one["subject"] + one["text"])
        if name != "address"
    ]
    wrong = set(content["means"].values()) - {"sent", "delivered", "failed", "again"}
    problems += [f"{found.name}: {word} is not what a provider's word can mean" for word in sorted(wrong)]
    if {"person", "staff", "service", "survey"} - set(notices):
        problems.append(f"{found.name}: a notice for person, for staff, for service and for survey is needed")
    if problems:
        raise DefinitionError(problems)
    return Rules(
        subjects={whom: one["subject"] for whom, one in notices.items()},
        texts={whom: one["text"] for whom, one in notices.items()},
        formats=dict(content["formats"]),
        means=dict(content["means"]),
        again_minutes=tuple(content["tries"]["minutes"]),
        ask_again_minutes=content["tries"]["ask_again_minutes"],
    )
