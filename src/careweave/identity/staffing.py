"""Organisations, teams and staff: who joins, in which role, and what happens when someone leaves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from careweave.record import Actor, Gate, Purpose, Refusal
from careweave.record.parties import join, leave
from careweave.record.written_down import write_down

from . import open_sessions
from .models import Account, Organisation, Staff, StaffRole, Team, TeamPractice
from .role_waiting import is_waiting

ROLES = (
    "coordinator",
    "gp",
    "practice-nurse",
    "district-nurse",
    "social-care-worker",
    "community-matron",
    "community-mental-health",
    "hospital-clinician",
    "volunteer",
    "voluntary-worker",
    "governance-lead",
    "analyst",
    "administrator",
    "data-clerk",
)


@dataclass(frozen=True)
class Held:
    """A role someone may work in, as the role chooser shows it."""

    id: int
    role: str
    organisation: str
    organisation_name: str
    team: str | None
    team_name: str


def add_organisation(*, code: str, name: str, kind: str, telephone: str = "") -> Organisation:
    """Add or rename an organisation. ODS codes have up to 12 letters and digits and are never reused."""
    if not re.fullmatch(r"[A-Z0-9]{1,12}", code):
        raise ValueError(f"{code!r} is not an organisation code: up to 12 capital letters and digits")
    organisation, _ = Organisation.objects.update_or_create(
        code=code,
        defaults={"name": name, "kind": kind, "telephone": telephone},
    )
    return organisation


@transaction.atomic
def add_team(
    *,
    id: str,
    name: str,
    organisation: str,
    manager: Staff,
    telephone: str,
    out_of_hours: str,
    practices: Sequence[str],
) -> Team | Refusal:
    """A team with its one manager, its contact point and its practices; a practice aligns to one team only."""
    if not telephone:
        return Refusal("A team needs one contact telephone", "telephone")
    if not practices:
        return Refusal("Align at least one practice to the team", "practices")
    taken = (
        TeamPractice.objects.filter(practice_id__in=practices)
        .exclude(team_id=id)
        .select_related("team", "practice")
    )
    if taken:
        other = taken[0]
        return Refusal(f"{other.practice.name} is already aligned to {other.team.name}", "practices")
    closed = Organisation.objects.filter(code__in=practices, closed_on__isnull=False).first()
    if closed:
        return Refusal(
            f"{closed.name} closed on {closed.closed_on}: choose a practice that is open", "practices"
        )
    team, _ = Team.objects.update_or_create(
        id=id,
        defaults={
            "name": name,
            "organisation_id": organisation,
            "manager": manager,
            "telephone": telephone,
            "out_of_hours": out_of_hours,
        },
    )
    for practice in practices:
        TeamPractice.objects.update_or_create(practice_id=practice, defaults={"team": team})
    TeamPractice.objects.filter(team=team).exclude(practice_id__in=practices).delete()
    return team


@transaction.atomic
def add_staff(
    gate: Gate,
    *,
    name: str,
    email: str,
    telephone: str = "",
    role: str,
    organisation: str,
    team: str | None = None,
    caseload_limit: int | None = None,
    password: str | None = None,
) -> Staff | Refusal:
    """Add someone in a role, or give someone already here one more role. No password: they cannot sign in yet."""
    refusal = _staff_refusal(name=name, email=email, role=role, organisation=organisation, team=team)
    if refusal:
        return refusal
    staff = Staff.objects.filter(email__iexact=email).first()
    if staff is None:
        staff = Staff.objects.create(
            name=name, email=email.lower(), telephone=telephone, caseload_limit=caseload_limit
        )
    if staff.left_on:
        return Refusal(
            f"{staff.name} left on {staff.left_on}. Use another e-mail address, or bring them back", "email"
        )
    account, made = Account.objects.get_or_create(staff=staff, defaults={"email": email.lower()})
    if password is not None:
        account.set_password(password)
        account.save()
    elif made:
        account.set_unusable_password()
        account.save()
    held = _hold_role(gate, staff, role, organisation, team)
    if not held.waits:
        join_as(gate, held)
    return staff


def join_as(gate: Gate, held: StaffRole) -> None:
    """From now on this member of staff acts for the organisation, and the team, of the role."""
    party = f"staff:{held.staff_id}"
    join(gate, actor=party, party=f"org:{held.organisation_id}")
    if held.team_id:
        join(gate, actor=party, party=f"team:{held.team_id}")


def _hold_role(gate: Gate, staff: Staff, role: str, organisation: str, team: str | None) -> StaffRole:
    """Open the role unless it is held already; one held before its team existed becomes the role in that team."""
    held = StaffRole.objects.filter(staff=staff, role=role, organisation_id=organisation, until=None)
    same = held.filter(team_id=team).first() or (held.first() if team is None else None)
    if same:
        return same
    without_team = held.filter(team=None).first() if team else None
    if without_team:
        without_team.team_id = team
        without_team.save()
        return without_team
    made = StaffRole.objects.create(
        staff=staff,
        role=role,
        organisation_id=organisation,
        team_id=team,
        since=timezone.localdate(),
        given_by=gate.actor.id,
        given_at=timezone.now(),
        waits=is_waiting(gate, role),
    )
    write_down(gate, "role-give", staff=str(staff.id), given=role, at=organisation, waits=made.waits)
    return made


def _staff_refusal(
    *, name: str, email: str, role: str, organisation: str, team: str | None
) -> Refusal | None:
    if not name.strip():
        return Refusal("Enter a name", "name")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        return Refusal(f"{email!r} is not an e-mail address", "email")
    if role not in ROLES:
        return Refusal(f"{role!r} is not a role. Use one of: {', '.join(ROLES)}", "role")
    if not Organisation.objects.filter(code=organisation, closed_on__isnull=True).exists():
        return Refusal(f"{organisation!r} is not an open organisation here. Add it first", "organisation")
    if team and not Team.objects.filter(id=team).exists():
        return Refusal(f"{team!r} is not a team here. Add it first", "team")
    return None


@transaction.atomic
def staff_leaves(gate: Gate, *, staff: Staff, on: date | None = None) -> tuple[str, ...]:
    """Close account, sessions and every role at once. Returns the people still in their charge, for their manager."""
    day = on or timezone.localdate()
    staff.left_on = day
    staff.save()
    Account.objects.filter(staff=staff).update(is_active=False)
    open_sessions.end_all(Account.objects.filter(staff=staff))
    for role in staff.roles.exclude(until__lte=day):
        role.until = max(day, role.since)
        role.save()
    leave(gate, actor=staff.party)
    write_down(gate, "staff-leave", staff=str(staff.id))
    return tuple(Gate(Actor(staff.party, "coordinator"), Purpose.DIRECT_CARE).people_with("coordinator"))


def roles_of(account: Account) -> tuple[Held, ...]:
    """The roles a member of staff may choose between, oldest first; none for a person's account."""
    if account.staff is None:
        return ()
    rows = account.staff.roles.held().select_related("organisation", "team").order_by("since", "id")
    return tuple(
        Held(
            row.pk,
            row.role,
            row.organisation_id,
            row.organisation.name,
            row.team_id,
            row.team.name if row.team else "",
        )
        for row in rows
    )


def actor_of(account: Account, held: Held | None) -> Actor:
    """Who this account acts as: staff in one role, or the person (or carer) themself."""
    if account.staff is not None and held is not None:
        return Actor(account.staff.party, held.role, held.organisation, account.staff.name)
    return Actor(f"person:{account.person_id}", "person")


def give_portal_account(*, person_id: str, email: str, password: str | None = None) -> Account:
    """An account for a person or carer. Without a password they cannot sign in until they are given a way."""
    account, _ = Account.objects.update_or_create(
        person_id=person_id, defaults={"email": email.lower() or None, "is_active": True}
    )
    if password is None:
        account.set_unusable_password()
    else:
        account.set_password(password)
    account.save()
    return account


def administering() -> Gate:
    """The gate for setting up from the command line, as the system itself."""
    return Gate(Actor("system:administration", "system", name="Set-up"), Purpose.ADMINISTRATION)
