"""The addresses of those who look after the place as a whole."""

from __future__ import annotations

from django.urls import path

from careweave.web.place import (
    data,
    experience,
    finding,
    groups,
    measure_sets,
    measures,
    population,
    score_cards,
    scorecards,
    variation,
    voices,
)

PLACE = [
    path("place", population.place, name="place"),
    path("place/people.csv", population.download, name="population-download"),
    path("place/measures", measures.measures, name="measures"),
    path("place/measures/<slug:id>", measures.measure, name="measure"),
    path("place/measures/<slug:id>.csv", measures.download, name="measure-download"),
    path("place/sets/<slug:id>", measure_sets.measure_set, name="measure-set"),
    path("place/sets/<slug:id>.csv", measure_sets.download, name="measure-set-download"),
    path("place/finding", finding.finding, name="finding"),
    path("place/finding/<slug:id>", finding.finding_one, name="finding-one"),
    path("place/finding/<slug:id>.csv", finding.finding_download, name="finding-download"),
    path("place/scores", score_cards.cards, name="score-cards"),
    path("place/scores/<slug:id>", score_cards.card, name="score-card"),
    path("place/groups", groups.groups, name="groups"),
    path("place/groups/<slug:id>", groups.group, name="group"),
    path("place/groups/<slug:id>.csv", groups.download, name="group-download"),
    path("place/groups/<slug:id>/name", groups.name, name="group-name"),
    path("place/teams", scorecards.teams, name="scorecards"),
    path("place/teams/<slug:id>", scorecards.team, name="team-scorecard"),
    path("place/teams/<slug:id>.csv", scorecards.team_download, name="team-scorecard-download"),
    path("place/practices/<slug:id>", scorecards.practice, name="practice-scorecard"),
    path("place/practices/<slug:id>.csv", scorecards.practice_download, name="practice-scorecard-download"),
    path("place/parts", scorecards.parts, name="place-parts"),
    path("place/parts.csv", scorecards.parts_download, name="place-parts-download"),
    path("place/variation", variation.tasks, name="variation-tasks"),
    path("place/variation/tasks/<uuid:task_id>", variation.answer, name="variation-answer"),
    path("place/variation/<slug:id>", variation.variation, name="variation"),
    path("place/feeds", data.feeds, name="feeds"),
    path("place/feeds.csv", data.feeds_download, name="feeds-download"),
    path("place/dictionary", data.dictionary, name="dictionary"),
    path("place/dictionary.csv", data.dictionary_download, name="dictionary-download"),
    path("place/experience", experience.experience, name="experience"),
    path("place/experience.csv", experience.gap_download, name="experience-download"),
    path("place/experience/<slug:id>", experience.survey, name="experience-survey"),
    path("place/experience/<slug:id>.csv", experience.download, name="experience-survey-download"),
    path("place/voices", voices.rounds, name="staff-rounds"),
    path("place/voices/<uuid:round_id>/close", voices.close, name="staff-round-close"),
    path("place/leads", variation.leads, name="clinical-leads"),
]
