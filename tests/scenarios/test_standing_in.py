"""While someone is away their due tasks and visits are also with who stands in, and theirs alone when they are back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from careweave.care.teams import lately, visits, worklists
from careweave.care.teams.notes import NextStep, add_task, finish_task
from careweave.care.teams.standing_in import do_due
from careweave.identity import absences
from careweave.record import Gate, Refusal
from tests import factories as make
from tests.scenarios.coordination import TODAY, Place
from tests.scenarios.crisis import signed_in, words_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
BACK = TODAY + timedelta(days=7)


def task(place: Place, person_id: str, what: str, by: date | None) -> str:
    gate = place.gate(place.priya)
    step = NextStep(what, place.priya.party, "Priya Nair", by)
    with gate.transaction():
        return add_task(gate, person_id=person_id, step=step).id


def names(gate: Gate) -> set[str]:
    return {one.what for one in worklists.mine(worklists.waiting(gate).work, gate)}


def away(place: Place, deputy: Any) -> absences.Away:
    said = absences.be_away(
        place.priya.party, deputy=deputy.party, starts_on=TODAY, ends_on=BACK, by="x", today=TODAY
    )
    assert not isinstance(said, Refusal), said
    return said


def test_due_tasks_of_who_is_away_are_with_who_stands_in_and_come_back() -> None:
    place = Place()
    person_id, tom, priya = place.taken_on(), place.gate(place.tom), place.gate(place.priya)
    task(place, person_id, "Ring the daughter", TODAY + timedelta(days=1))
    done_meanwhile = task(place, person_id, "Order the frame", TODAY)
    task(place, person_id, "Review in spring", BACK + timedelta(days=30))
    task(place, person_id, "Some day", None)
    said = away(place, place.tom)
    assert do_due(TODAY) == 2 and do_due(TODAY) == 0, "once, however often it is looked at"
    assert names(tom) == {"Ring the daughter", "Order the frame"}
    assert names(priya) == {"Ring the daughter", "Order the frame", "Review in spring", "Some day"}
    assert "Priya Nair is away" in words_of(signed_in(place.tom, "coordinator", "RVC").get("/day"))
    finished = finish_task(tom, person_id=person_id, task_id=done_meanwhile, outcome="Comes on Friday")
    assert not isinstance(finished, Refusal), finished

    back = absences.come_back(place.priya.party, said.id, today=TODAY)
    assert not isinstance(back, Refusal)
    assert do_due(TODAY) == 1 and do_due(TODAY) == 0
    assert names(tom) == set()
    assert names(priya) == {"Ring the daughter", "Review in spring", "Some day"}, "nothing is lost"
    held = next(
        one for one in priya.about(person_id, ["Task"]) if one.body["description"] == "Ring the daughter"
    )
    assert place.tom.party not in held.parties and "extension" not in held.body


def test_visits_of_who_is_away_are_with_who_stands_in() -> None:
    place = Place()
    make.organisation("RVV01", "voluntary")
    grace = make.staff("Grace Mensah", "volunteer", "RVV01")
    person_id, starts = place.taken_on(), timezone.now() + timedelta(hours=2)
    asked = visits.ask_visitor(
        place.gate(place.priya),
        person_id=person_id,
        volunteer=make.worker(grace, "volunteer"),
        first_name="Joe",
        starts=starts,
        ends=starts + timedelta(hours=1),
        address="1 Quay",
        what_to_do=["Have tea"],
        please_do=[],
        please_dont=[],
        coordinator="Priya Nair",
        coordinator_telephone="01632 960100",
    )
    assert not isinstance(asked, Refusal), asked
    away(place, place.tom)
    do_due(TODAY)
    assert [one.person_id for one in lately.visits(place.gate(place.tom))] == [person_id]
    assert visits.my_visits(make.gate(grace, "volunteer", "RVV01")), "the visitor still has it"
    do_due(BACK + timedelta(days=1))
    assert lately.visits(place.gate(place.tom)) == []


def test_nothing_is_shown_to_a_stand_in_who_may_not_open_the_record() -> None:
    place, other = Place(), Place()
    person_id = place.taken_on()
    task(place, person_id, "Ring the daughter", TODAY)
    away(place, other.tom)
    do_due(TODAY)
    assert names(other.gate(other.tom)) == set()
    assert names(place.gate(place.priya)) == {"Ring the daughter"}
