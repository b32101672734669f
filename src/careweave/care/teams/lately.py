"""The visits that a worker asked for or makes, and what they and their team have done lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from careweave.record import Gate
from careweave.record.naming import Naming
from careweave.record.relations import SUGGESTED

from .shapes import CODES, extension_value, has_code
from .visits import VISIT
from .worklists import WorkItem, item_of

_STATES = {
    "completed": "Went well or changed: read the report",
    "failed": "Nobody answered",
    "rejected": "Cannot go",
    "cancelled": "Stopped",
}


@dataclass(frozen=True)
class DayVisit:
    """A visit as the day's list shows it."""

    person_id: str
    starts: datetime
    ends: datetime
    first_name: str
    visitor: str
    address: str
    how_to_get_in: str
    telephone: str
    state: str

    @property
    def is_trouble(self) -> bool:
        return self.state in (_STATES["failed"], _STATES["rejected"])


def visits(gate: Gate) -> list[DayVisit]:
    """Visits that name me, my team or my organisation, in the order of time."""
    found = gate.naming_me("Task", [("code", f"{CODES}|{VISIT}")], count=1000)
    return sorted((_visit(one) for one in found), key=lambda one: one.starts)


def _visit(task: Naming) -> DayVisit:
    body = task.body
    period = body["executionPeriod"]

    def text(name: str) -> str:
        return str(extension_value(body, name) or "")

    return DayVisit(
        person_id=task.subject,
        starts=datetime.fromisoformat(period["start"]),
        ends=datetime.fromisoformat(period["end"]),
        first_name=text("first-name"),
        visitor=body.get("owner", {}).get("display", ""),
        address=text("address"),
        how_to_get_in=text("how-to-get-in"),
        telephone=text("telephone"),
        state=_STATES.get(body["status"], ""),
    )


def done(gate: Gate, *, since: datetime, most: int = 50) -> list[WorkItem]:
    """Tasks that were done since then, the latest first; suggestions and visits have lists of their own."""
    at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = gate.naming_me("Task", [("status", "completed"), ("_lastUpdated", f"ge{at}")], count=most)
    return [item_of(one) for one in found if not _has_own_list(one)]


def _has_own_list(task: Naming) -> bool:
    code = task.body.get("code")
    return has_code(code, VISIT) or has_code(code, SUGGESTED)
