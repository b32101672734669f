"""B06: a trained model suggests with reasons, moments ask at once, nothing happens by itself, and old counts are flagged."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from careweave.care.finding.answers import Suggested, decline, suggest
from careweave.care.finding.bringing import register_here
from careweave.care.finding.moments import ask_about
from careweave.care.finding.overriding import LeftOut, leave_out
from careweave.care.finding.proposing import Possible, propose
from careweave.care.finding.triggers import read_trigger
from careweave.care.teams import worklists
from careweave.care.teams.shapes import extension
from careweave.care.teams.staff_facts import Worker
from careweave.care.teams.worklists import suggestion_of
from careweave.definitions import DefinitionError, all_definitions
from careweave.identity.languages import languages_in, set_languages
from careweave.identity.staffing import add_team, administering
from careweave.record import Refusal
from careweave.record.ids import resource_id
from careweave.record.parties import join
from careweave.warehouse.models import load_model
from careweave.warehouse.models.calibrating import Platt
from careweave.warehouse.models.learners import REGRESSION, Column, Regression
from careweave.warehouse.models.trained import ModelError, Trained, Way, keep
from careweave.warehouse.pseudonyms import uses
from careweave.warehouse.registers import load_register
from careweave.web.presenters import day
from tests import factories as make
from tests.scenarios.test_finding import (
    PRACTICE,
    TEAM,
    TODAY,
    Place,
    condition,
    joe,
    member_of_the_team,
    person,
    shown,
    stay,
)
from tests.scenarios.test_handover_pages import staff as coordinator_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
MODEL = load_model("one-year", TODAY)
RISK = load_register("one-year-risk", TODAY)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.register = RISK
    return made


def by_age_and_stays(valid_to: date = TODAY + timedelta(100)) -> Trained:
    """A model as small as one can be: a little for each year of age, more for each emergency stay."""
    columns = tuple(
        Column(MODEL.features.index(name), "value", 0.0, 0.0, 0.0, 1.0, weight)
        for name, weight in (("age", 0.02), ("emergency_stays", 1.0))
    )
    way = Way(
        Regression(-3.2, columns, len(MODEL.features)), Platt(1.0, 0.0), tuple(range(len(MODEL.features)))
    )
    return Trained(
        model=MODEL.id, version=MODEL.version, title=MODEL.title, on=TODAY - timedelta(730),
        learnt_on=TODAY - timedelta(730),
        outcomes_until=TODAY - timedelta(365), valid_to=valid_to, features=MODEL.features,
        ways={REGRESSION: way, "baseline": way}, chosen=REGRESSION, people=1, events=1, reference={},
    )  # fmt: skip


def test_a_trained_model_suggests_with_its_chance_and_reasons_and_takes_nobody_on(place: Place) -> None:
    member_of_the_team(place)
    id = joe()
    keep(place.home, by_age_and_stays())
    found = place.find()
    assert found.candidates >= 1
    told = shown(place, id)
    assert told.model == "one-year-risk"
    (reason,) = told.reasons
    assert reason.startswith(
        "likely to have an unplanned hospital stay or new long-term care within a year ("
    )
    assert "in 100" in reason and "aged 85" in reason and "emergency stay in hospital in October" in reason
    assert "strength and balance exercises" in told.could_help[0], (
        "what could help is told apart from the risk"
    )
    (fresh,) = day.suggested_rows([told], {}, TODAY + timedelta(90))
    (stale,) = day.suggested_rows([told], {}, TODAY + timedelta(91))
    assert (fresh.is_stale, stale.is_stale) == (False, True), "a count of more than 90 days ago is flagged"
    (assessment,) = place.finder().about(id, ["RiskAssessment"])
    assert (
        f"one-year {MODEL.version} of {TODAY - timedelta(730)}"
        in assessment.body["prediction"][0]["outcome"]["text"]
    )
    assert place.finder().about(id, ["EpisodeOfCare", "CareTeam", "CarePlan"]) == []
    assert uses(place.home / "keys")[-1].purpose == "case-finding", (
        "who they are is asked for direct care, on record"
    )


def test_a_model_never_trained_here_or_past_its_day_suggests_nobody(place: Place) -> None:
    id = joe()
    with pytest.raises(ModelError, match="careweave train one-year"):
        place.find()
    keep(place.home, by_age_and_stays(valid_to=TODAY - timedelta(1)))
    with pytest.raises(ModelError, match="Train and judge it again"):
        place.find()
    assert place.task(id) is None


@pytest.mark.long
def test_an_answer_to_one_list_holds_for_every_list(place: Place) -> None:
    """“Not now” is said of a person: the next list does not ask again, until its day."""
    member_of_the_team(place)
    id = joe()
    doctor = make.gate(place.doctor, "gp", PRACTICE)
    suggest(doctor, person=id, register=register_here(TODAY), team=TEAM, reason="Frail", today=TODAY)
    until = TODAY + timedelta(20)
    decline(place.coordinator(), task=shown(place, id).task_id, reason="Moving", until=until, today=TODAY)
    keep(place.home, by_age_and_stays())
    place.register = RISK
    assert place.find().held.get("declined", 0) >= 1
    waiting = [one for one in place.finder().about(id, ["Task"]) if one.body["status"] == "requested"]
    assert waiting == []
    place.find(until)
    waiting = [one for one in place.finder().about(id, ["Task"]) if one.body["status"] == "requested"]
    assert [suggestion_of(one).model for one in waiting] == ["one-year-risk"]


def test_a_low_chance_denies_nobody_a_colleagues_suggestion(place: Place) -> None:
    member_of_the_team(place)
    id, _ = person("1975-01-01", given="Low")
    keep(place.home, by_age_and_stays())
    place.find()
    assert place.task(id) is None
    doctor = make.gate(place.doctor, "gp", PRACTICE)
    here = register_here(TODAY)
    assert not here.models, "a colleague's word never rests on a model"
    suggest(doctor, person=id, register=here, team=TEAM, reason="Lost his job and his home", today=TODAY)
    assert shown(place, id).reasons == ("Dr Okafor: Lost his job and his home",)


# --- moments -------------------------------------------------------------------------------------------------------


def test_a_wrong_trigger_is_refused_by_name() -> None:
    good = next(each for each in all_definitions("triggers") if each.id == "missed-visits")
    wrong = {"event": "full-moon", "times": 0, "words": "something happened"}
    with pytest.raises(DefinitionError, match="full-moon") as refused:
        read_trigger(replace(good, content={**good.content, **wrong}))
    assert len(refused.value.problems) == 3


def visit(local: str, on: date, kind: str = "EMER", *, source: str = "RVR", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": resource_id(source, "Encounter", f"{local} {on} {kind} {sorted(more)}"),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": kind},
        "period": {"start": f"{on}T10:00:00Z", "end": f"{on}T13:00:00Z"},
        "subject": {"reference": f"Patient/{resource_id(source, 'Patient', local)}"},
        **more,
    }


def missed(local: str, on: date) -> dict[str, Any]:
    coding = {"system": "https://careweave.org/code/attended", "code": "3"}
    told = {"url": "https://careweave.org/fhir/attendance", "valueCodeableConcept": {"coding": [coding]}}
    return {**visit(local, on, "HH", extension=[told]), "status": "cancelled"}


def asked(*people: str, now: datetime = NOW) -> list[tuple[str, str]]:
    found = ask_about(people, now, {PRACTICE: TEAM}.get)
    return [(one.person_id, one.trigger) for one in found]


def ago(days: int) -> date:
    return TODAY - timedelta(days)


def test_a_second_a_and_e_visit_asks_the_team_at_once_and_only_once(place: Place) -> None:
    member_of_the_team(place)
    id, local = person("1950-05-05")
    make.load("RVR", visit(local, ago(40)))
    assert asked(id) == [], "one visit, six weeks ago, is no moment"
    make.load("RVR", visit(local, ago(2)))
    assert asked(id) == [(id, "a-and-e-again")]
    assert shown(place, id).reasons == ("went to A&E again on 24 November",)
    assert asked(id) == [], "it waits for an answer already"
    assert place.finder().about(id, ["EpisodeOfCare"]) == []
    place.register = load_register("riverside-proactive", TODAY)
    place.find()
    assert shown(place, id).reasons == ("went to A&E again on 24 November",), (
        "the list of the month keeps its words"
    )


def test_coming_home_after_an_emergency_stay_and_missed_visits_ask_too(place: Place) -> None:
    home, local = person("1940-01-01")
    make.load("RVR", *[{**each, "status": "finished"} for each in stay(local, ago(3))])
    absent, other = person("1955-01-01")
    make.load("RVR", missed(other, ago(30)), missed(other, ago(4)))
    assert sorted(asked(home, absent)) == sorted([(home, "home-from-hospital"), (absent, "missed-visits")])


def test_a_moment_asks_about_nobody_too_young_long_ago_or_kept_from_the_team(place: Place) -> None:
    young, one = person("1990-01-01")
    make.load("RVR", visit(one, ago(9)), visit(one, ago(2)))
    past, two = person("1940-01-01")
    make.load("RVR", visit(two, ago(60)), visit(two, ago(30)))
    hidden, three = person("1940-01-01")
    make.load("RVR", visit(three, ago(9)), labels=("sexual-health",))
    make.load("RVR", visit(three, ago(2)), labels=("sexual-health",))
    twice, four = person("1940-01-01")
    make.load("RVR", visit(four, ago(2)))
    make.load("RVR", {**visit(four, ago(2)), "id": str(uuid.uuid4())})
    assert asked(young, past, hidden, twice) == [], "one day sent twice is one visit"


def test_what_a_team_has_answered_is_not_asked_again_by_a_moment(place: Place) -> None:
    member_of_the_team(place)
    id, local = person("1950-05-05")
    make.load("RVR", visit(local, ago(20)), visit(local, ago(2)))
    assert asked(id)
    until = TODAY + timedelta(5)
    decline(place.coordinator(), task=shown(place, id).task_id, reason="Seen", until=until, today=TODAY)
    assert asked(id) == []
    later = NOW + timedelta(6)
    assert asked(id, now=later) == [], "the same visit is not asked about twice, even after the day"
    make.load("RVR", visit(local, TODAY + timedelta(5)))
    assert asked(id, now=later) == [(id, "a-and-e-again")]
    doctor = make.gate(place.doctor, "gp", PRACTICE)
    left = leave_out(doctor, task=shown(place, id).task_id, reason="Lives with the hospice now")
    assert isinstance(left, LeftOut), left
    make.load("RVR", visit(local, TODAY + timedelta(6)))
    assert asked(id, now=later) == [], "left out until a colleague suggests them"


@pytest.mark.long
def test_the_reasons_of_a_condition_kept_from_the_team_are_not_told(place: Place) -> None:
    member_of_the_team(place)
    id, local = person("1930-01-01")
    make.load(
        PRACTICE,
        condition(PRACTICE, local, "26929004", onsetDateTime="2024-05-01"),
        labels=("sexual-health",),
    )
    make.load("RVR", *stay(local, date(2026, 10, 2)))
    keep(place.home, by_age_and_stays())
    place.find()
    assert "dementia" not in " ".join(shown(place, id).reasons)
    assert all("cares" not in each for each in shown(place, id).could_help)


def test_lists_take_turns_and_what_just_happened_comes_first() -> None:
    def task(model: str, order: int, trigger: str = "") -> Any:
        told = {"model": model, **({"trigger": trigger} if trigger else {})}
        extensions = [extension(name, valueString=value) for name, value in told.items()]
        body = {"extension": [*extensions, extension("order", valueInteger=order)]}
        return SimpleNamespace(id=f"{model} {order}{trigger}", body=body)

    tasks = [
        task("risk", 400),
        task("risk", 300),
        task("rules", 9),
        task("rules", 4),
        task("rules", 1000, "home"),
    ]
    assert [each.id for each in worklists._in_turn(tasks)] == [
        "rules 1000home", "risk 400", "rules 9", "risk 300", "rules 4",
    ]  # fmt: skip


# --- who could be in charge ----------------------------------------------------------------------------------------


def possible(
    name: str, people: int = 0, *, speaks: str = "", is_local: bool = False, **more: Any
) -> Possible:
    worker = Worker(f"staff:{name}", name, "coordinator", "RVC", "", "weir")
    told = {"limit": 60, "is_away": False, **more}
    return Possible(worker, people, languages=frozenset(speaks.split()), is_local=is_local, **told)


def test_a_coordinator_is_proposed_by_language_then_place_then_room_and_told_why() -> None:
    everyone = [
        possible("Full", 60, speaks="ur", is_local=True),
        possible("Away", 1, speaks="ur", is_local=True, is_away=True),
        possible("Near", 30, is_local=True),
        possible("Nearer", 12, is_local=True),
        possible("Far", 3),
        possible("Shazia", 50, speaks="pa ur"),
    ]
    told = propose(everyone, "ur", "Urdu")
    assert [(one.worker.name, one.because) for one in told] == [
        ("Shazia", "speaks Urdu; looks after 50 of 60 people"),
        ("Nearer", "needs an interpreter for Urdu; works with their practice; looks after 12 of 60 people"),
        ("Near", "needs an interpreter for Urdu; works with their practice; looks after 30 of 60 people"),
    ]
    assert [one.worker.name for one in propose(everyone, "en")] == ["Nearer", "Near", "Far"]


def test_the_page_proposes_a_colleague_who_is_asked_and_answers(place: Place) -> None:
    gate = administering()
    gp = make.organisation(PRACTICE)
    chief = make.staff("Tom Reid", "coordinator", "RVC")
    add_team(
        id=TEAM, name="North", organisation="RVC", manager=chief, telephone="01632 960100",
        out_of_hours="01632 960199", practices=[PRACTICE],
    )  # fmt: skip
    assert gp
    shazia, priya = (
        make.staff(name, "coordinator", "RVC", team=TEAM) for name in ("Shazia Iqbal", "Priya Nair")
    )
    set_languages(shazia, ["ur"])
    for each in (shazia, priya):
        join(gate, actor=each.party, party=f"team:{TEAM}")
    local = f"{uuid.uuid4().hex} urdu"
    speaks = {
        "language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "ur", "display": "Urdu"}]},
        "preferred": True,
    }
    id = make.person(
        (
            PRACTICE,
            {
                **make.patient(PRACTICE, local, birth_date="1941-01-01", gp=PRACTICE),
                "communication": [speaks],
            },
        )
    )
    doctor = make.gate(place.doctor, "gp", PRACTICE)
    made = suggest(doctor, person=id, register=register_here(TODAY), team=TEAM, reason="Falls", today=TODAY)
    assert isinstance(made, Suggested), made
    client = coordinator_of(priya)
    page = client.get(f"/suggested/{made.task_id}/take-on").content.decode()
    assert (
        "Shazia Iqbal" in page
        and "speaks Urdu; works with their practice; looks after 0 of 60 people" in page
    )
    assert "Nobody is in charge before they say yes." in page
    answer = client.post(f"/suggested/{made.task_id}/ask", {"to": shazia.party}, follow=True)
    assert "Shazia Iqbal is asked." in answer.content.decode()
    assert place.finder().about(id, ["EpisodeOfCare"]) == [], "to be asked is not to be in charge"
    day_of_hers = coordinator_of(shazia).get("/day?show=suggested").content.decode()
    assert f"/suggested/{made.task_id}/take-on" in day_of_hers
    hers = coordinator_of(shazia)
    assert hers.post(f"/suggested/{made.task_id}/take-on").status_code == 302
    late = hers.post(f"/suggested/{made.task_id}/take-on", follow=True)
    assert late.redirect_chain == [(f"/people/{id}", 302)]
    assert "Someone has already answered for" in late.content.decode()
    elsewhere = make.staff("Nobody Near", "coordinator", "RVC")
    assert (
        coordinator_of(elsewhere).post(f"/suggested/{made.task_id}/ask", {"to": priya.party}).status_code
        == 404
    )


def test_the_languages_of_a_staff_list_are_codes() -> None:
    assert languages_in(" ur, pa;pt-br ") == ("ur", "pa", "pt-br")
    wrong = languages_in("Urdu!")
    assert isinstance(wrong, Refusal) and wrong.field == "languages"
