"""The plan as it is written, shared and printed."""

import io
from datetime import date

import pypdf

from careweave.care.plans.copies import PlanCopy, Receipt
from careweave.care.plans.fhir import Plan
from careweave.care.plans.parts import Action, Goal, IfThen, PlanDraft
from careweave.web.documents import printing
from careweave.web.presenters import banner, crisis, easy_read, own_care, plan_parts, plan_sheet
from careweave.web.presenters.banner import InCharge
from careweave.web.presenters.plan_sheet import Paper
from tests.unit.web_samples import JOE, SOURCES, condition, contacts, held, joe

CHANGES = (
    IfThen("If Annie is ill or away", "Susan comes for the night", "Weir team", "01632 960199"),
    IfThen("If Joe falls and cannot get up", "Stay with him", "Ambulance", "999"),
    IfThen("If Joe is more confused at night", "Ask what to do", "NHS", "111"),
)
DRAFT = PlanDraft(
    what_matters="Walking to the club *with* #Annie",
    strengths="Joe knows his garden",
    goals=(
        Goal(
            "g1", "I want to walk to the club", "Joe", 9, (Action("Try a frame", "Maria Lopes", "staff:1"),)
        ),
    ),
    if_then=CHANGES,
    agreement="yes",
    agreed_on="2026-11-26",
    reviewer="staff:2",
    reviewer_name="Priya Nair",
    review_on="2027-02-01",
)
PAPER = Paper(False, False, "As at now.", "Careweave", True, "01632 960000")


def person(telephone: str = "01632 960111") -> banner.Banner:
    in_charge = InCharge("Priya Nair", telephone, "01632 960199")
    return banner.banner(JOE, joe(), SOURCES.names, today=date(2026, 11, 26), in_charge=in_charge)


def test_the_task_list_says_what_is_done_to_do_and_to_check() -> None:
    half = PlanDraft(what_matters="The river", goals=(Goal("g", "Walk", "Joe"),))
    found = {item.key: item.status for item in plan_parts.task_list(half, "Joe", "him")}
    assert found == {
        "matters": "Done",
        "strengths": "To do",
        "goals": "To check",
        "if-things-change": "To do",
        "copies": "To do",
        "agreement": "To do",
    }


def test_titles_speak_of_the_person() -> None:
    assert plan_parts.title_of("strengths", "Joe", "him") == "What Joe and the people around him can do"


def test_the_first_change_is_offered_filled_until_something_is_written() -> None:
    offered = plan_parts.offered_changes((), "", "Annie")
    assert offered[0].trigger == "If Annie is ill or away" and len(offered) > 1
    assert plan_parts.offered_changes(CHANGES, "", "Annie")[0] == CHANGES[0]
    assert plan_parts.offered_changes((), "Joe wants none", "Annie")[0].trigger == ""


def test_the_stamp_changes_with_its_own_part_alone() -> None:
    before = {"what_matters": "a", "strengths": "b"}
    after = {"what_matters": "a", "strengths": "c"}
    assert plan_parts.stamp(before, "matters") == plan_parts.stamp(after, "matters")
    assert plan_parts.stamp(before, "strengths") != plan_parts.stamp(after, "strengths")


def test_whom_to_call_is_sorted_by_number() -> None:
    found = own_care.calls(CHANGES)
    assert [row.call for row in (*found.ours, *found.urgent, *found.emergency)] == [
        "Weir team",
        "NHS",
        "Ambulance",
    ]


def test_copies_tell_by_whose_act_they_were_received() -> None:
    handed = Receipt("handed-over", "staff:1", "Maria Lopes", "2026-11-26T10:00:00Z")
    rows = plan_sheet.copy_rows(
        (
            PlanCopy("1", "staff:9", "Ruth Cole", "gp", "screen", 1, "2026-11-26", ()),
            PlanCopy("2", "person:1", "Joe", "person", "large", 1, "2026-11-26", (handed,)),
        )
    )
    assert [(row.who, row.state, row.is_open) for row in rows] == [
        ("Joe", "Handed over by Maria Lopes, 26 November 2026, 10am", False),
        ("Ruth Cole", "Sent", False),
    ]


def test_the_crisis_card_says_when_its_review_is_over() -> None:
    plan = Plan("p", 1, "2026-11-26", "Priya Nair", DRAFT)
    card = crisis.crisis(person(), plan, joe(), SOURCES.names, today=date(2027, 3, 1))
    assert card.out_of_date == "1 February 2027" and card.has_card
    assert card.resuscitation == "Resuscitation: no decision recorded"
    assert ("Annie Harper", "01632 960313") in card.calls and card.carers == ("Annie Harper, wife and carer",)


def test_a_resuscitation_decision_names_who_made_it_and_when() -> None:
    decided = held(
        {
            "resourceType": "Consent",
            "status": "active",
            "scope": {"coding": [{"code": "adr"}]},
            "category": [{"text": "Do not attempt resuscitation"}],
            "dateTime": "2026-10-01",
        },
        "Y90001",
    )
    said = crisis.resuscitation([decided], SOURCES.names)
    assert said == "Resuscitation: Do not attempt resuscitation, Mill Lane Surgery, 1 October 2026"


def read(paper: Paper) -> pypdf.PdfReader:
    data = plan_sheet.sheet(person(), DRAFT, paper, team=["Priya Nair"], conditions={})
    return pypdf.PdfReader(io.BytesIO(printing.pdf("plan", data)))


def test_the_printed_plan_is_tagged_in_english_and_says_who_to_call_first() -> None:
    made = read(PAPER)
    root = made.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en-GB"
    words = made.pages[0].extract_text()
    assert words.index("Who to call") < words.index("Goals")
    assert "Walking to the club *with* #Annie" in words
    assert "Practice place. Everyone here is made up." in words and "page 1 of" in words


def test_a_draft_says_so_on_every_sheet_and_large_print_is_larger() -> None:
    drafted = read(Paper(True, True, "As at now.", "Careweave", False, "01632 960000"))
    assert all("Draft, not agreed" in page.extract_text() for page in drafted.pages)
    assert len(read(PAPER).pages) <= len(drafted.pages) <= 4
    assert not any("Draft" in page.extract_text() for page in read(PAPER).pages)


def test_what_is_new_since_the_plan_is_counted_in_words() -> None:
    new = [condition("Gout", "1", "Y90001", "2026-12-01"), *contacts()]
    assert plan_parts.news_words(new) == "1 new condition, 1 A&E visit, 1 stay in hospital"
    assert plan_parts.news_words([]) == ""


def test_easy_read_names_a_number_only_where_there_is_one() -> None:
    def lines(telephone: str) -> list[str]:
        return [line for section in easy_read.easy_read(person(telephone), DRAFT) for line in section.lines]

    assert "Call 01632 960111." in lines("01632 960111")
    assert not [line for line in lines("") if line.startswith("Call .")]
