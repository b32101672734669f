"""The addresses of questions, own readings, the record and changing one's mind, for the person and for who acts for them."""

from __future__ import annotations

from django.urls import path

from careweave.web.portal import changing, conversations, readings, record, sheets, surveys
from careweave.web.staff import from_home
from careweave.web.staff import surveys as asked_surveys

_CARING = "my/caring/<uuid:person_id>"
_PERSON = "people/<uuid:person_id>"
MORE = [
    path("my/questions", conversations.questions, name="my-questions"),
    path("my/questions/<uuid:message_id>", conversations.conversation, name="my-conversation"),
    path(f"{_CARING}/questions", conversations.questions, name="caring-questions"),
    path(f"{_CARING}/questions/<uuid:message_id>", conversations.conversation, name="caring-conversation"),
    path("my/readings", readings.readings, name="my-readings"),
    path("my/readings/<slug:key>", readings.reading, name="my-reading"),
    path("my/readings/<slug:key>/<uuid:reading_id>", readings.put_right, name="my-reading-right"),
    path(f"{_CARING}/readings", readings.readings, name="caring-readings"),
    path(f"{_CARING}/readings/<slug:key>", readings.reading, name="caring-reading"),
    path(f"{_CARING}/readings/<slug:key>/<uuid:reading_id>", readings.put_right, name="caring-put-right"),
    path("my/surveys", surveys.surveys, name="my-surveys"),
    path("my/surveys/<uuid:invitation_id>", surveys.survey, name="my-survey"),
    path("survey/<str:token>", surveys.by_link, name="survey-link"),
    path("my/record", record.record, name="my-record"),
    path("my/record/wrong", record.wrong, name="my-record-wrong"),
    path("my/who-can-see", record.who_can_see, name="my-who-can-see"),
    path("my/change", changing.change_my_mind, name="my-change"),
    path("my/change/notices", changing.notices, name="my-notices"),
    path("my/print.pdf", sheets.one_side, name="my-sheet"),
    path(f"{_CARING}/record", record.record, name="caring-record"),
    path(f"{_CARING}/record/wrong", record.wrong, name="caring-record-wrong"),
    path(f"{_CARING}/fridge.pdf", sheets.one_side, name="caring-sheet"),
    path(f"{_PERSON}/questions", from_home.questions, name="person-questions"),
    path(f"{_PERSON}/readings", from_home.readings, name="person-readings"),
    path(f"{_PERSON}/surveys", asked_surveys.surveys, name="person-surveys"),
]
