"""Mrs Smith's daughter rings one number (A01); touch-points are counted (A58); Marie's concern has a name (A72)."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from careweave.care.assessments.completing import NotComplete, complete
from careweave.care.assessments.drafting import save_answers
from careweave.care.assessments.questions import Answer
from careweave.care.contacts import worries
from careweave.care.contacts.worries import Judged
from careweave.care.teams import telling
from careweave.care.teams.membership import add_member, share_with_carer
from careweave.cli._riverside_desk import _ANSWERS
from careweave.identity.models import LimitUse, Staff
from careweave.record import Gate, Refusal
from careweave.web import directory, wording
from tests import factories as make
from tests.scenarios import smart
from tests.scenarios.test_b07_single_contact import TODAY, Zone, looked_after

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


def contact_of(source: str, patient: str, who: str, role: str, days_ago: int) -> dict[str, Any]:
    at = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    return {
        "resourceType": "Encounter",
        "id": make.resource_id(source, "Encounter", uuid.uuid4().hex),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"},
        "period": {"start": at, "end": at},
        "subject": {"reference": f"Patient/{patient}"},
        "participant": [{"type": [{"text": role}], "individual": {"display": who}}],
    }


class MrsSmith:
    """85, alone, with everyone who comes to her, Priya in charge, and Helen who rings."""

    def __init__(self) -> None:
        directory.forget()
        self.zone, local = Zone(pence=20_000), uuid.uuid4().hex
        at_gp = make.patient(
            self.zone.practice,
            local,
            family="Smith",
            given="Edith",
            birth_date="1941-06-12",
            gp=self.zone.practice,
            gender="female",
        )
        at_council = make.patient(
            "900", local, family="Smith", given="Edith", birth_date="1941-06-12", gender="female"
        )
        self.id = make.person((self.zone.practice, at_gp), ("900", at_council))
        self.helen = make.person(
            (
                self.zone.practice,
                make.patient(self.zone.practice, uuid.uuid4().hex, family="Carter", given="Helen"),
            )
        )
        for days_ago, who, role in (
            (60, "Dr Owen Pryce", "General practitioner"),
            (50, "Carol Whitby", "Practice nurse"),
            (40, "Maria Lopes", "District nurse"),
            (21, "Joanne Field", "Occupational therapist"),
            (20, "Dr Folake Adeyemi", "Diabetologist"),
            (19, "Dr James Penrose", "Cardiologist"),
        ):
            make.load(self.zone.practice, contact_of(self.zone.practice, at_gp["id"], who, role, days_ago))
        for days_ago, who, role in (
            (18, "Derek Lowe", "Occupational therapist"),
            (15, "Alan Peel", "Social worker"),
            (10, "Riverside Home Care", "Home care"),
        ):
            make.load("900", contact_of("900", at_council["id"], who, role, days_ago))
        self.gate = self.zone.gate()
        looked_after(self.zone, self.id)

    def was_assessed(self) -> None:
        save_answers(self.gate, person_id=self.id, answers={k: Answer(v) for k, v in _ANSWERS.items()})
        assert not isinstance(complete(self.gate, person_id=self.id, today=TODAY), NotComplete)

    def shares_with_helen(self) -> None:
        shared = share_with_carer(
            self.gate,
            person_id=self.id,
            carer_id=self.helen,
            name="Helen Carter",
            relationship="daughter",
            telephone="07700 900131",
            answer="all",
            evidence="Edith said so at home",
        )
        assert not isinstance(shared, Refusal), shared


def page(answer: Any) -> str:
    assert answer.status_code == 200, (answer.status_code, answer.get("Location"), _errors(answer))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def _errors(answer: Any) -> str:
    return " ".join(re.findall(r"<li><a href=\"#[^>]+>[^<]+", answer.content.decode()))


def test_a01_mrs_smith_one_number_to_home_care_within_the_limit() -> None:
    smith = MrsSmith()
    smith.was_assessed()
    smith.shares_with_helen()
    priya = smart.browser(smith.zone.priya)
    found = page(priya.get("/contacts", {"q": "Edith Smith"}))
    assert "SMITH, Edith" in found

    taking = page(priya.get("/contacts/take", {"person": smith.id}))
    assert "Known already: do not ask again Who lives with them? Alone Priya Nair" in taking
    assert "Not known yet" not in taking, "everything the desk asks is answered by the assessment"
    assert "Helen Carter, daughter (may be told: the plan" in taking
    call = {
        "channel": "phone",
        "caller": f"person:{smith.helen}",
        "check": "rang-back",
        "what": "She fell in the night and cannot wash or dress",
        "urgency": "urgent",
    }
    taken = priya.post(f"/contacts/take?person={smith.id}", call, follow=True)
    contact = taken.redirect_chain[-1][0]
    told = page(taken)
    assert f"{smith.zone.id.replace('zone-', 'Zone ')} has it" in told
    assert "Helen Carter may be told: the plan" in told
    assert "Two occupational therapists: is this right?" in told
    assert re.search(r"Derek Lowe.*Joanne Field", told)
    assert "Two occupational therapists: is this right?" in page(priya.get(f"/people/{smith.id}"))

    one = {
        "profession": "occupational-therapist",
        "keep": "Joanne Field",
        "reason": "She knows the flat",
        "back": contact.split("/")[-1],
    }
    settled = page(priya.post(f"/people/{smith.id}/one-is-enough", one, follow=True))
    assert "Two occupational therapists" not in settled
    assert "Tell Derek Lowe that Joanne Field stays as occupational therapist" in page(priya.get("/day"))

    begins = datetime.now(wording.LONDON) + timedelta(hours=2)
    order = {
        "care-service": "home-care",
        "care-days": "3",
        "care-a_day": "4",
        "care-begins": f"{begins:%H:%M}",
        "care-why": "She cannot wash",
    }
    late = datetime.now(wording.LONDON) + timedelta(hours=4)
    refused = priya.post(f"{contact}/care", {**order, "care-begins": f"{late:%H:%M}"})
    assert "begins within three and a half hours of the call" in refused.content.decode()
    committed = page(priya.post(f"{contact}/care", order, follow=True))
    assert "Committed: £140.40." in committed
    assert "£59.60 of the limit is left" in committed
    used = LimitUse.objects.get(limit__team_id=smith.zone.id)
    request = smith.gate.read("ServiceRequest", str(used.request))
    assert request is not None
    starts = datetime.fromisoformat(request.body["occurrencePeriod"]["start"].replace("Z", "+00:00"))
    assert starts - datetime.now(UTC) <= timedelta(hours=3.5)

    version = re.search(r'name="version" value="(\d+)"', priya.get(contact).content.decode())
    assert version
    ends = {
        "outcome": "care",
        "end-words": "Home care comes at noon, and I ring tonight",
        "version": version[1],
    }
    assert "Answered: Helen Carter." in page(priya.post(f"{contact}/answer", ends, follow=True))
    her_view = page(smart.browser(role="person", person_id=smith.id).get("/my"))
    assert "Priya Nair is in charge of your care." in her_view


def test_a58_touch_points_of_a_person_are_counted_and_everyone_has_one_desk() -> None:
    smith = MrsSmith()
    shown = page(smart.browser(smith.zone.priya).get(f"/people/{smith.id}"))
    assert "10 people, 1 handover" in shown, "nine who came, Priya, and one step to another organisation"
    assert all(name in shown for name in ("Dr Owen Pryce", "Derek Lowe", "Riverside Home Care"))
    for channel in ("phone", "walk-in", "referral"):
        from tests.scenarios.test_b07_single_contact import taken

        assert taken(smith.gate, smith.id, channel=channel).route.desk.team == smith.zone.id


def test_a72_marie_posts_a_concern_with_a_named_owner_and_reply_by_date() -> None:
    smith = MrsSmith()
    smith.shares_with_helen()
    marie = smart.browser(role="carer", person_id=smith.helen)
    path = f"/my/caring/{smith.id}/worried"
    assert "Send to Tom Reid" in page(marie.get(path))
    assert "Write a few words." in marie.post(path, {"words": " "}).content.decode()
    sent = page(marie.post(path, {"words": "Nothing is joined up, and nobody told me"}, follow=True))
    today = wording.weekday(TODAY)
    assert f"Tom Reid will answer you by {today}." in sent
    assert f"Tom Reid will answer you by {today}." in page(marie.get("/my/caring"))
    [concern] = worries.worries(smith.zone.gate(smith.zone.tom), smith.id)
    assert concern.is_open
    answered = telling.answer(
        smith.zone.gate(smith.zone.tom),
        message_id=concern.id,
        version=concern.version,
        words="I ring you at six",
    )
    assert not isinstance(answered, Refusal), answered
    after = page(marie.get(path))
    assert "I ring you at six" in after
    assert "will answer you by" not in page(marie.get("/my/caring"))


# -- worries, and whether one is an enquiry ---------------------------------------------------------------------


def decider(smith: MrsSmith) -> tuple[Staff, Gate]:
    from careweave.identity import staffing
    from careweave.identity.models import Organisation

    alan = make.staff("Alan Peel", "social-care-worker", "900")
    staffing.add_organisation(code="900", name="Riverside Council", kind=Organisation.Kind.COUNCIL)
    added = add_member(smith.gate, person_id=smith.id, worker=make.worker(alan, "social-care-worker"))
    assert not isinstance(added, Refusal), added
    return alan, make.gate(alan, "social-care-worker", "900")


ALL_MET = {"needs": "yes", "abuse": "yes", "unable": "yes"}
JUDGED = Judged(ALL_MET, "enquiry", "Bruises, and she is afraid of him", keep_from_person=False)


def test_a_worry_of_staff_goes_to_the_one_in_charge_with_a_deputy_and_is_timed_until_answered() -> None:
    smith = MrsSmith()
    alan, gate = decider(smith)
    to = worries.receiver(gate, smith.id)
    assert to is not None
    assert (to.name, to.deputy) == ("Priya Nair", smith.zone.tom.party)
    mine = worries.receiver(smith.gate, smith.id)
    assert mine is not None
    assert mine.name == "Tom Reid"
    told = worries.worry(gate, person_id=smith.id, words="She has bruises", today=TODAY)
    assert not isinstance(told, Refusal), told
    assert told.by == TODAY
    assert [one.id for one in telling.waiting_for_me(smith.gate)] == [told.id]
    assert [one.id for one in telling.waiting_for_me(smith.zone.gate(smith.zone.tom))] == [told.id]
    assert alan.name == worries.worries(smith.gate, smith.id)[0].sender_name


def test_section_42_is_decided_by_the_councils_safeguarding_roles_on_its_three_conditions() -> None:
    smith = MrsSmith()
    _, alan = decider(smith)
    told = worries.worry(alan, person_id=smith.id, words="She has bruises", today=TODAY)
    assert not isinstance(told, Refusal), told

    def decides(gate: Gate, **changes: Any) -> Any:
        return worries.decide(gate, concern_id=told.id, judged=replace(JUDGED, **changes), today=TODAY)

    assert isinstance(decides(smith.gate), Refusal), (
        "a coordinator of the community trust does not carry the duty"
    )
    for changes, field in (
        ({"met": {"needs": "yes", "abuse": "yes"}}, "met-unable"),
        ({"decision": ""}, "decision"),
        ({"decision": "no-enquiry"}, "decision"),
        ({"met": {**ALL_MET, "unable": "no"}}, "decision"),
        ({"reason": "no"}, "reason"),
    ):
        refused = decides(alan, **changes)
        assert isinstance(refused, Refusal)
        assert refused.field == field
    assert not isinstance(decides(alan), Refusal)
    assert isinstance(decides(alan), Refusal), "once"
    [decision] = worries.decisions(alan, smith.id)
    assert (decision.decision, decision.by, set(decision.met)) == ("enquiry", "Alan Peel", set(ALL_MET))
    nurse = make.staff("Maria Lopes", "district-nurse", "RVC")
    add_member(smith.gate, person_id=smith.id, worker=make.worker(nurse, "district-nurse"))
    assert worries.decisions(make.gate(nurse, "district-nurse", "RVC"), smith.id) == []


def test_the_page_of_worries_keeps_what_was_typed_until_the_decision_holds() -> None:
    smith = MrsSmith()
    alan, gate = decider(smith)
    told = worries.worry(gate, person_id=smith.id, words="She has bruises", today=TODAY)
    assert not isinstance(told, Refusal), told
    browser, path = smart.browser(alan, "social-care-worker"), f"/people/{smith.id}/worries"
    judged = {f"met-{key}": "yes" for key in ALL_MET} | {
        "decision": "no-enquiry",
        "reason": "Bruises on both arms",
    }
    refused = browser.post(f"{path}/{told.id}/section-42", judged)
    assert refused.status_code == 422
    assert "All three conditions are met, so the council must make an enquiry" in refused.content.decode()
    assert "Bruises on both arms" in refused.content.decode()
    decided = page(
        browser.post(f"{path}/{told.id}/section-42", {**judged, "decision": "enquiry"}, follow=True)
    )
    assert "Care Act 2014, section 42: An enquiry is made (section 42(2))" in decided
    assert "Every worry, and whether it is a safeguarding enquiry" in page(
        smart.browser(smith.zone.priya).get("/day/messages")
    )
    posted = page(browser.post(path, {"words": "Now her purse is gone"}, follow=True))
    assert "Priya Nair will answer by" in posted


def test_the_alleged_source_of_risk_never_sees_a_worry_or_its_decision() -> None:
    smith = MrsSmith()
    smith.shares_with_helen()
    _, alan = decider(smith)
    helen, edith = make.own_gate(smith.helen, "carer"), make.own_gate(smith.id)
    told = worries.worry(alan, person_id=smith.id, words="Helen shouts at her", today=TODAY)
    assert not isinstance(told, Refusal), told
    assert [one.id for one in telling.told_about(edith, smith.id)] == [told.id]
    made = worries.decide(
        alan, concern_id=told.id, judged=replace(JUDGED, keep_from_person=True), today=TODAY
    )
    assert not isinstance(made, Refusal), made
    for gate in (helen, make.own_gate(smith.id)):
        assert telling.told_about(gate, smith.id) == []
        assert [one for one in gate.about(smith.id, ["Communication"]) if one.id in (told.id, made.id)] == []
    hidden = worries.worry(alan, person_id=smith.id, words="It goes on", keep_from_home=True, today=TODAY)
    assert not isinstance(hidden, Refusal)
    assert telling.told_about(make.own_gate(smith.id), smith.id) == []
    assert len(worries.worries(smith.gate, smith.id)) == 2
    carer: Client = smart.browser(role="carer", person_id=smith.helen)
    for path in ("/my/caring", f"/my/caring/{smith.id}/worried", f"/my/caring/{smith.id}/change"):
        assert "shouts" not in carer.get(path).content.decode()
