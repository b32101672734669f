"""What a case took of whose time, for the price of coordination (requirement A60); whole pence, and pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RoleTime:
    """How many people in one role were there, and for how many minutes together."""

    role: str
    people: int
    minutes: int


def staff_time(roles: Sequence[str], *, seconds: int) -> tuple[RoleTime, ...]:
    """Minutes of staff time by role for one case; a part of a minute counts as a whole one."""
    each = max(1, -(-max(seconds, 0) // 60))
    return tuple(RoleTime(role, count, count * each) for role, count in sorted(Counter(roles).items()))


def total(times: Sequence[RoleTime]) -> tuple[RoleTime, ...]:
    """The times of several cases as one, by role; `people` is the most that were there at once."""
    roles = sorted({one.role for one in times})
    of = {role: [one for one in times if one.role == role] for role in roles}
    return tuple(
        RoleTime(role, max(one.people for one in of[role]), sum(one.minutes for one in of[role]))
        for role in roles
    )


def pence(times: Sequence[RoleTime], rates: Mapping[str, int]) -> int | None:
    """What the time costs at these pence an hour, each role rounded to a penny; None unless every role has a rate."""
    if not times or any(one.role not in rates for one in times):
        return None
    return sum((one.minutes * rates[one.role] + 30) // 60 for one in times)
