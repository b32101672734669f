"""The web of care: the same in a drawing and in a list, with its people and handovers counted."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from careweave.care.teams.notes import TAKE_CHARGE
from careweave.care.teams.shapes import code
from careweave.record.relations import party_reference
from careweave.web.components.drawing import drawing
from careweave.web.presenters.web_of_care import Web, web_of_care
from tests.unit.web_samples import SOURCES, contacts, encounter, held, joe


def web(resources: list | None = None) -> Web:  # type: ignore[type-arg]
    return web_of_care("Joe", joe() + contacts() if resources is None else resources, SOURCES)


def test_people_and_handovers_are_counted() -> None:
    assert web().summary == "10 people, 5 handovers"


def test_contacts_of_one_organisation_are_no_handover() -> None:
    visits = [encounter("HH", f"2026-11-{day}T10:00", "RVC", who=f"Nurse {day}") for day in (18, 20)]
    assert web(visits).handovers == 0


def test_a_contact_after_a_month_is_no_handover() -> None:
    later = [encounter("AMB", "2026-03-02T09:30", "Y90001"), encounter("HH", "2026-11-18T10:00", "RVC")]
    assert web(later).handovers == 0


def test_one_role_held_twice_is_asked_about() -> None:
    assert web().questions == ("Two occupational therapists: is this right?",)


def member(name: str) -> dict[str, Any]:
    return {"role": [{"text": "coordinator"}], "member": party_reference(f"staff:{name}", name)}


def passing_on(status: str) -> Any:
    asked = {
        "resourceType": "Task",
        "status": status,
        "code": code(TAKE_CHARGE, "Will you take charge?"),
        "requester": party_reference("staff:Priya", "Priya"),
        "owner": party_reference("staff:Tom", "Tom"),
    }
    return replace(held(asked, "careweave"), updated=datetime.now(UTC))


def test_two_coordinators_during_a_handover_are_not_asked_about() -> None:
    both = {"resourceType": "CareTeam", "status": "active", "participant": [member("Priya"), member("Tom")]}
    team = held(both, "careweave")
    question = ("Two care coordinators: is this right?",)
    assert web([team]).questions == question
    for status in ("requested", "accepted", "completed"):
        assert web([team, passing_on(status)]).questions == (), status
    assert web([team, passing_on("rejected")]).questions == question
    long_ago = replace(passing_on("completed"), updated=datetime(2026, 1, 5, tzinfo=UTC))
    assert web([team, long_ago]).questions == question, "a fortnight after it both are there again"


def test_the_family_and_the_team_are_there_without_a_contact() -> None:
    names = {node.name: node for node in web().nodes}
    assert names["Annie Harper"].role == "wife and carer"
    assert names["Priya Shah"].contacts == 0 and "Someone who left" not in names


def test_alzheimer_web_of_more_than_twelve_touch_points_is_drawn_and_listed() -> None:
    many = [
        encounter("AMB", f"2026-10-{day:02d}T09:00", source, who=f"Person {day}")
        for day, source in enumerate(["Y90001", "RVR", "RVC", "900", "RVV01"] * 3, 1)
    ]
    shown = web(many)
    svg = str(drawing(shown))
    assert len(shown.nodes) == 15 and svg.count("app-web__name") == 15
    assert 'role="img"' in svg and "<title" in svg and f'<desc id="web-desc">{shown.summary}.' in svg


def test_more_people_than_fit_are_all_in_the_list_and_the_drawing_says_so() -> None:
    many = [encounter("AMB", "2026-10-01T09:00", "Y90001", who=f"Person {index}") for index in range(40)]
    svg = str(drawing(web(many)))
    assert len(web(many).nodes) == 40 and svg.count("app-web__name") == 24
    assert "The 24 with most contacts are drawn." in svg


def test_names_in_the_drawing_cannot_be_markup() -> None:
    bad = encounter("AMB", "2026-10-01T09:00", "Y90001", who="<script>alert(1)</script>")
    assert "<script" not in str(drawing(web([bad])))


def test_two_nodes_never_stand_on_one_place() -> None:
    places = re.findall(r'<circle cx="(\d+)" cy="(\d+)" r="16"', str(drawing(web())))
    assert len(places) == len(set(places)) == 10


def test_a_struck_contact_does_not_count() -> None:
    wrong = held({"resourceType": "Encounter", "status": "entered-in-error", "class": {"code": "AMB"}}, "RVR")
    assert web([wrong]).nodes == ()


def test_a_role_in_brackets_is_taken_apart_so_that_one_person_is_one_node() -> None:
    told = [
        encounter("AMB", "2026-10-01T09:00", "Y90001", who="Dr Ruth Cole (General practitioner)"),
        encounter("AMB", "2026-10-02T09:00", "Y90001", who="Dr Ruth Cole"),
    ]
    (node,) = web(told).nodes
    assert (node.name, node.contacts) == ("Dr Ruth Cole", 2)
