"""Counts what people and staff answered and publishes it: one set, hidden together, with the gap between the two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import ibis

from careweave.definitions import load_definition
from careweave.definitions.survey_definition import (
    Survey,
    SurveyNotLoaded,
    load_survey,
    survey_ids,
    surveys_in_use,
)
from careweave.measures.experience.counting import as_asked, count, highest_of
from careweave.measures.experience.counts import Counts, Group, Said, gathered
from careweave.measures.experience.definition import Experience, load_experience
from careweave.measures.experience.gap import gap_report
from careweave.measures.experience.published import NotLoaded, PublishedExperience, keep, read
from careweave.measures.experience.results import Instrument, SurveyResults, shown
from careweave.measures.experience.statements import VOICES, ByRecord, statement_results
from careweave.warehouse.store import SECONDARY_USE, Warehouse, open_warehouse


@dataclass(frozen=True)
class StaffSheets:
    """The last round of staff that is over: who was invited, how many sheets, and answers by item and code."""

    survey: str
    opened_on: date
    closed_on: date
    invited: int
    sheets: int
    said: Mapping[tuple[str, str], int]


def publish_experience(
    home: Path, on: date, *, staff: StaffSheets | None, by_record: Iterable[ByRecord]
) -> PublishedExperience:
    """Everything there is to show; what was published of a period of surveys stays as it was."""
    definition, before = load_experience(on), read(home)
    with open_warehouse(home, purpose=SECONDARY_USE) as warehouse:
        found = [
            of_people(warehouse, survey, definition, before)
            for survey in surveys_in_use(on)
            if survey.asks != "staff" and survey.id in _asked(warehouse)
        ]
        as_at = warehouse.as_at
    if staff is not None:
        found.append(of_staff(staff, definition))
    results = {one.instrument.id: one for one in found}
    points = load_definition("statements", VOICES, on).content["gap_points"]
    published = PublishedExperience(
        as_at=as_at,
        definition=definition.definition.id,
        version=definition.definition.version,
        source=definition.definition.source,
        fewest=definition.fewest,
        surveys=tuple(found),
        statements=statement_results(
            by_record, results.get(VOICES), gap_points=points, fewest=definition.fewest
        ),
        gap=gap_report(definition, results),
        not_loaded=tuple(not_loaded(on)),
    )
    keep(home, published)
    return published


def of_people(
    warehouse: Warehouse, survey: Survey, definition: Experience, before: PublishedExperience | None = None
) -> SurveyResults:
    """One survey of the people who were asked it, of the last period that is over.

    A period is counted once: somebody who moves to another practice, or opts out, the day after would be the difference.
    """
    first, until = definition.period(warehouse.as_at)
    held = before.survey(survey.id) if before and before.fewest == definition.fewest else None
    is_same = held is not None and (held.instrument.version, held.first) == (survey.version, first)
    if held and is_same and held.last == until - timedelta(days=1) and held.whole.asked.count != 0:
        return held
    counts = count(warehouse.engine, warehouse.tables, survey, first, until)
    by_dimension = {
        dimension: gathered(groups, fewest=definition.fewest) for dimension, groups in counts.by.items()
    }
    counts, highest = Counts(counts.whole, by_dimension), highest_of(as_asked(survey))
    whole, by = shown(counts, fewest=definition.fewest, highest=highest)
    return SurveyResults(_about(survey, highest), whole, by, first=first, last=until - timedelta(days=1))


def of_staff(staff: StaffSheets, definition: Experience) -> SurveyResults:
    """One round: how many did not answer is no secret among colleagues; what was answered is."""
    survey = load_survey(staff.survey, staff.opened_on)
    said = {item: Said() for item in as_asked(survey).values}
    for (item, code), number in staff.said.items():
        option = (found := survey.item(item)) and found.option(code)
        if option and option.value is not None:
            agree, disagree = said[item].agree, said[item].disagree
            said[item] = (
                Said(agree + number, disagree) if option.is_favourable else Said(agree, disagree + number)
            )
    group = Group(staff.sheets, staff.sheets, 0, staff.sheets, {}, said)
    whole, by = shown(Counts(group), fewest=definition.fewest, highest={})
    return SurveyResults(_about(survey, {}), whole, by, staff.invited, staff.opened_on, staff.closed_on)


def not_loaded(on: date) -> Iterable[NotLoaded]:
    """Surveys that this place could ask when it has their words."""
    for id in survey_ids(on):
        try:
            load_survey(id, on)
        except SurveyNotLoaded as error:
            yield NotLoaded(id, load_definition("surveys", id, on).title, str(error))


def _about(survey: Survey, highest: Mapping[str, float]) -> Instrument:
    return Instrument(
        id=survey.id,
        version=survey.version,
        title=survey.title,
        asks=survey.asks,
        caveat=survey.caveat,
        licence=survey.licence,
        source=survey.definition.source,
        valid_from=survey.definition.valid_from,
        fewest=survey.scoring.fewest,
        scales=tuple(highest),
        highest=max(highest.values(), default=0.0),
        items=tuple((item.id, item.text) for item in survey.items),
    )


def _asked(warehouse: Warehouse) -> set[str]:
    """The surveys that anybody was asked: nothing is counted of the others."""
    rows = warehouse.tables.invitation.select(ibis._.questionnaire).distinct()
    return {row["questionnaire"] for row in warehouse.engine.rows(rows)}
