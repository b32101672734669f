"""A small place with Joe and Annie, his coordinator Priya, her team, and everyone's account, for journeys."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from careweave.care.plans.publishing import Published, publish, save_part
from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.care.teams.membership import add_member, share_with_carer
from careweave.care.teams.visits import ask_visitor
from careweave.identity import staffing
from careweave.identity.models import Account, Organisation, Staff
from careweave.record import Actor, Gate, Purpose, Refusal
from careweave.record.fhir.instants import LONDON
from careweave.record.review_queue import Proposed, propose
from careweave.web import directory
from tests import factories as make

PASSWORD = "correct horse battery"
PRACTICE, HOSPITAL, COMMUNITY, COUNCIL, VOLUNTARY = "Y90001", "RVR", "RVC", "900", "RVV01"
SNOMED = "http://snomed.info/sct"
GOAL = str(uuid.uuid4())
_KINDS = {
    PRACTICE: (Organisation.Kind.PRACTICE, "Mill Lane Surgery"),
    HOSPITAL: (Organisation.Kind.HOSPITAL, "Riverside Hospital"),
    COMMUNITY: (Organisation.Kind.COMMUNITY, "Riverside Community Trust"),
    COUNCIL: (Organisation.Kind.COUNCIL, "Riverside Council"),
    VOLUNTARY: (Organisation.Kind.VOLUNTARY, "Neighbours Together"),
}


@dataclass
class Place:
    """Who is here, and how they sign in."""

    joe: str = ""
    annie: str = ""
    staff: dict[str, Staff] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)

    def gate(self, key: str, role: str, organisation: str = COMMUNITY) -> Gate:
        return make.gate(self.staff[key], role, organisation)


def build() -> Place:
    """Everything up to the moment before Joe is taken on."""
    directory.forget()
    place = Place()
    people = (
        ("priya", "Priya Shah", "coordinator", COMMUNITY),
        ("gp", "Ruth Cole", "gp", PRACTICE),
        ("nurse", "Maria Lopez", "district-nurse", COMMUNITY),
        ("social", "Tom Reid", "social-care-worker", COUNCIL),
        ("volunteer", "Sam Okoro", "volunteer", VOLUNTARY),
        ("stranger", "Una Stranger", "gp", "Y90009"),
        ("ben", "Ben Hale", "hospital-clinician", HOSPITAL),
        ("clerk", "Dot Ames", "data-clerk", COMMUNITY),
        ("admin", "Ada Moss", "administrator", COMMUNITY),
        ("governance", "Helen Ward", "governance-lead", COMMUNITY),
        ("analyst", "Dev Patel", "analyst", COUNCIL),
    )
    for key, name, role, organisation in people:
        place.staff[key] = make.staff(name, role, organisation)
        place.emails[key] = _with_password(Account.objects.get(staff=place.staff[key]))
    for code, (kind, name) in _KINDS.items():
        staffing.add_organisation(code=code, name=name, kind=kind)
    place.joe, place.annie = _joe(), _annie()
    for key, person_id in (("joe", place.joe), ("annie", place.annie)):
        account = Account(email=f"{key}.{uuid.uuid4().hex[:6]}@example.org", person_id=person_id)
        place.emails[key] = _with_password(account)
    suggest(place)
    return place


def _with_password(account: Account) -> str:
    account.set_password(PASSWORD)
    account.save()
    return account.email


def _joe() -> str:
    local = uuid.uuid4().hex
    at_gp = make.patient(
        PRACTICE, local, family="Harper", given="Joseph", nhs_number="9990000018", gp=PRACTICE
    )
    at_gp |= {
        "address": [{"line": ["12 Weir Road"], "city": "Riverside", "postalCode": "ZZ99 3WR"}],
        "telecom": [{"system": "phone", "value": "01632 960312"}],
    }
    at_gp["name"].append({"use": "nickname", "given": ["Joe"]})
    at_hospital = make.patient(HOSPITAL, local, family="Harper", given="Joseph", nhs_number="9990000018")
    person_id = make.person((PRACTICE, at_gp), (HOSPITAL, at_hospital))
    _health(local, at_gp["id"], at_hospital["id"])
    return person_id


def _annie() -> str:
    body = make.patient(
        PRACTICE,
        uuid.uuid4().hex,
        family="Harper",
        given="Annie",
        nhs_number="9990000026",
        birth_date="1944-05-06",
        gp=PRACTICE,
    )
    return make.person((PRACTICE, {**body, "gender": "female"}))


def _health(local: str, at_gp: str, at_hospital: str) -> None:
    active = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
    }
    allergic = {
        "coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
        ]
    }
    make.load(
        PRACTICE,
        {
            "resourceType": "Condition",
            "id": make.resource_id(PRACTICE, "Condition", local),
            "clinicalStatus": active,
            "code": {"coding": [{"system": SNOMED, "code": "52448006", "display": "Dementia"}]},
            "recordedDate": "2024-05-01",
            "subject": {"reference": f"Patient/{at_gp}"},
        },
        _medicine(PRACTICE, local, at_gp, "One each morning", "2026-10-02"),
        _encounter(
            PRACTICE, f"{local} 1", at_gp, "AMB", "2026-11-05T09:10:00Z", "GP appointment", "Dr Ruth Cole"
        ),
    )
    make.load(
        HOSPITAL,
        {
            "resourceType": "AllergyIntolerance",
            "id": make.resource_id(HOSPITAL, "AllergyIntolerance", local),
            "clinicalStatus": allergic,
            "recordedDate": "2026-11-12",
            "code": {"coding": [{"system": SNOMED, "code": "91936005", "display": "Allergy to penicillin"}]},
            "reaction": [{"manifestation": [{"text": "rash"}]}],
            "patient": {"reference": f"Patient/{at_hospital}"},
        },
        _medicine(HOSPITAL, local, at_hospital, "Two each morning", "2026-11-12"),
        _encounter(HOSPITAL, f"{local} 2", at_hospital, "EMER", "2026-11-10T13:20:00Z", "Confusion", ""),
    )


def _medicine(source: str, local: str, patient_id: str, dose: str, when: str) -> dict[str, object]:
    return {
        "resourceType": "MedicationStatement",
        "id": make.resource_id(source, "MedicationStatement", local),
        "status": "active",
        "dateAsserted": when,
        "dosage": [{"text": dose}],
        "medicationCodeableConcept": {
            "coding": [
                {"system": "https://dmd.nhs.uk", "code": "318590006", "display": "Bisoprolol 2.5mg tablets"}
            ]
        },
        "subject": {"reference": f"Patient/{patient_id}"},
    }


def _encounter(
    source: str, local: str, patient_id: str, code: str, start: str, kind: str, who: str
) -> dict[str, object]:
    body: dict[str, object] = {
        "resourceType": "Encounter",
        "id": make.resource_id(source, "Encounter", local),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code},
        "type": [{"text": kind}],
        "period": {"start": start, "end": start},
        "subject": {"reference": f"Patient/{patient_id}"},
    }
    return {**body, "participant": [{"individual": {"display": who}}]} if who else body


def suggest(place: Place, person_id: str = "") -> None:
    """The register suggests someone (Joe) to Priya."""
    reason = "over 75, urine infection in November, more confused"
    make.suggestion(person_id or place.joe, place.staff["priya"].party, reason)


def take_the_suggestion_back(place: Place) -> None:
    """Nobody is asked about Joe any more."""
    finder = Gate(Actor("system:finder", "system"), Purpose.CASE_FINDING)
    for task in finder.about(place.joe, ["Task"]):
        if task.body["status"] == "requested":
            finder.update({**task.body, "status": "cancelled"}, version=task.version, parties=task.parties)


def ask_whether_same(place: Place) -> None:
    """The matcher cannot decide about Joe at the surgery and Jane at the hospital."""
    pair = [
        make.patient(source, uuid.uuid4().hex, family="Twin", given=given, nhs_number="9990000034")
        for source, given in ((PRACTICE, "Jane"), (HOSPITAL, "Robert"))
    ]
    for source, body in zip((PRACTICE, HOSPITAL), pair, strict=True):
        make.load(source, body)
    evidence = [{"field": "nhs_number", "level": "same", "words": "same NHS number"}]
    propose(
        make.Gate(make.LINKER, Purpose.IDENTITY),
        [Proposed(pair[0]["id"], pair[1]["id"], "Different first names: twins?", "", 3.2, evidence)],
    )


def ask_sam_to_visit(place: Place) -> None:
    """A visit of today, so that its address shows."""
    now = datetime.now(LONDON).replace(minute=0, second=0, microsecond=0)
    starts = now.replace(hour=min(now.hour + 1, 22))
    asked = ask_visitor(
        place.gate("priya", "coordinator"),
        person_id=place.joe,
        volunteer=make.worker(place.staff["volunteer"], "volunteer"),
        first_name="Joe",
        starts=starts,
        ends=starts + timedelta(hours=1),
        address="12 Weir Road, Riverside",
        what_to_do=["Walk to the corner and back"],
        please_do=["Speak to the left side"],
        please_dont=["Move the chairs"],
        good_to_know="Joe likes the river",
        telephone="01632 960312",
        coordinator="Priya Shah",
        coordinator_telephone="01632 960101",
    )
    assert not isinstance(asked, Refusal), asked


def take_joe_on(place: Place) -> Gate:
    """Priya is in charge of Joe's care; her gate."""
    gate = place.gate("priya", "coordinator")
    worker = make.worker(place.staff["priya"], "coordinator")
    taken = take_on(gate, person_id=place.joe, coordinator=worker)
    assert isinstance(taken, Enrolled), taken
    return gate


def publish_joes_plan(place: Place, what_matters: str, **more: object) -> None:
    """The next version of a plan of one goal, which Priya writes and reviews."""
    gate, priya = place.gate("priya", "coordinator"), place.staff["priya"]
    frame = {"what": "Try a frame", "name": priya.name, "party": priya.party, "by": ""}
    goal = {"id": GOAL, "words": "I want to walk to the club", "whose": "Joe", "importance": 9}
    changes = {
        "what_matters": what_matters,
        "what_matters_whose": "Joe",
        "goals": [{**goal, "actions": [frame]}],
        "covered": ["http://snomed.info/sct|52448006"],
        "no_contingency_because": "His daughter lives next door",
        "agreement": "yes",
        "reviewer": priya.party,
        "reviewer_name": priya.name,
        "review_on": "2099-06-01",
        **more,
    }
    save_part(gate, person_id=place.joe, changes=changes)
    published = publish(gate, person_id=place.joe, person_name="Joe", today=date.today())  # noqa: DTZ011
    assert isinstance(published, Published), published


def complete_the_team(place: Place) -> None:
    """Annie's share and the nurse join after the first plan; the second version then reaches both."""
    gate = place.gate("priya", "coordinator")
    for key, role in (("gp", "gp"), ("nurse", "district-nurse"), ("social", "social-care-worker")):
        added = add_member(gate, person_id=place.joe, worker=make.worker(place.staff[key], role))
        assert not isinstance(added, Refusal), added
    shared = share_with_carer(
        gate,
        person_id=place.joe,
        carer_id=place.annie,
        name="Annie Harper",
        relationship="wife and carer",
        telephone="01632 960313",
        answer="all",
        evidence="Joe said so at home",
    )
    assert not isinstance(shared, Refusal), shared
    ask_sam_to_visit(place)
