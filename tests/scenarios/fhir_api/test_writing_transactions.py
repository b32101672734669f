"""Changes made together or not at all, as a source's system and a professional make them through the gate."""

from __future__ import annotations

import threading
import uuid
from collections import Counter

import pytest
from django.db import connection

from careweave.record import Actor, Conflict, Gate, Invalid, Purpose, Refused
from careweave.record.changes import Act, Ambiguous, Change, Denied, Outcome
from careweave.record.ids import resource_id
from careweave.record.withdrawing import is_withdrawn
from tests.scenarios.fhir_api.writing_place import (
    COUNCIL,
    HOSPITAL,
    MRN,
    Care,
    condition,
    create,
    delete,
    patient,
    system,
    update,
)

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
URN = "urn:uuid:"


@pytest.fixture(scope="module")
def care(database: object) -> Care:
    return Care()


def new_urn() -> str:
    return f"{URN}{uuid.uuid4()}"


def test_entries_of_a_transaction_point_at_each_other_by_urn() -> None:
    hospital, joe = system(HOSPITAL), new_urn()
    person, copd = hospital.transact(
        [
            create(patient(), full_url=joe, path="Bundle.entry[0].resource"),
            create(condition(joe), path="Bundle.entry[1].resource"),
        ],
        client="ward-system",
    )
    assert (person.outcome, copd.outcome) == (Outcome.CREATED, Outcome.CREATED)
    stored = hospital.read("Condition", copd.id)
    assert stored and stored.body["subject"]["reference"] == f"Patient/{person.id}"
    assert stored.source == HOSPITAL and stored.subject == person.id
    assert stored.updated == copd.updated and stored.body == copd.body


def test_it_is_written_down_who_wrote_through_which_program() -> None:
    hospital, joe = system(HOSPITAL), new_urn()
    person, copd = hospital.transact(
        [create(patient(), full_url=joe), create(condition(joe))], client="ward-system"
    )
    (told,) = hospital.search("Provenance", [("target", f"Condition/{copd.id}")]).resources
    assert {each["reference"] for each in told.body["target"]} == {
        f"Patient/{person.id}/_history/1",
        f"Condition/{copd.id}/_history/1",
    }
    author, program = told.body["agent"]
    assert author["who"]["identifier"]["value"] == hospital.actor.id
    assert author["onBehalfOf"]["identifier"]["value"] == HOSPITAL
    assert program["who"]["identifier"]["value"] == "ward-system"


def test_what_a_source_names_has_the_id_that_its_files_give_it() -> None:
    (person,) = system(HOSPITAL).transact([create(patient("M-77"))])
    assert person.id == resource_id(HOSPITAL, "Patient", f"{MRN}|M-77")


def test_the_same_sent_twice_is_once_and_something_else_under_its_name_is_a_conflict() -> None:
    hospital, mrn = system(HOSPITAL), uuid.uuid4().hex
    (first,) = hospital.transact([create(patient(mrn))])
    (again,) = hospital.transact([create(patient(mrn))])
    assert (again.outcome, again.id, again.version) == (Outcome.FOUND, first.id, 1)
    with pytest.raises(Conflict):
        hospital.transact([create(patient(mrn, gender="male"))])


def test_a_unique_identifier_tells_one_source_nothing_about_another() -> None:
    mrn = uuid.uuid4().hex
    (ours,) = system(HOSPITAL).transact([create(patient(mrn))])
    (theirs,) = system(COUNCIL).transact([create(patient(mrn))])
    assert theirs.outcome is Outcome.CREATED and theirs.id != ours.id
    (asked,) = system(COUNCIL).transact([create(patient(mrn), query=f"identifier={MRN}|{mrn}")])
    assert (asked.outcome, asked.id) == (Outcome.FOUND, theirs.id)


def test_nothing_is_written_when_one_entry_is_wrong() -> None:
    hospital, mrn, joe = system(HOSPITAL), uuid.uuid4().hex, new_urn()
    broken = condition(joe, onsetDateTime="2020-02-31")
    with pytest.raises(Invalid) as refused:
        hospital.transact(
            [
                create(patient(mrn), full_url=joe, path="Bundle.entry[0].resource"),
                create(broken, path="Bundle.entry[1].resource"),
            ]
        )
    assert [issue.path for issue in refused.value.issues] == ["Bundle.entry[1].resource.onsetDateTime"]
    assert hospital.read("Patient", resource_id(HOSPITAL, "Patient", f"{MRN}|{mrn}")) is None


def test_nothing_is_written_when_one_entry_is_refused(care: Care) -> None:
    hospital, mrn = system(HOSPITAL), uuid.uuid4().hex
    with pytest.raises(Denied) as refused:
        hospital.transact(
            [
                create(patient(mrn), path="Bundle.entry[0].resource"),
                create(condition(f"Patient/{care.other_record['id']}"), path="Bundle.entry[1].resource"),
            ]
        )
    assert refused.value.path == "Bundle.entry[1].resource" and not refused.value.whoever
    assert hospital.read("Patient", resource_id(HOSPITAL, "Patient", f"{MRN}|{mrn}")) is None


def test_someone_elses_record_and_no_record_are_refused_alike(care: Care) -> None:
    answers = []
    for whose in (care.other_record["id"], care.other, str(uuid.uuid4()), "no-uuid"):
        with pytest.raises(Denied) as refused:
            system(HOSPITAL).transact([create(condition(f"Patient/{whose}"))])
        answers.append((refused.value.path, refused.value.whoever))
    for whose in (care.other, str(uuid.uuid4())):
        with pytest.raises(Denied) as refused:
            care.team.transact([create(care.message(whose))])
        answers.append((refused.value.path, refused.value.whoever))
    assert set(answers) == {("", False)}


def test_a_reference_into_someone_elses_record_is_refused_as_one_that_leads_nowhere(care: Care) -> None:
    (theirs,) = system(COUNCIL).transact([create(condition(f"Patient/{care.other_record['id']}"))])
    answers = set()
    for target in (theirs.id, str(uuid.uuid4())):
        body = care.message(about=[{"reference": f"Condition/{target}"}])
        with pytest.raises(Denied) as refused:
            care.team.transact([create(body)])
        answers.add(refused.value.path)
    assert answers == {"Communication.about[0].reference"}


def test_a_system_writes_for_its_own_organisation_alone(care: Care) -> None:
    hospital = system(HOSPITAL)
    note = care.team.transact([create(care.message())])[0]
    with pytest.raises(Denied):
        hospital.transact([update({**care.message(), "id": note.id})])
    with pytest.raises(Refused, match="own organisation alone"):
        hospital.create(patient(), subject=str(uuid.uuid4()), source=COUNCIL)
    for role in ("system:jobs", "system:intake"):
        with pytest.raises(Denied) as refused:
            Gate(Actor(role, "system"), Purpose.INTAKE).transact([create(patient())])
        assert refused.value.whoever


def test_a_source_cannot_name_someone_by_a_key_of_this_place(care: Care) -> None:
    body = condition(f"Patient/{care.hospital_record['id']}")
    body["recorder"] = {"identifier": {"system": "https://careweave.org/id/party", "value": care.priya.party}}
    with pytest.raises(Invalid) as refused:
        system(HOSPITAL).transact([create(body)])
    assert refused.value.issues[0].code == "not-theirs"


def test_a_professional_writes_about_the_person_with_the_place_as_source(care: Care) -> None:
    for whose in (care.joe, care.hospital_record["id"]):
        (note,) = care.team.transact([create(care.message(whose))])
        stored = care.team.read("Communication", note.id)
        assert stored and (stored.subject, stored.source) == (care.joe, "careweave")
        assert care.priya.party in stored.parties


def test_what_no_rule_lets_a_role_write_is_said_openly(care: Care) -> None:
    for whose in (care.joe, care.other, str(uuid.uuid4())):
        with pytest.raises(Denied) as refused:
            care.team.transact([create(condition(f"Patient/{whose}"))])
        assert refused.value.whoever


def test_an_update_follows_the_version_it_was_made_on() -> None:
    hospital = system(HOSPITAL)
    (person,) = hospital.transact([create(patient())])
    (second,) = hospital.transact([update({**person.body, "gender": "male"}, version=1)])
    assert (second.outcome, second.version) == (Outcome.UPDATED, 2)
    with pytest.raises(Conflict) as conflict:
        hospital.transact([update({**person.body, "gender": "female"}, version=1)])
    assert conflict.value.current.version == 2
    (same,) = hospital.transact([update(second.body)])
    assert (same.outcome, same.version) == (Outcome.UNCHANGED, 2)


def test_a_source_puts_something_under_the_one_id_that_follows_from_its_name() -> None:
    hospital, mrn = system(HOSPITAL), uuid.uuid4().hex
    own = resource_id(HOSPITAL, "Patient", f"{MRN}|{mrn}")
    (made,) = hospital.transact([update({**patient(mrn), "id": own})])
    assert (made.outcome, made.id) == (Outcome.CREATED, own)
    with pytest.raises(Denied):
        hospital.transact([update({**patient(), "id": str(uuid.uuid4())})])


def test_labels_of_a_note_are_not_lost_when_it_is_sent_without_them(care: Care) -> None:
    security = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]
    (note,) = care.team.transact([create(care.message(meta={"security": security}))])
    body = {**care.message(payload=[{"contentString": "Called"}]), "id": note.id}
    care.team.transact([update(body)])
    stored = care.team.read("Communication", note.id)
    assert stored and stored.version == 2 and stored.labels == ("mental-health",)


def test_deleting_keeps_the_entry_and_its_history(care: Care) -> None:
    hospital = system(HOSPITAL)
    (copd,) = hospital.transact([create(condition(f"Patient/{care.hospital_record['id']}"))])
    (gone,) = hospital.transact([delete(copd)])
    assert (gone.outcome, gone.version) == (Outcome.DELETED, 2) and is_withdrawn(gone.body)
    newest, first = hospital.history("Condition", copd.id)
    coding = newest.body["verificationStatus"]["coding"][0]
    assert coding["code"] == "entered-in-error" and "clinicalStatus" not in newest.body
    assert "verificationStatus" not in first.body
    (again,) = hospital.transact([delete(copd)])
    assert (again.outcome, again.version) == (Outcome.DELETED, 2)


def test_the_places_own_entry_for_a_person_is_not_taken_back(care: Care) -> None:
    with pytest.raises(Denied):
        care.team.transact([Change(Act.DELETE, "Patient", id=care.joe)])
    joe = care.team.read("Patient", care.joe)
    assert joe and joe.version == 1


def test_a_condition_that_finds_several_changes_nothing() -> None:
    hospital, name = system(HOSPITAL), f"Family{uuid.uuid4().hex[:8]}"
    for _ in range(2):
        hospital.transact([create(patient(name=[{"family": name}]))])
    for change in (
        Change(Act.DELETE, "Patient", query=f"family={name}"),
        update(patient(name=[{"family": name}]), query=f"family={name}"),
        create(patient(), query=f"family={name}"),
    ):
        with pytest.raises(Ambiguous):
            hospital.transact([change])


def test_a_conditional_update_makes_what_is_not_there_and_changes_what_is() -> None:
    hospital, mrn = system(HOSPITAL), uuid.uuid4().hex
    query = f"identifier={MRN}|{mrn}"
    (made,) = hospital.transact([update(patient(mrn), query=query)])
    (changed,) = hospital.transact([update(patient(mrn, gender="other"), query=query)])
    assert made.outcome is Outcome.CREATED
    assert (changed.outcome, changed.id, changed.version) == (Outcome.UPDATED, made.id, 2)


def test_a_conditional_reference_must_find_exactly_one() -> None:
    hospital, mrn = system(HOSPITAL), uuid.uuid4().hex
    (person,) = hospital.transact([create(patient(mrn))])
    (copd,) = hospital.transact([create(condition(f"Patient?identifier={MRN}|{mrn}"))])
    assert copd.body["subject"]["reference"] == f"Patient/{person.id}"
    with pytest.raises(Invalid) as refused:
        hospital.transact([create(condition(f"Patient?identifier={MRN}|none"))])
    assert refused.value.issues[0].path == "Condition.subject.reference"


def test_one_resource_is_changed_once_in_a_transaction() -> None:
    hospital = system(HOSPITAL)
    (person,) = hospital.transact([create(patient())])
    with pytest.raises(Invalid, match="twice"):
        hospital.transact([update({**person.body, "gender": "male"}), delete(person)])
    assert len(hospital.history("Patient", person.id)) == 1


def test_changes_of_two_people_stay_apart() -> None:
    """Nothing of one person may point into the record of another, also within one transaction."""
    hospital, joe, ann, copd = system(HOSPITAL), new_urn(), new_urn(), new_urn()
    visit = condition(ann)
    visit["evidence"] = [{"detail": [{"reference": copd}]}]
    with pytest.raises(Denied):
        hospital.transact(
            [
                create(patient(), full_url=joe),
                create(patient(), full_url=ann),
                create(condition(joe), full_url=copd),
                create(visit),
            ]
        )


def test_64_writers_at_one_conditional_create_make_one_resource() -> None:
    mrn = uuid.uuid4().hex
    gates = [system(HOSPITAL, f"writer-{number}") for number in range(64)]
    outcomes: Counter[Outcome] = Counter()
    ids = set()
    failures = []
    begin = threading.Barrier(8)

    def write(some: list[Gate]) -> None:
        try:
            begin.wait()
            for gate in some:
                done = gate.transact([create(patient(mrn), query=f"identifier={MRN}|{mrn}")])[0]
                outcomes[done.outcome] += 1
                ids.add(done.id)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(gates[place::8],)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert outcomes == {Outcome.CREATED: 1, Outcome.FOUND: 63} and len(ids) == 1


def test_two_who_change_the_same_things_in_another_order_do_not_wait_for_each_other() -> None:
    """One of them goes first, the other is told that it has changed; nobody is left hanging."""
    made = system(HOSPITAL).transact([create(patient()), create(patient())])
    failures: list[BaseException] = []
    begin = threading.Barrier(2)

    def write(order: int) -> None:
        gate = system(HOSPITAL, f"changer-{order}")
        begin.wait()
        for number in range(15):
            changes = [update({**each.body, "gender": ("male", "female")[number % 2]}) for each in made]
            try:
                gate.transact(changes[::order])
            except Conflict:
                pass
            except BaseException as failure:
                failures.append(failure)
        connection.close()

    threads = [threading.Thread(target=write, args=(order,)) for order in (1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
