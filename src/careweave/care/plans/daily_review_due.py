"""Each morning the review of everyone in the last days of life is asked for anew, until it no longer holds or they died."""

from __future__ import annotations

import logging
import time
from datetime import UTC, date, datetime, timedelta

from careweave.record import Actor, Conflict, Gate, Purpose
from careweave.record.deaths import has_died

from ..teams.shapes import CODES
from ..teams.telling import Recipient, in_charge_of
from ..teams.working_time import LONDON
from .daily_review import REVIEW, ask_for_review
from .end_of_life import decision_kinds, decisions_of
from .end_of_life_after import death_of

log = logging.getLogger("careweave.work")
TIMER = Actor("system:reviews", "system", name="Daily reviews")
EVERY_SECONDS = 300
LOOKS_BACK = timedelta(days=60)  # the background work may have stood still for a while
_last = float("-inf")


def tick(now: datetime | None = None) -> int:
    """Looked at every five minutes; returns how many reviews were asked for."""
    global _last
    if now is None and time.monotonic() - _last < EVERY_SECONDS:
        return 0
    _last = time.monotonic()
    return ask_due((now or datetime.now(UTC)).astimezone(LONDON).date())


def ask_due(today: date) -> int:
    """Everyone who had a review lately and still is in the last days of life."""
    gate = Gate(TIMER, Purpose.SYSTEM)
    since = (today - LOOKS_BACK).isoformat()
    wanted = [("code", f"{CODES}|{REVIEW}"), ("_lastUpdated", f"ge{since}")]
    people = sorted({one.subject for one in gate.search("Task", wanted, count=1000).resources})
    return sum(_ask(gate, person_id, today) for person_id in people)


def _ask(gate: Gate, person_id: str, today: date) -> bool:
    try:
        found = gate.about(person_id, ["Patient", "Flag"])
        daily = [kind.key for kind in decision_kinds(today).values() if kind.is_daily]
        if death_of(found) or has_died(found) or not decisions_of(found, daily):
            return False
        to = in_charge_of(gate, person_id) or Recipient("", "")
        return bool(to.party) and ask_for_review(gate, person_id=person_id, to=to, day=today)
    except Conflict:
        log.info("A daily review was asked for by another worker.")
        return False
