"""Reads the definition of a pathway: its tiers, its roles, its assessments and what a plan under it must have; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition
from careweave.record.policy import load_policy

from ..assessments.reading import KINDS

KIND = "pathways"
_KEYS = frozenset(
    (
        *("register", "assessments", "current_for_days", "roles", "carer_assessment", "contingency"),
        *("tier", "protocol"),
    )
)
# An assessment older than a year says little about today; a pathway may say otherwise.
_CURRENT_FOR_DAYS = 365
_TIER_KEYS = frozenset(("id", "title", "in_charge", "assessments", "roles", "review_days"))


@dataclass(frozen=True)
class Tier:
    """One degree of complexity: which roles may be in charge there, and what it asks beyond the pathway."""

    id: str
    title: str
    in_charge: tuple[str, ...]
    assessments: tuple[str, ...]
    roles: tuple[str, ...]
    review_days: int | None


@dataclass(frozen=True)
class CarerAssessment:
    """The carer's own assessment that a pathway asks for; `settled_by` are answers that take its place, by question."""

    form_id: str
    settled_by: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Pathway:
    """One version of a pathway. `register` is the one whose suggestions it is offered for.

    Its assessments count while they are not older than `current_for_days`.
    """

    id: str
    version: str
    title: str
    register: str
    protocol: str
    assessments: tuple[str, ...]
    current_for_days: int
    roles: tuple[str, ...]
    carer_assessment: CarerAssessment | None
    is_contingency_needed: bool
    tiers: tuple[Tier, ...]
    sources: tuple[str, ...]

    def tier(self, id: str) -> Tier | None:
        return next((each for each in self.tiers if each.id == id), None)


def pathway(id: str, *, on: date) -> Pathway | None:
    """The version of a pathway that holds on a day, None for a name that is none."""
    known = {each.id for each in all_definitions(KIND) if each.holds_on(on)}
    return read_pathway(load_definition(KIND, id, on)) if id in known else None


def all_pathways(*, on: date) -> tuple[Pathway, ...]:
    """Every pathway in use on a day, by its title."""
    ids = {each.id for each in all_definitions(KIND) if each.holds_on(on)}
    found = (read_pathway(load_definition(KIND, id_, on)) for id_ in ids)
    return tuple(sorted(found, key=lambda one: one.title))


def pathway_problems() -> list[str]:
    """What is wrong with any pathway, each problem with the name of its file (`careweave check`)."""
    found: list[str] = []
    for definition in all_definitions(KIND):
        try:
            read_pathway(definition)
        except DefinitionError as error:
            found += error.problems
    return found


def read_pathway(definition: Definition) -> Pathway:
    """The pathway a definition describes; refused with the name of its file if anything is wrong."""
    content = definition.content
    problems = [f"{definition.name}: {words}" for words in _problems(content)]
    if problems:
        raise DefinitionError(problems)
    carer = content.get("carer_assessment")
    return Pathway(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        register=str(content.get("register", "")),
        protocol=str(content.get("protocol", "")),
        assessments=tuple(content.get("assessments", ())),
        current_for_days=int(content.get("current_for_days", _CURRENT_FOR_DAYS)),
        roles=tuple(content.get("roles", ())),
        carer_assessment=_carer_assessment(carer) if carer else None,
        is_contingency_needed=content.get("contingency", "optional") == "mandatory",
        tiers=tuple(map(_tier, content.get("tier", ()))),
        sources=definition.source,
    )


def _carer_assessment(table: Mapping[str, Any]) -> CarerAssessment:
    settled = {each["question"]: tuple(each["answers"]) for each in table.get("settled_by", ())}
    return CarerAssessment(str(table["form"]), settled)


def _tier(table: Mapping[str, Any]) -> Tier:
    return Tier(
        id=str(table["id"]),
        title=str(table["title"]),
        in_charge=tuple(table.get("in_charge", ())),
        assessments=tuple(table.get("assessments", ())),
        roles=tuple(table.get("roles", ())),
        review_days=table.get("review_days"),
    )


def _problems(content: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown key: {key}" for key in sorted(set(content) - _KEYS))
    if content.get("contingency", "optional") not in ("mandatory", "optional"):
        yield "contingency is mandatory or optional"
    carer = content.get("carer_assessment")
    if carer and not carer.get("form"):
        yield "carer_assessment names no form"
    registers = {each.id for each in all_definitions("registers")}
    if content.get("register") and content["register"] not in registers:
        yield f"unknown register: {content['register']}"
    tiers = content.get("tier", [])
    for part in (content, *tiers):
        yield from _unknown_names(part)
    yield from (
        f"assessment of a carer that there is not: {one}"
        for one in _gone([carer["form"]] if carer and carer.get("form") else [])
    )
    ids = [tier.get("id") for tier in tiers]
    for tier in tiers:
        if not tier.get("id") or not tier.get("title") or set(tier) - _TIER_KEYS:
            yield f"tier {tier.get('id') or '?'} needs an id and a title, and knows {', '.join(sorted(_TIER_KEYS))} only"
    yield from (
        f"tier {id_} is there twice" for id_ in sorted({str(each) for each in ids if ids.count(each) > 1})
    )


def _unknown_names(part: Mapping[str, Any]) -> Iterator[str]:
    roles = load_policy().words.roles
    for role in (*part.get("roles", ()), *part.get("in_charge", ())):
        if role not in roles:
            yield f"unknown role: {role}"
    yield from (f"unknown assessment: {one}" for one in _gone(part.get("assessments", ())))


def _gone(ids: Any) -> Iterator[str]:
    known = {each.id for kind in KINDS for each in all_definitions(kind)}
    yield from (str(one) for one in ids if one not in known)
