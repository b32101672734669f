"""A referral to a community service as a FHIR R4 ServiceRequest, so that it is counted like every other referral.

The Task beside it is what the service answers. The desk writes the request, which says no more than which service was
asked, by whom and when.
"""

from __future__ import annotations

from datetime import datetime

from careweave.care.contacts.routing import desk_gate
from careweave.identity.services import Service
from careweave.record import Gate, Resource
from careweave.record.ids import resource_id
from careweave.record.relations import COMMUNITY_REFERRAL, party_reference

from ..teams.settling import KIND
from ..teams.shapes import about, author, instant


def write_request(
    gate: Gate, person_id: str, service: Service, *, to: str, task_id: str, now: datetime
) -> Resource:
    """From whom, to which service (`to` is its party when somebody works here for it), since when."""
    category = {"coding": [{"system": KIND, "code": COMMUNITY_REFERRAL}], "text": "Community referral"}
    body = {
        "resourceType": "ServiceRequest",
        "id": resource_id("careweave", "ServiceRequest", f"referral {task_id}"),
        "status": "active",
        "intent": "order",
        "category": [category],
        "code": {"text": service.name},
        "subject": about(person_id),
        "occurrencePeriod": {"start": instant(now)},
        "authoredOn": instant(now),
        "requester": author(gate.actor),
        "performer": [party_reference(to, service.organisation) if to else {"display": service.name}],
    }
    return desk_gate().create(body, subject=person_id, parties=(gate.actor.id,))
