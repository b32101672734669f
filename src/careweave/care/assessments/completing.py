"""Completing an assessment: nothing left without an answer, and each answer with whoever gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import load_definition
from careweave.record import Draft, Gate, Resource
from careweave.record.ids import new_id
from careweave.record.relations import party_reference

from ..teams.shapes import about, author, instant
from . import eligibility
from .asking import worked_out
from .checking import Fault, faults
from .drafting import DRAFT, draft_answers
from .fhir import answered_by, canonical, items
from .knowing import Known, already_known, every_answer
from .questions import SHORT, Answer, Answers, Assessment, rows_of
from .reading import assessment


@dataclass(frozen=True)
class NotComplete:
    """What is still missing, question by question."""

    faults: tuple[Fault, ...]


def complete(
    gate: Gate, *, person_id: str, today: date, form_id: str = SHORT, left_out_because: str = ""
) -> Resource | NotComplete:
    """Make the draft an assessment. A question without an answer must say why it has none.

    Who answers about themself may leave out what they like: `left_out_because` is then why it was not asked.
    """
    form = assessment(form_id, on=today)
    typed, saved = draft_answers(gate, person_id, form_id)
    known = already_known(gate, person_id, on=today, form=form)
    answers = worked_out(form, every_answer(known, {k: a for k, a in typed.items() if form.question_at(k)}))
    if left_out_because:
        answers = _with_what_was_left_out(form, answers, left_out_because)
    lacking = _lacking(form, answers, today)
    if lacking:
        return NotComplete(lacking)
    with gate.transaction():
        body = _response(gate, person_id, form, answers, _authors(gate, saved, known))
        done = gate.create(body, subject=person_id)
        gate.discard_draft(person_id, DRAFT, key=form_id)
    return done


def _lacking(form: Assessment, answers: Answers, today: date) -> tuple[Fault, ...]:
    lacking = faults(form, answers)
    if lacking or form.kind != eligibility.KIND:
        return lacking
    criteria = eligibility.read_criteria(load_definition(eligibility.KIND, form.id, today))
    return tuple(
        Fault(id_, "Nobody can be told yes or no while this has no answer")
        for id_ in eligibility.undecided(criteria, answers)
    )


def _with_what_was_left_out(form: Assessment, answers: Answers, why: str) -> dict[str, Answer]:
    left = Answer(none="not-asked", why=why)
    blank = [
        fault.question
        for fault in faults(form, answers)
        if answers.get(fault.question, Answer()).is_blank
        and not ((question := form.question_at(fault.question)) and rows_of(question, answers))
    ]
    return {**answers, **dict.fromkeys(blank, left)}


def _authors(gate: Gate, saved: Draft | None, known: Mapping[str, Known]) -> dict[str, dict[str, Any]]:
    """Who answered each question: whoever typed it, or whoever told it before, with their own day."""
    found: dict[str, dict[str, Any]] = {}
    for key, one in known.items():
        by = party_reference(one.party, one.by) if one.party else author(gate.actor)
        told = answered_by(by, one.at, one.source)
        found |= dict.fromkeys((key, *one.rows), told)
    for key, held in (saved.content if saved else {}).items():
        found[key] = answered_by(party_reference(held["by"], held["name"]), held["at"])
    return found


def _response(
    gate: Gate, person_id: str, form: Assessment, answers: Answers, authors: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": new_id(),
        "questionnaire": canonical(form),
        "status": "completed",
        "subject": about(person_id),
        "authored": instant(),
        "author": author(gate.actor),
        "item": items(form, answers, authors),
    }
