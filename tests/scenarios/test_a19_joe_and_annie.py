"""A19: Joe is taken on, a plan is agreed with him, and it reaches all who are involved, Annie and him: nobody else."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from careweave.care.plans.copies import copies_of, hand_over, open_plan
from careweave.care.plans.publishing import NotYet, Published, publish, save_part
from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.care.teams.membership import add_member, share_with_carer, stop_sharing
from careweave.care.teams.notes import NextStep, add_note, entered_by_mistake, wrong_person
from careweave.care.teams.visits import ask_visitor, have_been, my_visits
from careweave.record import Refusal, Refused
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]

PRACTICE = "Y90001"
TODAY = date(2026, 11, 26)
TEAM_ROLES = [
    "gp",
    "practice-nurse",
    "district-nurse",
    "social-care-worker",
    "community-matron",
    "community-mental-health",
]


class Joe:
    """Joe with his records, his coordinator Priya, his team of six, and Annie."""

    def __init__(self) -> None:
        self.local_id, self.goal = uuid.uuid4().hex, str(uuid.uuid4())
        self.id = make.person(
            (PRACTICE, make.patient(PRACTICE, self.local_id, nhs_number="9990000018", gp=PRACTICE)),
            ("RVR", make.patient("RVR", self.local_id)),
        )
        self.annie = make.person(
            (
                PRACTICE,
                make.patient(
                    PRACTICE, f"{self.local_id} annie", given="Annie", nhs_number="9990000026", gp=PRACTICE
                ),
            )
        )
        self.priya = make.staff("Priya Nair", "coordinator", "RVC")
        self.gate = make.gate(self.priya, "coordinator", "RVC")
        make.suggestion(self.id, self.priya.party)
        taken = take_on(self.gate, person_id=self.id, coordinator=make.worker(self.priya, "coordinator"))
        assert isinstance(taken, Enrolled), taken
        self.team = {role: make.staff(f"The {role}", role, "RVC") for role in TEAM_ROLES}
        for role, member in self.team.items():
            added = add_member(self.gate, person_id=self.id, worker=make.worker(member, role))
            assert not isinstance(added, Refusal), added

    def share_with_annie(self) -> None:
        shared = share_with_carer(
            self.gate,
            person_id=self.id,
            carer_id=self.annie,
            name="Annie Holloway",
            relationship="wife and carer",
            answer="all",
            evidence="Joe said so at home on 3 November 2026",
        )
        assert not isinstance(shared, Refusal), shared

    def write_plan(self, **changes: object) -> None:
        parts = {
            "what_matters": "Walking to the club with Annie",
            "what_matters_whose": "Joe",
            "strengths": "Joe knows his way round the garden; Annie cooks",
            "goals": [
                {
                    "id": self.goal,
                    "words": "I want to walk to the club with Annie",
                    "whose": "Joe",
                    "importance": 9,
                    "actions": [
                        {
                            "what": "Try a walking frame",
                            "name": self.team["district-nurse"].name,
                            "party": self.team["district-nurse"].party,
                            "by": "2026-12-04",
                        }
                    ],
                }
            ],
            "if_then": [
                {
                    "trigger": "If Annie is ill or away",
                    "action": "Daughter comes for the night",
                    "call": "Priya Nair",
                    "number": "01632 960101",
                }
            ],
            "own_contributions": ["I ring Susan before I go to bed"],
            "network": [{"name": "Susan, daughter", "what": "Comes for the night"}],
            "agreement": "yes",
            "reviewer": self.priya.party,
            "reviewer_name": "Priya Nair",
            "review_on": "2027-02-01",
        }
        save_part(self.gate, person_id=self.id, changes={**parts, **changes})

    def publish(self) -> Published:
        published = publish(self.gate, person_id=self.id, person_name="Joe Holloway", today=TODAY)
        assert isinstance(published, Published), published
        return published


@pytest.fixture
def joe() -> Joe:
    return Joe()


def test_a19_joe_and_annie_each_hold_a_copy(joe: Joe) -> None:
    joe.share_with_annie()
    joe.write_plan()
    joe.publish()

    his = open_plan(make.own_gate(joe.id), person_id=joe.id)
    hers = open_plan(make.own_gate(joe.annie, "carer"), person_id=joe.id)

    assert his is not None and his.draft.goals[0].words == "I want to walk to the club with Annie"
    assert hers is not None and hers.draft.if_then[0].number == "01632 960101"
    received = {copy.name: copy.is_received for copy in copies_of(joe.gate, joe.id)}
    assert received["Joe Holloway"] and received["Annie Holloway"]


def test_a19_every_professional_involved_sees_a_copy_and_nobody_outside(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    for role, member in joe.team.items():
        assert open_plan(make.gate(member, role), person_id=joe.id) is not None, role
    outsider = make.gate(make.staff("A Stranger", "gp", "Y90009"), "gp", "Y90009")
    assert open_plan(outsider, person_id=joe.id) is None
    assert outsider.person(joe.id) is None
    copies = copies_of(joe.gate, joe.id)
    assert {copy.role for copy in copies} == {*TEAM_ROLES, "coordinator", "person"}
    assert all(copy.is_received for copy in copies if copy.role in TEAM_ROLES)
    assert not any(copy.is_received for copy in copies if copy.role == "person")


def test_a19_annie_has_no_copy_without_joes_consent_and_none_after_he_changes_his_mind(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    assert open_plan(make.own_gate(joe.annie, "carer"), person_id=joe.id) is None
    joe.share_with_annie()
    assert open_plan(make.own_gate(joe.annie, "carer"), person_id=joe.id) is not None
    stopped = stop_sharing(joe.gate, person_id=joe.id, carer_id=joe.annie, reason="Joe changed his mind")
    assert not isinstance(stopped, Refusal)
    assert open_plan(make.own_gate(joe.annie, "carer"), person_id=joe.id) is None


def test_a19_each_view_is_on_the_page_that_joe_can_read(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    nurse = joe.team["district-nurse"]
    open_plan(make.gate(nurse, "district-nurse"), person_id=joe.id)
    looks = make.own_gate(joe.id).who_looked(joe.id)
    assert any(look.actor == nurse.party and look.act == "read" for look in looks)


def test_a31_volunteer_sees_visit_and_nothing_else(joe: Joe) -> None:
    volunteer = make.staff("Vic Dale", "volunteer", "RVV01")
    asked = ask_visitor(
        joe.gate,
        person_id=joe.id,
        volunteer=make.worker(volunteer, "volunteer"),
        first_name="Joe",
        starts=datetime(2026, 11, 26, 14, tzinfo=UTC),
        ends=datetime(2026, 11, 26, 15, tzinfo=UTC),
        address="1 River Lane",
        what_to_do=["Walk to the corner and back"],
        please_do=["Speak to the left side"],
        please_dont=["Don't move the chairs"],
        coordinator="Priya Nair",
        coordinator_telephone="01632 960101",
    )
    assert not isinstance(asked, Refusal), asked
    joe.write_plan()
    joe.publish()
    gate = make.gate(volunteer, "volunteer", "RVV01")
    (visit,) = my_visits(gate)
    assert (visit.first_name, visit.please_do) == ("Joe", ("Speak to the left side",))
    assert gate.person(joe.id) is None
    assert open_plan(gate, person_id=joe.id) is None
    everything = [
        "Patient",
        "Condition",
        "CarePlan",
        "Goal",
        "Communication",
        "Task",
        "CareTeam",
        "Encounter",
    ]
    assert [r.type for r in gate.about(joe.id, everything)] == ["Task"]
    assert not isinstance(have_been(gate, task_id=visit.id, how="well", words="He laughed"), Refusal)


def test_b10_publish_without_agreement_reviewer_or_contingency_is_refused(joe: Joe) -> None:
    save_part(joe.gate, person_id=joe.id, changes={"what_matters": "The garden"})
    answer = publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY)
    assert isinstance(answer, NotYet)
    words = " ".join(each.words for each in answer.missing)
    assert "Choose who will review the plan" in words
    assert "Say what to do if things change, or why this is not needed" in words


def test_b10_an_active_condition_must_be_covered_or_said_why_not(joe: Joe) -> None:
    make.load(
        PRACTICE,
        {
            "resourceType": "Condition",
            "id": make.resource_id(PRACTICE, "Condition", joe.local_id),
            "clinicalStatus": {
                "coding": [
                    {"code": "active", "system": "http://terminology.hl7.org/CodeSystem/condition-clinical"}
                ]
            },
            "code": {
                "coding": [
                    {"system": "http://snomed.info/sct", "code": "84114007", "display": "Heart failure"}
                ]
            },
            "subject": {"reference": "Patient/" + make.resource_id(PRACTICE, "Patient", joe.local_id)},
        },
    )
    joe.write_plan()
    answer = publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY)
    assert isinstance(answer, NotYet)
    assert [m.words for m in answer.missing] == ["Heart failure is not covered: add it, or say why not"]
    joe.write_plan(not_covered={"http://snomed.info/sct|84114007": "The heart clinic has its own plan"})
    joe.publish()


def test_b10_a_receipt_is_only_made_by_the_recipients_own_act(joe: Joe) -> None:
    joe.write_plan()
    published = joe.publish()
    his = next(copy for copy in published.copies if copy.role == "person")
    open_plan(joe.gate, person_id=joe.id)
    assert not next(c for c in copies_of(joe.gate, joe.id) if c.id == his.id).is_received
    handed = hand_over(joe.gate, person_id=joe.id, copy_id=his.id, how="handed-over")
    assert not isinstance(handed, Refusal)
    receipt = next(c for c in copies_of(joe.gate, joe.id) if c.id == his.id).receipts[0]
    assert (receipt.how, receipt.by) == ("handed-over", joe.priya.party)


def test_b10_a_goal_held_back_from_carers_is_held_back_whole(joe: Joe) -> None:
    joe.share_with_annie()
    joe.write_plan(held_from_carers=[joe.goal])
    joe.publish()
    hers = open_plan(make.own_gate(joe.annie, "carer"), person_id=joe.id)
    assert hers is not None and hers.draft.goals == ()
    assert "walking frame" not in str(hers)


def test_b09_nobody_in_charge_is_refused_by_the_database_too(joe: Joe) -> None:
    from django.db import DatabaseError

    with pytest.raises(DatabaseError, match="someone must be in charge"):
        joe.gate.end_charge(joe.id, reason="just stopping")
    assert joe.gate.in_charge([joe.id])[joe.id].holder == joe.priya.party


def test_b10_a_plan_without_agreement_is_refused_by_the_database_too(joe: Joe) -> None:
    from django.db import DatabaseError

    body = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": f"Patient/{joe.id}"},
    }
    with pytest.raises(DatabaseError, match="plan_is_complete"):
        joe.gate.create(body, subject=joe.id)


def test_note_with_a_next_step_and_its_undo_tells_whoever_saw_it(joe: Joe) -> None:
    nurse = joe.team["district-nurse"]
    saved = add_note(
        joe.gate,
        person_id=joe.id,
        kind="call",
        with_whom="Annie",
        what_happened="Annie rang about the stairs",
        next_step=NextStep("Measure the stairs", nurse.party, nurse.name, TODAY + timedelta(days=2)),
        today=TODAY,
    )
    assert not isinstance(saved, Refusal), saved
    theirs = make.gate(nurse, "district-nurse")
    assert any(r.id == saved.note.id for r in theirs.about(joe.id, ["Communication"]))
    struck = entered_by_mistake(
        joe.gate, person_id=joe.id, note_id=saved.note.id, reason="It was about next door"
    )
    assert not isinstance(struck, Refusal), struck
    assert struck.body["payload"][0]["contentString"] == "Annie rang about the stairs"
    told = [r for r in theirs.about(joe.id, ["Communication"]) if "mistake" in str(r.body.get("payload"))]
    assert [r.parties for r in told] == [tuple(sorted((nurse.party, joe.priya.party)))]
    assert theirs.read("Task", saved.task.id).body["status"] == "cancelled"  # type: ignore[union-attr]


def test_note_on_the_wrong_person_moves_and_leaves_none_of_its_words(joe: Joe) -> None:
    joe.share_with_annie()
    make.suggestion(joe.annie, joe.priya.party)
    take_on(joe.gate, person_id=joe.annie, coordinator=make.worker(joe.priya, "coordinator"))
    saved = add_note(
        joe.gate,
        person_id=joe.id,
        kind="visit",
        with_whom="",
        what_happened="Annie has a sore hip",
        today=TODAY,
    )
    assert not isinstance(saved, Refusal)
    moved = wrong_person(
        joe.gate, person_id=joe.id, note_id=saved.note.id, right_person_id=joe.annie, reason="This was Annie"
    )
    assert not isinstance(moved, Refusal), moved
    assert moved.note.subject == joe.annie
    his = make.own_gate(joe.id)
    assert "sore hip" not in str([r.body for r in his.about(joe.id, ["Communication"])])
    assert all("sore hip" not in str(r.body) for r in his.history("Communication", saved.note.id))


def test_note_kept_from_the_person_is_not_in_what_they_read(joe: Joe) -> None:
    saved = add_note(
        joe.gate,
        person_id=joe.id,
        kind="meeting",
        with_whom="",
        what_happened="Annie is afraid of a fall",
        keep_from=["person"],
        keep_reason="Annie asked",
        today=TODAY,
    )
    assert not isinstance(saved, Refusal)
    assert "afraid" not in str(make.own_gate(joe.id).about(joe.id, ["Communication"]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"what_happened": "  "}, "A note needs a few words in ‘What happened’."),
        ({"kind": "carrier pigeon"}, "Choose whether this was a call"),
        ({"keep_from": ["person"]}, "Say why this is kept back"),
        (
            {"next_step": NextStep("Ring", "staff:x", "X", date(2026, 11, 1))},
            "‘By when’ must be today or later.",
        ),
    ],
)
def test_note_that_cannot_be_saved_says_why(joe: Joe, changes: dict[str, object], words: str) -> None:
    given = {"kind": "call", "with_whom": "", "what_happened": "Rang about stairs", "today": TODAY, **changes}
    answer = add_note(joe.gate, person_id=joe.id, **given)  # type: ignore[arg-type]
    assert isinstance(answer, Refusal) and words in answer.reason


def test_carer_cannot_write_into_the_plan(joe: Joe) -> None:
    joe.share_with_annie()
    joe.write_plan()
    plan = joe.publish().plan
    annie = make.own_gate(joe.annie, "carer")
    stored = annie.read("CarePlan", plan.id)
    assert stored is not None
    with pytest.raises(Refused):
        annie.update({**stored.body, "title": "mine"}, version=stored.version)
