"""The crisis card at full size: how long until it is there, cold and again, and how many questions it asks."""

from __future__ import annotations

import random
from datetime import timedelta

from bench.kit.machine import watched
from bench.kit.people import SOURCE, Ready, make_ready
from bench.kit.place import ask
from bench.kit.reading import said, timed
from bench.kit.report import Report

CARDS = 200


def measure_in(report: Report, server: int) -> None:
    """On the place of two million (bench/record.py)."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from careweave.web import wsgi  # noqa: F401 - as in a serving process: it also tells the garbage collector to be calm

    ready = make_ready(tasks=0)
    chosen = [ready.people[0], *random.Random(1).sample(ready.people[1:], CARDS - 1)]  # noqa: S311
    _write_cards(ready, chosen)
    ask("ANALYZE")
    (count,) = ask("SELECT count(*) FROM record.resource")[0]
    report.section(
        "Crisis card",
        f"""`GET /people/{{id}}/crisis` in process, with Django's test client: middleware, session, gate, audit and template
        are in the time, the network is not. {int(str(count)):,} resources, {len(ready.people):,} people; {CARDS} of them
        have a plan with five rows of “If this happens”, a card and a decision about resuscitation. Each is read for the
        first time, then the longest record again and again.""",
    )
    client = Client(HTTP_HOST="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = ready.cookie

    def get(person: str) -> None:
        answer = client.get(f"/people/{person}/crisis")
        assert answer.status_code == 200 and b"If this happens" in answer.content, answer.status_code

    get(chosen[-1])
    with watched(server) as span:
        times = [timed(lambda one=one: get(one), 1)[0] for one in chosen[:-1]]  # type: ignore[misc]
    report.figure(f"{len(times)} people, first look", said(times, span), "< 200 ms", span)
    with watched(server) as span:
        longest = timed(lambda: get(chosen[0]), 21)
    report.figure("The longest record, again", said(longest, span), "< 200 ms", span)
    asked = []
    for person in (chosen[0], chosen[1]):
        with CaptureQueriesContext(connection) as queries:
            get(person)
        asked.append(len(queries))
    report.figure(
        "Statements, session and transactions included", f"{asked[0]} longest, {asked[1]} another", "bounded"
    )


def _write_cards(ready: Ready, people: list[str]) -> None:
    """Through the same acts as on the pages."""
    from django.utils import timezone

    from careweave.care.plans.crisis import Card, save_card
    from careweave.care.plans.end_of_life import Decision, record_decision
    from careweave.care.plans.fhir import care_plan
    from careweave.care.plans.parts import Goal, IfThen, PlanDraft
    from careweave.record import Actor, Gate, Purpose, Refusal
    from careweave.record.ids import resource_id

    today = timezone.localdate()
    later = (today + timedelta(days=90)).isoformat()
    actor = Actor(ready.party, "coordinator", SOURCE, ready.name)
    rows = tuple(IfThen(f"If {what}", "Stay, and keep warm", "The team", "01632 960101") for what in "ABCDE")
    goal = Goal(resource_id(SOURCE, "Goal", "bench"), "I want to stay at home", "Them")
    draft = PlanDraft(
        goals=(goal,),
        if_then=rows,
        agreement="yes",
        agreed_on=today.isoformat(),
        reviewer=ready.party,
        review_on=later,
    )
    decision = Decision(
        kind="resuscitation",
        decision="Do not attempt resuscitation",
        decided_by="Dr Ruth Cole, GP",
        decided_on=today.isoformat(),
        discussion="At home",
        review_on=later,
        form_at="Yellow folder",
    )
    card = Card(
        talks="Slowly", please_do=("Sit where she can see you",), get_in="Ring twice", review_on=later
    )
    for person in people:
        gate = Gate(actor, Purpose.DIRECT_CARE)
        with gate.transaction():
            gate.create(care_plan(person, draft, number=1, by=actor), subject=person)
            assert not isinstance(save_card(gate, person_id=person, card=card, today=today), Refusal)
            assert not isinstance(
                record_decision(gate, person_id=person, decision=decision, today=today), tuple
            )
