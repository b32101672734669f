"""What each part of the plan editor reads from its form: words as typed, nothing lost, errors at their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from careweave.care.plans.checking import ActiveCondition
from careweave.care.plans.parts import NONE, OUTCOMES, Copy
from careweave.care.plans.writing import Seen
from careweave.record.ids import new_id
from careweave.web.components.forms import Form, whole_number
from careweave.web.presenters import plan_parts

Content = dict[str, Any]


@dataclass(frozen=True)
class Around:
    """Who and what the forms offer: names by party, those who get copies, conditions to be covered."""

    names: Mapping[str, str]
    recipients: Sequence[Copy]
    conditions: Sequence[ActiveCondition]
    joe: str


def read(key: str, form: Form, around: Around) -> Content:
    """The fields of the draft that one part writes."""
    return _READERS[key](form, around)


def _matters(form: Form, around: Around) -> Content:
    return {
        "what_matters": form.text("what_matters"),
        "what_matters_whose": form.text("what_matters_whose") or around.joe,
    }


def _strengths(form: Form, around: Around) -> Content:
    return {"strengths": form.text("strengths"), "strengths_whose": form.text("strengths_whose")}


def _goals(form: Form, around: Around) -> Content:
    """Each goal has a number; a goal without words is left out, which is how one is removed."""
    goals = [_goal(form, number, around) for number in range(int_of(form.get("count")))]
    held = set(form.many("held"))
    covered, not_covered = [], {}
    rest = form.text("rest-why") if form.get("rest") else ""
    for number, condition in enumerate(around.conditions):
        why = form.text(f"why-not-{number}") or rest
        if form.get(f"covered-{number}"):
            covered.append(condition.key)
        elif why:
            not_covered[condition.key] = why
    return {
        "goals": goals,
        "covered": covered,
        "not_covered": not_covered,
        "held_from_carers": [goal["id"] for goal in goals if goal["words"] and goal["id"] in held],
    }


def seen(form: Form) -> Seen:
    """What the page showed when it was opened."""
    numbers = range(int_of(form.get("count")))
    stamps = {form.get(f"goal-{n}-id"): form.get(f"goal-{n}-stamp") for n in numbers}
    return Seen(
        form.get("stamp"),
        {id_: mark for id_, mark in stamps.items() if id_ and mark},
        [form.get(f"goal-{n}-id") for n in numbers if form.get(f"goal-{n}-out")],
    )


def _goal(form: Form, number: int, around: Around) -> Content:
    stem = f"goal-{number}"
    mark = form.choice(f"{stem}-importance", [str(mark) for mark in range(1, 11)])
    actions = [_action(form, f"{stem}-{row}", around) for row in range(plan_parts.ACTIONS_OF_A_GOAL)]
    outcome = form.choice(f"{stem}-outcome", OUTCOMES)
    on = form.day(f"{stem}-outcome-on") if outcome else None
    need, how_it_went = form.text(f"{stem}-need"), form.text(f"{stem}-outcome-words")
    return {
        "id": form.get(f"{stem}-id") or new_id(),
        "words": form.text(f"{stem}-words"),
        "whose": form.get(f"{stem}-whose") or around.joe,
        "importance": int(mark or 0),
        "actions": [action for action in actions if action["what"]],
        "need": need,
        "need_whose": (form.text(f"{stem}-need-whose") or around.joe) if need else "",
        "outcome": outcome,
        "outcome_words": how_it_went,
        "outcome_whose": (form.text(f"{stem}-outcome-whose") or around.joe) if how_it_went else "",
        "outcome_on": on.isoformat() if on else "",
    }


def _action(form: Form, stem: str, around: Around) -> Content:
    party = form.get(f"{stem}-who")
    by = form.day(f"{stem}-by")
    known = party in around.names
    return {
        "what": form.text(f"{stem}-what"),
        "party": party if known else "",
        "name": around.names.get(party, ""),
        "by": by.isoformat() if by else "",
    }


def int_of(text: str) -> int:
    """A count from a hidden field, within reason."""
    return whole_number(text, most=20)


def _changes(form: Form, around: Around) -> Content:
    rows = []
    for number in range(int_of(form.get("count"))):
        row = {name: form.text(f"{name}-{number}") for name in ("trigger", "action", "call", "number")}
        # The offered first row counts only when something was written into it.
        if row["trigger"] and any(row[name] for name in ("action", "call", "number")):
            rows.append(row)
    own = [form.text(f"own-{number}") for number in range(plan_parts.OWN_ROWS)]
    network = [
        {"name": form.text(f"network-{number}-name"), "what": form.text(f"network-{number}-what")}
        for number in range(plan_parts.NETWORK_ROWS)
    ]
    return {
        "if_then": rows,
        "no_contingency_because": form.text("no_contingency_because"),
        "first_call": form.text("first_call"),
        "first_call_number": form.text("first_call_number"),
        "own_contributions": [words for words in own if words],
        "own_none": NONE if form.get("own_none") else "",
        "network": [each for each in network if each["name"]],
        "network_none": NONE if form.get("network_none") else "",
    }


def _copies(form: Form, around: Around) -> Content:
    copies = []
    for number, one in enumerate(around.recipients):
        how = form.choice(f"how-{number}", plan_parts.FORMATS)
        copies.append({"party": one.party, "name": one.name, "role": one.role, "how": how or one.how})
    return {"copies": copies}


def _agreement(form: Form, around: Around) -> Content:
    review, reviewer = form.day("review_on"), form.get("reviewer")
    return {
        "agreement": form.choice("agreement", plan_parts.AGREEMENT),
        "agreed_with": form.text("agreed_with"),
        "disagreement": form.text("disagreement"),
        "team_agreement": form.choice("team_agreement", plan_parts.TEAM_AGREEMENT),
        "team_disagreement": form.text("team_disagreement"),
        "reviewer": reviewer if reviewer in around.names else "",
        "reviewer_name": around.names.get(reviewer, ""),
        "review_on": review.isoformat() if review else "",
    }


_READERS: dict[str, Callable[[Form, Around], Content]] = {
    "matters": _matters,
    "strengths": _strengths,
    "goals": _goals,
    "if-things-change": _changes,
    "copies": _copies,
    "agreement": _agreement,
}


def shown(content: Mapping[str, Any]) -> Content:
    """A saved draft as form fields, so that it can be shown again."""
    flat = {name: value for name, value in content.items() if isinstance(value, str)}
    if content.get("review_on"):
        year, month, day = str(content["review_on"]).split("-")
        flat |= {"review_on-day": str(int(day)), "review_on-month": str(int(month)), "review_on-year": year}
    return flat
