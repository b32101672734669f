"""A record opened in an emergency reaches the governance lead without anyone looking at a queue."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from careweave.care.teams import emergency_alerts
from careweave.care.teams.delivering_ways import Notice, Said
from careweave.care.teams.delivering_work import send_due
from careweave.record import Gate, Purpose, Refusal, emergencies
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


class Post:
    """A way out that keeps what it was given."""

    ways = frozenset({"email"})

    def __init__(self) -> None:
        self.sent: list[Notice] = []

    def send(self, notice: Notice) -> Said:
        self.sent.append(notice)
        return Said("delivered")

    def ask(self, provider_id: str) -> Said:
        return Said("delivered")

    def find(self, reference: str) -> Said | None:
        return None


def opened(words: str = "He fell at the bus stop") -> tuple[Gate, str]:
    doctor = make.staff("Ben Hale", "hospital-clinician", "RVR")
    person = make.person(("Y90001", make.patient("Y90001", uuid.uuid4().hex)))
    gate = make.gate(doctor, "hospital-clinician", "RVR", Purpose.EMERGENCY)
    answer = emergency_alerts.open_and_tell(gate, person, reason="life-at-risk", words=words)
    assert not isinstance(answer, Refusal), answer
    return gate, person


def test_the_governance_lead_gets_a_notice_at_once_that_names_nobody() -> None:
    lead, post = make.staff("Grace Moore", "governance-lead", "RVC"), Post()
    _, person = opened()
    send_due(way=post)
    (notice,) = [each for each in post.sent if each.to.startswith("grace.moore")]
    assert "Sign in at" in notice.text
    for secret in ("Holloway", "Ben", "fell", person, lead.name, "emergency"):
        assert secret not in notice.text + notice.subject
    send_due(way=post)
    assert len([each for each in post.sent if each.to == notice.to]) == 1, "once"


def test_a_review_that_is_late_is_told_again_and_one_in_time_is_not() -> None:
    lead, post = make.staff("Lea Late", "governance-lead", "RVC"), Post()
    _, waiting = opened()
    _, reviewed = opened()
    keeper = make.gate(lead, "governance-lead", "RVC", Purpose.GOVERNANCE)
    opening = next(each for each in emergencies.openings(keeper) if each.person_id == reviewed)
    assert emergency_alerts.review_and_rest(keeper, opening.id, outcome="right", note="") is None
    send_due(way=post)
    mine = [each for each in post.sent if each.to.startswith("lea.late")]
    assert len(mine) == 2, "one for each opening"
    send_due(datetime.now(UTC) + timedelta(days=4), way=post)
    again = [each for each in post.sent if each.to.startswith("lea.late")]
    assert len(again) == 3, "the one that nobody reviewed, once more"
    assert waiting != reviewed


def test_what_was_refused_tells_nobody() -> None:
    post = Post()
    make.staff("Rae Refused", "governance-lead", "RVC")
    doctor = make.staff("Ben Hale", "hospital-clinician", "RVR")
    person = make.person(("Y90001", make.patient("Y90001", uuid.uuid4().hex)))
    gate = make.gate(doctor, "hospital-clinician", "RVR", Purpose.EMERGENCY)
    assert isinstance(emergency_alerts.open_and_tell(gate, person, reason="life-at-risk", words="x"), Refusal)
    send_due(way=post)
    assert [each for each in post.sent if each.to.startswith("rae.refused")] == []
