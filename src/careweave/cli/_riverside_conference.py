"""Riverside's next case conference: called by the GP, with Mrs Smith on the agenda and room for Joe."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from careweave.care.conferences.cases import choose
from careweave.care.conferences.kinds import conference_kinds
from careweave.care.conferences.meetings import Meeting, plan_meeting
from careweave.care.teams.staff_facts import Worker
from careweave.record import Actor, Gate, Purpose, Refusal

THURSDAY = 3


def call_a_conference(gp: Worker, nurse: Worker, mrs_smith: str, on: date) -> None:
    """On the Thursday after next week's, so that there is time to ask and to lock the papers; safe to repeat."""
    gate = Gate(Actor(gp.party, gp.role, "Y90001", gp.name), Purpose.DIRECT_CARE)
    first = max(on, datetime.now(UTC).date()) + timedelta(days=8)
    day = first + timedelta(days=(THURSDAY - first.weekday()) % 7)
    starts = datetime.combine(day, time(13), ZoneInfo("Europe/London"))
    made = plan_meeting(gate, team=gp.team or "", starts=starts, kind=conference_kinds(day)[0].id)
    if not isinstance(made, Meeting):
        return  # called already
    chosen = choose(
        gate,
        made,
        person_id=mrs_smith,
        name="Edith",
        why="her leg does not heal, and she was in hospital with heart failure this year",
        question="What would let Edith go down to the quay again?",
        asker=(nurse.party, nurse.name),
        today=on,
    )
    if isinstance(chosen, Refusal):
        raise ValueError(chosen.reason)
