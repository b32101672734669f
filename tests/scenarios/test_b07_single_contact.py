"""B07: telephone, portal, referral and walk-in come into one queue per team, and nobody is told to ring someone else."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection

from careweave.care.contacts import handling, queue, reversing, routing, urgent
from careweave.care.contacts.callers import Caller
from careweave.care.contacts.taking import Said, Taken, take_contact
from careweave.care.contacts.urgent import Committed, Order
from careweave.care.teams import clocks, telling, worklists
from careweave.care.teams.enrolment import Enrolled, take_on
from careweave.care.teams.membership import share_with_carer
from careweave.care.teams.notes import NextStep
from careweave.care.teams.staff_facts import worker_of
from careweave.identity import delegating, staffing
from careweave.identity.models import LimitReturn, LimitUse, Staff
from careweave.record import Gate, Refusal, Refused
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]

TODAY = datetime.now(UTC).date()


class Zone:
    """One team with its practice, its manager Tom, its coordinator Priya and its limit."""

    def __init__(self, pence: int = 10_000) -> None:
        key = uuid.uuid4().hex[:6]
        self.id, self.practice = f"zone-{key}", f"Y{key.upper()}"
        make.organisation(self.practice)
        self.tom = make.staff("Tom Reid", "coordinator", "RVC")
        team = staffing.add_team(
            id=self.id,
            name=f"Zone {key}",
            organisation="RVC",
            manager=self.tom,
            telephone="01632 960101",
            out_of_hours="01632 960199",
            practices=[self.practice],
        )
        assert not isinstance(team, Refusal), team
        self._joins(self.tom)
        self.priya = self._joins(make.staff("Priya Nair", "coordinator", "RVC"))
        self.limit = delegating.set_limit(
            self.id,
            pence=pence,
            services=["home-care", "sitting", "equipment"],
            starts_on=TODAY,
            ends_on=TODAY + timedelta(days=30),
            set_by="Riverside Council",
        )

    def _joins(self, member: Staff) -> Staff:
        added = staffing.add_staff(
            staffing.administering(),
            name=member.name,
            email=member.email,
            role="coordinator",
            organisation="RVC",
            team=self.id,
        )
        assert not isinstance(added, Refusal), added
        return member

    def gate(self, member: Staff | None = None) -> Gate:
        return make.gate(member or self.priya, "coordinator", "RVC")


def edith(zone: Zone, *, gp: str | None = "", postcode: str = "") -> str:
    local = uuid.uuid4().hex
    practice = zone.practice if gp == "" else gp
    body = make.patient(
        zone.practice, local, family="Smith", given="Edith", birth_date="1941-06-12", gp=practice
    )
    if postcode:
        body["address"] = [{"line": ["6 Quay"], "postalCode": postcode}]
    return make.person((zone.practice, body))


def looked_after(zone: Zone, person_id: str, by: Staff | None = None) -> None:
    who = by or zone.priya
    worker = worker_of(who.party)
    assert worker is not None
    make_suggestion(person_id, who)
    taken = take_on(make.gate(who, "coordinator", "RVC"), person_id=person_id, coordinator=worker)
    assert isinstance(taken, Enrolled), taken


def make_suggestion(person_id: str, member: Staff) -> None:

    make.suggestion(person_id, member.party)


HELEN = Caller("other", "Helen Carter", "daughter", "07700 900131", check="rang-back")


def said(**changes: Any) -> Said:
    first = Said("phone", HELEN, "She fell in the night and cannot wash", "urgent", {})
    return replace(first, **changes)


def taken(gate: Gate, person_id: str, **changes: Any) -> Taken:
    done = take_contact(gate, person_id=person_id, said=said(**changes), today=TODAY)
    assert isinstance(done, Taken), done
    return done


def in_queue(gate: Gate, person_id: str) -> list[queue.Queued]:
    return [one for one in queue.queue(gate) if one.person_id == person_id]


def test_b07_every_channel_comes_into_the_queue_of_the_teams_practice() -> None:
    zone, other = Zone(), Zone()
    person_id = edith(zone)
    for channel in ("phone", "walk-in", "referral", "portal"):
        done = taken(other.gate(), person_id, channel=channel)
        assert (done.route.desk.team, done.route.because) == (zone.id, routing.BY_PRACTICE)
    assert len(in_queue(zone.gate(), person_id)) == 4
    assert in_queue(other.gate(), person_id) == []
    asked = telling.tell(
        make.own_gate(person_id),
        person_id=person_id,
        kind="question",
        to=routing.who_answers(make.own_gate(person_id), person_id),
        words="Who comes to me now?",
        today=TODAY,
    )
    assert not isinstance(asked, Refusal), asked
    assert [one.channel for one in in_queue(zone.gate(), person_id) if one.is_message] == ["portal"]


def test_b07_an_unknown_practice_goes_to_the_team_of_the_address() -> None:
    zone, other = Zone(), Zone()
    delegating.give_area(zone.id, "ZZ7")
    delegating.give_area(other.id, "ZZ71")
    for gp in (None, "Y99999"):
        found = routing.route(edith(zone, gp=gp, postcode="zz7 2ab"))
        assert found is not None
        assert (found.desk.team, found.because) == (zone.id, routing.BY_AREA)
    nearer = routing.route(edith(zone, gp=None, postcode="ZZ7 1AB"))
    assert nearer is not None
    assert nearer.desk.team == other.id
    nowhere = edith(zone, gp=None, postcode="QQ1 1QQ")
    assert routing.route(nowhere) is None
    kept = taken(other.gate(), nowhere)
    assert (kept.route.desk.team, kept.route.because) == (other.id, routing.BY_WHO_ANSWERED)


def test_b07_what_nobody_takes_within_a_quarter_of_an_hour_goes_once_to_the_manager() -> None:
    zone = Zone()
    person_id = edith(zone)
    left, picked, claimed = (taken(zone.gate(), person_id) for _ in range(3))
    priya = worker_of(zone.priya.party)
    assert priya is not None
    given = handling.give_to(zone.gate(), task_id=picked.task.id, version=picked.task.version, to=priya)
    assert not isinstance(given, Refusal), given
    worklists.take(zone.gate(), task_id=claimed.task.id, version=claimed.task.version)
    now = datetime.now(UTC)
    assert _escalated(zone, person_id, now + timedelta(minutes=14)) == []
    for _ in range(2):
        assert _escalated(zone, person_id, now + timedelta(minutes=16)) == [left.task.id]


def _escalated(zone: Zone, person_id: str, at: datetime) -> list[str]:
    clocks.escalate_due(at)
    tasks = [one for one in zone.gate(zone.tom).about(person_id, ["Task"]) if "focus" in one.body]
    assert {one.body["owner"]["display"] for one in tasks} <= {"Tom Reid"}
    return [one.body["focus"]["reference"].partition("/")[2] for one in tasks]


def test_b07_a_caller_without_authority_can_tell_and_is_told_nothing() -> None:
    zone = Zone()
    person_id = edith(zone)
    looked_after(zone, person_id)
    helen_id = make.person((zone.practice, make.patient(zone.practice, uuid.uuid4().hex, given="Helen")))
    party = f"person:{helen_id}"
    known = replace(HELEN, kind="known", party=party)
    assert not taken(zone.gate(), person_id, caller=known).authority.is_something
    shared = share_with_carer(
        zone.gate(),
        person_id=person_id,
        carer_id=helen_id,
        name="Helen Carter",
        relationship="daughter",
        answer="all",
        evidence="Edith said so at home",
    )
    assert not isinstance(shared, Refusal), shared
    now_known = taken(zone.gate(), person_id, caller=known)
    assert now_known.authority.is_something
    held = queue.contact(zone.gate(), now_known.task.id)
    assert held is not None
    assert (held.caller, held.relation, held.taken_by) == ("Helen Carter", "daughter", "Priya Nair")
    assert "plan" in held.may_hear
    for caller in (replace(known, check="no"), HELEN, replace(HELEN, kind="professional", relation="GP")):
        assert not taken(zone.gate(), person_id, caller=caller).authority.is_something


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "fax"}, "channel"),
        ({"caller": replace(HELEN, name=" ")}, "caller_name"),
        ({"caller": replace(HELEN, relation="")}, "relation"),
        ({"caller": replace(HELEN, check="")}, "check"),
        ({"what": "help"}, "what"),
        ({"urgency": "whenever"}, "urgency"),
    ],
)
def test_b07_what_is_missing_is_named_at_its_field(changes: dict[str, Any], field: str) -> None:
    zone = Zone()
    refused = take_contact(zone.gate(), person_id=edith(zone), said=said(**changes), today=TODAY)
    assert isinstance(refused, Refusal)
    assert refused.field == field


def test_b07_nobody_is_told_to_ring_someone_else() -> None:
    zone = Zone()
    gate, person_id = zone.gate(), edith(zone)
    done = taken(gate, person_id)

    def ends(outcome: str) -> Any:
        return handling.answer(
            gate,
            task_id=done.task.id,
            version=done.task.version,
            outcome=outcome,
            words="Told her",
            today=TODAY,
        )

    assert isinstance(refused := ends("told-to-ring"), Refusal)
    assert refused.field == "outcome"
    assert isinstance(refused := ends("onward"), Refusal)
    assert "Nobody is told to ring someone else" in refused.reason
    ring = NextStep("Ring the hospital pharmacy about the tablets", "", "", TODAY)
    assert isinstance(
        refused := handling.make_onward_contact(gate, task_id=done.task.id, step=ring, today=TODAY), Refusal
    )
    assert refused.field == "who"
    ring = replace(ring, party=zone.tom.party, name="Tom Reid")
    made = handling.make_onward_contact(gate, task_id=done.task.id, step=ring, today=TODAY)
    assert not isinstance(made, Refusal), made
    assert made.body["owner"]["display"] == "Tom Reid"
    answered = ends("onward")
    assert not isinstance(answered, Refusal), answered
    assert in_queue(gate, person_id) == []
    assert gate.person(person_id) is None, "an answered call opens the record no longer"


def order(held: Taken, **changes: Any) -> Order:
    begins = datetime.now(UTC) + timedelta(hours=2)
    return replace(Order("home-care", 3, 2, begins, "She cannot wash"), **changes)


def commit(gate: Gate, held: Taken, **changes: Any) -> Committed | Refusal:
    return urgent.commit_urgent_care(gate, task_id=held.task.id, order=order(held, **changes), today=TODAY)


def test_b07_urgent_care_over_the_limit_or_outside_it_is_refused_with_who_can_decide() -> None:
    zone = Zone(pence=10_000)
    gate, person_id = zone.gate(), edith(zone)
    held = taken(gate, person_id)
    refusals = {
        "care-home": commit(gate, held, service="care-home", days=1, a_day=1),
        "too long": commit(gate, held, days=4),
        "too much": commit(gate, held, a_day=4),
        "too late": commit(gate, held, begins=datetime.now(UTC) + timedelta(hours=4)),
        "no reason": commit(gate, held, why=" "),
        "nurse": commit(make.gate(zone.priya, "district-nurse", "RVC"), held),
    }
    assert all(isinstance(one, Refusal) for one in refusals.values()), refusals
    assert "Tom Reid, team manager, can decide" in refusals["care-home"].reason  # type: ignore[union-attr]
    assert "£140.40, and £100 of" in refusals["too much"].reason  # type: ignore[union-attr]
    assert "Tom Reid, team manager, can decide" in refusals["too much"].reason  # type: ignore[union-attr]
    assert "within three and a half hours" in refusals["too late"].reason  # type: ignore[union-attr]
    assert not LimitUse.objects.filter(limit__team_id=zone.id).exists()
    asked = urgent.ask_manager(gate, task_id=held.task.id, order=order(held, a_day=4), today=TODAY)
    assert not isinstance(asked, Refusal)
    assert any(
        one.body.get("owner", {}).get("display") == "Tom Reid" for one in gate.about(person_id, ["Task"])
    )
    assert isinstance(commit(gate, held, days=1), Committed)
    assert isinstance(commit(gate, held, days=3, a_day=3), Refusal), "what is left is counted"


def test_b07_two_who_commit_at_once_cannot_overspend_the_limit_together() -> None:
    zone = Zone(pence=5_000)
    gate = zone.gate()
    held = [taken(gate, edith(zone)) for _ in range(6)]

    def one(each: Taken) -> bool:
        try:
            return isinstance(commit(zone.gate(), each, days=1, a_day=1), Committed)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as pool:
        done = list(pool.map(one, held))
    assert sum(done) == 4, "four times £11.70 fit into £50"
    used = LimitUse.objects.filter(limit__team_id=zone.id)
    assert sum(each.pence for each in used) == 4_680
    with pytest.raises(DatabaseError, match="overspent"):
        LimitUse.objects.create(limit=used[0].limit, pence=400, request=uuid.uuid4(), used_by="nobody")


def test_b07_a_commitment_is_a_fact_that_nobody_changes() -> None:
    zone = Zone()
    gate, person_id = zone.gate(), edith(zone)
    looked_after(zone, person_id)
    done = commit(gate, taken(gate, person_id), days=1)
    assert isinstance(done, Committed), done
    request = gate.read("ServiceRequest", done.request_id)
    assert request is not None
    pence = next(one["valueInteger"] for one in request.body["extension"] if one["url"].endswith("pence"))
    assert (pence, done.pence) == (2_340, 2_340)
    with pytest.raises(Refused):
        gate.update({**request.body, "status": "revoked"}, version=request.version)
    for act in (
        lambda: LimitUse.objects.filter(request=request.id).update(pence=1),
        lambda: LimitUse.objects.get(request=request.id).delete(),
    ):
        with pytest.raises(DatabaseError, match="neither changed nor deleted"):
            act()


def test_b07_a_commitment_is_reversed_by_a_new_fact_and_the_limit_has_its_room_back() -> None:
    zone = Zone(pence=5_000)
    gate, person_id = zone.gate(), edith(zone)
    looked_after(zone, person_id)
    other = zone._joins(make.staff("Amir Khan", "coordinator", "RVC"))
    done = commit(gate, taken(gate, person_id), days=2)
    assert isinstance(done, Committed) and done.left == 5_000 - 4_680, done

    def reverses(who: Staff, reason: str = "Her sister came") -> Any:
        return reversing.reverse(zone.gate(who), task_id=done.task_id, reason=reason, now=datetime.now(UTC))

    assert isinstance(no_reason := reverses(zone.priya, " "), Refusal) and no_reason.field == "reason"
    assert isinstance(stranger := reverses(other), Refusal)
    assert "Only Priya Nair or Tom Reid can reverse this" in stranger.reason
    back = reverses(zone.priya)
    assert isinstance(back, reversing.Reversed), back
    assert (back.pence, back.left) == (4_680, 5_000)

    first, second = gate.read("ServiceRequest", done.request_id), gate.read("ServiceRequest", back.request_id)
    assert first is not None and second is not None
    assert (first.version, first.body["status"], second.body["status"]) == (1, "active", "revoked")
    assert second.body["replaces"] == [{"reference": f"ServiceRequest/{first.id}"}]
    tell = gate.read("Task", back.task_id)
    assert (
        tell is not None and "Tell the provider of home care, 01632 960320, that" in tell.body["description"]
    )
    assert (arranged := gate.read("Task", done.task_id)) and arranged.body["status"] == "cancelled"
    assert clocks.escalate_due(datetime.now(UTC) + timedelta(minutes=61)) >= 1, (
        "the provider must be told in time"
    )

    assert isinstance(again := reverses(zone.tom), Refusal) and "already" in again.reason
    with pytest.raises(DatabaseError, match="neither changed nor deleted"):
        LimitReturn.objects.all().update(returned_by="nobody")


def test_b07_care_that_has_begun_is_not_reversed_and_the_room_is_used_once() -> None:
    zone = Zone(pence=5_000)
    gate, person_id = zone.gate(), edith(zone)
    done = commit(gate, taken(gate, person_id), days=2)
    assert isinstance(done, Committed), done
    later = datetime.now(UTC) + timedelta(hours=3)
    begun = reversing.reverse(gate, task_id=done.task_id, reason="Not needed", now=later)
    assert isinstance(begun, Refusal) and "It has begun" in begun.reason
    assert isinstance(commit(gate, taken(gate, edith(zone)), days=2), Refusal), "the room is used"
    back = reversing.reverse(
        zone.gate(zone.tom), task_id=done.task_id, reason="She went in", now=datetime.now(UTC)
    )
    assert isinstance(back, reversing.Reversed), "the manager can too"
    assert isinstance(commit(gate, taken(gate, edith(zone)), days=2), Committed), "and is there again"
