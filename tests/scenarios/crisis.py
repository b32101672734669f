"""Joe taken on, with a plan that says what to do if things change, for the tests of crisis card, downtime and delivery."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from careweave.care.plans.publishing import Published, active_conditions, publish, save_part
from careweave.identity.models import Account, Staff
from careweave.record import Actor, Gate
from tests import factories as make
from tests.journeys.place import Place, take_joe_on

TODAY = timezone.localdate()
ROWS = [
    {
        "trigger": "If Joe falls and cannot get up",
        "action": "Keep him warm and stay with him",
        "call": "Weir team",
        "number": "01632 960101",
    }
]


def write_plan(gate: Gate, place: Place, *, review: date | None = None, **changes: Any) -> None:
    """The parts of a plan that can be published, one of them perhaps changed."""
    conditions = active_conditions(gate.about(place.joe, ["Condition"]))
    parts: dict[str, Any] = {
        "goals": [
            {
                "id": make.resource_id("test", "Goal", place.joe),
                "words": "I want to stay at home with Annie",
                "whose": "Joe",
                "importance": 9,
                "actions": [{"what": "Try a frame", "name": "Annie", "party": "", "by": ""}],
            }
        ],
        "if_then": ROWS,
        "own_contributions": ["I ring Susan"],
        "network": [{"name": "Susan", "what": "Comes for the night"}],
        "covered": [one.key for one in conditions],
        "agreement": "yes",
        "agreed_on": TODAY.isoformat(),
        "reviewer": place.staff["priya"].party,
        "reviewer_name": "Priya Shah",
        "review_on": (review or TODAY + timedelta(days=60)).isoformat(),
        **changes,
    }
    save_part(gate, person_id=place.joe, changes=parts)


def publish_plan(gate: Gate, place: Place, *, today: date = TODAY) -> Any:
    """Publish what is written."""
    return publish(gate, person_id=place.joe, person_name="Joe Harper", today=today)


def with_a_plan(place: Place) -> Gate:
    """Joe taken on, his plan published."""
    gate = take_joe_on(place)
    write_plan(gate, place)
    published = publish_plan(gate, place)
    assert isinstance(published, Published), published
    return gate


def signed_in(staff: Staff, role: str, organisation: str) -> Client:
    """A client of someone who has signed in."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(Account.objects.get(staff=staff), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = asdict(Actor(staff.party, role, organisation, staff.name))
    session["seen"] = timezone.now().timestamp()
    session.save()
    return client


def words_of(page: Any) -> str:
    """The page as text, its white space made one."""
    return " ".join(page.content.decode().split())
