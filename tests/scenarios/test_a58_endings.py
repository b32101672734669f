"""A58: where people died beside where they wished to, with small numbers hidden; and the summary after hospital."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from careweave.care.plans import end_of_life, end_of_life_after, places_of_death
from careweave.care.plans.end_of_life import Decision
from careweave.care.teams.telling import in_charge_of
from careweave.web.staff.places_of_death import shown
from tests.scenarios.coordination import TODAY, Place
from tests.scenarios.crisis import signed_in, words_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


def died(place: Place, where: str, wished: str = "") -> str:
    person_id, gate = place.taken_on(), place.gate(place.priya)
    if wished:
        said = Decision(
            kind="preferred-place",
            decision=wished,
            decided_by="Dr Ruth Cole, GP",
            decided_on=TODAY.isoformat(),
            discussion="Talked at home",
            review_on=(TODAY + timedelta(days=90)).isoformat(),
        )
        done = end_of_life.record_decision(gate, person_id=person_id, decision=said, today=TODAY)
        assert not isinstance(done, tuple), done
    death = end_of_life_after.record_death(
        gate, person_id=person_id, died_on=TODAY, place=where, to=in_charge_of(gate, person_id), today=TODAY
    )
    assert isinstance(death, end_of_life_after.Death), death
    return person_id


def test_a58_preferred_and_actual_place_of_death_are_reported_with_small_numbers_hidden() -> None:
    place = Place()
    died(place, "Home", "Home")
    died(place, "Hospital", "Home")
    died(place, "Hospital", "Not decided yet")
    found = places_of_death.places_of_death(place.gate(place.priya), today=TODAY)
    assert found.counts == Counter(
        {("Home", "as-wished"): 1, ("Hospital", "elsewhere"): 1, ("Hospital", "not-known"): 1}
    )
    page = words_of(signed_in(place.priya, "coordinator", "RVC").get("/caseload/where-people-died"))
    assert "Where people died" in page and "Hidden" in page and ">1<" not in page
    stranger = Place()
    assert not places_of_death.places_of_death(stranger.gate(stranger.priya), today=TODAY).counts


def test_a58_no_small_number_can_be_worked_out_from_the_sums() -> None:
    counts = {("Home", "as-wished"): 20, ("Home", "elsewhere"): 2, ("Hospital", "as-wished"): 12}
    rows = dict(shown(counts, ["Home", "Hospital"]))
    assert rows["Home"][:2] != ["20", "2"] and rows["Home"][1] == "Hidden"
    hidden = sum(cell == "Hidden" for cells in rows.values() for cell in cells)
    assert hidden >= 4, "a single hidden number is the difference of the others"
    plain = dict(shown({("Home", "as-wished"): 20, ("Hospital", "elsewhere"): 7}, ["Home", "Hospital"]))
    assert plain["Everywhere"] == ["20", "7", "0", "27"]
