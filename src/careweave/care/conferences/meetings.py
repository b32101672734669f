"""A meeting of one team: when it is, who is asked, who is here, and how far it has come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from careweave.identity.meetings_models import Meeting as MeetingRow
from careweave.identity.meetings_models import MeetingAttendee, MeetingCase
from careweave.identity.models import StaffRole
from careweave.record import Actor, Gate, Refusal
from careweave.record.ids import is_id
from careweave.record.relations import VOLUNTEER

from .kinds import ConferenceKind, conference_kind

LONDON = ZoneInfo("Europe/London")
_NOT_ASKED = frozenset({VOLUNTEER, "analyst", "administrator", "data-clerk", "governance-lead"})


@dataclass(frozen=True)
class Attendee:
    """A colleague who is asked to come; `copy` numbers their papers."""

    party: str
    name: str
    role: str
    organisation: str
    copy: int
    is_here: bool

    @property
    def actor(self) -> Actor:
        return Actor(self.party, self.role, self.organisation, self.name)


@dataclass(frozen=True)
class Slot:
    """A place on the agenda: which entry of the record, and where the discussion stands."""

    number: int
    order: int
    case_id: str
    started_at: datetime | None
    seconds: int
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.finished_at is None

    def spent(self, now: datetime) -> int:
        """Seconds spent on it so far."""
        running = (now - self.started_at).total_seconds() if self.started_at and self.is_open else 0
        return self.seconds + max(0, int(running))


@dataclass(frozen=True)
class Meeting:
    """One case conference."""

    id: str
    team: str
    team_name: str
    kind: ConferenceKind
    starts: datetime
    made_by: str
    locked_at: datetime | None
    locked_by: str
    ended_at: datetime | None
    attendees: tuple[Attendee, ...]
    slots: tuple[Slot, ...]

    @property
    def here(self) -> tuple[Attendee, ...]:
        return tuple(each for each in self.attendees if each.is_here)

    @property
    def on(self) -> date:
        return self.starts.astimezone(LONDON).date()

    @property
    def lock_by(self) -> date:
        return self.on - timedelta(days=self.kind.lock_days_before)

    @property
    def ask_by(self) -> date:
        return self.on - timedelta(days=self.kind.ask_days_before)

    def slot(self, number: int) -> Slot | None:
        return next((each for each in self.slots if each.number == number), None)

    @property
    def next_slot(self) -> Slot | None:
        """The first case on the agenda that is not finished."""
        return next((each for each in self.slots if each.is_open), None)


def plan_meeting(
    gate: Gate,
    *,
    team: str,
    starts: datetime,
    kind: str,
    asked: Collection[str] = (),
    now: datetime | None = None,
) -> Meeting | Refusal:
    """Call a meeting of one's own team; everyone who works in it is asked, and `asked` (parties) besides."""
    moment = now or datetime.now(UTC)
    if f"team:{team}" not in gate.door.parties:
        return Refusal("You can only plan a conference of your own team", "team")
    if starts <= moment:
        return Refusal("The conference must be later than now", "day")
    members = (
        StaffRole.objects.held()
        .filter(team_id=team, staff__left_on__isnull=True)
        .exclude(role__in=_NOT_ASKED)
    )
    others = _roles_of(asked)
    try:
        with transaction.atomic():
            row = MeetingRow.objects.create(
                team_id=team, kind=kind, starts=starts, made_by=gate.actor.id, made_at=moment
            )
            _ask(row, [*members.select_related("staff").order_by("staff__name"), *others])
    except IntegrityError:
        return Refusal("Your team has a conference at this time already", "day")
    return _meeting(row)


def ask_colleague(gate: Gate, meeting: Meeting, *, party: str) -> Refusal | None:
    """Ask one more colleague, of any team; what they may see of each person is theirs, not the meeting's."""
    roles = _roles_of([party])
    if not roles:
        return Refusal("Choose someone who works here", "party")
    if any(each.party == party for each in meeting.attendees):
        return Refusal("They are asked already", "party")
    _ask(MeetingRow.objects.get(pk=meeting.id), roles)
    return None


def _roles_of(parties: Collection[str]) -> list[StaffRole]:
    ids = [party.removeprefix("staff:") for party in parties if party.startswith("staff:")]
    found = StaffRole.objects.held().filter(staff_id__in=[id_ for id_ in ids if is_id(id_)])
    found = found.filter(staff__left_on__isnull=True).exclude(role__in=_NOT_ASKED)
    return list(found.select_related("staff").order_by("staff__name", "-team_id"))


def _ask(row: MeetingRow, roles: Sequence[StaffRole]) -> None:
    each_once = {role.staff_id: role for role in reversed(roles)}
    last = max((each.copy for each in row.attendees.all()), default=0)
    for copy, role in enumerate(reversed(each_once.values()), last + 1):
        MeetingAttendee.objects.create(
            meeting=row,
            party=role.staff.party,
            name=role.staff.name,
            role=role.role,
            organisation=role.organisation_id,
            copy=copy,
        )


def open_meeting(gate: Gate, meeting_id: str) -> Meeting | None:
    """A meeting of the actor's team, or one they are asked to; None for any other."""
    rows = _rows().filter(pk=meeting_id) if is_id(meeting_id) else MeetingRow.objects.none()
    row = rows.first()
    if row is None:
        return None
    found = _meeting(row)
    is_asked = any(each.party == gate.actor.id for each in found.attendees)
    return found if is_asked or f"team:{found.team}" in gate.door.parties else None


def meetings_of(gate: Gate) -> list[Meeting]:
    """The meetings of the actor's teams and those they are asked to, the latest first."""
    teams = [party.removeprefix("team:") for party in gate.door.parties if party.startswith("team:")]
    rows = _rows()
    found = rows.filter(team_id__in=teams) | rows.filter(attendees__party=gate.actor.id)
    return [_meeting(row) for row in found.distinct().order_by("-starts")]


def set_here(gate: Gate, meeting: Meeting, *, parties: Collection[str], now: datetime | None = None) -> None:
    """Exactly these colleagues are in the room from now on."""
    moment = now or datetime.now(UTC)
    rows = MeetingAttendee.objects.filter(meeting_id=meeting.id)
    rows.filter(party__in=parties, arrived_at__isnull=True).update(arrived_at=moment)
    rows.filter(party__in=parties, left_at__isnull=False).update(left_at=None)
    rows.exclude(party__in=parties).filter(arrived_at__isnull=False, left_at__isnull=True).update(
        left_at=moment
    )


def _rows() -> Any:
    return MeetingRow.objects.select_related("team").prefetch_related("attendees", "cases")


def _meeting(row: MeetingRow) -> Meeting:
    return Meeting(
        id=str(row.id),
        team=row.team_id,
        team_name=row.team.name,
        kind=conference_kind(row.kind, row.starts.astimezone(LONDON).date()),
        starts=row.starts,
        made_by=row.made_by,
        locked_at=row.locked_at,
        locked_by=row.locked_by,
        ended_at=row.ended_at,
        attendees=tuple(
            Attendee(each.party, each.name, each.role, each.organisation, each.copy, each.is_here)
            for each in row.attendees.all()
        ),
        slots=tuple(_slot(each) for each in row.cases.all()),
    )


def _slot(row: MeetingCase) -> Slot:
    return Slot(row.number, row.order, str(row.case), row.started_at, row.seconds, row.finished_at)


# -- the agenda ---------------------------------------------------------------------------------------------------


def add_slot(meeting_id: str, case_id: str) -> int:
    """One more case at the end of the agenda; returns its number. Two at once get two numbers."""
    with transaction.atomic():
        row = MeetingRow.objects.select_for_update().get(pk=meeting_id)
        cases = list(row.cases.all())
        number = max((each.number for each in cases), default=0) + 1
        order = max((each.order for each in cases), default=0) + 1
        MeetingCase.objects.create(meeting=row, number=number, order=order, case=case_id)
    return number


def take_off(meeting_id: str, number: int) -> None:
    MeetingCase.objects.filter(meeting_id=meeting_id, number=number, finished_at__isnull=True).delete()


def begin_slot(meeting_id: str, number: int, *, now: datetime) -> None:
    """The discussion of a case starts, unless it runs already."""
    rows = MeetingCase.objects.filter(meeting_id=meeting_id, number=number, started_at__isnull=True)
    rows.filter(finished_at__isnull=True).update(started_at=now)


def put_off_slot(meeting_id: str, number: int, *, now: datetime) -> None:
    """To the end of the agenda; what was spent on it so far still counts."""
    with transaction.atomic():
        row = MeetingRow.objects.select_for_update().get(pk=meeting_id)
        cases = {each.number: each for each in row.cases.all()}
        one = cases.get(number)
        if one is None or one.finished_at:
            return
        one.seconds = _slot(one).spent(now)
        one.started_at, one.order = None, max(each.order for each in cases.values()) + 1
        one.save()


def finish_slot(meeting_id: str, number: int, *, now: datetime) -> bool:
    """Whether it was open until now: the second of two who finish it at once is told."""
    with transaction.atomic():
        one = MeetingCase.objects.select_for_update().filter(meeting_id=meeting_id, number=number).first()
        if one is None or one.finished_at:
            return False
        one.seconds, one.finished_at = _slot(one).spent(now), now
        one.save()
        is_last = not MeetingCase.objects.filter(meeting_id=meeting_id, finished_at__isnull=True).exists()
        if is_last:
            MeetingRow.objects.filter(pk=meeting_id, ended_at__isnull=True).update(ended_at=now)
    return True


def mark_locked(meeting_id: str, *, by: str, now: datetime) -> bool:
    """Whether the papers were open until now."""
    return bool(
        MeetingRow.objects.filter(pk=meeting_id, locked_at__isnull=True).update(locked_at=now, locked_by=by)
    )
