"""The review of a plan has a clock: each version has one of its own, which stops when the next version is agreed."""

from __future__ import annotations

from datetime import date, datetime, time

from careweave.record import Gate
from careweave.record.ids import resource_id

from ..teams.clocks import start_clock, stop_clock
from ..teams.working_time import LONDON

REVIEW = "plan-review"


def await_review(gate: Gate, *, plan: str, person_id: str, number: int, review_on: str) -> None:
    """The review of this version is awaited from its agreed day on. Part of a transaction of the caller's."""
    stop_awaiting(
        gate, plan=plan, person_id=person_id, number=number - 1, reason=f"version {number} is agreed"
    )
    agreed = datetime.combine(date.fromisoformat(review_on), time(9), LONDON)
    start_clock(gate, person_id=person_id, entity=_of_version(plan, number), kind=REVIEW, at=agreed)


def stop_awaiting(gate: Gate, *, plan: str, person_id: str, number: int, reason: str) -> None:
    """This version needs no review any more."""
    stop_clock(gate, person_id=person_id, entity=_of_version(plan, number), kind=REVIEW, reason=reason)


def _of_version(plan: str, number: int) -> str:
    return resource_id("careweave", REVIEW, f"{plan} {number}")
