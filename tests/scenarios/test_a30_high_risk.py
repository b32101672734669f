"""A30: whoever is on the high-risk list is reviewed every month, and coming off it is on record with its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from careweave.care.finding.shapes import assessment_id
from careweave.care.noticing import high_risk
from careweave.care.noticing.noticing import NOTICER, notice
from careweave.care.teams import clocks
from careweave.care.teams.working_time import LONDON
from careweave.record import Gate, Purpose, Refusal, Resource
from tests.scenarios.test_clocks import Place
from tests.scenarios.test_worklists import browser, said

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(LONDON).date()
RULE = high_risk.rule_on(TODAY)


def scored(place: Place, order: int, on: date) -> None:
    """The finder's score of the person, as it stores it."""
    url, finder = "https://careweave.org/fhir/", Gate(NOTICER, Purpose.CASE_FINDING)
    body = {
        "resourceType": "RiskAssessment",
        "id": assessment_id(place.person, RULE.register),
        "extension": [
            {"url": f"{url}model", "valueString": RULE.register},
            {"url": f"{url}scored-on", "valueDate": on.isoformat()},
            {"url": f"{url}order", "valueInteger": order},
        ],
        "status": "final",
        "subject": {"reference": f"Patient/{place.person}"},
        "note": [{"text": "Suggested because: over 75, two falls."}],
    }
    stored = finder.read("RiskAssessment", body["id"])
    if stored is None:
        finder.create(body, subject=place.person)
    else:
        finder.update(body, version=stored.version)


def reviews(place: Place) -> list[Resource]:
    found = [one for one in place.gate.about(place.person, ["Task"]) if high_risk.is_review(one)]
    return [one for one in found if one.body["status"] == "requested"]


def test_a30_high_risk_list_is_reviewed_monthly_and_de_escalation_is_recorded() -> None:
    place = Place()
    scored(place, RULE.threshold, TODAY)
    notice([place.person], NOW)
    notice([place.person], NOW)
    [task] = reviews(place)
    month = datetime.now(LONDON).date() + timedelta(
        days=30
    )  # these tests may begin before midnight and end after
    assert task.body["restriction"]["period"]["end"] == month.isoformat()
    assert task.body["reasonCode"]["text"].endswith("over 75, two falls.")

    clocks.escalate_due(NOW + timedelta(days=29))
    assert place.escalated() == []
    for days in (32, 33):
        clocks.escalate_due(NOW + timedelta(days=days))
    [late] = place.escalated()
    assert late.body["owner"]["display"] == "Tom Reid"
    assert late.body["description"] == "Review someone on the high-risk list: the month is over"

    stays = high_risk.record_review(
        place.gate, task_id=task.id, version=task.version, outcome="stays", words="Fell again last week."
    )
    assert not isinstance(stays, Refusal) and reviews(place) == []
    notice([place.person], NOW)
    [following] = reviews(place)
    assert following.id != task.id
    assert following.body["restriction"]["period"]["end"] >= month.isoformat()

    off = high_risk.record_review(
        place.gate, task_id=following.id, version=1, outcome="comes-off", words="No fall for three months."
    )
    assert not isinstance(off, Refusal)
    stored = place.gate.read("RiskAssessment", off.id)
    assert stored is not None and stored.body["note"] == [{"text": "No fall for three months."}]
    assert stored.body["extension"][0]["valueReference"]["display"] == "Priya Shah"
    log = place.gate.transitions(place.person, following.id)
    assert log[-1].reason == "comes-off: No fall for three months."
    notice([place.person], NOW + timedelta(days=60))
    assert reviews(place) == [], "who came off is asked about no more"

    scored(place, RULE.threshold + 1, TODAY + timedelta(days=1))
    notice([place.person], NOW + timedelta(days=1))
    assert len(reviews(place)) == 1, "a later score puts them on the list again"


def test_a30_below_the_threshold_nobody_is_reviewed() -> None:
    place = Place()
    scored(place, RULE.threshold - 1, TODAY)
    notice([place.person], NOW)
    assert reviews(place) == []


def test_a30_the_review_has_a_page_and_is_not_done_without_an_answer() -> None:
    place = Place()
    scored(place, RULE.threshold, TODAY)
    notice([place.person], NOW)
    [task] = reviews(place)
    client, address = browser(place.priya), f"/day/tasks/{task.id}/high-risk"
    assert address in client.get("/day").content.decode()
    assert "Joseph Holloway" in client.get("/day/high-risk").content.decode()
    assert client.post(f"/day/tasks/{task.id}/done")["Location"] == address
    client.post("/day/done-with", {"task": [f"{task.id}:{task.version}"]})
    assert "Joseph Holloway: Open this one and say what came of it." in said(client)
    assert len(reviews(place)) == 1
    wrong = client.post(address, {"version": task.version, "outcome": "comes-off", "words": " "})
    assert wrong.status_code == 422 and "Say why, in a few words." in wrong.content.decode()
    client.post(address, {"version": task.version, "outcome": "comes-off", "words": "Well again."})
    assert "Taken off the high-risk list." in said(client)
    assert reviews(place) == []
