"""Names behind codes and party keys, remembered for a minute: a directory changes rarely."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.utils import timezone

from careweave.care.teams.charge import answering_for, at_work
from careweave.identity.access_tokens import APP, app_behind
from careweave.identity.directory import Contact, contacts_of
from careweave.identity.directory import directory as organisations
from careweave.identity.models import StaffRole, Team
from careweave.record.feeds import last_received
from careweave.web.presenters.banner import InCharge
from careweave.web.presenters.timeline import Sources

T = TypeVar("T")
_REMEMBERED: dict[str, tuple[float, Any]] = {}
_SECONDS = 60


def _remember(key: str, make: Callable[[], T]) -> T:
    at, value = _REMEMBERED.get(key, (None, None))
    if at is None or time.monotonic() - at > _SECONDS:
        value = make()
        _REMEMBERED[key] = (time.monotonic(), value)
    return value  # type: ignore[return-value]


def forget() -> None:
    """After a change to the directory, and between tests."""
    _REMEMBERED.clear()


def sources() -> Sources:
    """Every organisation's name and sector, and when its last file came."""
    return _remember("sources", _sources)


def _sources() -> Sources:
    found = organisations()
    return Sources(
        names={**found.names, "careweave": "Care team"},
        sectors={**found.sectors, "careweave": "team"},
        received=last_received(),
    )


def from_where(code: str) -> str:
    """The organisation behind a line of the audit, or the app through which a person looked."""
    app = _remember(f"app {code}", lambda: app_behind(code)) if code.startswith(APP) else ""
    return f"Through the app {app}" if app else sources().names.get(code, code)


def contacts(keys: Iterable[str]) -> dict[str, Contact]:
    """Name and telephone of each party, asked for once a minute each."""
    wanted = set(keys)
    known = {
        key: held[1] for key in wanted if (held := _REMEMBERED.get(f"party {key}")) and _is_fresh(held[0])
    }
    missing = wanted - set(known)
    found = contacts_of(missing) if missing else {}
    for key in missing:
        found.setdefault(key, Contact(_plain(key), ""))
        _REMEMBERED[f"party {key}"] = (time.monotonic(), found[key])
    return {**known, **found}


def _is_fresh(at: float) -> bool:
    return time.monotonic() - at <= _SECONDS


def contact(key: str) -> Contact:
    """One party; a key nobody holds is shown as what it is."""
    return contacts([key])[key]


def _plain(key: str) -> str:
    kind, _, rest = key.partition(":")
    if kind == "org":
        return sources().names.get(rest, rest)
    names = {"person": "The person or a carer", "staff": "Someone who has left", "team": "A team"}
    return names.get(kind, f"A job of the system ({rest})" if kind == "system" else key)


def in_charge(holder: str, deputy: str | None = None) -> InCharge:
    """Who is in charge, with the numbers to call."""
    one = contact(holder)
    team = _remember(f"team of {holder}", lambda: team_behind(holder))
    key = f"answering for {holder} or {deputy}"
    answers = _remember(key, lambda: answering_for(holder, deputy, timezone.localdate()))
    if answers and answers.because:
        return InCharge(
            name=f"{answers.name} ({answers.because})",
            telephone=answers.telephone,
            out_of_hours=answers.out_of_hours,
            team=team.name if team else "",
        )
    return InCharge(
        name=one.name,
        telephone=one.telephone or (team.telephone if team else ""),
        out_of_hours=team.out_of_hours if team else "",
        team=team.name if team else "",
        deputy=contact(deputy).name if deputy else "",
    )


def learn(charges: Iterable[tuple[str, str | None]]) -> None:
    """Ask at once for all that `in_charge` says of these holders and deputies, so that a list need not one by one."""
    pairs = set(charges)
    contacts(party for pair in pairs for party in pair if party)
    teams = {one: f"team of {one}" for one, _ in pairs if one.startswith("staff:")}
    new = {one for one, key in teams.items() if key not in _REMEMBERED or not _is_fresh(_REMEMBERED[key][0])}
    if not new:
        return
    ids, now = [one.partition(":")[2] for one in new], time.monotonic()
    roles = StaffRole.objects.held().filter(staff_id__in=ids, team__isnull=False)
    behind = {f"staff:{one.staff_id}": one.team for one in roles.select_related("team").order_by("-pk")}
    here = at_work(new, timezone.localdate())
    for holder, deputy in pairs:
        if holder in new:
            _REMEMBERED[teams[holder]] = (now, behind.get(holder))
        if holder in here:
            _REMEMBERED[f"answering for {holder} or {deputy}"] = (now, None)


def team_behind(holder: str) -> Team | None:
    """The team someone works in, whose numbers are answered when they are away."""
    kind, _, identifier = holder.partition(":")
    if kind != "staff":
        return Team.objects.filter(id=identifier).first() if kind == "team" else None
    roles = StaffRole.objects.held().filter(staff_id=identifier, team__isnull=False)
    held = roles.select_related("team").first()
    return held.team if held else None
