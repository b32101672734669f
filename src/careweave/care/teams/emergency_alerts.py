"""A record opened in an emergency is told to the governance leads at once, and again when its review is late.

The notice names nobody and says only where to sign in (delivering.py); a lead need not look at a queue to learn of it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from careweave.record import Gate, Refusal, deliveries, emergencies
from careweave.record.emergencies import Opened
from careweave.record.ids import resource_id

from .staff_facts import workers


def open_and_tell(gate: Gate, person_id: str, *, reason: str, words: str) -> Opened | Refusal:
    """Open for an hour; every governance lead's notice is on its way if, and only if, it was opened."""
    with gate.transaction():
        opened = emergencies.open_in_emergency(gate, person_id, reason=reason, words=words)
        if isinstance(opened, Refusal):
            return opened
        late = datetime.now(UTC) + timedelta(days=gate.door.sharing.review_within_days)
        for lead in workers(roles=("governance-lead",)):
            if lead.party != gate.actor.id:
                _notice(opened.person_id, gate.actor.id, opened.until, lead.party, "opened", None)
                _notice(opened.person_id, gate.actor.id, opened.until, lead.party, "late", late)
    return opened


def review_and_rest(gate: Gate, opening_id: str, *, outcome: str, note: str) -> Refusal | None:
    """Write down what was found; what was to remind of it is not sent any more."""
    held = next((each for each in emergencies.openings(gate) if each.id == opening_id), None)
    with gate.transaction():
        refused = emergencies.review(gate, opening_id, outcome=outcome, note=note)
        if refused is None and held is not None:
            entity = _entity(held.person_id, held.actor, held.until, "late")
            deliveries.stop(deliveries.worker_gate(), person_id=held.person_id, entity=entity)
    return refused


def _notice(
    person_id: str, reader: str, until: datetime, lead: str, what: str, not_before: datetime | None
) -> None:
    gate = deliveries.worker_gate()
    entity = _entity(person_id, reader, until, what)
    id_ = deliveries.queue(
        gate, person_id=person_id, entity=entity, party=lead, channel="notice", format=what
    )
    if not_before is not None:
        gate.door.open([person_id])
        gate.door.rows("UPDATE record.delivery SET next_try = %s WHERE id = %s", [not_before, id_])


def _entity(person_id: str, reader: str, until: datetime, what: str) -> str:
    """What the notice is about: the same for the same opening, so that it is sent once."""
    return resource_id("careweave", "Emergency", f"{person_id} {reader} {until.isoformat()} {what}")
