"""What is known already: earlier answers of every profession, and what the record holds, each with source and date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from careweave.definitions import all_definitions
from careweave.record import Gate, Resource

from ..teams.working_time import LONDON
from .checking import wrong_values
from .fhir import Given, definition_named, given_in
from .questions import Answer, Answers, Assessment, FromRecord, Question
from .reading import KINDS, known_assessment

_CONDITION_ENDS = ("refuted", "entered-in-error")


@dataclass(frozen=True)
class Known:
    """An answer that is there already: by whom, when, and whether it is still current.

    `differing` are other people's current answers to the same question: none is dropped. `source` is the organisation
    that sent it, when nobody was asked. A list has its `rows` by key.
    """

    answer: Answer
    by: str
    on: date
    is_current: bool
    differing: tuple[Known, ...] = ()
    source: str = ""
    rows: Mapping[str, Answer] = field(default_factory=dict)
    party: str = ""
    at: str = ""


def already_known(
    gate: Gate, person_id: str, *, on: date, form: Assessment, resources: Sequence[Resource] | None = None
) -> dict[str, Known]:
    """The latest answer to each question, so that nobody is asked again what they have told."""
    held = resources if resources is not None else gate.about(person_id, ["QuestionnaireResponse"])
    known: dict[str, Known] = {}
    for key, givens in _told(standing(held), form, on).items():
        question = form.questions[key]
        newest, *others = sorted(givens, key=lambda one: one[0].at, reverse=True)
        found = _known(newest, question, on)
        for other in others:
            each = _known(other, question, on)
            if _disagrees(found, each):
                found = replace(found, differing=(*found.differing, each))
        known[key] = found
    for key, fact in _in_record(gate, person_id, form, on).items():
        known[key] = _beside(known[key], fact) if key in known else fact
    return known


def _beside(told: Known, fact: Known) -> Known:
    """What the record says now, beside what somebody told before: neither goes over the other."""
    is_news = fact.at > told.at and fact.answer.value != told.answer.value
    return replace(told, differing=(*told.differing, fact)) if is_news else told


def offered(known: Mapping[str, Known]) -> dict[str, Answer]:
    """What is filled in without asking: every answer that is still current."""
    found: dict[str, Answer] = {}
    for key, one in known.items():
        if one.is_current:
            found |= {key: one.answer} if not one.answer.is_blank else {}
            found |= one.rows
    return found


def completed(gate: Gate, person_id: str, form_id: str = "") -> list[Resource]:
    """Every assessment of the person (or those of one form) that was completed and stands, newest first."""
    return standing(gate.about(person_id, ["QuestionnaireResponse"]), form_id)


def standing(resources: Iterable[Resource], form_id: str = "") -> list[Resource]:
    """The assessments among these that were completed and stand, newest first."""
    wanted = {form_id} if form_id else {each.id for kind in KINDS for each in all_definitions(kind)}
    found = [
        one
        for one in resources
        if one.type == "QuestionnaireResponse"
        and one.body.get("status") == "completed"
        and one.body.get("authored")
        and definition_named(one.body)[0] in wanted
    ]
    return sorted(found, key=lambda one: str(one.body["authored"]), reverse=True)


_Told = tuple[Given, dict[str, Answer]]


def _told(responses: Sequence[Resource], form: Assessment, on: date) -> dict[str, list[_Told]]:
    """Everything told that answers a question of this form, in whichever form it was asked."""
    found: dict[str, list[_Told]] = {}
    seen: set[tuple[str, str, datetime]] = set()
    for response in responses:
        source = known_assessment(definition_named(response.body)[0], on=on)
        if source is None:
            continue
        given = given_in(response.body, source)
        for key, one in _by_question(given).items():
            question = form.questions.get(key)
            told = (key, one[0].by, one[0].at)
            if question and told not in seen and _fits(form, question, one):
                seen.add(told)
                found.setdefault(key, []).append(one)
    return found


def _by_question(given: Mapping[str, Given]) -> dict[str, _Told]:
    """Answers gathered by question: a list with its rows is one answer, as old as its oldest row."""
    found: dict[str, _Told] = {}
    for key, one in given.items():
        name, point, _ = key.partition(".")
        if not point:
            found[name] = (one, {})
            continue
        before = found.get(name)
        oldest = min(filter(None, (before[0] if before else None, one)), key=lambda each: each.at)
        found[name] = (replace(oldest, answer=Answer()), {**(before[1] if before else {}), key: one.answer})
    return found


def _fits(form: Assessment, question: Question, told: _Told) -> bool:
    """Whether it is an answer to the question as it is asked now; “Not asked” is nothing to go by."""
    given, rows = told
    if question.formula or given.answer.none:
        return False
    return not wrong_values(form, {**rows, question.id: given.answer})


def _known(told: _Told, question: Question, on: date) -> Known:
    given, rows = told
    day = _day(given.at)
    return Known(
        given.answer,
        given.name,
        day,
        (on - day).days <= question.current_for_days,
        source=given.source,
        rows=rows,
        party=given.by,
        at=given.at.isoformat(),
    )


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def _disagrees(one: Known, other: Known) -> bool:
    """Whether another person's answer, still current, says something else; one's own later word replaces the earlier."""
    voices = (one, *one.differing)
    is_new = all(other.by != voice.by for voice in voices)
    return other.is_current and is_new and (other.answer.value, other.rows) != (one.answer.value, one.rows)


# -- what the record holds --------------------------------------------------------------------------------------


def _in_record(gate: Gate, person_id: str, form: Assessment, on: date) -> dict[str, Known]:
    wanted = {id_: each.from_record for id_, each in form.questions.items() if each.from_record}
    if not wanted:
        return {}
    types = [
        *(["Observation"] if any(each.observation for each in wanted.values()) else []),
        *(["Condition"] if any(each.conditions for each in wanted.values()) else []),
    ]
    resources = gate.about(person_id, types, limit=2000)
    found = {}
    for id_, each in wanted.items():
        known = _conditions(resources, on) if each.conditions else _observed(resources, each, on)
        if known and not wrong_values(form, {id_: known.answer}):
            found[id_] = known
    return found


def _observed(resources: Sequence[Resource], wanted: FromRecord, on: date) -> Known | None:
    since = datetime.combine(on - timedelta(days=wanted.within_days), time(), UTC)
    made = [
        one
        for one in resources
        if one.type == "Observation"
        and one.starts
        and one.starts >= since
        and one.body.get("status") not in ("entered-in-error", "cancelled")
        and _codes(one.body) & set(wanted.observation)
        and one.body.get("valueQuantity", {}).get("unit") == wanted.unit
    ]
    if not made:
        return None
    newest = max(made, key=lambda one: one.starts or one.updated)
    value = str(round(float(newest.body["valueQuantity"]["value"])))
    return _sent(newest, value)


def _conditions(resources: Sequence[Resource], on: date) -> Known | None:
    active = [one for one in resources if one.type == "Condition" and _is_active(one.body)]
    names = sorted({_name(one.body) for one in active} - {""}, key=str.casefold)
    if not names:
        return None
    newest = max(active, key=lambda one: one.updated)
    known = _sent(newest, "; ".join(names))
    sources = sorted({one.source for one in active})
    return replace(known, source=", ".join(sources), on=min(known.on, on))


def _sent(one: Resource, value: str) -> Known:
    when = one.starts or one.updated
    return Known(Answer(value), "", _day(when), True, source=one.source, at=when.isoformat())


def _codes(body: Mapping[str, Any]) -> set[str]:
    return {str(each.get("code")) for each in body.get("code", {}).get("coding", [])}


def _name(body: Mapping[str, Any]) -> str:
    code = body.get("code", {})
    coding: Mapping[str, Any] = next(iter(code.get("coding", [])), {})
    return str(code.get("text") or coding.get("display") or "")


def _is_active(body: Mapping[str, Any]) -> bool:
    status = {each.get("code") for each in body.get("clinicalStatus", {}).get("coding", [])}
    verified = {each.get("code") for each in body.get("verificationStatus", {}).get("coding", [])}
    ended = any(key.startswith("abatement") for key in body)
    return (
        not ended
        and not verified & set(_CONDITION_ENDS)
        and (not status or bool(status & {"active", "recurrence", "relapse"}))
    )


def every_answer(known: Mapping[str, Known], draft: Answers) -> dict[str, Answer]:
    """The form as it stands: what is known and current, and over it whatever was typed."""
    return {**offered(known), **draft}
