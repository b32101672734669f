"""B10: the plan editor offers what the record holds, each with its source; nothing is written unless it is used."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from careweave.care.assessments.completing import NotComplete, complete
from careweave.care.assessments.drafting import save_answers
from careweave.care.assessments.questions import Answer
from careweave.care.assessments.reading import all_assessments
from careweave.care.plans.about_me import Overtaken, write_about_me
from careweave.care.plans.offering import rows
from careweave.care.plans.starting_over import start_over
from careweave.definitions import DefinitionError
from careweave.record import Refusal
from tests import factories as make
from tests.scenarios.test_a19_joe_and_annie import Joe
from tests.scenarios.test_b10_plan_pages import staff, words
from tests.scenarios.test_b10_writing_together import draft_content

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]

MINE = "The allotment, and my tea at four"


@pytest.fixture
def joe() -> Joe:
    joe = Joe()
    written = write_about_me(
        make.own_gate(joe.id),
        person_id=joe.id,
        words={"most-important": MINE},
        seen={},
        on=timezone.localdate(),
    )
    assert not isinstance(written, Overtaken | Refusal)
    return joe


def assess(joe: Joe, **answers: Answer) -> None:
    today = timezone.localdate()
    form = next(one for one in all_assessments(on=today) if one.id == "short-assessment")
    every = {key: Answer(none="not-known") for key in form.questions} | answers
    save_answers(joe.gate, person_id=joe.id, answers=every, form_id=form.id)
    done = complete(joe.gate, person_id=joe.id, today=today, form_id=form.id)
    assert not isinstance(done, NotComplete | Refusal), done


def button(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([0-9a-f]+)"', page)
    assert found, page
    return found[1]


def test_b10_an_offered_fact_is_written_only_when_it_is_used(joe: Joe) -> None:
    priya, address = staff(joe.priya, "coordinator"), f"/people/{joe.id}/plan/edit/matters"
    page = words(priya.get(address))
    assert "From “About me”: What is most important to me" in page and MINE in page
    assert "in the words of Joseph" in page and "1 thing from the record" in words(
        priya.get(f"/people/{joe.id}/plan/edit")
    )
    assert joe.gate.draft(joe.id, "plan") is None, "offering writes nothing"

    typed = {"what_matters": "Sundays with Annie", "what_matters_whose": "Annie", "use": button(page, "use")}
    assert priya.post(address, typed).status_code == 302
    content = draft_content(joe)
    assert content["what_matters"] == f"Sundays with Annie\n\n{MINE}", "what was typed stays, above it"
    assert content["what_matters_whose"].startswith("Annie; Joseph")
    assert content["written_by"]["what_matters"] == "Priya Nair"
    assert "From the record" not in words(priya.get(address)), "what is in the plan is not offered again"


def test_b10_what_was_left_out_is_remembered_beyond_the_draft(joe: Joe) -> None:
    priya, address = staff(joe.priya, "coordinator"), f"/people/{joe.id}/plan/edit/matters"
    left = button(words(priya.get(address)), "leave-out")
    priya.post(address, {"leave-out": left})
    page = words(priya.get(address))
    assert "Left out (1)" in page and 'name="use"' not in page
    joe.write_plan()
    joe.publish()
    assert joe.gate.draft(joe.id, "plan") is None
    nurse = words(staff(joe.team["district-nurse"], "district-nurse").get(address))
    assert 'name="use"' not in nurse and "Left out (1)" in nurse, (
        "nor to a colleague, nor for the next version"
    )
    priya.post(address, {"offer-again": left})
    assert button(words(priya.get(address)), "use") == left


def test_b10_news_in_the_record_is_offered_again_and_what_is_labelled_never(joe: Joe) -> None:
    priya, address = staff(joe.priya, "coordinator"), f"/people/{joe.id}/plan/edit/goals"
    assess(joe, worry=Answer("Falling on the stairs"), moving=Answer("With a frame or stick", unmet=True))
    page = words(priya.get(address))
    assert "Falling on the stairs" in page and "Getting about the home: With a frame or stick" in page
    priya.post(address, {"leave-out": button(page, "leave-out")})
    assert "Falling on the stairs" in words(priya.get(address)).partition("Left out (1)")[2]

    assess(joe, worry=Answer("Who feeds the cat"))
    page = words(priya.get(address))
    assert "Who feeds the cat" in page.partition("Left out")[0]
    secret = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"coding": [{"system": "https://careweave.org/codes", "code": "treatment-summary"}]}],
        "subject": {"reference": f"Patient/{joe.id}"},
        "sent": (timezone.now() - timedelta(hours=1)).isoformat(),
        "payload": [{"contentString": "Only for the team to read"}],
    }
    joe.gate.create(secret, subject=joe.id, labels=("staff-only",))
    assert "Only for the team" not in words(priya.get(address)), "a plan is copied to everyone"
    joe.gate.create(secret | {"payload": [{"contentString": "Home with a new inhaler"}]}, subject=joe.id)
    assert "From the hospital letter" in words(priya.get(address))


def test_b10_a_need_from_the_record_begins_a_goal_in_their_own_words(joe: Joe) -> None:
    priya, address = staff(joe.priya, "coordinator"), f"/people/{joe.id}/plan/edit/goals"
    assess(joe, worry=Answer("Falling on the stairs"))
    offered = button(words(priya.get(address)), "use")
    went = priya.post(address, {"count": "0", "use": offered})
    assert went.status_code == 302 and offered in went["Location"]
    page = words(priya.get(went["Location"]))
    need = re.search(r'<textarea[^>]*name="goal-0-need"[^>]*>([^<]*)', page)
    assert need and need[1] == "Falling on the stairs", "the worry stands at a goal that is still to be said"
    assert not draft_content(joe).get("goals")


def test_b10_the_people_around_are_offered_for_when_things_change(joe: Joe) -> None:
    joe.share_with_annie()
    priya, address = staff(joe.priya, "coordinator"), f"/people/{joe.id}/plan/edit/if-things-change"
    page = words(priya.get(address))
    offers = re.findall(r'name="use" value="([0-9a-f]+)"', page)
    assert "Annie Holloway (wife and carer)" in page
    priya.post(address, {"count": "0", "use": offers[-1]})
    assert draft_content(joe)["network"] == [{"name": "Annie Holloway (wife and carer)", "what": ""}]
    start_over(joe.gate, person_id=joe.id, reason="told again")
    assert joe.gate.draft(joe.id, "plan-left-out") is None


def test_b10_an_offer_into_nothing_is_refused_with_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from careweave.care.plans import offering

    found = offering.load_definition("plan-offers", "offers", timezone.localdate())
    wrong = {"offer": [{"from": "answer", "part": "goals", "into": "goal"}, {"from": "gossip"}]}
    assert rows(timezone.localdate())
    with pytest.raises(DefinitionError) as refused:
        offering._read(type(found)(**{**found.__dict__, "content": wrong}))
    assert "key of its question" in str(refused.value) and "gossip" in str(refused.value)
