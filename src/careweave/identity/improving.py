"""Figures that chance does not explain: one task for the named clinical lead, once a measure and quarter, and its answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from careweave.record import Refusal

from .models import ClinicalLead, Organisation, Staff, StaffRole, VariationTask

ANSWER_WITHIN = timedelta(days=28)
ANSWERS = {
    "explained": "It has a reason that is right",
    "changing": "We are changing something",
    "data": "The data are wrong",
}
CLINICIANS = ("gp", "practice-nurse", "community-matron")


@dataclass(frozen=True)
class Outlier:
    """A practice outside 3 sigma on one measure; `last` is the last month that was counted."""

    measure: str
    version: str
    practice: str
    seen: str
    last: date

    @property
    def period(self) -> str:
        return f"{self.last.year}-Q{(self.last.month + 2) // 3}"


@dataclass(frozen=True)
class Raised:
    """How many tasks were made, and the practices that have nobody to ask."""

    made: int
    without_lead: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """A task as pages show it."""

    id: str
    measure: str
    practice: str
    practice_name: str
    seen: str
    lead: str
    lead_name: str
    raised_at: datetime
    due_on: date
    answer: str
    reason: str
    answered_at: datetime | None


@dataclass(frozen=True)
class Lead:
    """A practice and who looks into its figures, if anyone is named."""

    practice: str
    practice_name: str
    staff: str
    name: str


@transaction.atomic
def raise_tasks(outliers: Iterable[Outlier], *, today: date) -> Raised:
    """One for each outlier; none while an earlier one of the same measure and practice is open. Safe to repeat."""
    leads = {lead.practice_id: lead for lead in ClinicalLead.objects.select_related("staff")}
    made, without = 0, set[str]()
    for one in outliers:
        lead = leads.get(one.practice)
        if lead is None or lead.staff.left_on is not None:
            without.add(one.practice)
            continue
        same = VariationTask.objects.filter(measure=one.measure, practice_id=one.practice)
        if same.filter(answered_at__isnull=True).exists():
            continue
        _, is_new = VariationTask.objects.get_or_create(
            measure=one.measure,
            practice_id=one.practice,
            period=one.period,
            defaults={
                "version": one.version,
                "seen": one.seen,
                "lead": lead.staff,
                "raised_at": timezone.now(),
                "due_on": today + ANSWER_WITHIN,
            },
        )
        made += is_new
    return Raised(made, tuple(sorted(without)))


@transaction.atomic
def answer_task(task_id: str, *, by: str, answer: str, reason: str) -> Task | Refusal:
    """The lead says what it is; the words stand beside the figure."""
    task = VariationTask.objects.select_for_update(of=("self",)).filter(id=task_id).first()
    if task is None or task.lead.party != by:
        return Refusal("Only the clinical lead who was asked can answer this")
    if task.answered_at is not None:
        return Refusal("This is answered already")
    if answer not in ANSWERS:
        return Refusal("Choose what it is", "answer")
    if len(reason.split()) < 3:
        return Refusal("Say why in a few words. They stand beside the figure.", "reason")
    task.answer, task.reason, task.answered_by, task.answered_at = answer, reason, by, timezone.now()
    task.save()
    return _task(task)


def tasks(*, lead: str = "", practices: Iterable[str] | None = None) -> tuple[Task, ...]:
    """Open first, then the last answered; of one lead or of some practices, or all."""
    rows = VariationTask.objects.select_related("practice", "lead")
    if lead:
        rows = rows.filter(lead_id=lead.removeprefix("staff:"))
    if practices is not None:
        rows = rows.filter(practice_id__in=list(practices))
    found = [_task(row) for row in rows]
    waiting = [one for one in found if one.answered_at is None]
    answered = sorted((one for one in found if one.answered_at), key=lambda one: one.raised_at, reverse=True)
    return (*waiting, *answered)


def waiting_for(lead: str) -> int:
    """How many figures wait for someone's answer."""
    return VariationTask.objects.filter(lead_id=lead.removeprefix("staff:"), answered_at__isnull=True).count()


def leads() -> tuple[Lead, ...]:
    """Every practice by name, with its lead if it has one."""
    named = {lead.practice_id: lead.staff for lead in ClinicalLead.objects.select_related("staff")}
    rows = Organisation.objects.filter(kind=Organisation.Kind.PRACTICE, closed_on__isnull=True)
    return tuple(
        Lead(
            each.code,
            each.name,
            named[each.code].party if each.code in named else "",
            named[each.code].name if each.code in named else "",
        )
        for each in rows.order_by("name")
    )


def clinicians() -> tuple[tuple[str, str], ...]:
    """Who can be named: clinicians who work here now, by name."""
    rows = StaffRole.objects.held().filter(role__in=CLINICIANS, staff__left_on__isnull=True)
    found = {row.staff.party: row.staff.name for row in rows.select_related("staff")}
    return tuple(sorted(found.items(), key=lambda one: one[1]))


def name_lead(practice: str, staff: str, *, by: str) -> Lead | Refusal:
    """Name the clinician who looks into a practice's figures."""
    organisation = Organisation.objects.filter(code=practice, kind=Organisation.Kind.PRACTICE).first()
    if organisation is None:
        return Refusal("Choose a practice", "practice")
    if staff not in dict(clinicians()):
        return Refusal("Choose a clinician who works here", "staff")
    member = Staff.objects.get(id=staff.removeprefix("staff:"))
    ClinicalLead.objects.update_or_create(
        practice=organisation, defaults={"staff": member, "named_by": by, "named_at": timezone.now()}
    )
    return Lead(organisation.code, organisation.name, member.party, member.name)


def _task(row: VariationTask) -> Task:
    return Task(
        id=str(row.id),
        measure=row.measure,
        practice=row.practice_id,
        practice_name=row.practice.name,
        seen=row.seen,
        lead=row.lead.party,
        lead_name=row.lead.name,
        raised_at=row.raised_at,
        due_on=row.due_on,
        answer=row.answer,
        reason=row.reason,
        answered_at=row.answered_at,
    )
