"""What the gate refuses although a rule would open it: foreign sources, other people, other people's words."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from careweave.record import Actor, Conflict, Gate, Purpose, Refused, Resource
from careweave.record.relations import party_reference
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PRACTICE = "Y90001"


class Marie:
    """Marie's mother with a coordinator, a hospital record, and Marie as the carer whom she lets take part."""

    def __init__(self) -> None:
        key = uuid.uuid4().hex
        self.hospital = make.patient("RVR", key, given="Nora")
        self.person = make.person(("RVR", self.hospital))
        self.other = make.person(("RVR", make.patient("RVR", f"{key} other")))
        self.marie = make.person(("RVR", make.patient("RVR", f"{key} marie", given="Marie")))
        self.condition = self.about("Condition", self.hospital["id"], code={"text": "Dementia"})
        make.load("RVR", self.condition)
        self.coordinator = make.staff("Priya Nair", "coordinator", "RVC")
        Gate(Actor("system:intake", "system"), Purpose.INTAKE).create(
            self.about(
                "CareTeam",
                status="active",
                participant=[
                    {"role": [{"text": "coordinator"}], "member": party_reference(self.coordinator.party)}
                ],
            ),
            subject=self.person,
        )
        self.team = make.gate(self.coordinator, "coordinator", "RVC")
        self.team.create(self.consent(), subject=self.person, parties=[f"person:{self.marie}"])
        self.carer = Gate(Actor(f"person:{self.marie}", "carer"), Purpose.OWN_CARE)

    def about(self, type_: str, subject: str = "", key: str = "subject", **rest: Any) -> dict[str, Any]:
        return {
            "resourceType": type_,
            "id": str(uuid.uuid4()),
            key: {"reference": f"Patient/{subject or self.person}"},
            **rest,
        }

    def consent(self) -> dict[str, Any]:
        scope = {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                    "code": "patient-privacy",
                }
            ]
        }
        actor = {"role": {"text": "carer"}, "reference": party_reference(f"person:{self.marie}")}
        return self.about(
            "Consent",
            key="patient",
            status="active",
            scope=scope,
            category=[{"text": "carer sharing"}],
            policyRule={"text": "The person agreed"},
            provision={"type": "permit", "actor": [actor]},
        )

    def message(self, **rest: Any) -> dict[str, Any]:
        return self.about("Communication", **{"status": "in-progress", **rest})

    def sent_to_marie(self) -> Resource:
        body = self.message(payload=[{"contentString": "The nurse comes on Friday"}])
        return self.team.create(body, subject=self.person, parties=[f"person:{self.marie}"])


@pytest.fixture
def marie() -> Marie:
    return Marie()


def test_a_team_cannot_change_what_a_source_sent(marie: Marie) -> None:
    sent = marie.team.read("Patient", marie.hospital["id"])
    assert sent and sent.source == "RVR"
    with pytest.raises(Refused, match="never altered"):
        marie.team.update({**sent.body, "gender": "female"}, version=sent.version)
    still = marie.team.read("Patient", marie.hospital["id"])
    assert still and still.version == 1 and still.body["gender"] == "male"


def test_a_team_cannot_write_in_the_name_of_a_source(marie: Marie) -> None:
    """A Patient "from a practice" would make the whole practice the person's own."""
    with pytest.raises(Refused, match="nobody writes in its name"):
        marie.team.create(marie.message(), subject=marie.person, source=PRACTICE)


def test_an_entry_about_one_person_cannot_hang_on_another(marie: Marie) -> None:
    with pytest.raises(Refused, match="someone else"):
        marie.team.create(marie.about("Communication", marie.other, status="completed"), subject=marie.person)
    stored = marie.team.create(marie.message(), subject=marie.person)
    moved = {**stored.body, "subject": {"reference": f"Patient/{marie.other}"}}
    with pytest.raises(Refused, match="someone else"):
        marie.team.update(moved, version=stored.version)


def test_an_entry_may_name_any_record_of_the_same_person(marie: Marie) -> None:
    body = marie.about("Communication", marie.hospital["id"], status="completed")
    assert marie.team.create(body, subject=marie.person)


def test_a_taken_id_does_not_show_what_has_it(marie: Marie) -> None:
    assert marie.carer.read("Condition", marie.condition["id"]) is None
    with pytest.raises(Refused):
        marie.carer.create(marie.message(id=marie.condition["id"]), subject=marie.person)
    with pytest.raises(Conflict) as conflict:
        marie.team.create(marie.message(id=marie.condition["id"]), subject=marie.person)
    assert conflict.value.current.type == "Condition"


def test_a_recipient_acknowledges_a_message_and_cannot_rewrite_it(marie: Marie) -> None:
    sent = marie.sent_to_marie()
    read = marie.carer.read("Communication", sent.id)
    assert read
    rewritten = {**read.body, "payload": [{"contentString": "The nurse comes on Monday"}]}
    with pytest.raises(Refused, match="does not change it"):
        marie.carer.update(rewritten, version=1)
    with pytest.raises(Refused, match="does not change it"):
        marie.carer.update(read.body, version=1, parties=[f"person:{marie.marie}", "staff:someone"])
    with pytest.raises(Refused, match="does not change it"):
        marie.carer.update(read.body, version=1, labels=["visit"])
    receipt = {"url": "https://careweave.org/fhir/receipt", "valueString": "opened"}
    seen = marie.carer.update({**read.body, "status": "completed", "extension": [receipt]}, version=1)
    assert seen.version == 2
    with pytest.raises(Refused, match="does not change it"):
        marie.carer.update({**seen.body, "extension": []}, version=2)


def test_what_is_refused_is_written_down(marie: Marie) -> None:
    sent = marie.sent_to_marie()
    with pytest.raises(Refused):
        marie.carer.update({**sent.body, "payload": []}, version=1)
    lead = Gate(Actor("staff:lead", "governance-lead"), Purpose.GOVERNANCE)
    newest = lead.looks(actor=f"person:{marie.marie}", limit=1)[0]
    assert newest.act == "refused" and newest.detail and "does not change it" in newest.detail["why"]
