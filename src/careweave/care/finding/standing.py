"""How things stand between a person and a register: waiting, not now, taken on, left out for good, or free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from careweave.care.finding.shapes import OVERRIDDEN_OUT, day_in, is_about
from careweave.care.teams.shapes import has_code
from careweave.record import Resource
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
    """Read from the person's Tasks and EpisodesOfCare; pure."""
    tasks = [each for each in resources if each.type == "Task" and is_about(each, register.id)]
    task = max(tasks, key=lambda each: each.updated, default=None)
    if any(_is_enrolled(each) for each in resources):
        return Case(Standing.ENROLLED, task)
    return Case(_standing(task, register, today) if task else Standing.FREE, task)


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
