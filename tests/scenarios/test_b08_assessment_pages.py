"""B08: the pages of assessments: needs listed over a caseload, a decision on paper and given, a pathway on the page."""

from __future__ import annotations

import io
from datetime import date

import pypdf
import pytest

from careweave.care.assessments.completing import complete
from careweave.care.assessments.drafting import save_answers
from careweave.care.assessments.eligibility import ABLE
from careweave.care.assessments.questions import Answer
from careweave.care.assessments.reading import assessment
from careweave.care.pathways.standing import Step, place_on
from careweave.record import Resource
from tests.scenarios.test_a19_joe_and_annie import Joe
from tests.scenarios.test_b08_single_assessment import FULL, answers_to, done, form
from tests.scenarios.test_b10_plan_pages import own, staff, words

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TODAY = date.today()  # noqa: DTZ011 - the day of the run


@pytest.fixture
def joe() -> Joe:
    return Joe()


def test_b08_needs_that_nobody_meets_are_listed_over_everyone_i_am_in_charge_of(joe: Joe) -> None:
    priya = staff(joe.priya, "coordinator")
    assert "No need is recorded that nobody meets." in words(priya.get("/needs"))
    needs = {
        "washing": Answer("With much help", unmet=True),
        "accommodation": Answer("Rented home", unmet=True),
    }
    save_answers(joe.gate, person_id=joe.id, answers={**answers_to(form()), **needs}, form_id=FULL)
    done(joe.gate, joe.id)
    page = words(priya.get("/needs"))
    assert "Washing and dressing: 1" in page and "With much help" in page and "HOLLOWAY" in page
    assert "Washing and dressing" in words(priya.get(f"/people/{joe.id}/assessments"))
    nurse = staff(joe.team["district-nurse"], "district-nurse")
    assert "Washing and dressing: 1" not in words(nurse.get("/needs"))


def test_b08_a_decision_is_printed_with_its_reasons_and_written_down_as_given(joe: Joe) -> None:
    rules = assessment("care-act-adults", on=TODAY)
    answers = {q.id: Answer(ABLE if ABLE in q.options else "Yes") for q in rules.questions.values()}
    answers |= {"decision-reason": Answer("Joe manages with *what* he has")}
    save_answers(joe.gate, person_id=joe.id, answers=answers, form_id=rules.id)
    made = complete(joe.gate, person_id=joe.id, today=TODAY, form_id=rules.id)
    assert isinstance(made, Resource), made
    priya, address = staff(joe.priya, "coordinator"), f"/people/{joe.id}/assessments/{made.id}"
    assert "do not meet the eligibility criteria" in words(priya.get(address))
    for large in ("", "?large=1"):
        paper = pypdf.PdfReader(io.BytesIO(priya.get(f"{address}.pdf{large}").content))
        text = " ".join(" ".join(page.extract_text() for page in paper.pages).split())
        assert (
            "Joe manages with *what* he has" in text
            and "0 of the 10 outcomes" in text
            and "SI 2015/313" in text
        )
    assert "Not given to" in words(priya.get(address))
    assert priya.post(f"{address}/given", {"how": ""}).status_code == 302
    assert "Not given to" in words(priya.get(address))
    priya.post(f"{address}/given", {"how": "read-aloud"})
    page = words(priya.get(address))
    assert "Read aloud, and left with them" in page and "Not given to" not in page


def test_b08_the_form_is_for_the_team_alone_and_unknown_names_are_not_there(joe: Joe) -> None:
    priya = staff(joe.priya, "coordinator")
    base = f"/people/{joe.id}/assess"
    assert priya.get(f"{base}/full-assessment/housing").status_code == 200
    assert priya.get(f"{base}/full-assessment/gone").status_code == 404
    assert priya.get(f"{base}/gone").status_code == 404
    assert priya.post(f"{base}/gone/draft").status_code == 404
    assert own(joe.id).get(f"{base}/full-assessment").status_code == 404


def test_b08_a_person_who_cares_for_nobody_may_answer_too_and_sees_only_their_own(joe: Joe) -> None:
    annie = own(joe.annie)
    asked = annie.get("/my/managing")
    assert asked.status_code == 200 and "How are you managing?" in words(asked)
    sent = annie.post(
        "/my/managing", {"was-carer-wants": "0", "t-carer-wants": "Sleep", "was-carer-time": "0"}
    )
    assert sent.status_code == 302
    assert "You last sent this on" in words(annie.get("/my/managing"))
    assert "Sleep" not in words(own(joe.id).get("/my/managing"))


def test_a34_the_pathway_and_its_tier_are_on_the_persons_page(joe: Joe) -> None:
    placed = place_on(joe.gate, person_id=joe.id, pathway_id="diabetes-tiers", tier="2", today=TODAY)
    assert isinstance(placed, Step)
    priya = staff(joe.priya, "coordinator")
    assert "Diabetes in the community. Tier 2" in words(priya.get(f"/people/{joe.id}"))
    joe.write_plan(review_on=f"{TODAY.year + 1}-12-01")
    told = words(priya.post(f"/people/{joe.id}/plan/publish"))
    assert f'href="/people/{joe.id}/pathway">Diabetes in the community: complete “Short assessment”' in told
