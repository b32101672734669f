"""What a plan must have under the person's pathways: assessments, professions, the carer's own assessment, a contingency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from careweave.record import Gate, Resource

from ..assessments.fhir import answers_in
from ..assessments.knowing import completed, standing
from ..assessments.questions import Answer
from ..assessments.reading import known_assessment
from ..teams.membership import carers_of, team_of
from .reading import CarerAssessment, Pathway, pathway
from .standing import standings

CONTINGENCY = "contingency"


@dataclass(frozen=True)
class Mandatory:
    """One thing a pathway asks for, and whether it is there. A plan answers for its own `contingency`."""

    kind: str
    words: str
    is_met: bool
    form_id: str = ""
    person_id: str = ""


def mandatory_for(gate: Gate, person_id: str, on: date) -> tuple[Mandatory, ...]:
    """Everything the person's pathways ask for, in their order; empty for whoever is on none."""
    found: list[Mandatory] = []
    for each in standings(gate, person_id):
        on_it = pathway(each.now.pathway_id, on=on)
        if on_it:
            found += _asked_by(gate, person_id, on_it, each.now.tier, on)
    return tuple(dict.fromkeys(found))


def _asked_by(gate: Gate, person_id: str, on_it: Pathway, tier_id: str, on: date) -> Iterator[Mandatory]:
    tier = on_it.tier(tier_id)
    done = _current(completed(gate, person_id), on_it, on)
    for form_id in dict.fromkeys((*on_it.assessments, *(tier.assessments if tier else ()))):
        yield _assessment(on_it, done, form_id, person_id, on)
    present = {member.role for member in team_of(gate, person_id) if member.until is None}
    for role in dict.fromkeys((*on_it.roles, *(tier.roles if tier else ()))):
        yield Mandatory("role", f"{on_it.title}: add to the team: {role.replace('-', ' ')}", role in present)
    if on_it.carer_assessment:
        yield from _carers(gate, person_id, on_it, on_it.carer_assessment, done, on)
    if on_it.is_contingency_needed:
        yield Mandatory(CONTINGENCY, f"{on_it.title}: say what to do if things change", is_met=False)


def _current(done: list[Resource], on_it: Pathway, on: date) -> list[Resource]:
    since = on - timedelta(days=on_it.current_for_days)
    return [one for one in done if datetime.fromisoformat(one.body["authored"]).date() >= since]


def _assessment(on_it: Pathway, done: list[Resource], form_id: str, person_id: str, on: date) -> Mandatory:
    form = known_assessment(form_id, on=on)
    title = form.title if form else form_id
    return Mandatory(
        "assessment",
        f"{on_it.title}: complete “{title}”",
        bool(standing(done, form_id)),
        form_id,
        person_id,
    )


def _carers(
    gate: Gate, person_id: str, on_it: Pathway, wanted: CarerAssessment, done: list[Resource], on: date
) -> Iterator[Mandatory]:
    """One for each carer. What a carer said stands on her own record: here counts only that it was asked."""
    carers = carers_of(gate, person_id)
    is_settled = _is_settled(wanted, done, on)
    for carer in carers:
        offer = f"Offer it to {carer.name}, or say in the assessment that it was not wanted"
        words = f"{on_it.title}: {carer.name}’s own assessment is not done. {offer}"
        is_done = bool(_current(completed(gate, carer.person_id, wanted.form_id), on_it, on))
        yield Mandatory("carer", words, is_done or is_settled, wanted.form_id, carer.person_id)
    if not carers:
        words = f"{on_it.title}: say who looks after this person, or say in the assessment that nobody does"
        yield Mandatory("carer", words, is_settled, wanted.form_id, person_id)


def _is_settled(wanted: CarerAssessment, done: list[Resource], on: date) -> bool:
    """Whether the latest answer to one of the named questions takes the assessment's place."""
    for response in done:
        form_id = str(response.body["questionnaire"]).rpartition("/")[2].partition("|")[0]
        answers = answers_in(response.body, known_assessment(form_id, on=on))
        for question, settling in wanted.settled_by.items():
            value = answers.get(question, Answer()).value
            if value:
                return value in settling
    return False
