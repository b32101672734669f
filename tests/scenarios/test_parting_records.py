"""Any one record of a person can be held apart, also the one that gave the person its id."""

from __future__ import annotations

import uuid

import pytest

from careweave.identity.doubting import DOUBTED, say_wrong
from careweave.identity.golden_records import linker_gate
from careweave.record import Refusal
from careweave.record.joining import members_now
from careweave.record.review_queue import open_pairs
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.mark.parametrize("first", [True, False])
def test_each_record_of_a_person_can_be_held_apart(first: bool) -> None:
    local = uuid.uuid4().hex
    patients = [make.patient(source, local, gp="Y90001") for source in ("Y90001", "RVR")]
    person = make.person(("Y90001", patients[0]), ("RVR", patients[1]))
    ids = sorted(str(body["id"]) for body in patients)
    leaving, staying = (ids[0], ids[1]) if first else (ids[1], ids[0])
    gate = make.gate(make.staff("Ruth Cole", "gp", "Y90001"), "gp", "Y90001")
    assert isinstance(say_wrong(gate, person_id=person, subjects=[leaving], reason=" "), Refusal)
    done = say_wrong(gate, person_id=person, subjects=[leaving], reason="Another Joseph Holloway")
    assert not isinstance(done, Refusal) and done.person_id != person
    now = members_now(linker_gate(), ids)
    assert now[staying] == person and now[leaving] == done.person_id
    waiting = [pair for pair in open_pairs(linker_gate()) if {pair.one, pair.other} == set(ids)]
    assert [(pair.guard, pair.state, pair.decided_by) for pair in waiting] == [
        (DOUBTED, "second", gate.actor.id)
    ]
