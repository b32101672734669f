"""How many agree with each statement, counted over a group: of nobody alone, and with nobody's opt-out passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from careweave.definitions.survey_definition import Survey, load_survey
from careweave.record import Gate, Purpose, Resource
from careweave.record.clocks import WORKER

from ..teams.working_time import LONDON
from .answers import LABEL

_AT_ONCE = 200


def agreeing(
    people: Sequence[str], survey_id: str, *, now: datetime, fewest: int
) -> Mapping[str, tuple[int, int]]:
    """By question: how many agree, of how many; a question with fewer than `fewest` answers is left out.

    Answers count from the month after they came, so that nobody sees a figure move when one colleague's patient answers.
    """
    survey = load_survey(survey_id, now.astimezone(LONDON).date())
    gate, counts = Gate(WORKER, Purpose.SECONDARY_USE), dict[str, tuple[int, int]]()
    for start in range(0, len(people), _AT_ONCE):
        some = list(people[start : start + _AT_ONCE])
        for held in gate.about_many(some, ["QuestionnaireResponse"]).values():
            for item, agrees in said_last(held, survey, before=_month_of(now)):
                agree, of = counts.get(item, (0, 0))
                counts[item] = (agree + agrees, of + 1)
    return {item: count for item, count in counts.items() if count[1] >= fewest}


def said_last(held: Iterable[Resource], survey: Survey, *, before: datetime) -> Iterator[tuple[str, bool]]:
    """The latest answers of one person to this survey: each question with a value, and whether it is favourable; pure."""
    ours = [
        one
        for one in held
        if LABEL in one.labels
        and one.body.get("status") == "completed"
        and str(one.body.get("questionnaire", "")).partition("|")[0] == survey.url
        and datetime.fromisoformat(str(one.body["authored"])) < before
    ]
    latest = max(ours, key=lambda one: str(one.body["authored"]), default=None)
    for told in latest.body.get("item", ()) if latest else ():
        item = survey.item(str(told.get("linkId")))
        for answer in told.get("answer", ())[:1]:
            option = item.option(str(answer["valueCoding"]["code"])) if item else None
            if item and option and option.value is not None:
                yield item.id, option.is_favourable


def _month_of(now: datetime) -> datetime:
    local = now.astimezone(LONDON)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
