"""Staff as the care actions need them, looked up by party key."""

from __future__ import annotations

from uuid import UUID

from careweave.care.teams.staff_facts import Worker
from careweave.identity.models import StaffRole
from careweave.record import Actor


def worker(actor: Actor) -> Worker | None:
    """The member of staff behind an actor, in the role of this session."""
    return by_party(actor.id, role=actor.role)


def by_party(party: str, *, role: str = "") -> Worker | None:
    """A member of staff, in the named role or their first one."""
    kind, _, identifier = party.partition(":")
    if kind != "staff" or not _is_uuid(identifier):
        return None
    held = StaffRole.objects.filter(staff_id=identifier).select_related("staff", "organisation", "team")
    current = list(held.filter(until__isnull=True).order_by("since", "id")) or list(held.order_by("-until"))
    chosen = [one for one in current if one.role == role] or current
    return _worker(chosen[0]) if chosen else None


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _worker(held: StaffRole) -> Worker:
    staff, team = held.staff, held.team
    return Worker(
        party=staff.party,
        name=staff.name,
        role=held.role,
        organisation=held.organisation.name,
        telephone=staff.telephone or (team.telephone if team else ""),
        team=team.id if team else None,
        team_name=team.name if team else "",
        caseload_limit=staff.caseload_limit,
        has_left=staff.left_on is not None,
    )


def colleagues(actor: Actor) -> list[Worker]:
    """The others who work in this actor's teams, by name; with no team, those of the same organisation."""
    mine = StaffRole.objects.filter(staff_id=actor.id.partition(":")[2], until__isnull=True)
    teams = [held.team_id for held in mine if held.team_id]
    found = StaffRole.objects.filter(until__isnull=True, staff__left_on__isnull=True)
    found = found.filter(team_id__in=teams) if teams else found.filter(organisation_id=actor.organisation)
    by_staff = {held.staff_id: held for held in found.select_related("staff", "organisation", "team")}
    return sorted((_worker(held) for held in by_staff.values() if held.staff.party != actor.id),
                  key=lambda one: one.name)
