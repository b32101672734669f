"""B17: the sender answers until a named person accepts; who was accountable is known for every moment."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection

from careweave.care.teams import access_after, charge
from careweave.care.teams.enrolment import end_care
from careweave.care.teams.handover import (
    accept_charge,
    decline_charge,
    offer_charge,
    waiting_offer,
    withdraw_offer,
)
from careweave.care.teams.handover_due import AGREE, do_due
from careweave.care.teams.membership import add_member, is_member, team_of
from careweave.care.teams.shapes import has_code
from careweave.care.teams.what_next import left_with
from careweave.care.teams.working_time import LONDON
from careweave.identity.golden_records import linker_gate
from careweave.record import Refusal, Resource
from careweave.record.charges import InCharge, Post, one_line
from careweave.record.joining import place as join
from tests import factories as make
from tests.scenarios.coordination import AT_ONCE, NEXT, PRACTICE, SOON, TODAY, Place, refused

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def place() -> Place:
    return Place()


def test_b17_transfer_to_nobody_is_refused(place: Place) -> None:
    joe = place.taken_on()
    answer = offer_charge(place.gate(place.priya), person_id=joe, to=None, terms=AT_ONCE)
    assert refused(answer) == "Choose who to pass this person to"


def test_b17_accepting_for_another_is_refused(place: Place) -> None:
    joe = place.taken_on()
    offer = place.asked(joe, place.tom)
    for member in (place.priya, place.amir, place.marta):
        gate = place.gate(member)
        for as_whom in (member, place.tom):
            answer = accept_charge(gate, person_id=joe, task_id=offer.id, by=place.worker(as_whom))
            assert refused(answer) == "Only Tom Reid can accept this"
    assert place.holder(joe) == place.priya.party


def test_b17_a_refusal_needs_a_reason_and_a_next_owner(place: Place) -> None:
    joe = place.taken_on()
    offer = place.asked(joe, place.tom)
    gate, amir = place.gate(place.tom), place.worker(place.amir)

    def decline(**how: object) -> Resource | Refusal:
        return decline_charge(gate, person_id=joe, task_id=offer.id, **how)  # type: ignore[arg-type]

    assert "Say why" in refused(decline(reason=" ", next_owner=amir))
    assert "who should be asked next" in refused(decline(reason="Too far to drive", next_owner=None))
    assert "other than yourself" in refused(decline(reason="Too far", next_owner=place.worker(place.tom)))
    assert isinstance(decline(reason="Too far to drive", next_owner=amir), Resource)
    waiting = waiting_offer(place.gate(place.priya), joe)
    assert waiting and waiting.to == place.amir.party
    assert "Too far to drive" in waiting.note and AT_ONCE.note in waiting.note
    assert place.holder(joe) == place.priya.party


def test_b17_given_back_the_one_in_charge_has_a_task_that_says_why(place: Place) -> None:
    joe = place.taken_on()
    offer = place.asked(joe, place.tom)
    priya = place.worker(place.priya)
    decline_charge(
        place.gate(place.tom), person_id=joe, task_id=offer.id, reason="On leave", next_owner=priya
    )
    gate = place.gate(place.priya)
    assert waiting_offer(gate, joe) is None and place.holder(joe) == place.priya.party
    tasks = [
        one.body["description"] for one in gate.about(joe, ["Task"]) if one.body["status"] == "requested"
    ]
    assert "Tom Reid cannot take over: On leave. You stay in charge; ask someone else" in tasks


def test_b17_whoever_joined_only_to_answer_leaves_with_their_no(place: Place) -> None:
    joe = place.taken_on()
    outsider = make.staff("Olu Bello", "coordinator", "RVX")
    offer = place.asked(joe, outsider)
    gate = make.gate(outsider, "coordinator", "RVX")
    assert gate.person(joe) is not None
    priya = place.worker(place.priya)
    decline_charge(gate, person_id=joe, task_id=offer.id, reason="Not our area", next_owner=priya)
    assert make.gate(outsider, "coordinator", "RVX").person(joe) is None
    assert not is_member(place.gate(place.priya), joe, outsider.party)


def test_b17_a_question_can_be_taken_back_and_cannot_be_accepted_then(place: Place) -> None:
    joe = place.taken_on()
    offer = place.asked(joe, place.tom)
    assert "Only who asked" in refused(
        withdraw_offer(place.gate(place.amir), person_id=joe, task_id=offer.id)
    )
    assert isinstance(withdraw_offer(place.gate(place.priya), person_id=joe, task_id=offer.id), Resource)
    tom = place.worker(place.tom)
    assert isinstance(accept_charge(place.gate(place.tom), person_id=joe, task_id=offer.id, by=tom), Refusal)


def test_b17_who_was_accountable_is_known_at_every_moment_with_no_gap_and_no_overlap(place: Place) -> None:
    joe = place.taken_on()
    start = datetime.now(UTC)
    place.accepted(joe, place.asked(joe, place.tom), place.tom)
    between = datetime.now(UTC)
    place.accepted(joe, place.asked(joe, place.amir, by=place.tom), place.amir)
    line = charge.history(place.gate(place.amir), joe)
    assert [one.name for one in line] == ["Priya Nair", "Tom Reid", "Amir Khan"]
    assert all(a.charge.until == b.charge.since for a, b in itertools.pairwise(line))
    named = [charge.at(line, moment) for moment in (start, between, datetime.now(UTC))]
    assert [one.name if one else "" for one in named] == ["Priya Nair", "Tom Reid", "Amir Khan"]
    assert {one.organisation for one in line} == {"Organisation RVC"}
    assert charge.at(line, line[0].charge.since - timedelta(seconds=1)) is None


def test_b17_a_gap_an_overlap_and_a_rewritten_past_are_refused_by_the_database(place: Place) -> None:
    joe = place.taken_on()
    gate = place.gate(place.priya)
    overlap = (
        "INSERT INTO record.responsibility (subject, holder, accepted_by, valid)"
        " VALUES (%s, %s, %s, tstzrange(now() - interval '1 day', NULL))"
    )
    rewrite = "UPDATE record.responsibility SET holder = %s, accepted_by = %s WHERE subject = %s"
    backdate = "UPDATE record.responsibility SET valid = tstzrange(lower(valid), now() - interval '1 us') WHERE subject = %s"
    me, tom = place.priya.party, place.tom.party
    for statement, values, words in (
        (overlap, [joe, me, me], "conflicting key value"),
        (rewrite, [tom, tom, joe], "stays as it was written"),
        (backdate, [joe], "stays as it was written"),
    ):
        with pytest.raises(DatabaseError, match=words), gate.transaction():
            gate.door.open([joe])
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
    assert place.holder(joe) == me


def test_b17_closing_a_case_without_what_happens_next_is_refused(place: Place) -> None:
    joe = place.taken_on()
    gate = place.gate(place.priya)
    for plan, words in (
        (replace(NEXT, what=" "), "Say what happens next, so that the person is not left without"),
        (replace(NEXT, who=""), "Say who does it, by name or service"),
        (replace(NEXT, by=None), "Say by when"),
        (replace(NEXT, by=TODAY - timedelta(days=1)), "‘By when’ must be today or later"),
        (replace(NEXT, if_wrong=""), "Say what to do, and whom to call, if things go wrong"),
    ):
        assert refused(end_care(gate, person_id=joe, reason="Goals met", what_next=plan)) == words
    assert place.holder(joe) == place.priya.party


def test_closing_a_case_leaves_a_plan_for_what_happens_next(place: Place) -> None:
    joe = place.taken_on()
    amir = replace(NEXT, who="Amir Khan", party=place.amir.party)
    ended = end_care(place.gate(place.priya), person_id=joe, reason="Goals met", what_next=amir)
    assert isinstance(ended, Resource), ended
    (left,) = left_with(make.own_gate(joe), joe)
    assert (left.plan.what, left.plan.by, left.plan.if_wrong) == (NEXT.what, NEXT.by, NEXT.if_wrong)
    tasks = [one.body.get("description") for one in place.gate(place.amir).about(joe, ["Task"])]
    assert NEXT.what in tasks
    assert place.holder(joe) is None
    assert charge.history(place.gate(place.amir), joe)[-1].charge.until is not None


def test_b17_joined_people_have_one_in_charge_both_are_told_and_parting_leaves_neither_without(
    place: Place,
) -> None:
    first, second = place.taken_on(), place.taken_on(place.tom)
    tom = place.gate(place.tom)
    (record,) = [one.subject for one in tom.about(second, ["Patient"]) if one.source == PRACTICE]
    join(linker_gate(), {record: first}, sources={record: PRACTICE}, rule="test")
    assert place.holder(first) == place.holder(second) == place.priya.party
    assert do_due(TODAY) == 1 and do_due(TODAY) == 0
    for member in (place.priya, place.tom):
        told = [
            one.body["description"]
            for one in place.gate(member).about(first, ["Task"])
            if has_code(one.body["code"], AGREE)
        ]
        assert len(told) == 2 and "Priya Nair is in charge" in told[0]
    place.accepted(first, place.asked(first, place.amir), place.amir)
    join(linker_gate(), {record: second}, sources={record: PRACTICE}, rule="test")
    assert place.holder(first, place.gate(place.amir)) == place.amir.party
    assert place.holder(second, place.gate(place.amir)) == place.amir.party


def test_b17_two_joined_records_have_one_line_of_accountability() -> None:
    def stretch(holder: str, since: int, until: int | None) -> InCharge:
        def at(hour: int) -> datetime:
            return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hour)

        ends = at(until) if until is not None else None
        return InCharge("p", Post(holder), holder, "", at(since), ends)

    rows = [stretch("a", 0, 4), stretch("b", 1, 6), stretch("c", 6, None), stretch("c", 7, None)]
    line = one_line(rows)
    assert [(one.holder, one.since.hour) for one in line] == [("a", 0), ("b", 4), ("c", 6)]
    assert all(one.until == other.since for one, other in itertools.pairwise(line))


def test_b17_after_care_has_ended_the_teams_access_ends_by_the_definitions_period(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    joe = place.taken_on()
    for member in (place.tom, place.amir):
        add_member(place.gate(place.priya), person_id=joe, worker=place.worker(member))
    amir = replace(NEXT, who="Amir Khan", party=place.amir.party)
    end_care(place.gate(place.priya), person_id=joe, reason="Goals met", what_next=amir)
    assert place.gate(place.tom).person(joe) is not None, "what was begun can be finished"
    ends = {one.name: one.until for one in team_of(place.gate(place.tom), joe)}
    assert access_after.days_after_end(TODAY) == 28
    days = {
        name: (datetime.fromisoformat(str(until)).astimezone(LONDON).date() - TODAY).days
        for name, until in ends.items()
    }
    assert days == {"Priya Nair": 28, "Tom Reid": 28, "Amir Khan": 28 + (SOON - TODAY).days}

    annie = place.taken_on()
    add_member(place.gate(place.priya), person_id=annie, worker=place.worker(place.tom))
    monkeypatch.setattr(access_after, "days_after_end", lambda _: 0)
    end_care(place.gate(place.priya), person_id=annie, reason="Goals met", what_next=NEXT)
    for member in (place.tom, place.priya):
        assert place.gate(member).person(annie) is None
        assert place.gate(member).about(annie, ["Patient", "CarePlan"]) == []
    again = place.taken_on(place.tom)
    assert place.gate(place.tom).person(again) is not None
