"""What asks for a survey: each event by what the record says, one a journey; pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from careweave.care.experience.asking import invited, is_in_hospital, moments, rules_on
from careweave.care.experience.inviting import next_of_kin
from careweave.definitions.survey_definition import EVENTS, surveys_in_use
from careweave.record import Resource

TODAY, NOW = date(2026, 11, 23), datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES, SURVEYS = rules_on(TODAY), surveys_in_use(TODAY)


def entry(type_: str, id_: str, body: dict[str, Any], **rest: Any) -> Resource:
    whole: dict[str, Any] = {
        "type": type_, "id": id_, "version": 1, "subject": "x", "source": "careweave", "labels": (), "parties": (),
        "starts": None, "ends": None, "updated": NOW, "body": body,
    }  # fmt: skip
    return Resource(**whole | rest)


def stay(id_: str, start: int, end: int | None) -> Resource:
    ends = NOW - timedelta(days=end) if end is not None else None
    body: dict[str, Any] = {"class": {"code": "IMP"}, "status": "finished" if ends else "in-progress"}
    body["period"] = {"start": "x", **({"end": "x"} if ends else {})}
    return entry("Encounter", id_, body, starts=NOW - timedelta(days=start), ends=ends)


CARE = entry("EpisodeOfCare", "care", {"status": "active"}, starts=NOW - timedelta(days=90))
PLAN = entry("CarePlan", "plan", {"status": "active"})
MEETING = entry(
    "Appointment",
    "met",
    {"status": "fulfilled", "identifier": [{"system": "https://careweave.org/id/meeting"}]},
)
ENDED = entry("EpisodeOfCare", "care", {"status": "finished"}, starts=NOW - timedelta(days=90))
DIED = entry("Patient", "x", {"deceasedDateTime": "2026-11-20"})


def test_each_event_asks_by_what_the_record_says() -> None:
    for found, event, journey in (
        ([CARE, PLAN], "plan-published", "care"),
        ([CARE, MEETING], "conference", "care"),
        ([ENDED], "care-ended", "care"),
        ([stay("a", 5, 2)], "discharge", "a"),
        ([DIED], "death", "death"),
    ):
        told = list(moments(found, {one.id for one in found}, RULES))
        assert (event, journey) in {(one.event, one.journey) for one in told}
        assert {one.event for one in told} <= set(EVENTS)
    assert next(moments([DIED], {"x"}, RULES)).day == date(2026, 11, 20)


def test_what_has_not_happened_asks_nobody() -> None:
    quiet = [
        entry("CarePlan", "draft", {"status": "draft"}),
        entry("CarePlan", "theirs", {"status": "active"}, source="RVR"),
        entry("Appointment", "booked", {**MEETING.body, "status": "booked"}),
        entry("Appointment", "clinic", {"status": "fulfilled"}),
        entry("Patient", "x", {}), CARE, stay("in", 2, None),
    ]  # fmt: skip
    assert list(moments(quiet, {one.id for one in quiet}, RULES)) == []
    assert list(moments([CARE, PLAN], set(), RULES)) == [], "what did not change tells no news"
    assert is_in_hospital(quiet, NOW) and not is_in_hospital([stay("a", 5, 2)], NOW)


def test_a_plan_and_a_conference_of_one_enrolment_ask_the_seven_statements_once() -> None:
    told = moments([CARE, PLAN, MEETING], {"plan", "met"}, RULES)
    asked = [one for each in told for one in invited("joe", each, SURVEYS, RULES)]
    assert [one.survey for one in asked] == ["national-voices"] * 2 and len({one.id for one in asked}) == 1
    later = entry("EpisodeOfCare", "again", {"status": "active"}, starts=NOW)
    (moment,) = moments([CARE, later, PLAN], {"plan"}, RULES)
    (second,) = invited("joe", moment, SURVEYS, RULES)
    assert second.id not in {one.id for one in asked}, "another enrolment is another journey"


def test_stays_that_transfers_join_are_one_journey_however_many() -> None:
    a, b, c = stay("a", 12, 9), stay("b", 9, 5), stay("c", 5, 2)
    again = stay("d", 0, 0)
    told = {one.journey for one in moments([c, a, again, b], {"a", "b", "c", "d"}, RULES)}
    assert told == {"a", "d"}


def test_the_next_of_kin_is_asked_before_a_friend_and_nobody_without_an_address() -> None:
    def close(id_: str, code: str, **more: Any) -> Resource:
        return entry(
            "RelatedPerson",
            id_,
            {"name": [{"text": id_}], "relationship": [{"coding": [{"code": code}]}], **more},
        )

    home = {"address": [{"line": ["1 Mill Lane"]}]}
    friend, kin = close("Al", "FRND", **home), close("Rose", "N", **home)
    assert next_of_kin([friend, kin], RULES.next_of_kin) == kin
    assert next_of_kin([friend], RULES.next_of_kin) == friend
    assert next_of_kin([friend, kin], frozenset({"FRND"})) == friend, "the codes are the definition's"
    nobody = [close("Rose", "N"), close("Old", "N", active=False, **home)]
    assert next_of_kin(nobody, RULES.next_of_kin) is None
