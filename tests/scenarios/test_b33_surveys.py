"""B33, A47, A49: people are asked about their care, may say no, and nobody who cares for them reads who said what."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from careweave.care.experience import answering, asking, inviting, standing
from careweave.care.experience.answers import Given, response_id
from careweave.care.plans.starting_over import start_over
from careweave.care.teams import shapes
from careweave.care.teams.delivering_links import link_of, token_of
from careweave.definitions.survey_definition import DECLINED, load_survey
from careweave.identity.models import Account
from careweave.record import Gate, Purpose, Refusal, Refused, deliveries, invitations
from careweave.record.clocks import WORKER
from careweave.record.door import PRIVATE
from careweave.record.invitations import Invitation, worker_gate
from tests import factories as make
from tests.scenarios.test_clocks import Place

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def place(database: Any) -> Place:
    return Place()


def another(place: Place) -> str:
    from tests.scenarios.test_a47_statements import also_looked_after

    return also_looked_after(place)


def source(place: Place) -> str:
    return str(place.priya.roles.get().organisation_id)


def patient_of(place: Place, person: str) -> str:
    found = worker_gate().about(person, ["Patient"])
    return next(one.id for one in found if one.source != "careweave")


def stay(place: Place, person: str, *, start: datetime, end: datetime | None) -> str:
    """A stay in hospital, as a source sends it."""
    code, id_ = source(place), str(uuid.uuid4())
    period = {"start": start.isoformat()} | ({"end": end.isoformat()} if end else {})
    make.load(
        code,
        {
            "resourceType": "Encounter",
            "id": id_,
            "status": "finished" if end else "in-progress",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
            "period": period,
            "subject": {"reference": f"Patient/{patient_of(place, person)}"},
        },
    )
    return id_


def planned(person: str, survey: str) -> list[Invitation]:
    return [one for one in invitations.of_people(worker_gate(), [person]) if one.survey == survey]


def asked(
    person: str, survey: str = "national-voices", *, now: datetime = NOW, closes: int = 30
) -> Invitation:
    """One invitation that is open, as the background work opens it."""
    moment = asking.Moment("plan-published", now.date(), uuid.uuid4().hex)
    (one,) = asking.invited(person, moment, [load_survey(survey, TODAY)], asking.rules_on(TODAY))
    opens = now - timedelta(hours=1)
    values = {**vars(one), "opens_at": opens, "reminds_at": None, "closes_at": now + timedelta(days=closes)}
    assert invitations.plan(worker_gate(), Invitation(**values))
    with_quiet(person)
    assert inviting.send_surveys(now) >= 1
    found = next(each for each in invitations.of_people(worker_gate(), [person]) if each.id == one.id)
    assert found.state == invitations.ASKED
    return found


def with_quiet(person: str) -> None:
    """Earlier surveys of this person are long ago, so that the next is asked at once."""
    for one in invitations.of_people(worker_gate(), [person]):
        assert one.state not in invitations.OPEN, "a test asks one survey at a time"


def opened(one: Invitation, now: datetime = NOW) -> answering.Opened:
    found = answering.open_link(token_of(one.id), now=now)
    assert isinstance(found, answering.Opened), found
    return found


def all_said(code: str, survey: str = "national-voices", **more: Any) -> Given:
    answers = {one.id: code for one in load_survey(survey, TODAY).items}
    return Given(**{"answers": answers, "who": "self", **more})


def reason(refused: object) -> str:
    assert isinstance(refused, Refusal), refused
    return refused.reason


# -- what asks ----------------------------------------------------------------------------------------------------


def test_a49_ctm_15_is_asked_three_days_after_leaving_hospital_once_a_journey(place: Place) -> None:
    person = another(place)
    asking.plan_surveys(NOW)
    first = stay(place, person, start=NOW - timedelta(days=9), end=NOW - timedelta(days=5))
    stay(place, person, start=NOW - timedelta(days=5) + timedelta(hours=2), end=NOW - timedelta(days=2))
    asking.plan_surveys(NOW)
    asking.plan_surveys(NOW)
    (ctm,) = planned(person, "ctm-15")
    assert ctm.event == "discharge" and first, "the transfer belongs to the same journey"
    (whole,) = planned(person, "whole-journey")
    assert whole.event == "ninety-one-days" and whole.opens_at > NOW + timedelta(days=80)


def test_nobody_is_asked_while_in_hospital_or_soon_after_another_survey(place: Place) -> None:
    person = another(place)
    asking.plan_surveys(NOW)
    stay(place, person, start=NOW - timedelta(days=9), end=NOW - timedelta(days=6))
    asking.plan_surveys(NOW)
    stay(place, person, start=NOW - timedelta(days=1), end=None)
    inviting.send_surveys(NOW)
    (ctm,) = planned(person, "ctm-15")
    assert ctm.state == invitations.PLANNED and ctm.act_at and ctm.act_at > NOW
    other = another(place)
    asked(other)
    moment = asking.Moment("discharge", TODAY - timedelta(days=4), "x")
    (second,) = asking.invited(other, moment, [load_survey("ctm-15", TODAY)], asking.rules_on(TODAY))
    assert invitations.plan(worker_gate(), second)
    inviting.send_surveys(NOW)
    (ctm,) = planned(other, "ctm-15")
    assert ctm.state == invitations.PLANNED and ctm.act_at and ctm.act_at > NOW + timedelta(days=27)


def test_whoever_has_no_account_gets_a_letter_and_whoever_has_one_gets_a_link(place: Place) -> None:
    by_post, by_mail = another(place), another(place)
    Account.objects.create(email=f"{uuid.uuid4().hex}@example.org", person_id=by_mail)
    ways = {}
    for person in (by_post, by_mail):
        one = asked(person)
        gate = worker_gate()
        with gate.transaction():
            gate.door.open([person])
            rows = gate.door.rows("SELECT channel, format FROM record.delivery WHERE entity = %s", [one.id])
        ways[person] = rows
    assert ways == {by_post: [("print", "survey-letter")], by_mail: [("notice", "survey")]}


def test_a_reminder_goes_once_and_then_it_closes_unanswered(place: Place) -> None:
    person = another(place)
    Account.objects.create(email=f"{uuid.uuid4().hex}@example.org", person_id=person)
    moment = asking.Moment("plan-published", TODAY - timedelta(days=28), uuid.uuid4().hex)
    (one,) = asking.invited(person, moment, [load_survey("national-voices", TODAY)], asking.rules_on(TODAY))
    invitations.plan(worker_gate(), one)
    inviting.send_surveys(NOW)
    for _ in range(2):
        inviting.send_surveys(NOW + timedelta(days=15))
    gate = worker_gate()
    with gate.transaction():
        gate.door.open([person])
        (sent,) = gate.door.rows("SELECT count(*) FROM record.delivery WHERE entity = %s", [one.id])
    assert sent[0] == 2, "the invitation, and one reminder"
    inviting.send_surveys(NOW + timedelta(days=60))
    (over,) = planned(person, "national-voices")
    assert over.state == invitations.CLOSED
    late = answering.open_link(token_of(one.id), now=NOW + timedelta(days=60))
    assert "closed on" in reason(late)


@pytest.mark.parametrize("act", ["send", "decline"])
def test_a_reminder_between_the_page_and_the_answer_takes_no_answer_away(place: Place, act: str) -> None:
    one = asked(another(place))
    found, gate = opened(one), worker_gate()
    with gate.transaction():
        assert invitations.move(gate, one, now=invitations.REMINDED, act_at=one.closes_at)
    done = (
        answering.send(found, all_said("agree"), now=NOW)
        if act == "send"
        else answering.decline(found, now=NOW)
    )
    assert done is None
    (over,) = planned(one.person_id, "national-voices")
    assert over.state == (invitations.ANSWERED if act == "send" else invitations.DECLINED)


def test_whoever_never_got_their_letter_was_not_asked(place: Place) -> None:
    ways = {}
    for is_posted in (True, False):
        person = another(place)
        one = asked(person)
        gate = worker_gate()
        (letter,) = [each for each in deliveries.on_paper(gate, [person]) if each.entity == one.id]
        if is_posted:
            sheet = {"batch": str(uuid.uuid4()), "handed_by": "staff:test"}
            assert deliveries.mark(gate, [letter], was="queued", now="handed", **sheet)
        inviting.send_surveys(NOW + timedelta(days=90))
        (over,) = planned(person, "national-voices")
        ways[is_posted] = over.state
        assert deliveries.on_paper(gate, [person]) == []
    assert ways == {True: invitations.CLOSED, False: invitations.STOPPED}


def test_a_death_stops_every_survey_and_asks_the_family_after_three_months(place: Place) -> None:
    person = another(place)
    kin = {
        "resourceType": "RelatedPerson", "name": [{"text": "Rose Hill"}], "active": True,
        "patient": {"reference": f"Patient/{person}"}, "address": [{"line": ["1 Mill Lane"], "city": "Riverside"}],
        "relationship": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0131", "code": "N"}]}],
    }  # fmt: skip
    place.gate.create(kin, subject=person)
    one = asked(person)
    golden = next(each for each in worker_gate().about(person, ["Patient"]) if each.source == "careweave")
    priya = place.gate
    priya.update({**golden.body, "deceasedDateTime": TODAY.isoformat()}, version=golden.version)
    asking.plan_surveys(NOW)
    assert [each.state for each in planned(person, "national-voices")] == [invitations.STOPPED]
    assert "was stopped" in reason(answering.open_link(token_of(one.id), now=NOW))
    (family,) = planned(person, "family")
    assert family.opens_at.date() == TODAY + timedelta(days=91)
    later = NOW + timedelta(days=92)
    inviting.send_surveys(later)
    (family,) = planned(person, "family")
    assert family.state == invitations.ASKED
    refused = answering.send(opened(family, later), all_said("agree", "family", who="proxy"), now=later)
    assert refused == Refusal("Write who you are to them, for example daughter", "relation")
    said = all_said("agree", "family", who="proxy", relation="daughter", is_shown=True)
    assert answering.send(opened(family, later), said, now=later) is None
    kept = worker_gate().read("QuestionnaireResponse", response_id(family.id))
    assert kept and kept.body["source"]["display"] == "daughter"
    for gate in (
        priya,
        make.own_gate(person),
    ):  # whoever has the way in of the person who died reads none of it
        assert gate.read("QuestionnaireResponse", kept.id) is None
        (theirs, *_) = standing.of_person(gate, person, TODAY)
        assert (theirs.survey.id, theirs.state, theirs.given) == ("family", invitations.ANSWERED, None)
    assert [one.survey.id for one in standing.past(standing.of_person(gate, person, TODAY))] == [
        "national-voices"
    ]


def test_nobody_who_died_is_asked_even_when_the_news_of_it_comes_late(place: Place) -> None:
    person = another(place)
    moment = asking.Moment("plan-published", TODAY - timedelta(days=28), uuid.uuid4().hex)
    (one,) = asking.invited(person, moment, [load_survey("national-voices", TODAY)], asking.rules_on(TODAY))
    invitations.plan(worker_gate(), one)
    golden = next(each for each in worker_gate().about(person, ["Patient"]) if each.source == "careweave")
    place.gate.update({**golden.body, "deceasedBoolean": True}, version=golden.version)
    inviting.send_surveys(NOW)  # before plan_surveys has heard of it
    assert [(each.state, each.why) for each in planned(person, "national-voices")] == [
        (invitations.STOPPED, "died")
    ]
    assert worker_gate().read("Communication", one.id) is None


# -- what is answered ---------------------------------------------------------------------------------------------


def test_b33_a_second_answer_is_refused(place: Place) -> None:
    one = asked(another(place))
    first = second = opened(one)
    assert answering.send(first, all_said("agree"), now=NOW) is None
    assert reason(answering.send(second, all_said("disagree"), now=NOW)) == answering.ALREADY
    assert reason(answering.decline(second, now=NOW)) == answering.ALREADY
    assert reason(answering.open_link(token_of(one.id), now=NOW)) == answering.ALREADY
    kept = worker_gate().read("QuestionnaireResponse", response_id(one.id))
    assert kept and {a["answer"][0]["valueCoding"]["code"] for a in kept.body["item"]} == {"agree"}


def test_b33_an_answer_out_of_range_or_to_no_question_is_refused(place: Place) -> None:
    found = opened(asked(another(place)))
    out = answering.send(found, Given({"in-charge": "5"}, who="self"), now=NOW)
    assert out == Refusal("Choose one of the answers under this question", "q-in-charge")
    assert "no question ‘age’" in reason(answering.send(found, Given({"age": "agree"}, who="self"), now=NOW))
    assert reason(answering.send(found, Given({"in-charge": "agree"}), now=NOW)) == "Say who is answering"
    assert "Answer one question" in reason(answering.send(found, Given({}, who="self"), now=NOW))
    assert worker_gate().read("QuestionnaireResponse", response_id(found.invitation.id)) is None


def test_b33_an_answer_for_somebody_else_is_refused(place: Place) -> None:
    mine, theirs = another(place), another(place)
    one = asked(theirs)
    for gate in (make.own_gate(mine), place.gate, make.own_gate(theirs, "carer")):
        assert reason(answering.open_own(gate, one.id, now=NOW)) == answering.FOR_SOMEBODY_ELSE
    assert reason(answering.open_link("bcdf-bcdf-bcdf-bcdf", now=NOW)) == answering.FOR_SOMEBODY_ELSE
    assert isinstance(answering.open_own(make.own_gate(theirs), one.id, now=NOW), answering.Opened)


def test_b33_an_answer_after_the_closing_day_is_refused(place: Place) -> None:
    one = asked(another(place), closes=3)
    found, late = opened(one), NOW + timedelta(days=4)
    assert "closed on Thursday 26 November" in reason(answering.send(found, all_said("agree"), now=late))
    assert "closed on" in reason(answering.decline(found, now=late))


def test_b33_too_few_answers_are_kept_and_have_no_score(place: Place) -> None:
    from careweave.measures.surveys import CTM_15, score

    survey = load_survey("ctm-15", TODAY)
    one = asked_ctm(another(place))
    seven = {str(number): "agree" for number in range(1, 8)} | {"8": "dont-know", "9": DECLINED}
    assert answering.send(opened(one), Given(seven, who="self"), now=NOW) is None
    kept = worker_gate().read("QuestionnaireResponse", response_id(one.id))
    assert kept and kept.body["status"] == "completed"
    values = {
        int(each["linkId"]): survey.item(each["linkId"])
        .option(each["answer"][0]["valueCoding"]["code"])
        .value  # type: ignore[union-attr]
        for each in kept.body["item"]
        if each.get("answer")
    }
    assert score(CTM_15, values).value is None and score(CTM_15, values).answered == 7


def asked_ctm(person: str) -> Invitation:
    moment = asking.Moment("discharge", TODAY - timedelta(days=3), uuid.uuid4().hex)
    (one,) = asking.invited(person, moment, [load_survey("ctm-15", TODAY)], asking.rules_on(TODAY))
    invitations.plan(worker_gate(), one)
    inviting.send_surveys(NOW)
    (found,) = planned(person, "ctm-15")
    return found


def test_declined_is_neither_not_asked_nor_not_answered(place: Place) -> None:
    person = another(place)
    by_state = {one.survey.id: one.state for one in standing.of_person(place.gate, person, TODAY)}
    assert by_state["national-voices"] == standing.NOT_ASKED
    one = asked(person)
    assert answering.keep_part(opened(one), Given({"in-charge": "agree"}), now=NOW) == 1
    assert opened(one).kept.answers == {"in-charge": "agree"}, "what was kept is there on the next day"
    assert answering.decline(opened(one), now=NOW) is None
    by_state = {one.survey.id: one.state for one in standing.of_person(place.gate, person, TODAY)}
    assert by_state["national-voices"] == invitations.DECLINED
    kept = worker_gate().read("QuestionnaireResponse", response_id(one.id))
    assert kept and "item" not in kept.body and kept.body["status"] == "stopped"
    assert "do not want to answer" in reason(answering.open_link(token_of(one.id), now=NOW))


def test_somebody_who_answers_for_them_says_so_and_it_stays_with_the_answers(place: Place) -> None:
    one = asked(another(place))
    said = all_said("agree", who="proxy", relation="husband")
    assert answering.send(opened(one), said, now=NOW) is None
    (mine, *_) = standing.of_person(make.own_gate(one.person_id), one.person_id, TODAY)
    assert mine.given and mine.given.is_proxy and mine.given.relation == "husband"


# -- who sees it --------------------------------------------------------------------------------------------------


def test_the_team_never_reads_who_said_what_unless_the_person_let_them(place: Place) -> None:
    hidden, shown = asked(another(place)), asked(another(place))
    assert answering.keep_part(opened(shown), all_said("disagree"), now=NOW) == 1
    part = response_id(shown.id)
    assert place.gate.read("QuestionnaireResponse", part) is None, "what is not sent yet is nobody's to read"
    assert answering.send(opened(hidden), all_said("disagree"), now=NOW) is None
    assert answering.send(opened(shown), all_said("disagree", is_shown=True), now=NOW) is None
    for one, expected in ((hidden, False), (shown, True)):
        id_ = response_id(one.id)
        assert (place.gate.read("QuestionnaireResponse", id_) is not None) is expected
        assert (
            any(e.id == id_ for e in place.gate.about(one.person_id, ["QuestionnaireResponse"])) is expected
        )
        assert make.own_gate(one.person_id).read("QuestionnaireResponse", id_) is not None
        (theirs, *_) = standing.of_person(place.gate, one.person_id, TODAY)
        with pytest.raises(Refused):  # an answer comes through the survey alone
            body = {
                "resourceType": "QuestionnaireResponse",
                "status": "completed",
                "subject": shapes.about(one.person_id),
            }
            place.gate.create(body, subject=one.person_id, labels=("survey",))
        assert theirs.state == invitations.ANSWERED and (theirs.given is not None) is expected
    assert "in-confidence" in PRIVATE, "nor does a page say that something is held back because of it"


def test_a_story_that_begins_again_leaves_what_the_person_let_their_team_see(place: Place) -> None:
    one = asked(another(place))
    assert answering.send(opened(one), all_said("agree", is_shown=True), now=NOW) is None
    start_over(place.gate, person_id=one.person_id, reason="The story begins again")
    kept = worker_gate().read("QuestionnaireResponse", response_id(one.id))
    assert kept and kept.body["status"] == "completed"


def test_a_link_is_kept_nowhere_and_opens_no_record(place: Place) -> None:
    one = asked(another(place))
    token = token_of(one.id)
    assert link_of(one.id).endswith(f"/survey/{token}") and len(token) == 19
    typed = answering.open_link(token.upper().replace("-", " "), now=NOW)
    assert isinstance(typed, answering.Opened), "as somebody types it from paper"
    gate = Gate(WORKER, Purpose.SYSTEM)
    with gate.transaction():
        gate.door.open_everyone()
        (row,) = gate.door.rows("SELECT i::text FROM record.invitation i WHERE id = %s", [one.id])
        assert token not in row[0] and token.replace("-", "") not in row[0]
        found = gate.door.rows("SELECT d::text FROM record.delivery d WHERE entity = %s", [one.id])
    assert found and all(token not in each[0] for each in found)


def test_of_two_answers_at_the_same_moment_one_is_taken(place: Place) -> None:
    found = opened(asked(another(place)))
    together, told = threading.Barrier(2), []

    def answer(code: str) -> None:
        try:
            together.wait()
            told.append((code, answering.send(found, all_said(code), now=NOW)))
        finally:
            connections.close_all()

    both = [threading.Thread(target=answer, args=(code,)) for code in ("agree", "disagree")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    [taken] = [code for code, refused in told if refused is None]
    [refused] = [refused for _, refused in told if refused is not None]
    assert reason(refused) == answering.ALREADY
    kept = worker_gate().read("QuestionnaireResponse", response_id(found.invitation.id))
    assert kept and {a["answer"][0]["valueCoding"]["code"] for a in kept.body["item"]} == {taken}


def test_what_was_asked_stays_in_its_words_when_no_version_holds_any_more(place: Place) -> None:
    one = asked(another(place))
    assert answering.send(opened(one), all_said("agree"), now=NOW) is None
    (shown,) = standing.of_person(place.gate, one.person_id, date(2025, 12, 1))
    assert shown.state == invitations.ANSWERED and shown.survey.version == one.version
