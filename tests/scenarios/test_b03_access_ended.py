"""B03: a professional whose access ended is told so, in the name they knew; a stranger is told what is said of nobody."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection

from careweave.care.teams.membership import add_member, remove_member, share_with_carer, stop_sharing
from careweave.record import Refusal
from careweave.record.ended import access_ended
from tests import factories as make
from tests.generative.test_every_surface import EACH_TIME
from tests.scenarios.test_a19_joe_and_annie import Joe
from tests.scenarios.test_b10_plan_pages import own, staff, words

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture(scope="module")
def joe(database: Any) -> Joe:
    return Joe()


def test_a_nurse_who_left_the_team_reads_that_her_access_ended(joe: Joe) -> None:
    nurse = make.staff("Ngozi Eze", "district-nurse", "RVE")
    added = add_member(joe.gate, person_id=joe.id, worker=make.worker(nurse, "district-nurse"))
    assert not isinstance(added, Refusal)
    client = staff(nurse, "district-nurse")
    assert client.get(f"/people/{joe.id}").status_code == 200
    assert access_ended(make.gate(nurse, "district-nurse", "RVE"), joe.id) is None, "while it stands"
    assert not isinstance(remove_member(joe.gate, person_id=joe.id, party=nurse.party), Refusal)

    for page in ("/plan", ""):
        answer = client.get(f"/people/{joe.id}{page}")
        assert answer.status_code == 403
    crisis = client.get(f"/people/{joe.id}/crisis")
    assert crisis.status_code == 302 and "/emergency/" in crisis["Location"]
    hers = [one for one in make.own_gate(joe.id).who_looked(joe.id) if one.actor == nurse.party]
    assert sum("ended" in (one.detail or {}) for one in hers) == 2, "Joe sees that his name was shown to her"
    said = words(answer)
    assert "You cannot see Joseph’s care here any more" in said and "This changed on" in said
    assert "Holloway" not in said and "9990000018" not in said and "999 000 0018" not in said


def test_a_stranger_reads_byte_for_byte_what_is_said_of_nobody(joe: Joe) -> None:
    stranger = staff(make.staff("Sam Stranger", "district-nurse", "RVE"), "district-nurse")
    told = []
    for asked in (joe.id, str(uuid.uuid4())):
        answer = stranger.get(f"/people/{asked}")
        assert answer.status_code == 404
        told.append(EACH_TIME.sub(b"", answer.content.replace(asked.encode(), b"ID")))
    assert told[0] == told[1]


def test_who_moved_on_reads_the_name_they_knew_and_after_a_year_nothing(joe: Joe) -> None:
    nurse = make.staff("Nia Price", "district-nurse", "RVE")
    add_member(joe.gate, person_id=joe.id, worker=make.worker(nurse, "district-nurse"))
    remove_member(joe.gate, person_id=joe.id, party=nurse.party)
    gate = make.gate(nurse, "district-nurse", "RVE")
    ended = access_ended(gate, joe.id)
    assert ended and ended.names
    rows = gate.door.rows("SELECT * FROM record.gate_ended(%s, %s, %s)", [gate.door.token(), joe.id, 0])
    assert rows == [], "once the days of the rule are over"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM record.gate_ended('made up', %s, 365)", [joe.id])
        assert cursor.fetchall() == [], "without a session of the gate nothing is answered"


def test_a_carer_with_whom_joe_stopped_sharing_reads_that_and_one_he_said_no_to_learns_nothing(
    joe: Joe,
) -> None:
    joe.share_with_annie()
    page, hers = f"/my/caring/{joe.id}/questions", own(joe.annie, "carer")
    assert hers.get(page).status_code == 200
    stopped = stop_sharing(joe.gate, person_id=joe.id, carer_id=joe.annie, reason="Joe is afraid of her")
    assert not isinstance(stopped, Refusal)
    answer = hers.get(page)
    said = words(answer)
    assert answer.status_code == 403 and "You cannot see Joseph’s care here any more" in said
    assert "This changed on" in said and "Help for you" in said
    for kept_back in ("afraid", "crisis", "Holloway", "9990000018"):
        assert kept_back not in said.replace("Annie Holloway", "")
    joe.share_with_annie()
    assert hers.get(page).status_code == 200, "shared again"

    never = make.person(("Y90001", make.patient("Y90001", "never shared with", nhs_number="9990000034")))
    share_with_carer(
        joe.gate,
        person_id=joe.id,
        carer_id=never,
        name="Colin Asker",
        relationship="neighbour",
        answer="no",
        evidence="Joe said so",
    )
    told = []
    for asked in (joe.id, str(uuid.uuid4())):
        answer = own(never, "carer").get(f"/my/caring/{asked}/questions")
        assert answer.status_code == 404
        told.append(EACH_TIME.sub(b"", answer.content.replace(asked.encode(), b"ID")))
    assert told[0] == told[1]
