"""Which team answers for an address, and what a team may commit at once: two who commit cannot overspend together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Sum

from careweave.record import Refusal

from .delegated_models import DelegatedLimit, LimitReturn, LimitUse, TeamArea
from .models import Staff, Team


@dataclass(frozen=True)
class Desk:
    """A team's one contact point, and the manager who decides beyond its limit."""

    team: str
    name: str
    telephone: str
    manager: str
    manager_name: str
    manager_telephone: str

    @property
    def party(self) -> str:
        return f"team:{self.team}"


@dataclass(frozen=True)
class Limit:
    """What a team may commit on a day, and what of it is left."""

    id: int
    pence: int
    left: int
    services: tuple[str, ...]
    ends_on: date


def desk_of(team: str) -> Desk | None:
    """The desk of a team, None for no such team."""
    found = Team.objects.select_related("manager").filter(id=team).first()
    if found is None:
        return None
    manager: Staff = found.manager
    return Desk(found.id, found.name, found.telephone, manager.party, manager.name, manager.telephone)


def give_area(team: str, prefix: str) -> None:
    """From now on people whose postcode begins like this, and whose practice nobody knows, are this team's."""
    TeamArea.objects.update_or_create(prefix=_plain(prefix), defaults={"team_id": team})


def team_for_postcode(postcode: str) -> str | None:
    """The team of the longest prefix that fits."""
    plain = _plain(postcode)
    fitting = [plain[:length] for length in range(1, len(plain) + 1)]
    areas = TeamArea.objects.filter(prefix__in=fitting).values_list("prefix", "team_id")
    return max(areas, key=lambda one: len(one[0]))[1] if areas else None


def _plain(postcode: str) -> str:
    return "".join(postcode.split()).upper()


@transaction.atomic
def set_limit(
    team: str, *, pence: int, services: Sequence[str], starts_on: date, ends_on: date, set_by: str
) -> Limit | Refusal:
    """Let a team commit this much from a day to a day. One that runs already is not changed: it ends first."""
    Team.objects.select_for_update().get(id=team)
    if pence <= 0:
        return Refusal("A limit is more than nothing", "pence")
    if not services:
        return Refusal("Say for which services", "services")
    if ends_on < starts_on:
        return Refusal("The last day must be the first day or later", "ends_on")
    if DelegatedLimit.objects.filter(team_id=team, starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        return Refusal("This team has a limit in that time already. Start the day after it ends", "starts_on")
    made = DelegatedLimit.objects.create(
        team_id=team,
        pence=pence,
        services=list(services),
        starts_on=starts_on,
        ends_on=ends_on,
        set_by=set_by,
    )
    return _limit(made)


def limit_of(team: str, on: date) -> Limit | None:
    """What a team may commit on a day; None when nobody let it."""
    found = DelegatedLimit.objects.filter(team_id=team, starts_on__lte=on, ends_on__gte=on).first()
    return _limit(found) if found else None


def use_limit(limit_id: int, *, pence: int, request: str, by: str) -> Limit | None:
    """Take this from the limit, or None when not so much is left. Part of a transaction of the caller's.

    The row of the limit is locked until that transaction ends, so that whoever comes second sees what is left then.
    """
    held = DelegatedLimit.objects.select_for_update().get(id=limit_id)
    if _limit(held).left < pence:
        return None
    LimitUse.objects.create(limit=held, pence=pence, request=request, used_by=by)
    return _limit(held)


@dataclass(frozen=True)
class Used:
    """What one commitment took, by whom, and from which team's limit."""

    use_id: int
    team: str
    pence: int
    by: str
    is_given_back: bool


def used_for(request: str) -> Used | None:
    """What a commitment took from a limit; None for what took nothing."""
    held = LimitUse.objects.select_related("limit").filter(request=request).first()
    if held is None:
        return None
    is_back = LimitReturn.objects.filter(use=held).exists()
    return Used(held.pk, held.limit.team_id, held.pence, held.used_by, is_back)


def give_back(use_id: int, *, request: str, by: str) -> Limit | None:
    """The limit has the room again; None when it had it already. Part of a transaction of the caller's."""
    use = LimitUse.objects.select_related("limit").get(id=use_id)
    held = DelegatedLimit.objects.select_for_update().get(id=use.limit_id)
    _, is_new = LimitReturn.objects.get_or_create(use=use, defaults={"request": request, "returned_by": by})
    return _limit(held) if is_new else None


def _limit(held: DelegatedLimit) -> Limit:
    standing = LimitUse.objects.filter(limit=held, given_back__isnull=True)
    used = standing.aggregate(pence=Sum("pence"))["pence"] or 0
    return Limit(held.pk, held.pence, held.pence - int(used), tuple(held.services), held.ends_on)
