"""What organisations agreed and what people chose decide what reaches whom, on every way in (A12, A23, B03, B04)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError

from careweave.identity.models import Staff
from careweave.record import Actor, Gate, Purpose, Refusal, Refused, agreements, choices, emergencies
from careweave.record.categories import explain_for, explain_mine
from careweave.record.relations import party_reference
from careweave.record.wishes import EVERYTHING, Wish
from tests import factories as make
from tests.fixtures.database import Database

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PRACTICE, HOSPITAL, COMMUNITY, OUTSIDER = "Y90001", "RVR", "RVC", "RVZ"


class Joe:
    """Joe with records at his practice and the hospital, one of them about his mental health, and a team."""

    def __init__(self) -> None:
        key = uuid.uuid4().hex
        at_gp, at_hospital = make.patient(PRACTICE, key, gp=PRACTICE), make.patient(HOSPITAL, key)
        self.person = make.person((PRACTICE, at_gp), (HOSPITAL, at_hospital))
        self.hospital_id = at_hospital["id"]
        self.at_gp = self._condition(PRACTICE, at_gp["id"])
        self.at_hospital = self._condition(HOSPITAL, at_hospital["id"])
        self.low_mood = self._condition(HOSPITAL, at_hospital["id"], labels=("mental-health",))
        self.allergy = self._entry("AllergyIntolerance", HOSPITAL, at_hospital["id"], key="patient")
        self.priya = make.staff("Priya Shah", "coordinator", COMMUNITY)
        self.team = make.gate(self.priya, "coordinator", COMMUNITY)
        team = {
            "resourceType": "CareTeam",
            "status": "active",
            "subject": {"reference": f"Patient/{self.person}"},
            "participant": [{"role": [{"text": "coordinator"}], "member": party_reference(self.priya.party)}],
        }
        Gate(Actor("system:intake", "system"), Purpose.INTAKE).create(team, subject=self.person)
        self.own = make.own_gate(self.person)

    def _entry(self, type_: str, source: str, subject: str, *, key: str = "subject", **rest: Any) -> str:
        id_ = str(uuid.uuid4())
        labels = rest.pop("labels", ())
        make.load(
            source,
            {"resourceType": type_, "id": id_, key: {"reference": f"Patient/{subject}"}, **rest},
            labels=labels,
        )
        return id_

    def _condition(self, source: str, subject: str, **rest: Any) -> str:
        return self._entry("Condition", source, subject, code={"text": "Something"}, **rest)

    def gate(
        self, member: Staff, role: str, organisation: str, purpose: Purpose = Purpose.DIRECT_CARE
    ) -> Gate:
        return make.gate(member, role, organisation, purpose)

    def gp(self) -> Gate:
        return make.gate(make.staff("Amina Khan", "gp", PRACTICE), "gp", PRACTICE)

    def choose(
        self, *covers: str, to: tuple[str, ...] = (), purpose: Purpose = Purpose.DIRECT_CARE
    ) -> choices.Choice:
        made = choices.choose(self.own, self.person, Wish(covers, to, purpose))
        assert not isinstance(made, Refusal), made
        return made


@pytest.fixture
def joe() -> Joe:
    return Joe()


def seen(gate: Gate, joe: Joe) -> set[str]:
    """The conditions and allergies this gate meets, which every way in must agree about."""
    gate = Gate(gate.actor, gate.purpose)  # the next click
    types = ["Condition", "AllergyIntolerance"]
    about = {one.id for one in gate.about(joe.person, types)}
    every = {joe.at_gp: "Condition", joe.at_hospital: "Condition", joe.low_mood: "Condition"}
    every |= {joe.allergy: "AllergyIntolerance"}
    read = {id_ for id_, type_ in every.items() if gate.read(type_, id_)}
    found = {
        one.id
        for type_ in types
        for one in gate.search(type_, [("patient", f"Patient/{joe.person}")]).resources
    }
    open_search = {one.id for type_ in types for one in gate.search(type_, [("_count", "200")]).resources}
    assert about == read == found == open_search & set(every)
    return about


@pytest.fixture
def keeper() -> Gate:
    lead = make.staff("Helen Ward", "governance-lead", COMMUNITY)
    return make.gate(lead, "governance-lead", COMMUNITY, Purpose.GOVERNANCE)


# -- agreements -------------------------------------------------------------------------------------------------


def end_all(keeper: Gate, supplier: str) -> None:
    for each in agreements.agreements(keeper):
        if each.terms.supplier == supplier and each.terms.until is None:
            assert agreements.end_agreement(keeper, each.id, because="it was not renewed") is None


def test_a12_who_has_not_signed_the_charter_sees_nothing_shared_and_after_signing_does(
    joe: Joe, keeper: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "_joins_the_network", lambda code: None)
    nurse = make.staff("Nia Outside", "district-nurse", OUTSIDER)
    member = joe.team.about(joe.person, ["CareTeam"])[0]
    body = {**member.body, "participant": [*member.body["participant"], _nurse(nurse)]}
    joe.team.update(body, version=member.version)
    gate = make.gate(nurse, "district-nurse", OUTSIDER)
    assert seen(gate, joe) == set() and gate.person(joe.person) is None
    assert not agreements.is_member(gate)
    assert agreements.sign_charter(keeper, organisation=OUTSIDER, signed_by="Its chair") is None
    gate = Gate(gate.actor, gate.purpose)
    assert gate.person(joe.person) and seen(gate, joe) == {joe.at_gp, joe.at_hospital, joe.allergy}
    acts = [look.act for look in keeper.looks(actor=keeper.actor.id)]
    assert "charter-sign" in acts


def _nurse(member: Staff) -> dict[str, Any]:
    return {"role": [{"text": "district-nurse"}], "member": party_reference(member.party)}


def test_an_agreement_that_ends_stops_the_flow_and_the_page_can_say_so(joe: Joe, keeper: Gate) -> None:
    assert joe.at_hospital in seen(joe.team, joe)
    end_all(keeper, HOSPITAL)
    assert seen(joe.team, joe) == {joe.at_gp}
    stopped = {each.supplier: each for each in agreements.stopped_for(Gate(joe.team.actor, joe.team.purpose))}
    assert stopped[HOSPITAL].why == "ended" and stopped[HOSPITAL].ended
    unsigned = agreements.agree(keeper, agreements.Terms("Direct care again", HOSPITAL))
    assert isinstance(unsigned, str) and seen(joe.team, joe) == {joe.at_gp}
    assert agreements.sign(keeper, unsigned, signed_by="The hospital's chief officer") is None
    assert joe.at_hospital in seen(joe.team, joe)


def test_what_is_agreed_until_a_day_ends_by_itself(joe: Joe, keeper: Gate) -> None:
    end_all(keeper, HOSPITAL)
    until = datetime.now(UTC) + timedelta(seconds=2)
    made = agreements.agree(
        keeper, agreements.Terms("A short one", HOSPITAL, until=until), signed_by="The hospital"
    )
    assert isinstance(made, str) and joe.at_hospital in seen(joe.team, joe)
    while datetime.now(UTC) < until:
        pass
    assert joe.at_hospital not in seen(joe.team, joe)
    _sign_again(keeper)


def _sign_again(keeper: Gate) -> None:
    assert isinstance(
        agreements.agree(keeper, agreements.Terms("Direct care", HOSPITAL), signed_by="The hospital"), str
    )


def test_an_agreement_for_one_purpose_opens_no_other(joe: Joe, keeper: Gate) -> None:
    end_all(keeper, HOSPITAL)
    terms = agreements.Terms("Counting only", HOSPITAL, purposes=("secondary-use",))
    assert isinstance(agreements.agree(keeper, terms, signed_by="The hospital"), str)
    assert joe.at_hospital not in seen(joe.team, joe)
    _sign_again(keeper)


def test_only_the_governance_lead_keeps_agreements(joe: Joe, database: Database) -> None:
    for gate in (joe.team, joe.own, joe.gp()):
        with pytest.raises(Refused):
            agreements.sign_charter(gate, organisation=OUTSIDER, signed_by="Nobody")
        with pytest.raises(Refused):
            agreements.agree(gate, agreements.Terms("Mine", HOSPITAL), signed_by="Me")
    with joe.team.transaction():
        joe.team.door.open([joe.person])
        with pytest.raises(Exception, match="row-level security"), joe.team.transaction():
            joe.team.door.rows(
                "INSERT INTO record.charter (organisation, signed_by, valid, recorded_by)"
                " VALUES ('X', 'x', tstzrange(now(), NULL), 'x')"
            )


def test_a23_no_agreement_can_give_a_provider_another_ones_prices(keeper: Gate, database: Database) -> None:
    terms = agreements.Terms("Prices", HOSPITAL, recipient=COMMUNITY, classes=("clinical", "financial"))
    refused = agreements.agree(keeper, terms, signed_by="Both")
    assert isinstance(refused, Refusal) and refused.field == "classes"
    with psycopg.connect(database.owner_url) as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            "INSERT INTO record.agreement (title, supplier, recipient, purposes, classes, valid, recorded_by)"
            " VALUES ('x', 'RVR', 'RVC', '{direct-care}', '{financial}', tstzrange(now(), NULL), 'x')"
        )
    buyer = agreements.Terms("Prices", HOSPITAL, "900", "commissioner", classes=("financial",))
    assert isinstance(agreements.agree(keeper, buyer, signed_by="Both"), str)


# -- choices ----------------------------------------------------------------------------------------------------


def test_an_objection_to_a_label_holds_at_the_next_click_and_ends_with_it(joe: Joe) -> None:
    gp, before = joe.gp(), seen(joe.team, joe)
    person = gp.person(joe.person)
    assert joe.low_mood in before and person and not person.held_back
    chosen = joe.choose("label:mental-health")
    assert seen(joe.team, joe) == before - {joe.low_mood}
    person = Gate(gp.actor, gp.purpose).person(joe.person)
    assert person and person.held_back and person.relationships == {"practice", "provider"}
    taken_back = choices.take_back(make.own_gate(joe.person), joe.person, chosen.id)
    assert not isinstance(taken_back, Refusal) and not taken_back.stands
    assert seen(joe.team, joe) == before


def test_an_objection_to_a_source_leaves_what_keeps_the_person_safe(joe: Joe) -> None:
    joe.choose(f"source:{HOSPITAL}")
    assert seen(joe.team, joe) == {joe.at_gp, joe.allergy}


def test_an_objection_to_an_organisation_holds_for_it_alone(joe: Joe) -> None:
    joe.choose(EVERYTHING, to=(f"org:{COMMUNITY}",))
    assert seen(joe.team, joe) == {joe.allergy}
    assert joe.at_hospital in seen(joe.gp(), joe)


def test_whoever_wrote_something_keeps_sight_of_it(joe: Joe) -> None:
    joe.choose(EVERYTHING)
    gp = joe.gp()
    assert seen(gp, joe) == {joe.at_gp, joe.allergy}
    person = gp.person(joe.person)
    assert person and person.held_back


def test_the_person_and_the_log_see_every_choice_and_staff_see_none(joe: Joe, keeper: Gate) -> None:
    chosen = joe.choose("label:mental-health")
    for gate in (joe.team, joe.gp()):
        assert Gate(gate.actor, gate.purpose).read("Consent", chosen.id) is None
        assert chosen.id not in {one.id for one in gate.about(joe.person, ["Consent"])}
    assert [each.id for each in choices.choices_of(make.own_gate(joe.person), joe.person)] == [chosen.id]
    assert keeper.read("Consent", chosen.id) is not None


def test_a_carer_or_another_person_cannot_choose(joe: Joe) -> None:
    other = make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, gp=PRACTICE)))
    for gate in (make.own_gate(other), make.own_gate(other, "carer"), joe.team):
        with pytest.raises(Refused):
            choices.choose(gate, joe.person, Wish((EVERYTHING,)))


def test_no_file_of_a_source_can_close_a_record(joe: Joe) -> None:
    body = choices.consent_of(Wish((EVERYTHING,)), joe.hospital_id, since=datetime.now(UTC))
    make.load(HOSPITAL, {**body, "id": str(uuid.uuid4())})
    assert joe.at_gp in seen(joe.team, joe)


def test_the_opt_out_is_for_counting_alone(joe: Joe, keeper: Gate) -> None:
    counting = agreements.Terms("Counting", HOSPITAL, purposes=("secondary-use",))
    assert isinstance(agreements.agree(keeper, counting, signed_by="The hospital"), str)
    assert counted(joe) == {joe.at_hospital, joe.low_mood}  # the practice has agreed to care only
    chosen = joe.choose(EVERYTHING, purpose=Purpose.SECONDARY_USE)
    assert counted(joe) == set()
    assert {joe.at_gp, joe.at_hospital, joe.low_mood} <= seen(joe.team, joe)
    choices.take_back(make.own_gate(joe.person), joe.person, chosen.id)
    assert counted(joe) == {joe.at_hospital, joe.low_mood}


def counted(joe: Joe) -> set[str]:
    gate = Gate(Actor("system:warehouse", "system"), Purpose.SECONDARY_USE)
    found: Iterator[list[Any]] = gate.extract(["Condition"])
    rows = [row for batch in found for row in batch if row.person_id == joe.person]
    return {json.loads(row.body)["id"] for row in rows}


# -- emergencies ------------------------------------------------------------------------------------------------


@pytest.fixture
def ben() -> Gate:
    doctor = make.staff("Ben Hale", "hospital-clinician", HOSPITAL)
    return make.gate(doctor, "hospital-clinician", HOSPITAL, Purpose.EMERGENCY)


def test_an_emergency_opens_for_an_hour_and_everyone_is_told(joe: Joe, ben: Gate, keeper: Gate) -> None:
    other = make.gate(
        make.staff("Nora Ash", "district-nurse", COMMUNITY), "district-nurse", COMMUNITY, Purpose.EMERGENCY
    )
    assert other.person(joe.person) is None and seen(other, joe) == set()
    joe.choose(EVERYTHING)
    opened = emergencies.open_in_emergency(
        other, joe.person, reason="life-at-risk", words="He is unconscious on the ward"
    )
    assert isinstance(opened, emergencies.Opened)
    assert timedelta(minutes=59) < opened.until - datetime.now(UTC) <= timedelta(minutes=60)
    assert seen(other, joe) == {joe.at_gp, joe.at_hospital, joe.allergy}  # nothing sensitive
    care = Gate(other.actor, Purpose.DIRECT_CARE)
    assert care.read("Condition", joe.at_gp) is None  # the same nurse for everyday care: still nothing
    looks = [look for look in joe.own.who_looked(joe.person) if look.act == "emergency"]
    assert looks[0].detail and looks[0].detail["words"] == "He is unconscious on the ward"
    (waiting,) = [
        each for each in emergencies.openings(keeper, only_waiting=True) if each.person_id == joe.person
    ]
    assert waiting.reason == "life-at-risk" and waiting.review_by > datetime.now(UTC)
    assert emergencies.review(keeper, waiting.id, outcome="wrong", note="") == Refusal(
        "Say what should be done", "note"
    )
    assert emergencies.review(keeper, waiting.id, outcome="right", note="") is None
    assert waiting.id not in {each.id for each in emergencies.openings(keeper, only_waiting=True)}
    assert isinstance(emergencies.review(keeper, waiting.id, outcome="right", note=""), Refusal)


def test_an_emergency_needs_a_reason_in_own_words_and_a_role(joe: Joe, ben: Gate) -> None:
    for reason, words in (("", "He is unconscious"), ("curious", "He is unconscious"), ("law", "  help  ")):
        assert isinstance(emergencies.open_in_emergency(ben, joe.person, reason=reason, words=words), Refusal)
    clerk = make.gate(
        make.staff("Dot Ames", "data-clerk", COMMUNITY), "data-clerk", COMMUNITY, Purpose.EMERGENCY
    )
    for gate in (clerk, Gate(ben.actor, Purpose.DIRECT_CARE)):
        with pytest.raises(Refused):
            emergencies.open_in_emergency(gate, joe.person, reason="law", words="He is unconscious")
    with pytest.raises(Refused):
        emergencies.open_in_emergency(ben, str(uuid.uuid4()), reason="law", words="He is unconscious")
    assert ben.person(joe.person) is None or not ben.read("Condition", joe.at_gp)


def test_an_emergency_cannot_be_made_longer(joe: Joe, ben: Gate, database: Database) -> None:
    emergencies.open_in_emergency(ben, joe.person, reason="law", words="He is unconscious")
    longer = "UPDATE record.relationship SET valid = tstzrange(lower(valid), %s) WHERE kind = 'emergency' AND subject = %s"
    hour = datetime.now(UTC) + timedelta(minutes=59)
    for until in (hour, hour + timedelta(days=1), None):
        with pytest.raises(IntegrityError), ben.transaction():
            ben.door.open([joe.person])
            ben.door.rows(longer, [until, joe.person])
    with psycopg.connect(database.owner_url) as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE record.emergency SET valid = tstzrange(lower(valid), NULL)")


def test_an_hour_later_it_is_shut(joe: Joe, ben: Gate, database: Database) -> None:
    emergencies.open_in_emergency(ben, joe.person, reason="law", words="He is unconscious")
    assert ben.read("Condition", joe.at_gp)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "UPDATE record.emergency SET valid = tstzrange(lower(valid) - interval '61 min',"
            " upper(valid) - interval '61 min') WHERE subject = %s",
            [joe.person],
        )
        owner.execute(
            "UPDATE record.relationship k SET valid = e.valid FROM record.emergency e"
            " WHERE e.id = k.resource AND k.subject = %s",
            [joe.person],
        )
    assert Gate(ben.actor, ben.purpose).read("Condition", joe.at_gp) is None
    assert emergencies.open_until(ben, joe.person) is None


# -- explaining, and what happens to people -------------------------------------------------------------------------


def why(
    gate: Gate, person: str, *, label: str = "", source: str = HOSPITAL
) -> tuple[bool, str, tuple[str, ...]]:
    """What is said about conditions of one label from one source: allowed, by which rule, and what it stands on."""
    found = explain_mine(Gate(gate.actor, gate.purpose), person)
    assert found
    (one,) = [
        each
        for each in found.categories
        if label == each.label and source in each.sources and "Condition" in each.types
    ]
    return one.allowed, one.rule, one.stands_on


def test_one_is_told_by_which_rule_relationship_agreement_or_choice(joe: Joe, keeper: Gate) -> None:
    team = ("I am in the person's team",)
    assert why(joe.team, joe.person) == (True, "team-reads", team)
    assert why(joe.team, joe.person, label="sexual-health")[:2] == (False, "label-sexual-health")
    joe.choose("label:mental-health")
    chose = (False, "the-person-objects", ("a choice of the person",))
    assert why(joe.team, joe.person, label="mental-health") == chose
    end_all(keeper, HOSPITAL)
    agreed = ("the charter and the sharing agreements",)
    assert why(joe.team, joe.person) == (False, "no-agreement", agreed)
    assert why(joe.team, joe.person, source=PRACTICE) == (True, "team-reads", team)
    _sign_again(keeper)
    stranger = make.gate(make.staff("Una", "gp", COMMUNITY), "gp", COMMUNITY)
    assert explain_mine(stranger, joe.person) is None
    assert "explain" in {look.act for look in joe.own.who_looked(joe.person)}


def test_the_explanation_is_the_decision_and_tells_not_whether_there_is_anything(
    joe: Joe, keeper: Gate
) -> None:
    joe.choose(f"source:{HOSPITAL}")
    empty = Joe()
    empty.choose(f"source:{HOSPITAL}")
    about = [
        explain_for(keeper.door, actor=each.team.actor, purpose=Purpose.DIRECT_CARE, person_id=each.person)
        for each in (joe, empty)
    ]
    assert about[0] and about[1] and about[0].categories == about[1].categories
    allowed, rule, _ = why(joe.team, joe.person)
    assert (allowed, rule) == (False, "the-person-objects") and joe.at_hospital not in seen(joe.team, joe)
    with pytest.raises(Refused):
        explain_for(joe.team.door, actor=joe.own.actor, purpose=Purpose.OWN_CARE, person_id=joe.person)


def test_who_moves_to_another_practice_is_closed_to_the_old_one_and_the_reason_says_so(
    joe: Joe, keeper: Gate
) -> None:
    gp = joe.gp()
    assert why(gp, joe.person)[:2] == (True, "team-reads")
    _registered(joe, gp="")
    assert seen(gp, joe) == {joe.at_gp}  # what it wrote itself
    assert explain_mine(Gate(gp.actor, gp.purpose), joe.person) is None
    told = explain_for(keeper.door, actor=gp.actor, purpose=gp.purpose, person_id=joe.person)
    assert told and told.relationships == ("provider",)
    rules = {
        (source, each.rule)
        for each in told.categories
        for source in each.sources
        if not each.label and "Condition" in each.types
    }
    assert {(PRACTICE, "provider-reads-its-own"), (HOSPITAL, "no-rule-opens")} <= rules


def test_death_recorded_in_error_and_taken_back_leaves_access_as_it_was(joe: Joe) -> None:
    before = seen(joe.team, joe), why(joe.team, joe.person)
    _registered(joe, gp=PRACTICE, died="2026-11-01")
    assert (
        seen(joe.team, joe),
        why(joe.team, joe.person),
    ) == before  # the duty of care and of confidence goes on
    _registered(joe, gp=PRACTICE)
    assert (seen(joe.team, joe), why(joe.team, joe.person)) == before


def _registered(joe: Joe, *, gp: str, died: str = "") -> None:
    """The practice sends its record of Joe anew."""
    (patient,) = [one for one in joe.gp().about(joe.person, ["Patient"]) if one.source == PRACTICE]
    body = {key: value for key, value in patient.body.items() if key != "deceasedDateTime" and key != "meta"}
    body.pop("generalPractitioner", None)
    body |= {"generalPractitioner": [{"identifier": {"system": make.ODS, "value": gp}}]} if gp else {}
    make.load(PRACTICE, body | ({"deceasedDateTime": died} if died else {}))
