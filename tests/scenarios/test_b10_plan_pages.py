"""B10: the plan's pages: both texts of a stale save, what is said below, what changed, and each form it is given in."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import asdict
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.utils import timezone

from careweave.care.plans.copies import copies_of
from careweave.care.plans.drafting import current_draft
from careweave.identity.models import Account, Staff
from careweave.record import Actor
from careweave.record.ids import resource_id
from careweave.record.validation import validate
from tests import factories as make
from tests.scenarios.test_a19_joe_and_annie import PRACTICE, Joe
from tests.scenarios.test_b10_writing_together import draft_content

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def joe() -> Joe:
    return Joe()


def client_of(actor: Actor, account: Account) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = asdict(actor)
    session["seen"] = timezone.now().timestamp()
    session.save()
    return client


def staff(member: Staff, role: str) -> Client:
    actor = Actor(member.party, role, "RVC", member.name)
    return client_of(actor, Account.objects.get(staff=member))


def own(person_id: str, role: str = "person") -> Client:
    email = f"{uuid.uuid4().hex[:8]}@example.org"
    account, _ = Account.objects.get_or_create(person_id=person_id, defaults={"email": email})
    return client_of(Actor(f"person:{person_id}", role, name="Joe"), account)


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def goal_fields(content: dict[str, Any], text: str) -> dict[str, Any]:
    """The goals' form as the page shows it, with other words for its one goal."""
    from careweave.care.plans.writing import goal_stamps, part_stamp

    (goal,) = content["goals"]
    return {
        "count": "1",
        "stamp": part_stamp(content, "goals"),
        "goal-0-id": goal["id"],
        "goal-0-stamp": goal_stamps(content)[goal["id"]],
        "goal-0-words": text,
        "goal-0-whose": "Joe",
        "goal-0-importance": "9",
        "goal-0-0-what": "Try a walking frame",
    }


def test_b10_a_stale_save_shows_both_texts_and_loses_neither(joe: Joe) -> None:
    joe.write_plan()
    before = draft_content(joe)
    address = f"/people/{joe.id}/plan/edit/goals"
    nurse = staff(joe.team["district-nurse"], "district-nurse")
    assert nurse.post(address, goal_fields(before, "I want to walk to the river")).status_code == 302
    page = staff(joe.priya, "coordinator").post(address, goal_fields(before, "I want to walk to the shop"))
    assert page.status_code == 422
    said = words(page)
    assert "Someone else saved first" in said and "Choose the words to keep" in said
    assert "I want to walk to the river" in said and "I want to walk to the shop" in said
    assert current_draft(joe.gate, joe.id)[0].goals[0].words == "I want to walk to the river"


def test_b10_joe_says_his_words_and_priya_answers_below_or_takes_them_in(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    his, hers = own(joe.id), staff(joe.priya, "coordinator")
    empty = his.post("/my/plan/say/goals", {"said": "add", "words": ""})
    assert empty.status_code == 422 and "Write it in your own words." in words(empty)
    sent = his.post("/my/plan/say/goals", {"said": "add", "words": "I want to see the sea"}, follow=True)
    assert "Sent. Priya Nair will answer by" in words(sent) and "I want to see the sea" in words(sent)
    page = hers.get(f"/people/{joe.id}/plan")
    assert "I want to see the sea" in words(page) and "Put in the plan, in" in words(page)
    message = page.content.decode().partition("/plan/words/")[2][:36]
    taken = hers.post(f"/people/{joe.id}/plan/words/{message}", {"take": "1"}, follow=True)
    assert "It is in the draft, word for word." in words(taken)
    part = words(hers.get(f"/people/{joe.id}/plan/edit/goals"))
    assert "Only" in part and "can change these words" in part
    agreed = his.post("/my/plan/say/agreement", {"said": "agree"}, follow=True)
    assert "You said: I agree" in words(agreed)
    assert "said: I agree" in words(hers.get(f"/people/{joe.id}/plan"))


def test_b10_what_changed_is_readable_for_staff_and_for_joe(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    joe.write_plan(what_matters="Walking to the club with Susan")
    joe.publish()
    for page in (
        staff(joe.priya, "coordinator").get(f"/people/{joe.id}/plan/changes"),
        own(joe.id).get("/my/plan/changes"),
    ):
        said = words(page)
        assert "What changed since version 1" in said
        assert "Susan" in said.partition("<ins>")[2].partition("</ins>")[0]
        assert "Annie" in said.partition("<del>")[2].partition("</del>")[0]


def test_b10_a_plan_whose_review_is_over_says_so_and_conflicts_are_shown_and_block_nothing(joe: Joe) -> None:
    patient = resource_id(PRACTICE, "Patient", joe.local_id)
    failure = {"system": "http://snomed.info/sct", "code": "84114007", "display": "Heart failure"}
    make.load(
        PRACTICE,
        {
            "resourceType": "Condition",
            "id": resource_id(PRACTICE, "Condition", joe.local_id),
            "clinicalStatus": {
                "coding": [
                    {"code": "active", "system": "http://terminology.hl7.org/CodeSystem/condition-clinical"}
                ]
            },
            "code": {"coding": [failure]},
            "subject": {"reference": f"Patient/{patient}"},
        },
    )
    rows = [
        {"trigger": "If the knee hurts", "action": "Take ibuprofen", "call": "GP", "number": "01632 960101"}
    ]
    joe.write_plan(if_then=rows, covered=["http://snomed.info/sct|84114007"])
    draft = words(staff(joe.priya, "coordinator").get(f"/people/{joe.id}/plan/edit"))
    assert "“Take ibuprofen” and Heart failure." in draft and "STOPP version 3" in draft
    published = joe.publish()
    assert published.plan.version == 1
    late = published.plan.draft.review_on
    assert late == "2027-02-01"
    page = words(staff(joe.priya, "coordinator").get(f"/people/{joe.id}/plan"))
    assert "“Take ibuprofen” and Heart failure." in page
    assert ("Out of date" in page) == (timezone.localdate().isoformat() > late)


def test_b10_each_form_is_a_rendering_of_its_own_and_opening_it_is_the_receipt(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    his = own(joe.id)
    easy = words(his.get("/my/plan/easy-read"))
    assert "You said:" in easy and "“I want to walk to the club with Annie”" in easy
    assert "The district-nurse does this." in easy and "Try a walking frame." in easy
    pdf = his.get("/my/plan/easy-read.pdf").content
    made = pypdf.PdfReader(io.BytesIO(pdf))
    assert "You said:" in "".join(page.extract_text() for page in made.pages)
    assert b"pdfaid" in pdf, "kept as PDF/A"
    heard = his.get("/my/plan/listen.txt")
    assert heard["Content-Type"].startswith("text/plain")
    spoken = heard.content.decode()
    assert "0 1 6 3 2, 9 6 0 1 0 1" in spoken and not set("“”&/<>") & set(spoken)
    received = {one.role: one.is_received for one in copies_of(joe.gate, joe.id)}
    assert received["person"]


def test_b10_the_fhir_document_is_valid_and_holds_what_its_reader_may_see(joe: Joe) -> None:
    joe.share_with_annie()
    joe.write_plan(held_from_carers=[joe.goal])
    joe.publish()
    whole = json.loads(own(joe.id).get("/my/plan/document.json").content)
    assert validate(whole, today=timezone.localdate()) == ()
    types = [entry["resource"]["resourceType"] for entry in whole["entry"]]
    assert whole["type"] == "document" and types == ["Composition", "Patient", "CarePlan", "Goal"]
    hers = own(joe.annie, "carer").get(f"/my/caring/{joe.id}/plan/document.json")
    assert "walking frame" not in hers.content.decode() and hers.status_code == 200


def test_b10_council_and_gp_text_is_ready_to_copy_and_needs_no_script(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    page = staff(joe.priya, "coordinator").get(f"/people/{joe.id}/plan").content.decode()
    council = page.partition('id="text-council"')[2].partition("</textarea>")[0]
    gp = page.partition('id="text-gp"')[2].partition("</textarea>")[0]
    assert "NEEDS AND OUTCOMES" in council and "WHAT THE PERSON CONTRIBUTES" in council
    assert "I ring Susan before I go to bed" in council and "GOALS AND ACTIONS" in gp
    assert 'data-copies="text-council"' in page and "readonly" in page


def test_b10_read_aloud_by_name_is_a_receipt(joe: Joe) -> None:
    joe.write_plan()
    published = joe.publish()
    his = next(copy for copy in published.copies if copy.role == "person")
    hers = staff(joe.priya, "coordinator")
    hers.post(f"/people/{joe.id}/plan/copies/{his.id}", {"how": "read-aloud", "reader": "Maria Lopes"})
    copy = next(one for one in copies_of(joe.gate, joe.id) if one.id == his.id)
    assert copy.is_received and (copy.receipts[-1].how, copy.receipts[-1].reader) == (
        "read-aloud",
        "Maria Lopes",
    )
    assert "Read aloud by Maria Lopes" in words(hers.get(f"/people/{joe.id}/plan/copies"))


@pytest.mark.parametrize("typed", ["²", "٣", "9" * 5000])
def test_a_version_that_is_no_number_breaks_no_page(joe: Joe, typed: str) -> None:
    joe.write_plan()
    priya, nobody = staff(joe.priya, "coordinator"), str(uuid.uuid4())
    for address in (f"/day?from={typed[:500]}", f"/day/done?from={typed[:500]}"):
        assert priya.get(address).status_code in (200, 404)
    posted = {"version": typed, "words": "Two words", "count": typed, "task": f"{nobody}:{joe.id}:{typed}"}
    for address in (
        f"/people/{joe.id}/crisis/edit",
        f"/people/{joe.id}/end-of-life",
        f"/people/{joe.id}/plan/edit/goals",
        f"/people/{joe.id}/plan/words/{nobody}",
        f"/day/messages/{nobody}/answer",
        f"/day/tasks/{nobody}/take",
        "/day/done-with",
        f"/contacts/{nobody}",
    ):
        assert priya.post(address, posted).status_code < 500, address
