"""A35: a new pathway is definition files alone. A34: a tier that changes the professional is an accepted handover."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from careweave.care.assessments import carers
from careweave.care.assessments.completing import complete
from careweave.care.assessments.drafting import save_answers
from careweave.care.assessments.questions import Answer
from careweave.care.pathways.mandatory import mandatory_for
from careweave.care.pathways.reading import pathway, pathway_problems
from careweave.care.pathways.standing import (
    Moved,
    Step,
    leave,
    move_tier,
    offered_to,
    place_on,
    standings,
)
from careweave.care.plans.publishing import NotYet, Published, publish
from careweave.care.teams.handover import HandedOver, Terms, accept_charge
from careweave.care.teams.handover_due import carry_out
from careweave.care.teams.handover_told import notices
from careweave.care.teams.staff_facts import Worker
from careweave.definitions import forget_definitions
from careweave.record import Actor, Gate, Purpose, Refusal, Resource
from tests import factories as make
from tests.scenarios.coordination import refused
from tests.scenarios.test_a19_joe_and_annie import Joe

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TODAY = date.today()  # noqa: DTZ011 - the day of the run

ABOUT = """
version = "1"
author = "Tower Hamlets"
source = "Tower Hamlets, community approach to dementia (vanguard 19)"
checked_by = "The place's clinical lead"
valid_from = 2026-01-01
review_on = 2027-11-01
"""
DEMENTIA = f"""id = "tower-hamlets-dementia"
title = "Dementia in the community"
{ABOUT}
assessments = ["memory-at-home"]
roles = ["gp", "community-mental-health"]
contingency = "mandatory"
[carer_assessment]
form = "carers-assessment"
[[carer_assessment.settled_by]]
question = "carers-own"
answers = ["Offered, and not wanted", "Nobody helps without being paid"]
"""
MEMORY = f"""id = "memory-at-home"
title = "Memory at home"
{ABOUT}
[[section]]
id = "memory"
title = "Memory"
[[section.question]]
id = "wandering"
text = "Going out and not finding the way back"
type = "choice"
options = ["Never", "Once", "Often"]
[[section.question]]
id = "wandering-where"
text = "Where was it?"
type = "text"
enable_when = [{{ question = "wandering", operator = "!=", answer = "Never" }}]
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CAREWEAVE_DEFINITIONS", str(tmp_path))
    forget_definitions()
    yield tmp_path
    monkeypatch.undo()
    forget_definitions()


def written(place: Path, kind: str, name: str, text: str) -> None:
    (place / kind).mkdir(exist_ok=True)
    (place / kind / f"{name}.toml").write_text(text, encoding="utf-8")
    forget_definitions()


def lacking(joe: Joe) -> list[tuple[str, str]]:
    answer = publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY)
    assert isinstance(answer, NotYet), answer
    return [(one.part, one.words) for one in answer.missing]


def test_a35_dementia_pathway_is_files_only(place: Path) -> None:
    assert pathway("tower-hamlets-dementia", on=TODAY) is None
    written(place, "assessments", "memory-at-home", MEMORY)
    written(place, "pathways", "dementia", DEMENTIA)
    assert pathway_problems() == []
    joe = Joe()
    joe.share_with_annie()
    step = place_on(joe.gate, person_id=joe.id, pathway_id="tower-hamlets-dementia", today=TODAY)
    assert isinstance(step, Step), step

    # With everything else there, it cannot be published without the carer's assessment and a contingency.
    later = (TODAY + timedelta(days=60)).isoformat()
    joe.write_plan(if_then=[], no_contingency_because="Annie is always there", review_on=later)
    told = lacking(joe)
    assert [part for part, _ in told] == ["pathway", "pathway", "if-things-change"]
    assert told[0][1] == "Dementia in the community: complete “Memory at home”"
    assert told[1][1].startswith("Dementia in the community: Annie Holloway’s own assessment is not done")
    assert told[2][1] == "Dementia in the community: say what to do if things change"

    joe.write_plan(review_on=later)
    save_answers(joe.gate, person_id=joe.id, answers={"wandering": Answer("Never")}, form_id="memory-at-home")
    done = complete(joe.gate, person_id=joe.id, today=TODAY, form_id="memory-at-home")
    assert isinstance(done, Resource), done
    assert [part for part, _ in lacking(joe)] == ["pathway"]

    # Annie tells how she is managing, on her own record; she agreed that Priya looks after her too.
    annie = make.own_gate(joe.annie)
    save_answers(
        annie, person_id=joe.annie, answers={"carer-mood": Answer("Mostly well")}, form_id=carers.FORM
    )
    sent = carers.send_own(annie, today=TODAY, looked_after_by=None)
    assert isinstance(sent, carers.Sent)
    _take_on_annie(joe)
    published = publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY)
    assert isinstance(published, Published), published


def _take_on_annie(joe: Joe) -> None:
    from careweave.care.teams.enrolment import Enrolled, take_on

    make.suggestion(joe.annie, joe.priya.party)
    joe.gate = make.gate(joe.priya, "coordinator", "RVC")  # a gate knows what held when it was opened
    taken = take_on(joe.gate, person_id=joe.annie, coordinator=make.worker(joe.priya, "coordinator"))
    assert isinstance(taken, Enrolled), taken


def test_a35_who_was_suggested_by_the_pathways_register_is_offered_it(place: Path) -> None:
    register = (files("careweave.definitions") / "registers" / "riverside-proactive.toml").read_text("utf-8")
    own = register.replace('id = "riverside-proactive"', 'id = "dementia-register"', 1)
    written(place, "registers", "dementia", own.replace('rule = "age > 75 or diabetes"', 'rule = "dementia"'))
    written(place, "assessments", "memory-at-home", MEMORY)
    written(place, "pathways", "dementia", f'register = "dementia-register"\n{DEMENTIA}')
    assert pathway_problems() == []
    joe = Joe()
    assert not offered_to(joe.gate, joe.id, on=TODAY)
    finder = Gate(Actor("system:finder", "system"), Purpose.CASE_FINDING)
    task = finder.about(joe.id, ["Task"])[0]
    model = {"url": "https://careweave.org/fhir/model", "valueString": "dementia-register"}
    finder.update({**task.body, "extension": [model]}, version=task.version)
    assert [one.id for one in offered_to(joe.gate, joe.id, on=TODAY)] == ["tower-hamlets-dementia"]
    place_on(joe.gate, person_id=joe.id, pathway_id="tower-hamlets-dementia", today=TODAY)
    assert not offered_to(joe.gate, joe.id, on=TODAY)
    assert any(not one.is_met for one in mandatory_for(joe.gate, joe.id, TODAY))
    left = leave(
        joe.gate, person_id=joe.id, pathway_id="tower-hamlets-dementia", reason="Moved away", today=TODAY
    )
    assert isinstance(left, Step) and not standings(joe.gate, joe.id)
    assert mandatory_for(joe.gate, joe.id, TODAY) == ()


def test_a35_an_assessment_of_years_ago_is_not_what_a_pathway_asks_for(place: Path) -> None:
    written(place, "assessments", "memory-at-home", MEMORY)
    written(place, "pathways", "dementia", f"current_for_days = 90\n{DEMENTIA}")
    joe = Joe()
    place_on(joe.gate, person_id=joe.id, pathway_id="tower-hamlets-dementia", today=TODAY)
    save_answers(joe.gate, person_id=joe.id, answers={"wandering": Answer("Never")}, form_id="memory-at-home")
    complete(joe.gate, person_id=joe.id, today=TODAY, form_id="memory-at-home")
    for days, is_met in ((0, True), (91, False)):
        asked = mandatory_for(joe.gate, joe.id, TODAY + timedelta(days=days))
        assert [one.is_met for one in asked if one.kind == "assessment"] == [is_met]


def test_a35_a_carer_who_does_not_want_an_assessment_is_not_made_to_have_one(place: Path) -> None:
    written(place, "assessments", "memory-at-home", MEMORY)
    plain = DEMENTIA.replace('assessments = ["memory-at-home"]\n', "")
    written(place, "pathways", "dementia", plain.replace('roles = ["gp", "community-mental-health"]\n', ""))
    joe = Joe()
    joe.share_with_annie()
    place_on(joe.gate, person_id=joe.id, pathway_id="tower-hamlets-dementia", today=TODAY)
    joe.write_plan(review_on=(TODAY + timedelta(days=60)).isoformat())
    assert [part for part, _ in lacking(joe)] == ["pathway"]
    from tests.scenarios.test_b08_single_assessment import FULL, answers_to, done, form

    answers = answers_to(form(), carers_own=Answer("Offered, and not wanted"))
    save_answers(joe.gate, person_id=joe.id, answers=answers, form_id=FULL)
    done(joe.gate, joe.id)
    published = publish(joe.gate, person_id=joe.id, person_name="Joe", today=TODAY)
    assert isinstance(published, Published), published


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('roles = ["gp"', 'roles = ["wizard"'), "unknown role: wizard"),
        (("memory-at-home", "gone"), "unknown assessment: gone"),
        (('contingency = "mandatory"', 'contingency = "sometimes"'), "contingency is mandatory or optional"),
        (('contingency = "mandatory"', 'register = "gone"'), "unknown register: gone"),
        (('contingency = "mandatory"', "surprise = 1"), "unknown key: surprise"),
    ],
)
def test_a35_a_pathway_that_does_not_hold_together_is_refused_by_name(
    place: Path, change: tuple[str, str], words: str
) -> None:
    written(place, "pathways", "dementia", DEMENTIA.replace(*change))
    assert any("dementia.toml" in problem and words in problem for problem in pathway_problems())


def test_a34_a_tier_2_diabetic_moves_to_tier_3_by_an_accepted_handover_and_is_told(place: Path) -> None:
    joe = Joe()
    ruth = make.staff("Ruth Cole", "community-matron", "RVC")
    step = place_on(joe.gate, person_id=joe.id, pathway_id="diabetes-tiers", tier="2", today=TODAY)
    assert isinstance(step, Step), step

    matron = make.worker(ruth, "community-matron")

    def move(reason: str = "Insulin, and two hypos", to: Worker | None = matron) -> Moved | Refusal:
        terms = Terms("Two hypos at night", TODAY + timedelta(days=3))
        return move_tier(
            joe.gate, person_id=joe.id, pathway_id="diabetes-tiers", tier="3",
            reason=reason, to=to, terms=terms, today=TODAY,
        )  # fmt: skip

    assert "Say why" in refused(move(reason=" "))
    assert "another profession" in refused(move(to=None))
    assert "not of a profession" in refused(move(to=make.worker(joe.priya, "coordinator")))
    moved = move()
    assert isinstance(moved, Moved) and moved.is_waiting
    (before,) = standings(joe.gate, joe.id)
    assert before.now.tier == "2" and before.waiting and before.waiting.tier == "3"
    assert joe.gate.in_charge([joe.id])[joe.id].holder == joe.priya.party

    hers = make.gate(ruth, "community-matron", "RVC")
    taken = accept_charge(
        hers,
        person_id=joe.id,
        task_id=moved.step.offer,
        by=matron,
        today=TODAY,
    )
    assert isinstance(taken, HandedOver) and taken.charge is None
    (told,) = notices(make.own_gate(joe.id), joe.id)
    assert (
        "Ruth Cole will be in charge of your care instead of Priya Nair" in told.words
        and told.was_told_before
    )
    assert standings(joe.gate, joe.id)[0].now.tier == "2"  # until the day comes, tier and professional stay

    assert carry_out(TODAY + timedelta(days=3)) == 1
    gate = make.gate(joe.priya, "coordinator", "RVC")
    assert gate.in_charge([joe.id])[joe.id].holder == ruth.party
    (after,) = standings(gate, joe.id)
    assert (
        after.now.tier == "3"
        and after.waiting is None
        and [step.tier for step in after.history] == ["2", "3"]
    )
