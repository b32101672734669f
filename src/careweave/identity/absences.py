"""“I am away”: from when to when, and the colleague who stands in; what comes meanwhile reaches them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet

from careweave.record import Refusal

from .models import Absence, Staff

LONGEST = timedelta(days=366)
MOST_STEPS = 5  # one who stands in may be away too


@dataclass(frozen=True)
class Away:
    """One absence as pages show it."""

    id: int
    party: str
    name: str
    deputy: str
    deputy_name: str
    starts_on: date
    ends_on: date


@transaction.atomic
def be_away(
    party: str, *, deputy: str, starts_on: date, ends_on: date, by: str, today: date
) -> Away | Refusal:
    """Say that someone is away, and who stands in."""
    staff = Staff.objects.select_for_update().filter(id=_id(party)).first()
    if staff is None:
        return Refusal("Only staff can be away")
    other = Staff.objects.filter(id=_id(deputy), left_on__isnull=True).first()
    if other is None or other.pk == staff.pk:
        return Refusal("Choose a colleague who stands in for you", "deputy")
    if ends_on < starts_on:
        return Refusal("The last day must be the first day or later", "ends_on")
    if ends_on < today:
        return Refusal("The last day must be today or later", "ends_on")
    if ends_on - starts_on > LONGEST:
        return Refusal("Choose at most a year; you can add to it later", "ends_on")
    clash = _between(staff, starts_on, ends_on).first()
    if clash:
        return Refusal(
            f"You are away already from {_day(clash.starts_on)} to {_day(clash.ends_on)}", "starts_on"
        )
    theirs = _between(other, starts_on, ends_on).first()
    if theirs:
        when = f"{_day(theirs.starts_on)} to {_day(theirs.ends_on)}"
        return Refusal(f"{other.name} is away too, from {when}. Choose someone else", "deputy")
    made = Absence.objects.create(staff=staff, deputy=other, starts_on=starts_on, ends_on=ends_on, said_by=by)
    return _away(made)


@transaction.atomic
def come_back(party: str, absence_id: int, *, today: date) -> Away | Refusal:
    """End an absence early: yesterday was its last day. One that has not begun never was."""
    found = Absence.objects.select_for_update().filter(id=absence_id, staff_id=_id(party)).first()
    if found is None or found.ends_on < today:
        return Refusal("This absence is over already")
    found.ends_on = today - timedelta(days=1)
    found.save(update_fields=["ends_on"])
    return _away(found)


def coming(party: str, today: date) -> list[Away]:
    """When someone is or will be away, soonest first."""
    return coming_of([party], today)[party]


def coming_of(parties: Iterable[str], today: date) -> dict[str, list[Away]]:
    """The same of each of these, in one statement."""
    found: dict[str, list[Away]] = {party: [] for party in parties}
    ids = [id_ for id_ in map(_id, found) if id_]
    rows = Absence.objects.filter(staff_id__in=ids, ends_on__gte=today).select_related("staff", "deputy")
    for row in rows.order_by("starts_on"):
        if row.starts_on <= row.ends_on:
            found[row.staff.party].append(_away(row))
    return found


def stood_in_for(party: str, on: date) -> list[Away]:
    """The colleagues for whom this one stands in on a day."""
    rows = Absence.objects.filter(deputy_id=_id(party), starts_on__lte=on, ends_on__gte=on)
    return [_away(row) for row in rows.select_related("staff", "deputy").order_by("staff__name")]


def away_on(party: str, on: date) -> str | None:
    """Who stands in for this party on a day, over a chain of absences; None when they are not away."""
    seen, at = [party], _deputy(party, on)
    while at and at not in seen and len(seen) <= MOST_STEPS:
        seen.append(at)
        following = _deputy(at, on)
        if following is None:
            return at
        at = following
    return None


def _deputy(party: str, on: date) -> str | None:
    if not party.startswith("staff:"):
        return None
    row = (
        Absence.objects.filter(staff_id=_id(party), starts_on__lte=on, ends_on__gte=on)
        .select_related("deputy")
        .order_by("-id")
        .first()
    )
    return row.deputy.party if row and row.deputy.left_on is None else None


def _between(staff: Staff, starts_on: date, ends_on: date) -> QuerySet[Absence]:
    return Absence.objects.filter(staff=staff, starts_on__lte=ends_on, ends_on__gte=starts_on)


def _away(row: Absence) -> Away:
    return Away(
        row.pk, row.staff.party, row.staff.name, row.deputy.party, row.deputy.name, row.starts_on, row.ends_on
    )


def _id(party: str) -> str | None:
    kind, _, id_ = party.partition(":")
    return id_ if kind == "staff" else None


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
