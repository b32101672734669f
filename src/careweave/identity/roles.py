"""Giving and ending roles: dated, audited, and for powerful roles approved by a second person before they work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from careweave.record import Gate, Purpose, Refusal
from careweave.record.parties import leave
from careweave.record.written_down import write_down

from . import open_sessions
from .models import Account, Organisation, Staff, StaffRole, Team
from .role_waiting import is_waiting
from .staffing import ROLES, join_as

P = ParamSpec("P")
T = TypeVar("T")
NOBODY = Refusal("This role is not there any more. Look at the list again", "role")


def _by_an_administrator(act: Callable[Concatenate[Gate, P], T]) -> Callable[Concatenate[Gate, P], T]:
    """All or nothing, and for administrators alone; anyone else's try is written down."""

    @wraps(act)
    def checked(gate: Gate, *args: P.args, **kwargs: P.kwargs) -> T:
        if gate.purpose is not Purpose.ADMINISTRATION or gate.actor.role not in ("administrator", "system"):
            raise gate.door.refuse("only an administrator changes roles", act=act.__name__.replace("_", "-"))
        with gate.transaction():
            return act(gate, *args, **kwargs)

    return cast(Callable[Concatenate[Gate, P], T], checked)


@dataclass(frozen=True)
class Asked:
    """A role someone is to hold, from the first day to the last, both included; no last day: until it is ended."""

    role: str
    organisation: str
    team: str | None = None
    first: date | None = None
    last: date | None = None


@_by_an_administrator
def give_role(gate: Gate, *, staff: Staff, asked: Asked) -> StaffRole | Refusal:
    """Give one role. A powerful one waits: it cannot be worked in before someone else approves it."""
    refusal = _refusal(staff, asked)
    if refusal:
        return refusal
    waits = is_waiting(gate, asked.role)
    try:
        with transaction.atomic():
            held = StaffRole.objects.create(
                staff=staff,
                role=asked.role,
                organisation_id=asked.organisation,
                team_id=asked.team,
                since=asked.first or timezone.localdate(),
                until=asked.last + timedelta(days=1) if asked.last else None,
                given_by=gate.actor.id,
                given_at=timezone.now(),
                waits=waits,
            )
    except IntegrityError:
        return Refusal(f"{staff.name} holds this role already, or it waits for approval", "role")
    if not waits:
        join_as(gate, held)
    _note(gate, "role-give", held, waits=waits)
    return held


@_by_an_administrator
def approve_role(gate: Gate, *, role_id: int) -> StaffRole | Refusal:
    """A second administrator lets a powerful role work: not whoever gave it, not whoever receives it."""
    held = _waiting(role_id)
    refusal = NOBODY if held is None else _own(gate, held)
    if refusal or held is None:
        return refusal or NOBODY
    held.waits, held.approved_by, held.approved_at = False, gate.actor.id, timezone.now()
    held.since = max(held.since, timezone.localdate())
    held.save()
    join_as(gate, held)
    _note(gate, "role-approve", held)
    return held


@_by_an_administrator
def refuse_role(gate: Gate, *, role_id: int) -> Refusal | None:
    """Do not let it work. Whoever asked for it may take it back in the same way."""
    held = _waiting(role_id)
    if held is None:
        return NOBODY
    _note(gate, "role-refuse", held)
    held.delete()
    return None


@_by_an_administrator
def end_role(gate: Gate, *, role_id: int, last: date | None = None) -> StaffRole | Refusal:
    """End a role today, at once and with its sessions, or after a last day that is still to come."""
    held = (
        StaffRole.objects.select_for_update(of=("self",)).select_related("staff").filter(id=role_id).first()
    )
    refusal = _end_refusal(held, last)
    if refusal or held is None:
        return refusal or NOBODY
    held.until = max(last + timedelta(days=1) if last else timezone.localdate(), held.since)
    held.save()
    if not held.is_open:
        _leave(gate, held)
        open_sessions.end_all(Account.objects.filter(staff=held.staff))
    _note(gate, "role-end", held, last=last.isoformat() if last else "now")
    return held


def waiting_roles() -> list[StaffRole]:
    """Powerful roles that wait for a second person, oldest first."""
    rows = StaffRole.objects.filter(waits=True, until=None) | StaffRole.objects.filter(
        waits=True, until__gt=timezone.localdate()
    )
    return list(rows.select_related("staff", "organisation", "team").order_by("given_at"))


def may_approve(gate: Gate, held: StaffRole) -> bool:
    """Whether this administrator is a second person to this role."""
    return _own(gate, held) is None


def _waiting(role_id: int) -> StaffRole | None:
    rows = StaffRole.objects.select_for_update(of=("self",)).select_related("staff")
    return rows.filter(id=role_id, waits=True, staff__left_on=None).first()


def _own(gate: Gate, held: StaffRole) -> Refusal | None:
    if gate.actor.id == held.given_by:
        return Refusal("You gave this role. Someone else must approve it", "role")
    if gate.actor.id == f"staff:{held.staff_id}":
        return Refusal("Nobody approves a role for themselves. Ask another administrator", "role")
    return None


def _refusal(staff: Staff, asked: Asked) -> Refusal | None:
    if staff.left_on:
        return Refusal(f"{staff.name} has left", "role")
    if asked.role not in ROLES:
        return Refusal("Choose a role", "role")
    if not Organisation.objects.filter(code=asked.organisation, closed_on=None).exists():
        return Refusal("Choose an organisation that is open", "organisation")
    if asked.team and not Team.objects.filter(id=asked.team).exists():
        return Refusal("Choose a team of this place", "team")
    first = asked.first or timezone.localdate()
    if first < timezone.localdate():
        return Refusal("A role begins today or later", "first")
    if asked.last and asked.last < first:
        return Refusal("The last day is before the first", "last")
    return None


def _end_refusal(held: StaffRole | None, last: date | None) -> Refusal | None:
    if held is None or not held.is_open:
        return NOBODY
    if last and last < timezone.localdate():
        return Refusal("The last day is today or later. To end the role now, leave the day empty", "last")
    others = StaffRole.objects.held().filter(role="administrator", staff__left_on=None).exclude(id=held.pk)
    if held.role == "administrator" and not held.waits and not others.exists():
        return Refusal("This is the last administrator. Give someone else the role first", "role")
    return None


def _leave(gate: Gate, held: StaffRole) -> None:
    """What another open role still needs stays."""
    rest = held.staff.roles.held()
    party = held.staff.party
    if held.team_id and not rest.filter(team_id=held.team_id).exists():
        leave(gate, actor=party, party=f"team:{held.team_id}")
    if not rest.filter(organisation_id=held.organisation_id).exists():
        leave(gate, actor=party, party=f"org:{held.organisation_id}")


def _note(gate: Gate, act: str, held: StaffRole, **more: Any) -> None:
    write_down(gate, act, staff=str(held.staff_id), given=held.role, at=held.organisation_id, **more)
