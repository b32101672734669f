"""How things stand between a person and a register: waiting, not now, taken on, left out for good, or free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from careweave.care.finding.shapes import OVERRIDDEN_OUT, day_in, is_about
from careweave.care.teams.shapes import has_code
from careweave.record import Resource
from careweave.record.relations import SUGGESTED
from careweave.warehouse.registers import Register

WAITING_STATUSES = ("requested", "received")


class Standing(Enum):
    FREE = "free"
    WAITING = "waiting"
    NOT_NOW = "declined"
    ENROLLED = "enrolled"
    LEFT_OUT = "excluded"


@dataclass(frozen=True)
class Case:
    """One person before one register."""

    standing: Standing
    task: Resource | None


def case_of(resources: Sequence[Resource], register: Register, today: date) -> Case:
    """Read from the person's Tasks and EpisodesOfCare; pure.

    What a team answered about a person holds for every list: nobody is asked twice because two lists name them.
    """
    tasks = [each for each in resources if each.type == "Task" and has_code(each.body.get("code"), SUGGESTED)]
    mine = [each for each in tasks if is_about(each, register.id)]
    own = max(mine, key=lambda each: each.updated, default=None)
    if any(_is_enrolled(each) for each in resources):
        return Case(Standing.ENROLLED, own)
    told = sorted(tasks, key=lambda each: (each is not own, -each.updated.timestamp()))
    standings = [(_standing(each, register, today), each) for each in told]
    for wanted in (Standing.WAITING, Standing.LEFT_OUT, Standing.NOT_NOW):
        for standing, task in standings:
            if standing is wanted:
                return Case(standing, task)
    return Case(Standing.FREE, own)


def _standing(task: Resource, register: Register, today: date) -> Standing:
    status = task.body.get("status")
    if status in WAITING_STATUSES:
        return Standing.WAITING
    if has_code(task.body.get("businessStatus"), OVERRIDDEN_OUT):
        return Standing.LEFT_OUT
    # An answer without a day of its own holds as long as a score does.
    holds = task.updated.date() + timedelta(days=register.stale_after_days)
    return Standing.NOT_NOW if today < (day_in(task.body, "not-before") or holds) else Standing.FREE


def _is_enrolled(resource: Resource) -> bool:
    return (
        resource.type == "EpisodeOfCare"
        and resource.source == "careweave"
        and resource.body.get("status") in ("active", "onhold")
    )
