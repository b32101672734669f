"""The addresses of being in charge: passing someone on, answering, the history, the caseload, ending care."""

from __future__ import annotations

from django.urls import path

from careweave.web.place import evidence
from careweave.web.portal import around
from careweave.web.staff import (
    caseload,
    handovers,
    places_of_death,
    scores,
    team_in_charge,
    treatment_summary,
    web_of_care,
)

_PERSON = "people/<uuid:person_id>"
COORDINATION = [
    path("caseload", caseload.caseload, name="caseload"),
    path("caseload/where-people-died", places_of_death.places, name="where-people-died"),
    path("day/tasks/<uuid:task_id>/summary", treatment_summary.write, name="treatment-summary"),
    path("what-others-found", evidence.others_found, name="what-others-found"),
    path(f"{_PERSON}/in-charge", team_in_charge.in_charge, name="in-charge"),
    path(f"{_PERSON}/in-charge/deputy", team_in_charge.deputy, name="in-charge-deputy"),
    path(f"{_PERSON}/in-charge/by-choice", team_in_charge.by_choice, name="in-charge-by-choice"),
    path(f"{_PERSON}/pass-on", handovers.pass_on, name="pass-on"),
    path(f"{_PERSON}/end-care", team_in_charge.end_care, name="end-care"),
    path(f"{_PERSON}/around", web_of_care.around, name="around"),
    path(f"{_PERSON}/scores", scores.scores, name="scores"),
    path(f"{_PERSON}/suggest", scores.suggest, name="suggest-person"),
    path("handovers/<uuid:task_id>", handovers.answer, name="handover"),
    path("handovers/<uuid:task_id>/accept", handovers.accept, name="handover-accept"),
    path("handovers/<uuid:task_id>/decline", handovers.decline, name="handover-decline"),
    path("handovers/<uuid:task_id>/withdraw", handovers.withdraw, name="handover-withdraw"),
    path("my/people", around.people_around, name="my-people"),
    path("my/people/add", around.add, name="my-people-add"),
    path("my/people/say", around.say, name="my-people-say"),
    path("my/in-charge/<uuid:notice_id>/read", around.have_read, name="my-in-charge-read"),
]
