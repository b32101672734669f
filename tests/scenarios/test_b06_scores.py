"""B06: a person's scores with reasons, gaps, age and card; they decide nothing and tell no more than a reader may read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from careweave.care.finding.scores import score_in, scores_now, told_by_lists
from careweave.care.finding.shapes import score_extension
from careweave.care.finding.standing import Standing, case_of
from careweave.definitions import all_definitions
from careweave.identity.staffing import add_team
from careweave.record import Refusal, agreements
from careweave.warehouse.pseudonyms import uses
from careweave.warehouse.scores import Score
from careweave.web import directory
from tests import factories as make
from tests.scenarios.test_finding import PRACTICE, TEAM, TODAY, Place, member_of_the_team, person, stay
from tests.scenarios.test_handover_pages import signed_in, staff, words_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
NEVER = "A score never enrols or refuses anyone."


@pytest.fixture(scope="module")
def counted(database: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, str]:
    """A place, and someone of 85 home eight days ago after an emergency, suggested to the team."""
    made = Place(tmp_path_factory.mktemp("place"))
    member_of_the_team(made)
    id, local = person()
    make.load("RVR", *stay(local, TODAY - timedelta(days=8), "S720", "I500", "F03", "W19"))
    (visit,) = stay(local, TODAY - timedelta(days=40))
    make.load("RVR", {**visit, "class": {**visit["class"], "code": "EMER"}})
    assert made.find(team_for_practice=lambda _: TEAM).candidates == 1
    return made, id


@pytest.fixture
def id(counted: tuple[Place, str]) -> str:
    return counted[1]


@pytest.fixture
def place(counted: tuple[Place, str], monkeypatch: pytest.MonkeyPatch) -> Place:
    directory.forget()
    at_home(counted[0].home, monkeypatch)
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)
    return counted[0]


def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CONFIGURATION", replace(settings.CONFIGURATION, home=home))


def by_id(place: Place, id: str) -> dict[str, Score]:
    found = scores_now(place.coordinator(), id, home=place.home)
    assert not isinstance(found, Refusal), found
    return {score.definition: score for score in found.scores}


def test_b06_the_page_says_each_score_with_its_reasons_gaps_day_version_and_card(
    place: Place, id: str
) -> None:
    page = staff(place.priya).get(f"/people/{id}/scores")
    words = words_of(page)
    assert page.status_code == 200 and NEVER in words
    assert "LACE index" in words and "came in as an emergency: 3" in words and "dementia: 3" in words
    assert "PARR-30" in words and "Not everything is known" in words, "PARR-30 lacks the hospital's own term"
    assert "HOSPITAL score (1 to 5 earlier stays give 2 points) : not known: haemoglobin in the stay" in words
    assert "Counted as on 26 November 2026, version 2010." in words
    assert "What the lists said Riverside proactive care Suggested because: over 75" in words
    assert 'href="/place/scores/lace"' in page.content.decode()
    assert "More than 90 days ago" not in words
    assert uses(place.home / "keys")[-1].act == "looked up", "each look is on record beside the key"


def test_b06_a_score_older_than_90_days_is_flagged(
    place: Place, id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = staff(place.priya)
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY + timedelta(days=90))
    assert "More than 90 days ago" not in words_of(client.get(f"/people/{id}/scores"))
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY + timedelta(days=91))
    told = words_of(client.get(f"/people/{id}/scores"))
    assert told.count("More than 90 days ago: look again") >= 3, "each score, and what the list said"
    assert "More than 90 days ago: look again" in words_of(client.get(f"/people/{id}"))


def test_b06_scores_are_for_those_who_care_and_nobody_else(place: Place, id: str) -> None:
    stranger = make.staff("Nobody Near", "coordinator", "RVC")
    assert staff(stranger).get(f"/people/{id}/scores").status_code == 404
    for role in ("analyst", "volunteer", "governance-lead"):
        member = make.staff(f"A {role}", role, "RVC")
        actor = {"id": member.party, "role": role, "organisation": "RVC", "name": member.name}
        answer = signed_in(member.account, actor).get(f"/people/{id}/scores")
        assert answer.status_code in (403, 404) and "LACE" not in answer.content.decode()
    counted = make.gate(place.priya, "analyst", "RVC")
    assert isinstance(scores_now(counted, id, home=place.home), Refusal)


def test_b06_before_anything_was_counted_the_page_says_so(
    place: Place, id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(place.home / "nowhere", monkeypatch)
    told = words_of(staff(place.priya).get(f"/people/{id}/scores"))
    assert "Scores have not been counted here yet" in told and NEVER in told


def test_b06_one_person_is_scored_as_everyone_is(place: Place, id: str) -> None:
    """What the page counts is what the list counted over all people (the twins agree beyond this: tests/twins)."""
    now = by_id(place, id)
    (told,) = told_by_lists(place.coordinator(), id)
    assert {one.definition for one in told.scores} == {"charlson", "hospital-frailty"}
    for one in told.scores:
        assert (one.value, one.band) == (now[one.definition].value, now[one.definition].band)
        assert [each.words for each in one.drivers] == [each.words for each in now[one.definition].drivers]
        again = score_in(score_extension(now[one.definition]), one.on)
        assert again == one


def test_b06_every_score_has_a_card_that_says_where_it_must_not_be_used(place: Place) -> None:
    ben = make.staff("Ben Okafor", "analyst", "RVC")
    actor = {"id": ben.party, "role": "analyst", "organisation": "RVC", "name": ben.name}
    client = signed_in(ben.account, actor)
    listed = client.get("/place/scores").content.decode()
    for one in all_definitions("scores"):
        assert f'href="/place/scores/{one.id}"' in listed
        told = words_of(client.get(f"/place/scores/{one.id}"))
        assert one.title in told and f"{one.version}, by {one.author}" in told
        assert "To enrol anyone, or to refuse anyone a service" in told
    assert client.get("/place/scores/no-such-score").status_code == 404


def test_b06_clinical_override_in_and_out_on_the_pages_with_reasons(place: Place) -> None:
    tom = make.staff("Tom Reid", "coordinator", "RVC")
    make.organisation(PRACTICE)
    add_team(
        id=TEAM, name="North", organisation="RVC", manager=tom, telephone="01632 960100",
        out_of_hours="01632 960199", practices=[PRACTICE],
    )  # fmt: skip
    nearly, _ = person("1970-01-01", given="Nearly")
    actor = {"id": place.doctor.party, "role": "gp", "organisation": PRACTICE, "name": place.doctor.name}
    doctor, priya = signed_in(place.doctor.account, actor), staff(place.priya)
    assert doctor.post(f"/people/{nearly}/suggest", {"reason": " "}).status_code == 422
    assert doctor.post(f"/people/{nearly}/suggest", {"reason": "Not coping since June"}).status_code == 302
    assert how_things_stand(place, nearly) is Standing.WAITING
    task = place.task(nearly)
    assert task is not None and "Not coping since June" in words_of(priya.get("/day?show=suggested"))
    refused = priya.post(f"/suggested/{task.id}/not-now", {"again": "never", "whose": "team"})
    assert refused.status_code == 422 and "Say why they should not be suggested." in words_of(refused)
    told = {"again": "never", "reason": "Moves away next week"}
    out = priya.post(f"/suggested/{task.id}/not-now", told, follow=True)
    assert "is not suggested again until a colleague does." in words_of(out)
    assert how_things_stand(place, nearly) is Standing.LEFT_OUT
    assert place.finder().read("Task", task.id).body["statusReason"] == {"text": "Moves away next week"}  # type: ignore[union-attr]
    assert doctor.post(f"/people/{nearly}/suggest", {"reason": "Stays after all"}).status_code == 302
    assert how_things_stand(place, nearly) is Standing.WAITING
    assert place.finder().about(nearly, ["EpisodeOfCare"]) == [], "nobody was taken on by any of it"


def how_things_stand(place: Place, id: str) -> Standing:
    return case_of(place.finder().about(id, ["Task", "EpisodeOfCare"]), place.register, TODAY).standing


def test_b06_what_a_reader_may_not_read_gives_no_point(place: Place, id: str) -> None:
    before = by_id(place, id)
    assert {one.source for one in before["lace"].drivers if one.code} == {"RVR"}
    keeping = agreements.keeping()
    for each in agreements.agreements(keeping):
        if each.terms.supplier == "RVR":
            assert agreements.end_agreement(keeping, each.id, because="A test") is None
    after = by_id(place, id)
    assert after["lace"].value is None and after["lace"].why_not.startswith("no stay in hospital")
    assert not any(driver.source == "RVR" for score in after.values() for driver in score.drivers)
