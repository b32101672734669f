"""B24: only assured services are offered; eligibility in words; one loop from asking to the outcome in the plan."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from careweave.care.directory.keeping import (
    Entry,
    add_service,
    assure_service,
    change_service,
    end_service,
    entries,
)
from careweave.care.directory.matching import MET, NOT_KNOWN, NOT_MET
from careweave.care.directory.needing import needs_in_words, needs_told
from careweave.care.directory.rules import keeping_rules, need_kinds, why_not_offered
from careweave.care.referrals import community, community_answering
from careweave.care.teams import clocks, news
from careweave.care.teams.delivering_ways import Notice, Said
from careweave.care.teams.delivering_work import send_due
from careweave.care.teams.ending import stop
from careweave.care.teams.shapes import has_code
from careweave.care.teams.working_time import LONDON
from careweave.identity.services import EXTENSION, Service
from careweave.record import Refusal, Refused, Resource
from careweave.record.ids import DIRECTORY
from careweave.record.people import Extracted
from careweave.warehouse.extraction.services import service_rows
from tests import factories as make
from tests.scenarios.coordination import TODAY, refused
from tests.scenarios.neighbourhood import SAID, Neighbourhood

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def place(tmp_path: Path) -> Neighbourhood:
    return Neighbourhood(tmp_path)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"service_areas": []}, "It does not say which area it covers"),
        ({"minimum_age": None}, "It does not say whom it is for"),
        ({"assured_date": None}, "Nobody has assured it yet"),
        ({"assured_date": "2024-01-05"}, "It was last assured on 5 January 2024, longer ago than 365 days"),
        ({"status": "inactive"}, "It is closed now"),
    ],
)
def test_b24_a_service_without_area_eligibility_or_assurance_is_not_offered_and_it_is_said_why(
    place: Neighbourhood, changes: dict[str, Any], why: str
) -> None:
    [entry] = place.sent(place.service(**changes))
    assert place.offered() == []
    assert why_not_offered(entry.service, keeping_rules(TODAY), TODAY) == (why,)
    answer = place.referred(place.edith())
    assert refused(answer) == f"This service is not offered now. {why}"


def test_b24_an_assurance_has_a_day_and_a_name_and_runs_out(place: Neighbourhood) -> None:
    [entry] = place.sent(place.service(assured_date=None))
    gate = place.gate(place.priya)
    assert "Say how" in refused(assure_service(gate, service_id=entry.id, how=" ", today=TODAY))
    own = assure_service(place.answering(), service_id=entry.id, how="It is ours", today=TODAY)
    assert "nobody assures their own" in refused(own)
    assert not isinstance(assure_service(gate, service_id=entry.id, how="Called Jean", today=TODAY), Refusal)
    [assured] = place.listed()
    assert assured.service.assured_by == "Priya Nair: Called Jean" and assured.service.assured_on == TODAY
    assert place.offered() == ["Befriending"]
    assert place.offered(TODAY + timedelta(days=365)) == ["Befriending"]
    assert place.offered(TODAY + timedelta(days=366)) == []


def test_b24_the_place_keeps_a_service_up_to_date_beside_what_was_sent(place: Neighbourhood) -> None:
    [entry] = place.sent(place.service())
    changed = change_service(
        place.answering(), service_id=entry.id, changes={"cost": "£2 a visit", "places_free": 3}, today=TODAY
    )
    assert not isinstance(changed, Refusal)
    [kept] = place.listed()
    assert (kept.service.cost, kept.service.places_free, kept.source) == ("£2 a visit", 3, place.code)
    other = make.gate(make.staff("Olu", "voluntary-worker", "VOTHER"), "voluntary-worker", "VOTHER")
    answer = change_service(other, service_id=entry.id, changes={"cost": "£9"}, today=TODAY)
    assert "your own organisation" in refused(answer)
    place.sent(place.service(description="Now by telephone", last_modified="2026-11-22T09:00:00Z"))
    [later] = place.listed()
    assert later.is_changed_since and later.service.cost == "£2 a visit"
    assert place.offered() == [], "what is changed is assured anew before anyone is sent there"
    place.sent(
        place.service(cost_options=[], assured_date=TODAY.isoformat(), last_modified="2026-11-23T01:00:00Z")
    )
    assert place.listed()[0].service.cost == "", "whoever assured it last knows best"
    ended = end_service(place.gate(place.priya), service_id=entry.id, because="No volunteers", today=TODAY)
    assert not isinstance(ended, Refusal) and place.offered() == []


def test_b24_a_service_is_added_by_hand_and_offered_once_it_is_assured(place: Neighbourhood) -> None:
    gate = place.gate(place.priya)
    made = Service(
        "", "Chair exercise", organisation="Church hall", organisation_code=place.code, area=place.district,
        needs=("keeping-active",), may_refer=("self",), youngest=55,
    )  # fmt: skip
    entry = add_service(gate, service=made, today=TODAY)
    assert not isinstance(entry, Refusal) and place.offered() == []
    assure_service(gate, service_id=entry.id, how="Went there", today=TODAY)
    assert place.offered() == ["Chair exercise"]
    assert (
        refused(add_service(gate, service=Service("", " "), today=TODAY)) == "Enter the name of the service"
    )


def test_b24_needs_come_from_answers_and_from_typed_words(place: Neighbourhood) -> None:
    person_id = place.edith()
    kinds = need_kinds(TODAY)
    found = needs_told(place.gate(place.priya).about(person_id, ["QuestionnaireResponse", "Goal"]), kinds)
    assert [(one.need, one.words) for one in found if one.need == "loneliness"] == [
        ("loneliness", "Hardly ever")
    ]
    assert needs_in_words("needs a LIFT to the doctor", kinds) == ("getting-about",)
    assert needs_in_words("nothing of it", kinds) == ()


def test_b24_each_condition_is_met_not_met_or_not_known_in_words(place: Neighbourhood) -> None:
    place.sent(place.service(eligibility_description="Who can open the door"))
    told = {check.what: (check.state, check.words) for check in place.match().checks}
    assert told["Age"] == (MET, "For people 60 or older; the person is 85")
    assert told["Area"][0] == MET and told["Who may refer"][0] == MET
    assert told["Also"] == (NOT_KNOWN, "Ask them: Who can open the door")
    assert place.match().fits and place.match().is_sure
    young = place.match(age=40)
    assert not young.fits and [c.words for c in young.checks if c.state == NOT_MET] == [
        "For people 60 or older; the person is 40"
    ]
    unknown = {check.what: check.state for check in place.match(age=None, postcode="").checks}
    assert unknown["Age"] == unknown["Area"] == NOT_KNOWN
    assert not place.match(postcode="YO1 7HH").fits
    assert not place.match(referrer="carer").fits


def test_b24_not_met_needs_a_word_why_and_the_person_s_agreement(place: Neighbourhood) -> None:
    place.sent(place.service(maximum_age=70, minimum_age=60))
    person_id = place.edith()
    assert "the person is 85" in refused(place.referred(person_id))
    assert "how they agreed" in refused(place.referred(person_id, although="Jean agreed", agreed=""))
    assert "a few words" in refused(place.referred(person_id, although="Jean agreed", words="x"))
    assert isinstance(place.referred(person_id, although="Jean agreed"), Resource)
    assert "asked already" in refused(place.referred(person_id, although="Jean agreed"))


def test_b24_the_loop_from_asking_to_an_outcome_that_is_news_to_the_coordinator(place: Neighbourhood) -> None:
    place.sent(place.service())
    person_id, nasreen, priya = place.edith(), place.answering(), place.gate(place.priya)
    task = place.referred(person_id)
    assert isinstance(task, Resource) and task.body["owner"]["display"] == "Weir Neighbours"
    [choice] = community.choices_of(priya, person_id)
    assert (choice.offered, choice.chosen, choice.said) == (
        ("Befriending", "Lunch club"),
        "Befriending",
        SAID,
    )
    found = community.community_referral(nasreen, task.id)
    assert found and found.state == "asked" and found.words.startswith("Someone to play cards")
    assert nasreen.about(person_id, ["Condition", "Communication"]) == []
    answer = community_answering.accept_person
    assert isinstance(answer(nasreen, task_id=task.id, version=found.version, words="From Tuesday"), Resource)
    assert "in the meantime" in refused(answer(nasreen, task_id=task.id, version=found.version, words=""))
    met = community_answering.write_contact(
        nasreen, task_id=task.id, version=2, how="Visited", words="Two games of whist"
    )
    assert isinstance(met, Resource)
    done = community_answering.write_outcome(
        nasreen, task_id=task.id, version=3, outcome="helped", words="She comes to the club now"
    )
    assert isinstance(done, Resource)
    told = [one.kind for one in news.unseen(priya, now=datetime.now(UTC)) if one.person_id == person_id]
    assert told == ["service-outcome"]
    ended = community.community_referral(make.own_gate(person_id), task.id)
    assert ended and ended.outcome == "It helped" and [s.what for s in ended.steps] == [
        "Said yes", "Visited", "It helped",
    ]  # fmt: skip
    assert clocks.escalate_due(datetime.now(UTC) + timedelta(days=40)) >= 0
    assert _escalated(place, person_id, task.id) == []


def test_b24_a_referral_that_is_stopped_at_a_death_does_not_stay_open(place: Neighbourhood) -> None:
    place.sent(place.service())
    person_id, priya = place.edith(), place.gate(place.priya)
    task = place.referred(person_id)
    assert isinstance(task, Resource)
    assert stop(priya, person_id=person_id, ids=[task.id]).count == 1
    [request] = priya.about(person_id, ["ServiceRequest"])
    assert request.body["status"] == "revoked" and request.body["occurrencePeriod"]["end"]


@pytest.mark.parametrize("ends_in", ["revoked", "completed"])
def test_b24_a_referral_to_a_service_is_counted_like_every_other(place: Neighbourhood, ends_in: str) -> None:
    """A ServiceRequest with a Task based on it: the warehouse's table of referrals has it, with its days."""
    place.sent(place.service())
    person_id, nasreen, priya = place.edith(), place.answering(), place.gate(place.priya)
    task = place.referred(person_id)
    assert isinstance(task, Resource)
    [request] = priya.about(person_id, ["ServiceRequest"])
    assert task.body["basedOn"] == [{"reference": f"ServiceRequest/{request.id}"}]
    assert "whist" not in str(request.body) and "cards" not in str(request.body)
    if ends_in == "revoked":
        community_answering.decline_person(
            nasreen, task_id=task.id, version=1, reason="No volunteer near", instead="The lunch club"
        )
    else:
        community_answering.accept_person(nasreen, task_id=task.id, version=1, words="")
        community_answering.write_outcome(
            nasreen, task_id=task.id, version=2, outcome="helped", words="She comes now"
        )
    [request] = priya.about(person_id, ["ServiceRequest"])
    told = Extracted(
        person_id,
        request.subject,
        request.type,
        request.source,
        request.updated,
        (),
        json.dumps(request.body),
    )
    [(table, row)] = service_rows(request.body, told)
    today = datetime.now(LONDON).date()
    assert table == "referral" and row["kind"] == "community-referral" and row["status"] == ends_in
    assert (row["requested"], row["decided"], row["ended"]) == (today, today, today)
    assert row["to_organisation"] == place.code


def test_b24_a_worker_writes_no_service_but_their_own_organisations_and_assures_none(
    place: Neighbourhood,
) -> None:
    """Also past the pages: by a token on the API it is the access rule that says no."""
    [listed] = place.sent(place.service())
    other = Neighbourhood(place.folder)
    other.sent(other.service())
    priya, nasreen, stranger = place.gate(place.priya), place.answering(), other.answering()
    kept = change_service(nasreen, service_id=listed.id, changes={"waiting": "Two weeks"}, today=TODAY)
    assert isinstance(kept, Entry)
    own = nasreen.read("HealthcareService", kept.own_id)
    assert own is not None
    with pytest.raises(Refused):
        stranger.update({**own.body, "name": "Closed down"}, version=own.version)
    with pytest.raises(Refused):
        stranger.create({"resourceType": "HealthcareService", "name": "Mine"}, subject=DIRECTORY)
    assured = {"url": f"{EXTENSION}assured-on", "valueDate": TODAY.isoformat()}
    for change in (
        {"extension": [*own.body["extension"], assured]},
        {"providedBy": {"display": "Somebody else"}},
    ):
        with pytest.raises(Refused):
            nasreen.update({**own.body, **change}, version=own.version)
    assert isinstance(assure_service(priya, service_id=listed.id, how="Called Jean", today=TODAY), Entry)


def test_b24_a_no_says_why_and_what_instead(place: Neighbourhood) -> None:
    place.sent(place.service())
    person_id = place.edith()
    task = place.referred(person_id)
    assert isinstance(task, Resource)
    nasreen = place.answering()

    def no(reason: str, instead: str) -> Any:
        return community_answering.decline_person(
            nasreen, task_id=task.id, version=1, reason=reason, instead=instead
        )

    assert "Say why" in refused(no("", "The lunch club"))
    assert "instead" in refused(no("No volunteer near enough", " "))
    assert isinstance(no("No volunteer near enough", "The lunch club on Fridays"), Resource)
    assert [one.kind for one in news.unseen(place.gate(place.priya), now=datetime.now(UTC))] == [
        "service-said-no"
    ]


def test_b24_an_unanswered_referral_is_passed_on_once(place: Neighbourhood) -> None:
    place.sent(place.service())
    person_id = place.edith()
    task = place.referred(person_id)
    assert isinstance(task, Resource)
    for days in (10, 11):
        clocks.escalate_due(datetime.now(UTC) + timedelta(days=days))
    [late] = _escalated(place, person_id, task.id)
    assert "Weir Neighbours was to say yes or no" in late.body["reasonCode"]["text"]


def test_b24_a_service_where_nobody_works_here_is_sent_word_without_a_name(place: Neighbourhood) -> None:
    organisation = {"id": "x", "name": "Far Friends"}
    place.sent(place.service(organization=organisation, email="far@example.org", id=f"{place.code}-far"))
    gate, person_id = place.gate(place.priya), place.edith()
    [entry] = [one for one in entries(gate) if one.service.email == "far@example.org"]
    place.listed = lambda: [entry]  # type: ignore[method-assign]
    task = place.referred(person_id)
    assert isinstance(task, Resource) and task.body["owner"]["display"] == "Priya Nair"
    sent = Way()
    send_due(datetime.now(UTC) + timedelta(seconds=1), way=sent)
    [notice] = [one for one in sent.notices if one.to == "far@example.org"]
    assert "Edith" not in notice.text + notice.subject and "call" in notice.text
    done = community_answering.accept_person(gate, task_id=task.id, version=1, words="Jean rang back")
    assert isinstance(done, Resource), "whoever asked writes down what they were told"


class Way:
    """A way out that keeps what it was given."""

    ways = frozenset({"email"})

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def send(self, notice: Notice) -> Said:
        self.notices.append(notice)
        return Said("delivered", notice.reference)

    def find(self, reference: str) -> Said | None:
        return None

    def ask(self, provider_id: str) -> Said:
        return Said("delivered", provider_id)


def _escalated(place: Neighbourhood, person_id: str, task_id: str) -> list[Resource]:
    return [
        one
        for one in place.gate(place.priya).about(person_id, ["Task"])
        if has_code(one.body.get("code"), clocks.ESCALATED)
        and one.body.get("focus", {}).get("reference") == f"Task/{task_id}"
    ]
