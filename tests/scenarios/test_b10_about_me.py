"""About Me (PRSB v2.01): seven prompts in the person's own words, first on the person page, never overwritten."""

from __future__ import annotations

import pytest

from careweave.care.plans.about_me import ADDED, Overtaken, Prompt, about_me, earlier, write_about_me
from careweave.record import Gate, Refusal
from tests import factories as make
from tests.scenarios.test_a19_joe_and_annie import TODAY, Joe
from tests.scenarios.test_b10_plan_pages import own, staff, words
from tests.scenarios.test_b10_writing_together import at_once

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def joe() -> Joe:
    return Joe()


def by_key(gate: Gate, person_id: str) -> dict[str, Prompt]:
    return {each.key: each for each in about_me(gate, person_id, on=TODAY)}


def test_about_me_has_the_seven_prompts_and_the_person_writes_them(joe: Joe) -> None:
    his = own(joe.id)
    page = words(his.get("/my/about-me"))
    assert page.count("<textarea") == 7 and "Please do and please do not" in page
    saved = his.post("/my/about-me", {"wellness": "I tire after lunch", "wellness-seen": ""}, follow=True)
    assert "Saved. Everyone in the team can read it." in words(saved)
    seen = words(staff(joe.priya, "coordinator").get(f"/people/{joe.id}"))
    first = seen.partition('id="what-matters"')[2].partition("</section>")[0]
    assert "I tire after lunch" in first and "wrote this" in first
    stranger = staff(make.staff("A Stranger", "gp", "Y90009"), "gp")
    assert stranger.get(f"/people/{joe.id}/about-me").status_code == 404


def test_what_the_person_typed_only_the_person_changes_and_others_write_below(joe: Joe) -> None:
    his = make.own_gate(joe.id)
    write_about_me(his, person_id=joe.id, words={"also": "I was a ferryman"}, seen={}, on=TODAY)
    seen = {"also": by_key(joe.gate, joe.id)["also"].latest.id}  # type: ignore[union-attr]
    refused = write_about_me(joe.gate, person_id=joe.id, words={"also": "Retired"}, seen=seen, on=TODAY)
    assert isinstance(refused, Refusal) and refused.reason.startswith(
        "Only the person can change these words"
    )
    below = write_about_me(
        joe.gate, person_id=joe.id, words={"also" + ADDED: "Ask him about the fog of 1952"}, seen={}, on=TODAY
    )
    assert not isinstance(below, Refusal | Overtaken)
    also = by_key(his, joe.id)["also"]
    assert also.words == "I was a ferryman" and also.added is not None
    assert (also.added.words, also.added.by_name) == ("Ask him about the fog of 1952", "Priya Nair")


def test_of_two_who_write_the_same_words_at_once_the_second_is_shown_the_first(joe: Joe) -> None:
    nurse = make.gate(joe.team["district-nurse"], "district-nurse")
    done: list[object] = []

    def write(gate: Gate, text: str) -> None:
        done.append(
            write_about_me(gate, person_id=joe.id, words={"support": text}, seen={"support": ""}, on=TODAY)
        )

    at_once(lambda: write(joe.gate, "With his left hand"), lambda: write(nurse, "After breakfast"))
    assert sum(isinstance(each, Overtaken) for each in done) == 1
    kept = by_key(joe.gate, joe.id)["support"]
    assert kept.words in ("With his left hand", "After breakfast") and kept.latest is not None
    late = staff(joe.priya, "coordinator").post(
        f"/people/{joe.id}/about-me", {"support": "Slowly", "support-seen": ""}
    )
    assert late.status_code == 422 and "Slowly" in words(late) and kept.words in words(late)
    write_about_me(
        nurse, person_id=joe.id, words={"support": "Slowly"}, seen={"support": kept.latest.id}, on=TODAY
    )
    assert by_key(nurse, joe.id)["support"].words == "Slowly"
    assert [each.words for each in earlier(nurse, joe.id, "support")] == [kept.words]
