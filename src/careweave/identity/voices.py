"""Asking staff how they work together: rounds, and answers that nobody can lead back to who gave them (ADR 21)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from careweave.definitions.survey_definition import DECLINED, Survey, load_survey
from careweave.record import Refusal

from .models import StaffAnswers, StaffAsked, StaffRole, StaffRound, Team

SURVEY = "working-together"
LONGEST = timedelta(days=92)
ASKED = (
    *("coordinator", "gp", "practice-nurse", "district-nurse", "social-care-worker"),
    *("community-matron", "community-mental-health", "hospital-clinician"),
)
_mixed = random.SystemRandom()


@dataclass(frozen=True)
class Round:
    """A round as pages show it."""

    id: str
    survey: str
    version: str
    opened_on: date
    closes_on: date
    closed_on: date | None
    asked: int
    answered: int

    def is_open(self, today: date) -> bool:
        return self.closed_on is None and self.opened_on <= today <= self.closes_on


@dataclass(frozen=True)
class Voices:
    """What the staff of one round said: how many sheets, and the answers by item and code."""

    round: Round
    sheets: int
    said: Mapping[tuple[str, str], int]


def may_open(role: str, party: str) -> bool:
    """An analyst, or whoever manages a team."""
    return role == "analyst" or Team.objects.filter(manager_id=party.removeprefix("staff:")).exists()


@transaction.atomic
def open_round(*, role: str, by: str, closes_on: date | None, today: date) -> Round | Refusal:
    """Ask everyone who looks after people here now."""
    if not may_open(role, by):
        return Refusal("Only an analyst or the manager of a team opens a round")
    if closes_on is None or not today < closes_on <= today + LONGEST:
        return Refusal(f"Choose a day after today, {LONGEST.days} days from now at the latest", "closes")
    if StaffRound.objects.filter(survey=SURVEY, closed_on__isnull=True, closes_on__gte=today).exists():
        return Refusal("A round is open already. Close it first", "closes")
    for over in StaffRound.objects.filter(survey=SURVEY, closed_on__isnull=True):
        _close(over, "system:clock", over.closes_on)
    survey = load_survey(SURVEY, today)
    try:
        with transaction.atomic():
            made = StaffRound.objects.create(
                survey=survey.id, version=survey.version, opened_by=by, opened_on=today, closes_on=closes_on
            )
    except IntegrityError:
        return Refusal("A round is open already. Close it first", "closes")
    StaffAsked.objects.bulk_create(StaffAsked(round=made, staff_id=staff) for staff in _everyone())
    return _round(made)


def _everyone() -> list[object]:
    held = StaffRole.objects.held().filter(role__in=ASKED, staff__left_on__isnull=True)
    return list(held.order_by("staff_id").values_list("staff_id", flat=True).distinct())


@transaction.atomic
def close_round(round_id: str, *, role: str, by: str, today: date) -> Round | Refusal:
    """From now on nobody can answer, and the results can be counted."""
    if not may_open(role, by):
        return Refusal("Only an analyst or the manager of a team closes a round")
    found = _locked(round_id)
    if found is None or found.closed_on is not None:
        return Refusal("This round is closed already")
    _close(found, by, today)
    return _round(found)


def _locked(round_id: str) -> StaffRound | None:
    try:
        return StaffRound.objects.select_for_update().filter(id=UUID(round_id)).first()
    except ValueError:
        return None


def _close(found: StaffRound, by: str, day: date) -> None:
    found.closed_by, found.closed_on = by, day
    found.save()


def open_for(party: str, today: date) -> Round | None:
    """The round that waits for this member of staff's answer."""
    row = StaffAsked.objects.filter(
        staff_id=party.removeprefix("staff:"),
        has_answered=False,
        round__closed_on__isnull=True,
        round__closes_on__gte=today,
    ).first()
    return _round(row.round) if row else None


@transaction.atomic
def answer(round_id: str, *, by: str, answers: Mapping[str, str], today: date) -> Refusal | None:
    """Put one sheet into the box. Twice, after the close, or in words the survey does not have: refused."""
    # The round is locked first: two who answer at once wait for each other, so no sheet is lost in the mixing.
    found = _locked(round_id)
    if found is None or not _round(found).is_open(today):
        return Refusal("This round is closed. Thank you for wanting to answer")
    row = StaffAsked.objects.filter(round=found, staff_id=by.removeprefix("staff:")).first()
    if row is None:
        return Refusal("You were not asked in this round. The next one asks everyone who works here then")
    if row.has_answered:
        return Refusal("You have answered already. Answers cannot be changed: nobody knows which are yours")
    sheet = _checked(load_survey(found.survey, found.opened_on), answers)
    if isinstance(sheet, Refusal):
        return sheet
    row.has_answered = True
    row.save()
    _into_the_box(found, sheet)
    return None


def _checked(survey: Survey, answers: Mapping[str, str]) -> dict[str, str] | Refusal:
    known = {item.id: {DECLINED, *(option.code for option in item.options)} for item in survey.items}
    for id, code in answers.items():
        if id not in known:
            return Refusal(f"There is no question {id} in this survey")
        if code and code not in known[id]:
            return Refusal("Choose one of the answers", id)
    sheet = {id: answers[id] for id in known if answers.get(id)}
    return sheet if sheet else Refusal("Answer at least one question", survey.items[0].id)


def _into_the_box(found: StaffRound, sheet: Mapping[str, str]) -> None:
    """Every sheet under a new name, in a new order and by one transaction: neither order nor row tells whose is whose."""
    sheets = [*found.sheets.values_list("answers", flat=True), dict(sheet)]
    _mixed.shuffle(sheets)
    found.sheets.all().delete()
    StaffAnswers.objects.bulk_create(StaffAnswers(round=found, answers=answers) for answers in sheets)


def rounds() -> tuple[Round, ...]:
    """Every round, the latest first."""
    return tuple(map(_round, _counted()))


def last_voices(today: date) -> Voices | None:
    """The last round that is over. Of an open one nothing is counted: two counts would tell what one sheet said."""
    over = _counted().filter(Q(closed_on__isnull=False) | Q(closes_on__lt=today)).first()
    if over is None:
        return None
    sheets = list(over.sheets.values_list("answers", flat=True))
    said = Counter((item, code) for answers in sheets for item, code in answers.items())
    return Voices(_round(over), len(sheets), said)


def _counted() -> Any:  # a query set with two counts
    return StaffRound.objects.annotate(
        n_asked=Count("asked"), n_answered=Count("asked", filter=Q(asked__has_answered=True))
    )


def _round(row: StaffRound) -> Round:
    if not hasattr(row, "n_asked"):
        row = _counted().get(pk=row.pk)
    return Round(
        id=str(row.id),
        survey=row.survey,
        version=row.version,
        opened_on=row.opened_on,
        closes_on=row.closes_on,
        closed_on=row.closed_on,
        asked=row.n_asked,
        answered=row.n_answered,
    )
