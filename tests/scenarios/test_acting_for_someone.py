"""Acting for someone: different authorities, each proven, dated and revocable at once (B04, A19, A20, A24, A72)."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from careweave.care.teams import membership
from careweave.identity import representatives as acting
from careweave.identity import representatives_decisions as decisions
from careweave.identity.representatives import Appointed, Authority, Evidence, Freeze
from careweave.record import Actor, Gate, Purpose, Refusal, Refused
from careweave.record.ended import access_ended
from careweave.record.relations import party_reference
from tests import factories as make
from tests.fixtures.database import Database
from tests.scenarios.test_b10_plan_pages import own, words

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
PRACTICE, COMMUNITY = "Y90001", "RVC"
TODAY = datetime.now(UTC).date()
SEEN = Evidence("The registered paper with its stamp", TODAY)


def years_ago(years: int, *, days: int = 0) -> str:
    day = TODAY - timedelta(days=days)
    return day.replace(year=day.year - years, day=min(day.day, 28)).isoformat()


class Place:
    """A person with a plan, a condition and an account of money; a team of two; and someone who is to act."""

    def __init__(self, born: str = "1941-03-04") -> None:
        key = uuid.uuid4().hex
        self.body = make.patient(PRACTICE, key, gp=PRACTICE, birth_date=born)
        self.person = make.person((PRACTICE, self.body))
        self.proxy = make.person((PRACTICE, make.patient(PRACTICE, uuid.uuid4().hex, given="Colin")))
        self.condition = self.entry("Condition", "subject", code={"text": "Dementia"})
        self.money = self.entry("Account", "subject", status="active")
        self.mental = self.entry("Condition", "subject", labels=("mental-health",), code={"text": "Low mood"})
        self.priya, self.tom = (self.colleague(name) for name in ("Priya Shah", "Tom Reid"))
        members = [
            {"role": [{"text": "coordinator"}], "member": party_reference(one.actor.id)}
            for one in (self.priya, self.tom)
        ]
        team = {
            "resourceType": "CareTeam",
            "status": "active",
            "subject": {"reference": f"Patient/{self.person}"},
            "participant": members,
        }
        Gate(Actor("system:intake", "system"), Purpose.INTAKE).create(team, subject=self.person)
        self.own = make.own_gate(self.person)

    def colleague(self, name: str) -> Gate:
        return make.gate(make.staff(name, "coordinator", COMMUNITY), "coordinator", COMMUNITY)

    def entry(self, type_: str, key: str, **rest: Any) -> str:
        id_, labels = str(uuid.uuid4()), rest.pop("labels", ())
        whose = {"reference": f"Patient/{self.body['id']}"}
        whom: Any = [whose] if type_ == "Account" else whose
        body = {"resourceType": type_, "id": id_, key: whom, **rest}
        gate = Gate(Actor("system:intake", "system"), Purpose.INTAKE)
        gate.create(body, subject=self.body["id"], labels=labels, source=PRACTICE)
        return id_

    def appoint(self, kind: str, basis: str, **more: Any) -> Authority | Refusal:
        who = Appointed(self.proxy, "Colin Hill", kind, basis, more.pop("evidence", SEEN), **more)
        return acting.add_authority(self.priya, person_id=self.person, appointed=who)

    def appointed(self, kind: str, basis: str, **more: Any) -> Authority:
        made = self.appoint(kind, basis, **more)
        assert isinstance(made, Authority), made
        return made

    def lacks(
        self, decision: str = "Whether to move to a care home", outcome: str = "lacks", matter: str = "health"
    ) -> str:
        assessed = decisions.Assessed(
            decision,
            matter,
            "Pictures, and Annie beside him",
            "Dementia",
            ("retain",),
            "He forgot",
            outcome,
            TODAY,
        )
        made = acting.judge_capacity(self.priya, person_id=self.person, assessed=assessed)
        assert isinstance(made, decisions.Judgement), made
        return made.id

    def seen(self) -> set[str]:
        """What the proxy can read now, of what there is to read."""
        gate = make.own_gate(self.proxy, "carer")
        wanted = {
            "Condition": [self.condition, self.mental],
            "Account": [self.money],
            "Patient": [self.person],
        }
        one_by_one = {id_ for type_, ids in wanted.items() for id_ in ids if gate.read(type_, id_)}
        listed = {one.id for one in gate.about(self.person, list(wanted))} - {self.body["id"]}
        searched = {one.id for type_ in wanted for one in gate.search(type_, []).resources} - {
            self.body["id"]
        }
        assert one_by_one == listed == searched & {id_ for ids in wanted.values() for id_ in ids}
        return one_by_one

    def now(self) -> list[str]:
        return [one.kind for one in acting.authorities_at(self.priya, self.person, datetime.now(UTC))]

    def golden(self, **change: Any) -> None:
        """What linkage writes when a source's facts change."""
        gate = Gate(make.LINKER, Purpose.IDENTITY)
        current = gate.read("Patient", self.person)
        assert current
        body = {key: value for key, value in {**current.body, **change}.items() if value is not None}
        gate.update(body, version=current.version)


@pytest.fixture
def colin() -> Place:
    return Place()


def refused(answer: Any, field: str) -> None:
    assert isinstance(answer, Refusal) and answer.field == field, answer


# -- each authority opens its own, and none another ----------------------------------------------------------------


def test_property_attorney_cannot_decide_about_health(colin: Place) -> None:
    colin.appointed("attorney-property", "person-agreed")
    assert colin.seen() == {colin.person, colin.money}
    answer = acting.may_decide(colin.priya, person_id=colin.person, proxy_id=colin.proxy, matter="health")
    refused(answer, "proxy")
    assert isinstance(answer, Refusal) and "gives no say about health" in answer.reason
    words = {"wishes": "He wants to stay", "consulted": "Annie and Colin", "decided": "He moves to a home"}
    for_him = {"person_id": colin.person, "judgement": colin.lacks(), "proxy_id": colin.proxy}
    refused(acting.decide_for(colin.priya, **for_him, **words), "proxy")
    assert decisions.best_interests(colin.priya, colin.person) == []
    may = acting.may_decide(colin.priya, person_id=colin.person, proxy_id=colin.proxy, matter="property")
    assert isinstance(may, Authority) and may.kind == "attorney-property"


def test_b04_a_property_lpa_opens_no_health_and_a_health_lpa_no_money(colin: Place) -> None:
    judged = colin.lacks()
    colin.appointed("attorney-health", "capacity-lacking", decision=judged)
    assert colin.seen() == {colin.person, colin.condition}  # what is marked as mental health stays closed
    may = {"person_id": colin.person, "proxy_id": colin.proxy}
    words = {"wishes": "He wants to stay", "consulted": "Annie and Tom", "decided": "More visits at home"}
    assert not isinstance(acting.decide_for(colin.priya, **may, judgement=judged, **words), Refusal)
    assert decisions.best_interests(colin.priya, colin.person)[0]["decided-by"].startswith("Colin Hill")
    assert isinstance(acting.may_decide(colin.priya, **may, matter="health", decision=judged), Authority)
    refused(acting.may_decide(colin.priya, **may, matter="health", decision="another"), "decision")
    refused(acting.may_decide(colin.priya, **may, matter="property", decision=judged), "proxy")


def test_b04_a_health_attorney_acts_only_where_capacity_is_lacking_or_the_person_agreed(colin: Place) -> None:
    refused(colin.appoint("attorney-health", "capacity-lacking"), "decision")
    judged = colin.lacks()
    colin.lacks(outcome="has")  # the same decision, judged again later
    refused(colin.appoint("attorney-health", "capacity-lacking", decision=judged), "decision")
    refused(colin.appoint("deputy-health", "person-agreed"), "basis")
    money = colin.lacks("Whether to sell the house", matter="property")
    refused(colin.appoint("attorney-health", "capacity-lacking", decision=money), "decision")
    assert colin.seen() == set()
    colin.appointed("attorney-health", "capacity-lacking", decision=colin.lacks("Whether to be operated"))
    assert colin.condition in colin.seen()
    colin.lacks("Whether to be operated", outcome="has")  # he can decide again: who decided for him stops
    assert colin.seen() == set()
    (past,) = acting.authorities(colin.priya, colin.person)
    assert "themselves again" in past.ended_because
    colin.appointed("attorney-health", "person-agreed")
    assert colin.condition in colin.seen()


def test_b04_a_nominee_without_a_signed_agreement_is_refused(colin: Place) -> None:
    refused(colin.appoint("nominated-person", "signed-agreement"), "agreement")
    refused(
        colin.appoint("nominated-person", "signed-agreement", agreement_signed=TODAY + timedelta(days=1)),
        "agreement",
    )
    assert colin.seen() == set()


def test_a20_colin_as_nominated_person_sees_the_budget_and_no_diagnosis(colin: Place) -> None:
    made = colin.appointed("nominated-person", "signed-agreement", agreement_signed=TODAY)
    assert colin.seen() == {colin.person, colin.money}
    own = [one for one in acting.authorities(colin.own, colin.person) if one.person_may_end]
    assert [one.id for one in own] == [made.id]
    ended = acting.end_authority(colin.own, person_id=colin.person, authority_id=made.id)
    assert isinstance(ended, Authority) and ended.until and colin.seen() == set()


def test_b04_nothing_opens_without_proof_also_when_it_comes_through_the_api(colin: Place) -> None:
    refused(colin.appoint("advocate", "person-agreed", evidence=Evidence("", TODAY)), "seen")
    refused(
        colin.appoint("advocate", "person-agreed", evidence=Evidence("A letter I saw", TODAY + timedelta(1))),
        "seen_on",
    )
    made = colin.appointed("attorney-property", "person-agreed")
    stored = colin.priya.read("Consent", made.id)
    assert stored and "stamp" in str(stored.body["extension"])
    bare = {key: value for key, value in stored.body.items() if key not in ("id", "meta", "verification")}
    acting.end_authority(colin.priya, person_id=colin.person, authority_id=made.id, reason="Revoked")
    colin.priya.create(bare, subject=colin.person)
    assert colin.seen() == set()


# -- dated, ended at once, asked about at any date ------------------------------------------------------------------


def test_a_relative_whose_permission_is_withdrawn_loses_access_at_the_next_click_and_the_person_sees_both_events(
    colin: Place,
) -> None:
    """A72, A19: by the person in one click; the log of the person shows the permission and its end."""
    shared = membership.share_with_carer(
        colin.priya,
        person_id=colin.person,
        carer_id=colin.proxy,
        name="Colin Hill",
        relationship="son",
        answer="all",
        evidence="Asked at home today",
    )
    assert not isinstance(shared, Refusal)
    given = datetime.now(UTC)
    assert colin.seen() == {colin.person}
    (held,) = acting.authorities(colin.own, colin.person)
    acting.end_authority(colin.own, person_id=colin.person, authority_id=held.id)
    assert colin.seen() == set()
    log = [
        (look.act, look.actor)
        for look in colin.own.who_looked(colin.person)
        if (look.detail or {}).get("id") == held.id
    ]
    assert ("create", colin.priya.actor.id) in log and ("update", colin.own.actor.id) in log
    assert [one.kind for one in acting.authorities_at(colin.priya, colin.person, given)] == ["carer"]
    assert colin.now() == []


def test_a72_an_authority_ends_on_its_day_by_itself_and_the_past_can_be_asked(
    colin: Place, database: Database
) -> None:
    made = colin.appointed("advocate", "person-agreed", until=TODAY + timedelta(days=3))
    assert colin.seen() == {colin.person}
    assert acting.authorities_at(colin.priya, colin.person, TODAY + timedelta(days=2))[0].id == made.id
    assert acting.authorities_at(colin.priya, colin.person, TODAY + timedelta(days=5)) == []
    assert acting.authorities_at(colin.priya, colin.person, TODAY - timedelta(days=1)) == []


def test_an_attorney_whose_authority_ended_is_shut_out_at_once_and_reads_that_it_ended_and_not_why(
    colin: Place,
) -> None:
    page, hers = f"/my/caring/{colin.person}/questions", own(colin.proxy, "carer")
    held = colin.appointed("attorney-property", "person-agreed")
    assert access_ended(make.own_gate(colin.proxy, "carer"), colin.person) is None, "it stands"
    ended = acting.end_authority(
        colin.priya, person_id=colin.person, authority_id=held.id, reason="The court took it away"
    )
    assert isinstance(ended, Authority) and colin.seen() == set()
    answer = hers.get(page)
    said = words(answer)
    assert answer.status_code == 403 and "care here any more" in said and "This changed on" in said
    assert "court" not in said and "attorney" not in said
    again = colin.appointed("advocate", "person-agreed", until=TODAY + timedelta(days=3))
    assert access_ended(make.own_gate(colin.proxy, "carer"), colin.person) is None, "another stands"
    stored = colin.priya.read("Consent", again.id)
    assert stored
    over = {"start": f"{years_ago(1)}T09:00:00Z", "end": (TODAY - timedelta(days=2)).isoformat()}
    provision = {**stored.body["provision"], "period": over}
    colin.priya.update({**stored.body, "provision": provision}, version=stored.version)
    assert colin.seen() == set() and hers.get(page).status_code == 403, "its day came by itself"
    frozen = acting.freeze(
        colin.priya, person_id=colin.person, proxy_id=colin.proxy, name="Colin", reason="Money is missing"
    )
    assert isinstance(frozen, Freeze) and hers.get(page).status_code == 404, "a stop for safety tells nothing"


def test_who_acts_for_someone_sees_the_place_s_own_entry_and_no_source_s_patient(colin: Place) -> None:
    colin.appointed("attorney-health", "person-agreed")
    gate = make.own_gate(colin.proxy, "carer")
    assert gate.read("Patient", colin.person) is not None
    assert gate.read("Patient", colin.body["id"]) is None
    assert (
        gate.read_text("Patient", colin.body["id"]) is None
        and gate.history("Patient", colin.body["id"]) == []
    )
    assert [one.id for one in gate.about(colin.person, ["Patient"])] == [colin.person]
    assert {one.id for one in gate.search("Patient", []).resources} == {colin.person}
    everything = gate.everything(colin.person)
    assert everything and {each.id for each in everything.entries if each.type == "Patient"} == {colin.person}
    assert make.own_gate(colin.person).read("Patient", colin.body["id"]) is not None, "the person sees it all"


def test_the_person_cannot_end_what_a_court_or_a_judgement_decided_nor_open_what_ended(colin: Place) -> None:
    made = colin.appointed(
        "deputy-property", "capacity-lacking", decision=colin.lacks("Selling the house", matter="property")
    )
    answer = acting.end_authority(colin.own, person_id=colin.person, authority_id=made.id)
    assert isinstance(answer, Refusal)
    stored = make.own_gate(colin.person).read("Consent", made.id)
    assert stored
    with pytest.raises(Refused):
        make.own_gate(colin.person).update({**stored.body, "status": "inactive"}, version=stored.version)
    agreed = colin.appointed("advocate", "person-agreed")
    acting.end_authority(colin.own, person_id=colin.person, authority_id=agreed.id)
    again = make.own_gate(colin.person).read("Consent", agreed.id)
    assert again
    with pytest.raises(IntegrityError):
        make.own_gate(colin.person).update({**again.body, "status": "active"}, version=again.version)


# -- stopped for safety ---------------------------------------------------------------------------------------------


def test_a_freeze_stops_one_proxy_at_once_who_is_not_told_why_and_two_must_end_it(colin: Place) -> None:
    colin.appointed("attorney-property", "person-agreed")
    colin.appointed("advocate", "person-agreed")
    refused(
        acting.freeze(colin.priya, person_id=colin.person, proxy_id=colin.proxy, name="Colin", reason=""),
        "reason",
    )
    why = "Money is missing; the police are told"
    made = acting.freeze(colin.priya, person_id=colin.person, proxy_id=colin.proxy, name="Colin", reason=why)
    assert isinstance(made, Freeze)
    assert colin.seen() == set() and colin.now() == []
    theirs = make.own_gate(colin.proxy, "carer")
    assert theirs.about(colin.person, ["Consent"]) == [] and theirs.read("Consent", made.id) is None
    assert [one.reason for one in acting.freezes(colin.own, colin.person)] == [why]
    lead = make.gate(
        make.staff("Grace Obi", "governance-lead", COMMUNITY), "governance-lead", purpose=Purpose.GOVERNANCE
    )
    assert lead.read("Consent", made.id) is not None
    assert [one.reason for one in acting.freezes(lead, colin.person)] == [why]
    acts = {look.act for look in colin.own.who_looked(colin.person)}
    assert "proxy-freeze" in acts
    refused(
        acting.unfreeze(colin.priya, person_id=colin.person, freeze_id=made.id, reason="All is well again"),
        "reason",
    )
    stored = colin.priya.read("Consent", made.id)
    assert stored
    with pytest.raises(IntegrityError):  # nor past the action
        colin.priya.update({**stored.body, "status": "inactive"}, version=stored.version)
    ended = acting.unfreeze(colin.tom, person_id=colin.person, freeze_id=made.id, reason="All is well again")
    assert isinstance(ended, Freeze) and ended.ended_by == "Tom Reid"
    assert colin.seen() == {colin.person, colin.money}


# -- children -------------------------------------------------------------------------------------------------------


def test_b04_under_18_access_without_a_basis_is_refused() -> None:
    child = Place(born=years_ago(9))
    refused(child.appoint("attorney-health", "person-agreed"), "kind")
    refused(child.appoint("parent", "young-person-agreed"), "basis")
    shared: dict[str, Any] = {
        "person_id": child.person,
        "carer_id": child.proxy,
        "name": "Colin Hill",
        "relationship": "uncle",
        "answer": "all",
        "evidence": "She said yes",
    }
    refused(membership.share_with_carer(child.priya, **shared), "answer")
    written = membership._consent(child.person, child.proxy, "Colin", "all", "She said yes")
    child.priya.create({**written, "id": str(uuid.uuid4())}, subject=child.person)  # past the action
    assert child.seen() == set()
    decisions.record_competence(
        child.priya,
        person_id=child.person,
        competent=True,
        because="She said what he would read",
        assessed_on=TODAY,
    )
    assert not isinstance(membership.share_with_carer(child.priya, **shared), Refusal)
    assert child.seen() == {child.person}


def test_access_of_a_parent_ends_at_sixteen() -> None:
    child = Place(born=years_ago(15))
    made = child.appointed("parent", "parental-responsibility")
    assert child.condition in child.seen() and child.now() == ["parent"]
    birthday = date.fromisoformat(years_ago(15)).replace(year=TODAY.year + 1)
    assert acting.authorities_at(child.priya, child.person, birthday - timedelta(days=1))[0].id == made.id
    assert acting.authorities_at(child.priya, child.person, birthday) == []
    child.golden(birthDate=years_ago(16, days=1))  # a wrong birth date put right: she is 16 already
    assert child.seen() == set() and child.now() == []
    (past,) = acting.authorities(child.priya, child.person)
    assert "16th birthday" in past.ended_because
    refused(child.appoint("parent", "parental-responsibility"), "basis")
    child.appointed("parent", "young-person-agreed")
    assert child.condition in child.seen()


def test_a24_at_16_access_is_asked_for_again_and_the_team_is_told_in_time() -> None:
    child = Place(born=years_ago(9))
    child.appointed("parent", "parental-responsibility")
    (task,) = [one for one in child.priya.naming_me("Task") if one.subject == child.person]
    due = date.fromisoformat(task.body["restriction"]["period"]["end"])
    sixteen = date.fromisoformat(years_ago(9)).replace(year=TODAY.year + 7)
    assert timedelta(days=85) < sixteen - due < timedelta(days=95)


def test_a24_a_child_judged_competent_can_close_what_a_parent_sees() -> None:
    child = Place(born=years_ago(14))
    made = child.appointed("parent", "parental-responsibility")
    answer = acting.end_authority(child.priya, person_id=child.person, authority_id=made.id, reason="")
    refused(answer, "reason")
    acting.end_authority(
        child.priya, person_id=child.person, authority_id=made.id, reason="She decides (Gillick)"
    )
    assert child.seen() == set()


# -- access follows facts -------------------------------------------------------------------------------------------


def test_died_and_restored_from_death_recorded_in_error_access_follows_and_says_why(colin: Place) -> None:
    colin.appointed("attorney-property", "person-agreed")
    before = colin.seen()
    colin.golden(deceasedDateTime=TODAY.isoformat())
    assert colin.seen() == set() and colin.now() == []
    (held,) = acting.authorities(colin.priya, colin.person)
    assert "died" in held.ended_because
    refused(colin.appoint("advocate", "person-agreed"), "kind")
    colin.golden(deceasedDateTime=None)
    assert colin.seen() == before and colin.now() == ["attorney-property"]


def test_best_interests_are_only_for_what_the_person_cannot_decide(colin: Place) -> None:
    words = {
        "wishes": "He wants to stay",
        "consulted": "Annie and Colin",
        "decided": "More visits first",
        "by": "Priya Shah",
    }
    able = colin.lacks("What to eat", outcome="has")
    refused(
        decisions.record_best_interests(colin.priya, person_id=colin.person, judgement=able, **words),
        "judgement",
    )
    made = decisions.record_best_interests(
        colin.priya, person_id=colin.person, judgement=colin.lacks(), **words
    )
    assert not isinstance(made, Refusal)
    assert decisions.best_interests(colin.priya, colin.person)[0]["decided"] == "More visits first"


def test_capacity_is_assumed_unless_both_stages_say_otherwise_and_only_a_professional_says_so(
    colin: Place,
) -> None:
    for impairment, unable, field in (("", ("weigh",), "impairment"), ("Dementia", (), "unable")):
        assessed = decisions.Assessed(
            "Moving house", "health", "Time and pictures", impairment, unable, "He forgot", "lacks", TODAY
        )
        refused(decisions.record_capacity(colin.priya, person_id=colin.person, assessed=assessed), field)
    forged = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": decisions.CAPACITY_FORM,
    }
    with pytest.raises(Refused):
        colin.own.create(forged, subject=colin.person, labels=("capacity",))
