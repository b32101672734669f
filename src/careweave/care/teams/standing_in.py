"""While someone is away their due tasks and visits are also on the list of who stands in; at return they are theirs alone.

The owner stays the owner: nothing moves, so that nothing can be lost on the way back.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from careweave.identity.absences import away_on
from careweave.identity.models import Absence
from careweave.record import Actor, Conflict, Gate, Purpose, Resource
from careweave.record.owned import tasks_naming
from careweave.record.relations import CONTACT, party_of

from .notes import TAKE_CHARGE
from .shapes import EXTENSION, extension, extension_value, has_code
from .staff_facts import worker_of
from .visits import VISIT
from .working_time import LONDON

log = logging.getLogger("careweave.work")
TIMER = Actor("system:absences", "system", name="Absences")
STANDS_IN = "stands-in"
EVERY_SECONDS = 300
RETURNED = timedelta(days=31)  # the background work may have stood still when someone came back
_last = float("-inf")


def tick() -> int:
    """Looked at every five minutes; returns how many tasks were shown to someone else, or are the owner's alone again."""
    global _last
    if time.monotonic() - _last < EVERY_SECONDS:
        return 0
    _last = time.monotonic()
    return do_due(datetime.now(UTC).astimezone(LONDON).date())


def do_due(today: date) -> int:
    """Everyone who is away today, and everyone who came back lately; safe to repeat."""
    rows = Absence.objects.filter(starts_on__lte=today, ends_on__gte=today - RETURNED).select_related("staff")
    until: dict[str, date] = {}
    for row in rows:
        party = row.staff.party
        until[party] = max(until.get(party, row.ends_on), row.ends_on)
    return sum(_settle(party, ends_on, today) for party, ends_on in until.items())


def _settle(party: str, ends_on: date, today: date) -> int:
    deputy = away_on(party, today) or "" if ends_on >= today else ""
    gate, count = Gate(TIMER, Purpose.SYSTEM), 0
    for task_id in tasks_naming([party]):
        task = gate.read("Task", task_id)
        if task is None or party not in _whose(task.body):
            continue
        wanted = deputy if deputy and _falls_due(task.body, ends_on) and _may_see(deputy, task) else ""
        try:
            count += _show_to(gate, task, wanted)
        except Conflict:
            log.info("A task was changed in this moment, and is looked at again.")
    return count


def _whose(body: dict[str, Any]) -> set[str]:
    """The owner; of a visit also whoever asked for it, who answers for it."""
    owner, requester = party_of(body.get("owner")), party_of(body.get("requester"))
    wanted = {owner, requester if has_code(body.get("code"), VISIT) else None}
    # A question whether one takes charge is answered by oneself, and what came to a desk is its team's already.
    is_own = has_code(body.get("code"), TAKE_CHARGE) or has_code(body.get("code"), CONTACT)
    return set() if is_own else {one for one in wanted if one}


def _falls_due(body: dict[str, Any], ends_on: date) -> bool:
    """What is due before they are back; what has no day waits for them."""
    day = str(body.get("restriction", {}).get("period", {}).get("end", ""))
    if has_code(body.get("code"), VISIT):
        day = str(body.get("executionPeriod", {}).get("start", ""))
    return bool(day) and day[:10] <= ends_on.isoformat()


def _may_see(deputy: str, task: Resource) -> bool:
    """Nothing is shown to someone whom the rules show nothing of this person; it stays on its owner's list."""
    worker = worker_of(deputy)
    if worker is None or worker.has_left:
        return False
    theirs = Gate(
        Actor(worker.party, worker.role, worker.organisation_code, worker.name), Purpose.DIRECT_CARE
    )
    is_visit = has_code(task.body.get("code"), VISIT) and worker.role == "volunteer"
    return set(task.labels) <= theirs.door.labels and (is_visit or theirs.person(task.subject) is not None)


def _show_to(gate: Gate, task: Resource, deputy: str) -> bool:
    """Put one who stands in on it, or take them off again; False when it is so already."""
    before = str(extension_value(task.body, STANDS_IN) or "")
    if before == deputy:
        return False
    parts = [one for one in task.body.get("extension", []) if one.get("url") != EXTENSION + STANDS_IN]
    if deputy:
        parts.append(extension(STANDS_IN, valueString=deputy))
    body = {key: value for key, value in task.body.items() if key != "extension"}
    parties = [one for one in task.parties if one != before]
    named = tuple(dict.fromkeys((*parties, *([deputy] if deputy else []))))
    gate.update({**body, "extension": parts} if parts else body, version=task.version, parties=named)
    return True
