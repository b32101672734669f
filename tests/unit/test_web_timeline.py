"""What happened, by sector, newest first, with its gaps as rows."""

from careweave.web.presenters import facts, timeline
from tests.unit.web_samples import SOURCES, contacts, encounter, held


def test_events_are_newest_first_and_a_silence_is_a_row() -> None:
    events = timeline.timeline(contacts(), SOURCES)
    assert events[0].what == "Call with Annie Harper"
    gaps = [one.what for one in events if one.is_gap]
    assert gaps == [
        "Nothing was sent between 1 August 2026 and 5 November 2026 (3 months)",
        "Nothing was sent between 2 March 2026 and 1 August 2026 (5 months)",
    ]


def test_a_filter_keeps_one_sector_with_its_own_gaps() -> None:
    events = timeline.timeline(contacts(), SOURCES, sector="gp")
    assert [one.sector for one in events if not one.is_gap] == ["gp", "gp"]
    assert [one.is_gap for one in events] == [False, True, False]


def test_a_stay_says_from_when_to_when_and_why() -> None:
    stay = next(one for one in timeline.timeline(contacts(), SOURCES) if one.what.startswith("Hospital stay"))
    assert (stay.what, stay.when, stay.detail, stay.where) == (
        "Hospital stay: Emergency admission",
        "10 November 2026 to 12 November 2026",
        "Urinary tract infection",
        "Riverside Hospital",
    )


def test_a_note_of_the_team_says_how_with_whom_and_by_whom() -> None:
    note = next(one for one in timeline.timeline(contacts(), SOURCES) if one.is_note)
    assert (note.what, note.who, note.sector_name) == ("Call with Annie Harper", "Priya Shah", "Team notes")
    assert note.detail == "Joe slept badly. Annie is tired."


def test_a_note_entered_by_mistake_stays_with_its_reason() -> None:
    body = {
        "resourceType": "Communication",
        "status": "entered-in-error",
        "statusReason": {"text": "Next door"},
        "category": [{"coding": [{"code": "note"}]}],
        "sent": "2026-11-25T10:05:00Z",
    }
    event = timeline.event(held(body, "careweave"), SOURCES)
    assert event.struck and event.reason == "Next door"


def test_an_unknown_source_is_shown_under_other_rather_than_left_out() -> None:
    event = timeline.event(encounter("AMB", "2026-11-05T09:10", "ZZZ"), SOURCES)
    assert (event.sector, event.where) == ("other", "ZZZ")


def test_a_contact_without_a_date_says_when_it_was_received() -> None:
    body = {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}}
    assert timeline.event(held(body, "Y90001"), SOURCES).when == "received 24 November 2026"


def test_filters_are_links_with_their_own_address() -> None:
    links = timeline.filters("/people/1", "gp", {"gp": 2, "hospital": 1})
    assert [(one.text, one.href, one.current) for one in links] == [
        ("All", "/people/1#what-happened", False),
        ("GP", "/people/1?sector=gp#what-happened", True),
        ("Hospital", "/people/1?sector=hospital#what-happened", False),
    ]


def test_a_part_without_data_says_who_sent_nothing_and_when_they_last_sent() -> None:
    words = facts.nothing_from("Riverside Housing", held({"resourceType": "Basic"}).updated)
    assert words == "Nothing from Riverside Housing. Their last file came on 24 November 2026."


def test_the_four_kinds_of_nothing_are_told_apart() -> None:
    absent = ("not-asked", "unknown", "asked-declined", "none")
    assert [facts.answer(None, one) for one in absent] == [
        "Not asked",
        "Not known",
        "Did not want to say",
        "None",
    ]
