"""A carer's own assessment: about the carer and on the carer's own record, asked for by the carer or offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from careweave.record import Actor, Conflict, Gate, Purpose, Refusal, Resource
from careweave.record.ids import resource_id
from careweave.record.relations import SUGGESTED, party_reference

from ..teams.shapes import about, author, code, instant
from ..teams.staff_facts import worker_of
from ..teams.telling import Recipient, Told, in_charge_of, tell
from .completing import NotComplete, complete

FORM = "carers-assessment"
LEFT_EMPTY = "Left empty when answering by oneself"
ASKED = "Looks after someone, and told how they are managing"
_FINDER = Actor("system:finder", "system")


@dataclass(frozen=True)
class Sent:
    """A carer's answers are kept; `told` is who answers, and `asked` whom else will be asked to call."""

    response: Resource
    told: Told | None
    asked: str = ""


def send_own(gate: Gate, *, today: date, looked_after_by: Recipient | None) -> Sent | NotComplete | Refusal:
    """The carer's own answers, onto the carer's own record; whoever is in charge of the carer's care is told.

    A carer of whom nobody is in charge is suggested to the team that looks after the person they care for; that
    says that a carer asks, and shows nothing of it on the other person's record.
    """
    person_id = gate.actor.id.partition(":")[2]
    with gate.transaction():
        done = complete(gate, person_id=person_id, today=today, form_id=FORM, left_out_because=LEFT_EMPTY)
        if isinstance(done, NotComplete):
            return done
        mine = in_charge_of(gate, person_id)
        if mine:
            words = "I answered “How are you managing?”"
            told = tell(gate, person_id=person_id, kind="question", to=mine, words=words, today=today)
            return told if isinstance(told, Refusal) else Sent(done, told)
    worker = worker_of(looked_after_by.party) if looked_after_by else None
    if looked_after_by is None or worker is None:
        return Sent(done, None)
    owner = f"team:{worker.team}" if worker.team else worker.party
    _suggest(person_id, owner)
    return Sent(done, None, worker.team_name or worker.name)


def _suggest(person_id: str, owner: str) -> None:
    """Ask a team whether it takes the carer on; one that waits already, or was answered, is not asked twice."""
    gate = Gate(_FINDER, Purpose.CASE_FINDING)
    id_ = resource_id("careweave", "Task", f"suggested {FORM} {person_id} {owner}")
    body = {
        "resourceType": "Task",
        "id": id_,
        "status": "requested",
        "intent": "proposal",
        "code": code(SUGGESTED, "Suggested: a carer who asked for help"),
        "for": about(person_id),
        "authoredOn": instant(),
        "requester": author(_FINDER),
        "owner": party_reference(owner),
        "reasonCode": {"text": ASKED},
    }
    stored = next((one for one in gate.about(person_id, ["Task"]) if one.id == id_), None)
    waits = stored is not None and stored.body["status"] in ("requested", "received", "accepted")
    try:
        with gate.transaction():
            if stored is None:
                gate.create(body, subject=person_id, parties=(owner,))
                gate.transition(person_id, id_, was=None, now="requested")
            elif not waits:
                gate.update(body, version=stored.version, parties=(owner,))
                gate.transition(person_id, id_, was=stored.body["status"], now="requested")
    except Conflict:
        return  # asked in the same moment from another page
