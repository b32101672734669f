"""What the care actions need to know about staff: who they are to the person, and whether they may take someone on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from careweave.identity.models import Staff, StaffRole


@dataclass(frozen=True)
class Worker:
    """A member of staff in one role, as an action takes them."""

    party: str
    name: str
    role: str
    organisation: str
    telephone: str
    team: str | None
    team_name: str = ""
    caseload_limit: int | None = None
    has_left: bool = False
    organisation_code: str = ""


def worker_of(party: str, *, role: str = "") -> Worker | None:
    """The member of staff behind a party key, in the named role or else the one they hold in a team; None for nobody."""
    return workers_of([party], role=role).get(party)


def workers_of(parties: Iterable[str], *, role: str = "") -> dict[str, Worker]:
    """The same of each of these, in one statement; who is nobody is not among them."""
    ids = {party.partition(":")[2]: party for party in parties if party.startswith("staff:")}
    if not ids:
        return {}
    roles = StaffRole.objects.filter(staff_id__in=ids, waits=False)
    rows = roles.filter(role=role) if role else roles
    known = sorted(rows.select_related("staff", "organisation", "team"), key=_precedence)
    return {ids[str(row.staff_id)]: _worker(row) for row in known}


def _precedence(row: StaffRole) -> tuple[Any, ...]:
    """Which of someone's roles speaks for them: the last of these."""
    return row.is_open, row.team_id is not None, row.since, row.pk


def workers_in_team(team_id: str) -> tuple[Worker, ...]:
    """Everyone who works in a team now, by name: who can be asked to do something."""
    rows = (
        StaffRole.objects.held()
        .filter(team_id=team_id, staff__left_on__isnull=True)
        .select_related("staff", "organisation", "team")
        .order_by("staff__name")
    )
    return tuple(_worker(row) for row in rows)


def workers(*, roles: tuple[str, ...] = ()) -> tuple[Worker, ...]:
    """Everyone who works here now in one of these roles (any, when none is named), by name."""
    rows = StaffRole.objects.held().filter(staff__left_on__isnull=True)
    if roles:
        rows = rows.filter(role__in=roles)
    return tuple(
        _worker(row) for row in rows.select_related("staff", "organisation", "team").order_by("staff__name")
    )


def _worker(row: StaffRole) -> Worker:
    staff: Staff = row.staff
    return Worker(
        party=staff.party,
        name=staff.name,
        role=row.role,
        organisation=row.organisation.name,
        telephone=staff.telephone,
        team=row.team_id,
        team_name=row.team.name if row.team else "",
        caseload_limit=staff.caseload_limit,
        has_left=staff.left_on is not None or not row.is_open,
        organisation_code=row.organisation_id,
    )
