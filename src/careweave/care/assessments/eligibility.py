"""Eligibility as the law sets it out: conditions and outcomes as data, the form that asks them, and what follows; pure.

Care Act 2014 and the Care and Support (Eligibility Criteria) Regulations 2015 (SI 2015/313),
https://www.legislation.gov.uk/uksi/2015/313.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from careweave.definitions import Definition, DefinitionError

from .questions import Answer, Answers, Assessment, Condition, Question, Section

KIND = "eligibility"
YES, NO = "Yes", "No"
ABLE = "Able to, without help"
REASON = "decision-reason"
_CURRENT = 365


@dataclass(frozen=True)
class Criterion:
    """One condition, circumstance or outcome, with the place in the law that names it."""

    id: str
    text: str
    law: str


@dataclass(frozen=True)
class Criteria:
    """`cause` and `impact` must hold, and so many outcomes, or any one of the `circumstances`."""

    id: str
    version: str
    title: str
    about: str
    sources: tuple[str, ...]
    cause: Criterion
    impact: Criterion
    outcomes: tuple[Criterion, ...]
    outcomes_needed: int
    unable: tuple[Criterion, ...]
    circumstances: tuple[Criterion, ...]
    meets: str
    does_not_meet: str


@dataclass(frozen=True)
class Finding:
    """One condition of the law: whether it is met, None while it is not answered."""

    text: str
    law: str
    is_met: bool | None
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Eligibility:
    """What the answers come to: None while something is open; and each condition by itself."""

    is_eligible: bool | None
    words: str
    findings: tuple[Finding, ...]
    reason: str


def read_criteria(definition: Definition) -> Criteria:
    """The criteria in a definition; refused with the name of its file if one is missing."""
    content = definition.content
    try:
        return Criteria(
            id=definition.id,
            version=definition.version,
            title=definition.title,
            about=str(content["about"]),
            sources=definition.source,
            cause=_criterion(content["cause"]),
            impact=_criterion(content["impact"]),
            outcomes=tuple(map(_criterion, content["outcome"])),
            outcomes_needed=int(content["outcomes_needed"]),
            unable=tuple(map(_criterion, content["unable"])),
            circumstances=tuple(map(_criterion, content.get("circumstance", ()))),
            meets=str(content["meets"]),
            does_not_meet=str(content["does_not_meet"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DefinitionError([f"{definition.name}: {error} is missing or not in its shape"]) from error


def _criterion(table: Mapping[str, Any]) -> Criterion:
    return Criterion(str(table["id"]), str(table["text"]), str(table["law"]))


def form_of(criteria: Criteria) -> Assessment:
    """The form that asks the criteria: the same mechanism as every other assessment."""
    is_caused = (Condition(criteria.cause.id, "=", YES),)
    outcomes = tuple(_outcome(each, criteria, is_caused) for each in criteria.outcomes)
    others = tuple(_yes_or_no(each, is_caused) for each in criteria.circumstances)
    sections = (
        Section("cause", "What the needs come from", (_yes_or_no(criteria.cause),)),
        Section("outcomes", "What can and cannot be done", (*others, *outcomes)),
        Section(
            "decision", "Well-being and the decision", (_yes_or_no(criteria.impact, is_caused), _reason())
        ),
    )
    return Assessment(
        criteria.id,
        criteria.version,
        criteria.title,
        sections,
        about=criteria.about,
        kind=KIND,
        sources=criteria.sources,
        intro="Answer for the whole of the time that matters: what can be done on a good day may not be possible on most.",
    )


def _yes_or_no(each: Criterion, when: tuple[Condition, ...] = ()) -> Question:
    return Question(each.id, each.text, "choice", (YES, NO), _CURRENT, hint=each.law, when=when)


def _outcome(each: Criterion, criteria: Criteria, when: tuple[Condition, ...]) -> Question:
    options = (ABLE, *(way.text for way in criteria.unable), "Does not apply")
    return Question(each.id, each.text, "choice", options, _CURRENT, hint=each.law, when=when)


def _reason() -> Question:
    return Question(
        REASON,
        "Why this is the decision",
        "text",
        (),
        -1,  # each decision has its own reason; an earlier one is only offered
        hint="The person reads this. Say what was considered, in plain words.",
    )


def decide(criteria: Criteria, answers: Answers) -> Eligibility:
    """What the criteria come to for these answers: worked out, never chosen."""
    cause = _found(criteria.cause, answers)
    findings = [cause]
    if cause.is_met:
        findings += [_outcomes(criteria, answers), _found(criteria.impact, answers)]
    met = [each.is_met for each in findings]
    is_eligible = False if False in met else None if None in met else True
    words = "" if is_eligible is None else criteria.meets if is_eligible else criteria.does_not_meet
    return Eligibility(is_eligible, words, tuple(findings), answers.get(REASON, Answer()).value)


def undecided(criteria: Criteria, answers: Answers) -> tuple[str, ...]:
    """The questions that must have an answer before anyone can be told yes or no."""
    if decide(criteria, answers).is_eligible is not None:
        return ()
    every = (criteria.cause, *criteria.circumstances, *criteria.outcomes, criteria.impact)
    return tuple(each.id for each in every if not answers.get(each.id, Answer()).value)


def _found(each: Criterion, answers: Answers) -> Finding:
    value = answers.get(each.id, Answer()).value
    return Finding(each.text, each.law, {YES: True, NO: False}.get(value))


def _outcomes(criteria: Criteria, answers: Answers) -> Finding:
    ways = {way.text for way in criteria.unable}
    unable = [each for each in criteria.outcomes if answers.get(each.id, Answer()).value in ways]
    present = [each for each in criteria.circumstances if answers.get(each.id, Answer()).value == YES]
    because = tuple(
        [each.text for each in present]
        + [f"{each.text}: {answers[each.id].value[0].lower()}{answers[each.id].value[1:]}" for each in unable]
    )
    possible = [*criteria.outcomes, *criteria.circumstances]
    # “Not asked” decides nothing: somebody would be turned away for what nobody knows.
    is_open = any(not answers.get(each.id, Answer()).value for each in possible)
    is_met = len(unable) >= criteria.outcomes_needed or bool(present)
    count = f"{len(unable)} of the {len(criteria.outcomes)} outcomes cannot be achieved"
    needed = (
        f"{count}; the law asks for {criteria.outcomes_needed} or more"
        if not criteria.circumstances
        else count
    )
    law = criteria.outcomes[0].law.partition("(2)")[0].strip()
    return Finding(needed, law, True if is_met else None if is_open else False, because)
