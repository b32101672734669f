"""B10: several write one plan at once, each in their own words; agreement and disagreement stay in both sides' words."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from careweave.care.plans.checking import missing
from careweave.care.plans.drafting import current_draft
from careweave.care.plans.parts import Contribution, IfThen, PlanDraft
from careweave.care.plans.publishing import NotYet, Published, publish, published_plan, save_part
from careweave.care.plans.versions import versions_of, what_changed
from careweave.care.plans.voices import own_answer, say, take_into_plan, voices
from careweave.care.plans.writing import Seen, goal_stamps, part_stamp, write_part
from careweave.care.teams import telling
from careweave.care.teams.clocks import escalate_due
from careweave.record import Gate, Refusal, Refused
from careweave.record.beside import StaleDraft
from tests import factories as make
from tests.scenarios.test_a19_joe_and_annie import TODAY, Joe

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture
def joe() -> Joe:
    return Joe()


def goal(words: str, whose: str = "Joe", id_: str = "") -> dict[str, Any]:
    return {"id": id_ or str(uuid.uuid4()), "words": words, "whose": whose, "importance": 5, "actions": []}


def draft_content(joe: Joe) -> dict[str, Any]:
    saved = joe.gate.draft(joe.id, "plan")
    assert saved is not None
    return dict(saved.content)


def at_once(*acts: Callable[[], object]) -> None:
    """Each act in a thread and a connection of its own, all starting together."""
    ready = Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            ready.wait(10)
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(run, act) for act in acts]:
            done.result(30)


def test_two_professionals_and_the_person_edit_one_plan_at_once(joe: Joe) -> None:
    joe.write_plan(goals=[])
    nurse = joe.team["district-nurse"]
    hers, his = make.gate(nurse, "district-nurse"), make.own_gate(joe.id)
    seen = Seen(goals=goal_stamps(draft_content(joe)))

    def write(gate: Gate, words: str) -> None:
        for n in range(4):
            write_part(
                gate,
                person_id=joe.id,
                key="goals",
                changes={"goals": [goal(f"{words} {n}", "The nurse" if gate is hers else "Priya")]},
                seen=seen,
            )

    def speak() -> None:
        for n in range(4):
            told = say(
                his, person_id=joe.id, said="add", part="goals", words=f"My own words {n}", today=TODAY
            )
            assert not isinstance(told, Refusal), told

    at_once(lambda: write(joe.gate, "From Priya"), lambda: write(hers, "From the nurse"), speak)

    draft, _ = current_draft(joe.gate, joe.id)
    assert {(each.words, each.whose, each.by) for each in draft.goals} == {
        *((f"From Priya {n}", "Priya", "Priya Nair") for n in range(4)),
        *((f"From the nurse {n}", "The nurse", nurse.name) for n in range(4)),
    }
    for gate in (joe.gate, hers, his):
        said = voices(gate, joe.id)
        assert sorted(one.words for one in said) == [f"My own words {n}" for n in range(4)]
        assert {one.sender for one in said} == {f"person:{joe.id}"}


def test_the_persons_words_are_taken_into_the_plan_and_nobody_else_can_change_them(joe: Joe) -> None:
    joe.write_plan()
    told = say(
        make.own_gate(joe.id), person_id=joe.id, said="add", part="goals", words="See the sea", today=TODAY
    )
    assert not isinstance(told, Refusal), told
    taken = take_into_plan(joe.gate, person_id=joe.id, message_id=told.id)
    assert not isinstance(taken, Refusal), taken
    assert isinstance(take_into_plan(joe.gate, person_id=joe.id, message_id=told.id), Refusal)

    content = draft_content(joe)
    seen = Seen(goals=goal_stamps(content))
    changed = [
        {**each, "words": "Something tidier", "whose": "Priya", "importance": 1, "need": "He tires"}
        if each.get("said_in")
        else each
        for each in content["goals"]
    ]
    write_part(joe.gate, person_id=joe.id, key="goals", changes={"goals": changed}, seen=seen)
    draft, _ = current_draft(joe.gate, joe.id)
    his = next(each for each in draft.goals if each.said_in)
    assert (his.words, his.need, his.said_in) == ("See the sea", "He tires", told.id)
    (said,) = voices(joe.gate, joe.id)
    assert said.words == "See the sea" and not said.is_open and said.answers[0][0] == "Priya Nair"

    joe.publish()
    plan = published_plan(make.own_gate(joe.id), joe.id)
    assert plan is not None and [each.said_in for each in plan.draft.goals] == ["", told.id]


def test_what_two_people_changed_at_once_is_shown_to_both_and_neither_is_overwritten(joe: Joe) -> None:
    first = goal("Walk to the club")
    joe.write_plan(goals=[first])
    seen = Seen(goals=goal_stamps(draft_content(joe)))
    nurse = make.gate(joe.team["district-nurse"], "district-nurse")
    write_part(
        nurse,
        person_id=joe.id,
        key="goals",
        changes={"goals": [{**first, "words": "Walk to the river"}]},
        seen=seen,
    )
    with pytest.raises(StaleDraft) as stale:
        write_part(
            joe.gate,
            person_id=joe.id,
            key="goals",
            changes={"goals": [{**first, "words": "Walk to the shop"}]},
            seen=seen,
        )
    assert stale.value.current.content["goals"][0]["words"] == "Walk to the river"
    # What only one of them touched is simply kept, and so is what one of them did not touch.
    write_part(
        joe.gate, person_id=joe.id, key="goals", changes={"goals": [first, goal("Sleep better")]}, seen=seen
    )
    draft, _ = current_draft(joe.gate, joe.id)
    assert [each.words for each in draft.goals] == ["Walk to the river", "Sleep better"]


def test_a_text_of_another_part_is_stale_only_against_someone_else(joe: Joe) -> None:
    joe.write_plan()
    mark = Seen(part_stamp(draft_content(joe), "matters"))
    mine = {"what_matters": "The garden", "what_matters_whose": "Joe"}
    write_part(joe.gate, person_id=joe.id, key="matters", changes=mine, seen=mark)
    write_part(
        joe.gate, person_id=joe.id, key="matters", changes={**mine, "what_matters": "The roses"}, seen=mark
    )
    nurse = make.gate(joe.team["district-nurse"], "district-nurse")
    with pytest.raises(StaleDraft):
        write_part(nurse, person_id=joe.id, key="matters", changes=mine, seen=mark)
    assert current_draft(joe.gate, joe.id)[0].written_by["what_matters"] == "Priya Nair"


def test_b10_the_disagreement_of_either_side_is_kept_in_its_own_words(joe: Joe) -> None:
    joe.write_plan(agreement="partly", team_agreement="no")
    answer = publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY)
    assert isinstance(answer, NotYet)
    assert [each.words for each in answer.missing] == [
        "Write what the person disagrees with, in their own words",
        "Write what the team disagrees with, in its own words",
    ]
    joe.write_plan(
        agreement="partly",
        disagreement="I do not want a frame in the hall",
        team_agreement="no",
        team_disagreement="Without the frame a fall is likely",
    )
    joe.publish()
    his = published_plan(make.own_gate(joe.id), joe.id)
    assert his is not None
    assert his.draft.disagreement == "I do not want a frame in the hall"
    assert his.draft.team_disagreement == "Without the frame a fall is likely"


def test_b10_the_person_accepts_or_disagrees_on_the_portal_and_is_answered_below(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    his = make.own_gate(joe.id)
    assert isinstance(say(his, person_id=joe.id, said="disagree", part="agreement", today=TODAY), Refusal)
    told = say(
        his, person_id=joe.id, said="disagree", part="agreement", words="Nobody asked Annie", today=TODAY
    )
    assert not isinstance(told, Refusal) and told.name == "Priya Nair"
    answer = own_answer(voices(joe.gate, joe.id), joe.id, 1)
    assert answer is not None and answer.is_open and answer.words == "Nobody asked Annie"
    telling.answer(joe.gate, message_id=answer.id, version=answer.version, words="I will call her today")
    (heard,) = voices(his, joe.id)
    assert (heard.words, heard.answers[0][2]) == ("Nobody asked Annie", "I will call her today")
    agreed = say(his, person_id=joe.id, said="agree", part="agreement", today=TODAY)
    assert not isinstance(agreed, Refusal)
    last = own_answer(voices(joe.gate, joe.id), joe.id, 1)
    assert last is not None and last.ticks == ("I agree",) and not last.is_open


def test_b10_versions_show_what_changed_and_each_goal_as_it_was(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    changed = {**goal("I want to walk to the river with Annie", id_=joe.goal), "importance": 10}
    joe.write_plan(goals=[changed], what_matters="Walking to the club with Annie and Susan")
    answer = publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY)
    assert isinstance(answer, NotYet), "a version needs an action as well"
    joe.write_plan(goals=[{**changed, "actions": [{"what": "Walk", "name": "Joe", "party": "", "by": ""}]}])
    joe.publish()
    assert [plan.draft.goals[0].importance for plan in versions_of(joe.gate, joe.id)] == [9, 10]
    latest, first = what_changed(make.own_gate(joe.id), joe.id)
    assert (latest.since, first.changes) == (1, ())
    words = {change.what: [(piece.kind, piece.words) for piece in change.pieces] for change in latest.changes}
    assert ("taken-out", "club") in words["Goal"] and ("added", "river") in words["Goal"]
    assert set(words) >= {"Goal", "How important: “I want to walk to the river with Annie”"}


def test_b10_what_is_held_back_from_carers_stays_held_back_in_the_next_version(joe: Joe) -> None:
    joe.share_with_annie()
    joe.write_plan(held_from_carers=[joe.goal])
    joe.publish()
    save_part(joe.gate, person_id=joe.id, changes={"agreement": "yes", "review_on": "2027-03-01"})
    joe.publish()
    hers = published_plan(make.own_gate(joe.annie, "carer"), joe.id)
    assert hers is not None and hers.version == 2 and hers.draft.goals == ()


def test_b10_a_first_plan_needs_one_goal_one_action_whom_to_call_and_a_review_date(joe: Joe) -> None:
    action = {"what": "Try a frame", "name": "Joe", "party": "", "by": ""}
    save_part(
        joe.gate,
        person_id=joe.id,
        changes={
            "goals": [{**goal("I want to walk"), "actions": [action]}],
            "first_call": "Priya Nair",
            "first_call_number": "01632 960101",
            "agreement": "yes",
            "reviewer": joe.priya.party,
            "reviewer_name": "Priya Nair",
            "review_on": "2027-02-01",
        },
    )
    assert isinstance(publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY), Published)
    plan = published_plan(joe.gate, joe.id)
    assert plan is not None and plan.draft.first_call_number == "01632 960101" and not plan.draft.if_then
    save_part(joe.gate, person_id=joe.id, changes={"agreement": "yes", "review_on": "2027-02-01"})
    later = publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY)
    assert isinstance(later, NotYet)
    assert [each.part for each in later.missing] == ["if-things-change"]


def test_a33_an_anticipatory_plan_is_invalid_until_own_contribution_or_none_and_network_are_said() -> None:
    row = IfThen("If Annie is ill", "Susan comes", "Susan", "01632 960199")
    plain = PlanDraft(if_then=(row,), agreement="yes", reviewer="staff:1", review_on="2027-01-01")

    def lacks(**said: Any) -> list[str]:
        found = missing(replace(plain, **said), (), today=date(2026, 11, 26))
        return [each.words.split(",")[0] for each in found if each.part == "if-things-change"]

    own = "Write what the person can do themselves if things change"
    network = "List the people who would help if things change"
    susan = (Contribution("Susan", "Comes for the night"),)
    assert lacks() == [own, network]
    assert lacks(own_contributions=("I ring Susan",)) == [network]
    assert lacks(network=susan) == [own]
    assert lacks(own_none="none", network=susan) == []
    assert lacks(own_contributions=("I ring Susan",), network=susan) == []
    assert lacks(own_contributions=("  ",), network=(Contribution(" "),)) == [own, network]


def test_a33_the_plan_is_published_only_with_what_they_and_the_people_around_them_do(joe: Joe) -> None:
    joe.write_plan(own_contributions=[], network=[])
    refused = publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY)
    assert isinstance(refused, NotYet) and len(refused.missing) == 2
    joe.write_plan(own_contributions=[], own_none="none")
    published = publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY)
    assert isinstance(published, Published), published
    plan = published_plan(joe.gate, joe.id)
    assert (
        plan
        and plan.draft.own_none
        and plan.draft.network == (Contribution("Susan, daughter", "Comes for the night"),)
    )


def test_b11_a_trigger_without_action_or_reachable_contact_is_refused() -> None:
    draft = PlanDraft(
        if_then=(IfThen("If he falls", "", "Team", "12"),), own_none="none", network_none="none"
    )
    found = [each.words for each in missing(draft, (), today=TODAY) if each.part == "if-things-change"]
    assert found == [
        "Say what to do: If he falls",
        "Give a number that is answered day and night: If he falls",
    ]


def test_b10_a_review_that_is_over_goes_once_to_someone_who_acts_and_a_new_version_stops_that(
    joe: Joe,
) -> None:
    def late() -> list[str]:
        tasks = joe.gate.about(joe.id, ["Task"])
        return [
            each.id for each in tasks if each.body.get("description") == "Review a plan that is out of date"
        ]

    joe.write_plan(review_on="2027-01-10")
    joe.publish()
    escalate_due(datetime(2027, 1, 10, 20, tzinfo=UTC))
    assert late() == [], "the agreed day is not over"
    joe.write_plan(review_on="2027-02-01")
    joe.publish()
    escalate_due(datetime(2027, 1, 11, 9, tzinfo=UTC))
    assert late() == [], "a newer version was agreed"
    for _ in range(2):
        escalate_due(datetime(2027, 2, 2, 9, tzinfo=UTC))
    (task,) = late()
    assert joe.gate.read("Task", task) is not None


def test_b10_of_two_who_publish_at_once_one_makes_the_version_and_the_other_is_told(joe: Joe) -> None:
    joe.write_plan()
    joe.publish()
    joe.write_plan(what_matters="The river")
    nurse = make.gate(joe.team["district-nurse"], "district-nurse")
    done: list[object] = []

    def press(gate: Gate) -> None:
        done.append(publish(gate, person_id=joe.id, person_name="Joe", today=TODAY))

    at_once(lambda: press(joe.gate), lambda: press(nurse))
    assert sorted(type(each).__name__ for each in done) == ["Published", "Refusal"]
    plan = published_plan(joe.gate, joe.id)
    assert plan is not None and (plan.version, plan.draft.what_matters) == (2, "The river")


def test_what_the_person_said_is_reworded_by_nobody_at_any_door(joe: Joe) -> None:
    told = say(
        make.own_gate(joe.id), person_id=joe.id, said="add", part="goals", words="See the sea", today=TODAY
    )
    assert not isinstance(told, Refusal)
    stored = joe.gate.read("Communication", told.id)
    assert stored is not None
    for change in ({"payload": [{"contentString": "Stay at home"}]}, {"sender": {"display": "Priya Nair"}}):
        with pytest.raises(Refused):
            joe.gate.update({**stored.body, **change}, version=stored.version)
    joe.gate.update({**stored.body, "status": "completed"}, version=stored.version)
    assert voices(joe.gate, joe.id)[0].words.endswith("See the sea")


def test_a_carer_says_something_about_the_shared_plan_in_her_own_words(joe: Joe) -> None:
    joe.share_with_annie()
    joe.write_plan()
    joe.publish()
    hers = make.own_gate(joe.annie, "carer")
    told = say(hers, person_id=joe.id, said="comment", part="matters", words="He misses the dog", today=TODAY)
    assert not isinstance(told, Refusal), told
    assert [one.words for one in voices(hers, joe.id)] == ["He misses the dog"]
    assert [one.sender for one in voices(joe.gate, joe.id)] == [f"person:{joe.annie}"]
