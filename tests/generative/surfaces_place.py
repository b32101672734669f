"""Joe, a person who objects and one whose hospital has no agreement, with a word of its own in each of their entries."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client

from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.identity.models import Account, Staff
from careweave.record import Actor, Gate, Purpose, choices
from careweave.record.load import Loader, LoadRow
from careweave.record.wishes import Wish
from careweave.web.access import purpose_of
from tests import factories as make
from tests.generative.search_by_hand import Held, allowed
from tests.scenarios.fhir_api.reading_place import signed_in
from tests.scenarios.test_a19_joe_and_annie import Joe

PRACTICE, TRUST, UNSIGNED = "Y90001", "RVR", "RVU"
LABELS = (
    (),
    ("mental-health",),
    ("safeguarding",),
    ("held-from-person",),
    ("third-party",),
    ("sexual-health",),
)


@dataclass(frozen=True)
class Entry(Held):
    """One entry, the word that only it holds, and whose it is."""

    word: str = ""
    person: str = ""


@dataclass(frozen=True)
class Reader:
    """Somebody who looks: how they came in, and the browser's session they hold."""

    name: str
    actor: Actor
    client: Client
    email: str

    @property
    def purpose(self) -> Purpose:
        return purpose_of(self.actor.role)

    @property
    def gate(self) -> Gate:
        return Gate(self.actor, self.purpose)

    def may_read(self, entry: Entry) -> bool:
        return allowed(self.gate, entry)


class World:
    """Three people, a hundred entries that say who may read them by label and source, and everybody who looks."""

    def __init__(self) -> None:
        self.joe = Joe()
        self.joe.share_with_annie()
        self.joe.write_plan()
        self.joe.publish()
        self.objects = self._taken_on("Okafor", TRUST)
        self.unsigned = self._taken_on("Smith-Jones", UNSIGNED)
        wish = Wish((f"source:{TRUST}", "label:safeguarding"), (), Purpose.DIRECT_CARE)
        made = choices.choose(make.own_gate(self.objects), self.objects, wish)
        assert isinstance(made, choices.Choice), made
        self.people = (self.joe.id, self.objects, self.unsigned)
        self.entries = tuple(self._entries())
        self.readers = tuple(self._readers())

    # -- what is stored ---------------------------------------------------------------------------------------

    def _taken_on(self, family: str, source: str) -> str:
        """A person of the practice and of one more source; a source that is not a member is loaded all the same."""
        local = uuid.uuid4().hex
        person = make.person((PRACTICE, make.patient(PRACTICE, local, family=family, gp=PRACTICE)))
        self._store(
            source,
            {**make.patient(source, local, family=family), "id": make.resource_id(source, "Patient", local)},
        )
        make.place(
            Gate(make.LINKER, Purpose.IDENTITY),
            {make.resource_id(source, "Patient", local): person},
            sources={make.resource_id(source, "Patient", local): source},
            rule="factory",
        )
        make.suggestion(person, self.joe.priya.party)
        taken = take_on(
            self.joe.gate, person_id=person, coordinator=make.worker(self.joe.priya, "coordinator")
        )
        assert isinstance(taken, Enrolled), taken
        return person

    def _store(
        self, source: str, body: dict[str, Any], labels: Sequence[str] = (), subject: str = ""
    ) -> None:
        row = LoadRow(
            body["resourceType"],
            body["id"],
            subject or body["id"],
            datetime.now(UTC),
            tuple(labels),
            (),
            body,
        )
        Loader(source=source, file_name="surfaces", file_hash=body["id"], format="fhir").write(0, [row])

    def _entries(self) -> Iterator[Entry]:
        linker = Gate(make.LINKER, Purpose.IDENTITY)
        # Five against six: each label meets each shape in turn.
        number, shapes = itertools.count(100), itertools.cycle(SHAPES)
        for person in self.people:
            grant = linker.door.people([person])[person]
            for member, labels in itertools.product(grant.subjects, LABELS):
                word = f"Quillon{next(number)}"
                shape = next(shapes)
                body = {"id": str(uuid.uuid4()), **shape(word, {"reference": f"Patient/{member.subject}"})}
                source = member.source or "careweave"
                self._store(source, body, labels, member.subject)
                yield Entry(body, member.subject, source, labels, (), word, person)

    # -- who looks --------------------------------------------------------------------------------------------

    def _readers(self) -> Iterator[Reader]:
        joe = self.joe
        yield self._worker("coordinator", joe.priya, "coordinator", "RVC")
        worker = joe.team["social-care-worker"]
        yield self._worker("social care", worker, "social-care-worker", "RVC")
        yield self._worker(
            "trust", make.staff("Tim Trust", "hospital-clinician", TRUST), "hospital-clinician", TRUST
        )
        yield self._worker(
            "stranger", make.staff("Sam Stranger", "district-nurse", "RVZ"), "district-nurse", "RVZ"
        )
        yield self._worker("volunteer", make.staff("Val Visitor", "volunteer", "VCS01"), "volunteer", "VCS01")
        yield self._worker(
            "governance", make.staff("Gill Lead", "governance-lead", "RVC"), "governance-lead", "RVC"
        )
        yield self._someone("joe", joe.id, "person")
        yield self._someone("annie", joe.annie, "carer")

    @staticmethod
    def _worker(name: str, member: Staff, role: str, organisation: str) -> Reader:
        account = Account.objects.get(staff=member)
        actor = Actor(member.party, role, organisation, member.name)
        return Reader(name, actor, signed_in(account, actor), account.email)

    @staticmethod
    def _someone(name: str, person: str, role: str) -> Reader:
        email = f"{uuid.uuid4().hex}@example.org"
        account, _ = get_user_model().objects.get_or_create(person_id=person, defaults={"email": email})
        actor = Actor(f"person:{person}", role, "", name)
        return Reader(name, actor, signed_in(account, actor), account.email)


# -- one entry of each shape ------------------------------------------------------------------------------------------


def _condition(word: str, about: dict[str, str]) -> dict[str, Any]:
    active = {"coding": [{"code": "active"}]}
    return {"resourceType": "Condition", "subject": about, "code": {"text": word}, "clinicalStatus": active,
            "recordedDate": "2025-03-04"}  # fmt: skip


def _allergy(word: str, about: dict[str, str]) -> dict[str, Any]:
    return {"resourceType": "AllergyIntolerance", "patient": about, "code": {"text": word}}


def _medicine(word: str, about: dict[str, str]) -> dict[str, Any]:
    return {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": about,
            "medicationCodeableConcept": {"text": word}, "authoredOn": "2025-03-04"}  # fmt: skip


def _encounter(word: str, about: dict[str, str]) -> dict[str, Any]:
    return {"resourceType": "Encounter", "status": "finished", "subject": about, "class": {"code": "AMB"},
            "type": [{"text": word}], "reasonCode": [{"text": word}],
            "period": {"start": "2025-03-04T10:00:00Z", "end": "2025-03-04T10:30:00Z"}}  # fmt: skip


def _procedure(word: str, about: dict[str, str]) -> dict[str, Any]:
    return {"resourceType": "Procedure", "status": "completed", "subject": about, "code": {"text": word},
            "performedDateTime": "2025-03-04"}  # fmt: skip


SHAPES = (_condition, _allergy, _medicine, _encounter, _procedure)
