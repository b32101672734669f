"""B09: exactly one in charge, accepted by them, with deputy and limit; the person is told before it changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError

from careweave.care.teams import caseload, charge
from careweave.care.teams.enrolment import Enrolled, end_care, take_on
from careweave.care.teams.handover import Terms, accept_charge, offer_charge
from careweave.care.teams.handover_due import carry_out, do_due
from careweave.care.teams.handover_told import have_read, notices, to_be_read
from careweave.care.teams.membership import remove_member
from careweave.identity import staffing
from careweave.identity.absences import be_away
from careweave.record import Gate, Purpose
from careweave.record.actor import Actor
from tests import factories as make
from tests.scenarios.coordination import AT_ONCE, NEXT, SOON, TODAY, Place, refused

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def place() -> Place:
    return Place()


def test_b09_charge_moves_only_when_the_named_person_accepts(place: Place) -> None:
    joe = place.taken_on()
    offer = place.asked(joe, place.tom)
    assert place.holder(joe) == place.priya.party
    place.accepted(joe, offer, place.tom)
    before, after = place.gate(place.tom).charge_history(joe)
    assert (before.holder, after.holder) == (place.priya.party, place.tom.party)
    assert before.until == after.since and after.until is None
    (episode,) = charge.active_episodes(place.gate(place.tom), joe)
    assert episode.body["careManager"]["identifier"]["value"] == place.tom.party


def test_b09_ending_without_an_accepted_successor_is_refused(place: Place) -> None:
    joe = place.taken_on()
    place.asked(joe, place.tom)
    gate = place.gate(place.priya)
    with pytest.raises(DatabaseError, match="someone must be in charge"):
        gate.end_charge(joe, reason="just stopping")
    assert "accept that first" in refused(remove_member(gate, person_id=joe, party=place.priya.party))
    assert place.holder(joe) == place.priya.party


def test_b09_assigning_someone_who_has_left_is_refused_even_with_a_reason(place: Place) -> None:
    joe = place.taken_on()
    staffing.staff_leaves(staffing.administering(), staff=place.tom)
    answer = offer_charge(
        place.gate(place.priya), person_id=joe, to=place.worker(place.tom),
        terms=Terms("x", None, "ill", over_cap_reason="there is nobody else"),
    )  # fmt: skip
    assert refused(answer) == "Tom Reid has left. Choose someone else"


def test_b09_over_the_caseload_limit_needs_a_reason(place: Place) -> None:
    place.taken_on()
    other = place.person("9990000034")
    make.suggestion(other, place.priya.party)
    full = make.worker(place.priya, "coordinator", limit=1)
    words = "Priya Nair already has 1 person. Choose someone else, or say why."
    gate = place.gate(place.priya)
    assert refused(take_on(gate, person_id=other, coordinator=full)) == words
    reason = "Tom is on leave until Monday"
    taken = take_on(gate, person_id=other, coordinator=full, over_cap_reason=reason)
    assert isinstance(taken, Enrolled) and reason in taken.in_charge.reason


def test_b09_the_limit_counts_when_a_colleague_is_asked_and_when_they_accept(place: Place) -> None:
    place.tom.caseload_limit = 1
    place.tom.save()
    joe, _ = place.taken_on(), place.taken_on(place.tom)
    gate, tom = place.gate(place.priya), place.worker(place.tom)
    assert "already has 1 person" in refused(offer_charge(gate, person_id=joe, to=tom, terms=AT_ONCE))
    offer = place.asked(joe, place.tom, over_cap_reason="Tom knows the family")
    assert place.accepted(joe, offer, place.tom).charge is not None
    assert caseload.usual_limit(TODAY) == 60


def test_b09_someone_who_is_away_is_asked_only_with_a_reason(place: Place) -> None:
    joe = place.taken_on()
    be_away(place.tom.party, deputy=place.amir.party, starts_on=TODAY, ends_on=SOON, by="x", today=TODAY)
    answer = offer_charge(place.gate(place.priya), person_id=joe, to=place.worker(place.tom), terms=AT_ONCE)
    assert refused(answer) == f"Tom Reid is away until {SOON.day} {SOON:%B}. Choose someone else, or say why."


def test_b09_the_person_is_told_before_it_happens_and_says_that_they_read_it(place: Place) -> None:
    joe = place.taken_on()
    offer = place.asked(joe, place.tom, starts_on=SOON, not_told_because="")
    assert notices(make.own_gate(joe), joe) == []
    assert place.accepted(joe, offer, place.tom).charge is None
    assert place.holder(joe) == place.priya.party
    his = make.own_gate(joe)
    (told,) = to_be_read(his, joe, TODAY)
    day = f"{SOON.day} {SOON:%B}"
    assert (
        told.words
        == f"From {day} Tom Reid will be in charge of your care instead of Priya Nair. Tom will call you."
    )
    assert told.was_told_before
    assert "Only the person" in refused(have_read(place.gate(place.priya), notice_id=told.id))
    have_read(his, notice_id=told.id)
    stored = his.read("Communication", told.id)
    assert stored is not None
    assert [one["url"].rpartition("/")[2] for one in stored.body["extension"]] == ["starts-on", "receipt"]
    assert to_be_read(his, joe, TODAY) == [] and notices(place.gate(place.priya), joe)[0].read_at
    assert carry_out(SOON - timedelta(days=1)) == 0 and place.holder(joe) == place.priya.party
    assert carry_out(SOON) == 1 and place.holder(joe) == place.tom.party
    before, after = place.gate(place.tom).charge_history(joe)
    assert (after.accepted_by, before.until) == (place.tom.party, after.since)


def test_b09_a_change_at_once_needs_a_reason_why_the_person_was_not_told(place: Place) -> None:
    joe = place.taken_on()
    gate, tom = place.gate(place.priya), place.worker(place.tom)
    for day in (None, TODAY):
        answer = offer_charge(gate, person_id=joe, to=tom, terms=Terms("Knows Joe", day))
        assert "Say why the person cannot be told before" in refused(answer)
    past = Terms("Knows Joe", TODAY - timedelta(days=1))
    assert "today or later" in refused(offer_charge(gate, person_id=joe, to=tom, terms=past))


def test_b09_whoever_is_away_is_answered_for_and_stays_in_charge(place: Place) -> None:
    joe = place.taken_on(deputy=place.tom)
    held = place.gate(place.priya).in_charge([joe])[joe]
    assert charge.answering(held, TODAY).party == place.priya.party
    be_away(place.priya.party, deputy=place.amir.party, starts_on=TODAY, ends_on=SOON, by="x", today=TODAY)
    answers = charge.answering(held, TODAY)
    assert (answers.party, answers.stands_in_for) == (place.amir.party, "Priya Nair")
    assert answers.because == f"Priya Nair is away until {SOON.day} {SOON:%B}"
    assert charge.answering(held, SOON + timedelta(days=1)).party == place.priya.party
    assert place.holder(joe) == place.priya.party


def test_b09_the_cases_of_a_leaver_are_offered_to_who_stands_in(place: Place) -> None:
    with_deputy, without = place.taken_on(deputy=place.tom), place.taken_on()
    staffing.staff_leaves(staffing.administering(), staff=place.priya)
    held = place.gate(place.tom).in_charge([with_deputy, without])
    assert charge.answering(held[with_deputy], TODAY).party == place.tom.party
    assert charge.answering(held[without], TODAY).party == place.marta.party
    assert do_due(TODAY) == 2 and do_due(TODAY) == 0
    for person_id, member in ((with_deputy, place.tom), (without, place.marta)):
        (task,) = [
            t for t in place.gate(member).about(person_id, ["Task"]) if t.body["status"] == "requested"
        ]
        assert task.body["owner"]["identifier"]["value"] == member.party
        assert place.accepted(person_id, task, member).charge is not None


def test_b09_a_team_manager_can_pass_on_and_a_stranger_to_the_case_cannot(place: Place) -> None:
    joe = place.taken_on()
    amirs = place.gate(place.amir)
    answer = offer_charge(amirs, person_id=joe, to=place.worker(place.amir), terms=AT_ONCE)
    assert refused(answer) == "Only Priya Nair or their manager can pass this on"
    place.asked(joe, place.amir, by=place.marta)


def test_b09_the_person_or_the_family_may_coordinate_with_a_named_contact(place: Place) -> None:
    colin = place.taken_on()
    gate = place.gate(place.priya)
    who = f"person:{colin}"
    assert "Say how and when" in refused(
        charge.coordinate_by_choice(gate, person_id=colin, who=who, name="Colin", evidence=" ")
    )
    charge.coordinate_by_choice(
        gate, person_id=colin, who=who, name="Colin", evidence="Colin said so at home on 3 November"
    )
    held = gate.in_charge([colin])[colin]
    assert (held.post.coordinates, held.holder) == (who, place.priya.party)
    assert charge.answering(held, TODAY).party == place.priya.party
    place.accepted(colin, place.asked(colin, place.tom), place.tom)
    assert place.gate(place.tom).in_charge([colin])[colin].holder == place.tom.party
    first, second, third = place.gate(place.tom).charge_history(colin)
    assert first.until == second.since and second.until == third.since


def test_b09_balance_shows_people_limit_and_until_when_away(place: Place) -> None:
    place.taken_on(), place.taken_on(), place.taken_on(place.tom)
    be_away(place.tom.party, deputy=place.amir.party, starts_on=SOON, ends_on=SOON, by="x", today=TODAY)
    gate = place.gate(place.marta)
    assert [one.id for one in caseload.teams_to_balance(gate)] == [place.team]
    lines = caseload.balance(gate, place.team, TODAY)
    assert [(one.worker.name, one.people) for one in lines][:2] == [("Priya Nair", 2), ("Tom Reid", 1)]
    tom = next(one for one in lines if one.worker.name == "Tom Reid")
    assert (tom.limit, tom.room, tom.away_until, tom.stands_in) == (60, 59, SOON, "Amir Khan")


def test_b09_nobody_accepts_for_another_in_the_database_either(place: Place) -> None:
    from careweave.record.charges import Post

    joe = place.taken_on()
    with pytest.raises(DatabaseError, match="nobody accepts for another"):
        place.gate(place.priya).put_in_charge(joe, Post(place.tom.party), reason="Tom will not mind")
    gate = Gate(Actor("system:handovers", "system"), Purpose.SYSTEM)
    with pytest.raises(DatabaseError, match="nobody accepts for another"):
        gate.put_in_charge(joe, Post(place.tom.party), reason="timer")
    assert place.holder(joe) == place.priya.party


def test_b09_who_asks_twice_is_told_that_someone_was_asked_already(place: Place) -> None:
    joe = place.taken_on()
    place.asked(joe, place.tom)
    answer = offer_charge(place.gate(place.priya), person_id=joe, to=place.worker(place.amir), terms=AT_ONCE)
    assert "Someone has already been asked" in refused(answer)


def test_b09_after_care_has_ended_an_old_question_cannot_be_accepted(place: Place) -> None:
    joe = place.taken_on()
    offer = place.asked(joe, place.tom)
    end_care(place.gate(place.priya), person_id=joe, reason="Goals met", what_next=NEXT)
    tom = place.worker(place.tom)
    answer = accept_charge(place.gate(place.tom), person_id=joe, task_id=offer.id, by=tom)
    assert "not waiting for your answer" in refused(answer)


def test_a34_a_change_of_tier_moves_the_responsible_professional_by_accepted_handover(place: Place) -> None:
    ayesha = place.taken_on()
    note = "Moves from tier 2 to tier 3: insulin started, two admissions. The specialist nurse takes over"
    offer = place.asked(ayesha, place.tom, note=note, starts_on=SOON, not_told_because="")
    place.accepted(ayesha, offer, place.tom)
    (told,) = to_be_read(make.own_gate(ayesha), ayesha, TODAY)
    assert "Tom Reid will be in charge of your care instead of Priya Nair" in told.words
    carry_out(SOON)
    assert [one.name for one in charge.history(place.gate(place.tom), ayesha)] == ["Priya Nair", "Tom Reid"]
