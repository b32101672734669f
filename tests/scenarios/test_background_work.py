"""Background work: the audit is sealed and anchored, changes reach their readers once, golden records keep up."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import TypeVar

import pytest

from careweave.record import Actor, Gate, Purpose
from careweave.record.outbox import done, next_batch
from careweave.record.work import tick
from tests import factories as make

T = TypeVar("T")
pytestmark = [pytest.mark.database, pytest.mark.usefixtures("fresh_database")]


def until_it_is_visible(look: Callable[[], T]) -> T:
    """Work stays behind the oldest transaction of the whole server, and another test may hold one open now."""
    deadline = time.monotonic() + 60
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def test_a_tick_seals_what_was_audited() -> None:
    make.person(("Y90001", make.patient("Y90001", uuid.uuid4().hex)))
    assert until_it_is_visible(lambda: tick()["sealed"]) > 0


def test_each_change_reaches_a_reader_until_it_is_done() -> None:
    body = make.patient("Y90001", uuid.uuid4().hex)
    make.load("Y90001", body)
    until_it_is_visible(lambda: next_batch("a reader", ["Patient"]).events)
    first = next_batch("a reader", ["Patient"])
    assert [(e.resource_id, e.version) for e in first.events] == [(body["id"], 1)]
    assert next_batch("a reader", ["Patient"]).events == first.events
    done("a reader", first)
    assert next_batch("a reader", ["Patient"]).events == ()


def test_golden_record_follows_a_change_of_address() -> None:
    from careweave.identity.keeping_up import refresh_changed_people

    body = make.patient("Y90001", uuid.uuid4().hex, gp="Y90001")
    person = make.person(("Y90001", body))
    make.load("Y90001", {**body, "address": [{"postalCode": "RV1 2AB"}]})
    assert until_it_is_visible(refresh_changed_people) >= 1
    linker = Gate(Actor("system:linker", "system"), Purpose.IDENTITY)
    golden = linker.read("Patient", person)
    assert golden is not None and golden.body["address"][0]["postalCode"] == "RV1 2AB"
