"""How many things wait for whom, for messages that name nobody: numbers by party, and nothing about any person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .actor import Purpose
from .clocks import WORKER
from .gate import Gate
from .relations import party_token

_OPEN = ("requested", "received", "accepted", "ready", "in-progress")
# The token index leads to what names these parties; it is counted for the one whose it is.
_COUNTED = """
    SELECT whose,
           count(*) FILTER (WHERE type = 'Task' AND due < %(today)s),
           count(*) FILTER (WHERE type = 'Task' AND due = %(today)s),
           count(*) FILTER (WHERE category = ANY (%(categories)s)),
           count(*) FILTER (WHERE category = 'news')
    FROM (SELECT DISTINCT r.id, r.type, left(r.body #>> '{restriction,period,end}', 10) AS due,
                 CASE WHEN r.type = 'Communication' THEN r.body #>> '{category,0,coding,0,code}' END AS category,
                 coalesce(r.body #>> '{owner,identifier,value}', r.body #>> '{recipient,0,identifier,value}') AS whose
          FROM record.token t JOIN record.resource r ON r.id = t.id AND r.subject = t.subject
          WHERE t.token = ANY (%(tokens)s::bigint[]) AND r.body ->> 'status' = ANY (%(open)s)) AS found
    WHERE whose = ANY (%(parties)s) GROUP BY whose"""


@dataclass(frozen=True)
class Waits:
    """What waits for one party."""

    late: int = 0
    today: int = 0
    messages: int = 0
    news: int = 0

    @property
    def is_nothing(self) -> bool:
        return not (self.late or self.today or self.messages or self.news)


def waits_for(parties: Sequence[str], *, today: date, categories: Sequence[str]) -> dict[str, Waits]:
    """Counts of open tasks that are late or due, of unanswered messages of these categories, and of unseen news."""
    gate = Gate(WORKER, Purpose.SYSTEM)
    tokens = {party_token(kind, party): party for party in parties for kind in ("Task", "Communication")}
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(
            _COUNTED,
            {
                "today": today.isoformat(),
                "categories": list(categories),
                "tokens": list(tokens),
                "open": list(_OPEN),
                "parties": list(parties),
            },
        )
        gate.door.audit("count", (), what="waiting", parties=len(parties))
    return {party: Waits(*map(int, numbers)) for party, *numbers in rows}


def people_looked_after() -> list[str]:
    """Everyone for whose care somebody is in charge, under the id of the person: for the background work."""
    gate = Gate(WORKER, Purpose.SYSTEM)
    with gate.transaction():
        gate.door.open_everyone()
        rows = gate.door.rows(
            "SELECT DISTINCT coalesce(m.person, r.subject)::text FROM record.responsibility r"
            " LEFT JOIN record.membership m ON m.subject = r.subject AND upper_inf(m.valid)"
            " WHERE r.valid @> clock_timestamp() ORDER BY 1"
        )
    return [str(row[0]) for row in rows]
