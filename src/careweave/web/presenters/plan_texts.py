"""The plan as plain text: for the council's system, for the GP's system, and for listening."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from careweave.care.plans.fhir import Plan
from careweave.care.plans.parts import OUTCOMES, TEAM_AGREEMENT, Goal, PlanDraft
from careweave.web import wording
from careweave.web.presenters.banner import Banner
from careweave.web.presenters.plan_sheet import agreement_words

_SAYABLE = (("&", " and "), ("/", " or "), ("+", " and "), ("%", " per cent"), ("“", ""), ("”", ""))
_TELEPHONE = re.compile(r"(?<!\d)(?:\+44|0)[\d ]{8,14}\d|\b(?:999|111)\b")


@dataclass(frozen=True)
class Source:
    """All that the texts are made of."""

    person: Banner
    plan: Plan
    team: Sequence[str]
    conditions: Mapping[str, str]
    place: str

    @property
    def draft(self) -> PlanDraft:
        return self.plan.draft

    @property
    def joe(self) -> str:
        return self.person.call_name


def council(source: Source) -> str:
    """What a council's care and support plan asks for (Care Act 2014, section 25): needs, outcomes, how they are met."""
    draft, joe = source.draft, source.joe
    return _text(
        _who(source, "CARE AND SUPPORT PLAN"),
        _part(f"WHAT MATTERS TO {joe.upper()}", [draft.what_matters]),
        _part("STRENGTHS AND SUPPORT NETWORK", [draft.strengths, *_network(draft)]),
        _part("NEEDS AND OUTCOMES", [line for goal in draft.goals for line in _need(goal)]),
        _part("WHAT THE PERSON CONTRIBUTES", _own(draft)),
        _part("CONTINGENCY", _changes(draft)),
        _agreed(source),
    )


def gp(source: Source) -> str:
    """What a GP record needs: conditions first, then what the practice and others do, whom to call, and the review."""
    draft = source.draft
    conditions = [f"{name}: {words}" for name, words in source.conditions.items()]
    return _text(
        _who(source, "PERSONALISED CARE AND SUPPORT PLAN"),
        _part("CONDITIONS", conditions),
        _part("WHAT MATTERS", [draft.what_matters]),
        _part("GOALS AND ACTIONS", [line for goal in draft.goals for line in _goal(goal)]),
        _part("IF THINGS CHANGE", _changes(draft)),
        _part("TEAM", list(source.team)),
        _agreed(source),
    )


def listening(source: Source) -> str:
    """The plan to be read aloud by a person or a machine: whole sentences, numbers one by one, no signs."""
    draft, joe = source.draft, source.joe
    charge = source.person.in_charge
    call = f"{charge.name} is in charge of {joe}'s care. Call {charge.telephone}." if charge else ""
    parts = [
        [f"This is {joe}'s plan. It is version {source.plan.version}.", call],
        [f"What matters to {joe}.", draft.what_matters],
        [f"What {joe} and the people around can do.", draft.strengths] if draft.strengths else [],
        *(_spoken_goal(number, goal) for number, goal in enumerate(draft.goals, 1)),
        ["If things change.", *(_spoken_change(line) for line in _changes(draft))],
        [agreement_words(draft, joe), f"The review is on {wording.day(draft.review_on)}."],
        ["This is the end of the plan."],
    ]
    return "\n\n".join("\n".join(_sentence(line) for line in part if line) for part in parts if part) + "\n"


def _who(source: Source, title: str) -> list[str]:
    person = source.person
    charge = person.in_charge
    who = f"{charge.name}, {charge.telephone}" if charge else "nobody yet"
    return [
        title,
        person.first_line,
        f"Version {source.plan.version}, {wording.day(source.plan.published_on)}, {source.place}",
        f"In charge of care: {who}",
    ]


def _part(title: str, lines: Iterable[str]) -> list[str]:
    kept = [line for line in lines if line.strip()]
    return [title, *kept] if kept else []


def _network(draft: PlanDraft) -> list[str]:
    people = [f"{one.name}: {one.what}" if one.what else one.name for one in draft.network]
    return people or (["Nobody who could help"] if draft.network_none else [])


def _own(draft: PlanDraft) -> list[str]:
    return list(draft.own_contributions) or (["Nothing alone"] if draft.own_none else [])


def _need(goal: Goal) -> list[str]:
    need = [f"Need: {goal.need} ({goal.need_whose or 'not said by whom'})"] if goal.need else []
    return [*need, *_goal(goal)]


def _goal(goal: Goal) -> list[str]:
    mark = f", importance {goal.importance} of 10" if goal.importance else ""
    outcome = OUTCOMES.get(goal.outcome, "")
    said = f": {goal.outcome_words}" if goal.outcome_words else ""
    return [
        f"Outcome wanted: “{goal.words}” ({goal.whose}’s words{mark})",
        *(f"- {_action(each.what, each.name, each.by)}" for each in goal.actions),
        *([f"Result: {outcome}{said}"] if outcome else []),
    ]


def _action(what: str, name: str, by: str) -> str:
    return f"{what}: {name or 'nobody yet'}" + (f", by {wording.day(by)}" if by else "")


def _changes(draft: PlanDraft) -> list[str]:
    first = " ".join(filter(None, (draft.first_call, draft.first_call_number)))
    rows = [
        f"{one.trigger}: {one.action}. Call {' '.join(filter(None, (one.call, one.number)))}"
        for one in draft.if_then
    ]
    return [*([f"Call first: {first}"] if first else []), *(rows or [draft.no_contingency_because])]


def _agreed(source: Source) -> list[str]:
    draft = source.draft
    return _part(
        "AGREEMENT AND REVIEW",
        [
            agreement_words(draft, source.joe),
            f"In the person’s words: {draft.disagreement}" if draft.disagreement else "",
            TEAM_AGREEMENT.get(draft.team_agreement, ""),
            f"In the team’s words: {draft.team_disagreement}" if draft.team_disagreement else "",
            f"Reviewed by {draft.reviewer_name or 'nobody yet'} on {wording.day(draft.review_on)}",
        ],
    )


def _text(*parts: list[str]) -> str:
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _spoken_goal(number: int, goal: Goal) -> list[str]:
    actions = [
        f"{each.what}. {each.name or 'Nobody yet'} does this"
        + (f", by {wording.day(each.by)}." if each.by else ".")
        for each in goal.actions
    ]
    return [f"Goal {number}. {goal.whose} says: {goal.words}.", *actions]


def _spoken_change(line: str) -> str:
    return line.replace(":", ".", 1)


def _sentence(line: str) -> str:
    """A line a voice can say: no signs, telephone numbers figure by figure, and an end."""
    said = _TELEPHONE.sub(lambda found: ", ".join(" ".join(part) for part in found.group().split()), line)
    for sign, words in _SAYABLE:
        said = said.replace(sign, words)
    said = re.sub(r"\.{2,}", ".", " ".join(said.split()))
    return said if said.endswith((".", "!", "?")) else said + "."
