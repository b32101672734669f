"""After coordinated care has ended the team sees the record for a while, to finish what it began, and then no longer."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from careweave.definitions import DefinitionError, load_definition
from careweave.record import Gate
from careweave.record.relations import VOLUNTEER, party_of

from .shapes import instant
from .working_time import LONDON


def days_after_end(on: date) -> int:
    """For how many days a team sees the record of someone it looks after no longer."""
    found = load_definition("caseload", "caseload", on)
    days = found.content.get("team_sees_for_days")
    if not isinstance(days, int) or days < 0:
        raise DefinitionError([f"{found.name}: team_sees_for_days is a whole number, 0 or more"])
    return days


def end_access(gate: Gate, *, person_id: str, named: str, by: date | None, today: date) -> None:
    """Everyone's part in the team gets its last day; who does what is next, that much after it is done.

    A volunteer visits nobody whose care has ended. Part of a transaction of the caller's, the last thing it does.
    """
    wait = timedelta(days=days_after_end(today))
    last = _end_of(today + wait)
    of_named = max(last, _end_of(by + wait)) if by else last
    for team in gate.about(person_id, ["CareTeam"]):
        if team.source != "careweave" or team.body.get("status") != "active":
            continue
        members = [
            _ending(one, of_named if party_of(one.get("member")) == named else last)
            for one in team.body.get("participant", [])
        ]
        if members != team.body.get("participant", []):
            gate.update({**team.body, "participant": members}, version=team.version)


def _ending(participant: dict[str, Any], last: datetime) -> dict[str, Any]:
    period = participant.get("period", {})
    party = party_of(participant.get("member")) or ""
    if "end" in period or not party or party.startswith("person:"):
        return participant
    is_visitor = any(role.get("text") == VOLUNTEER for role in participant.get("role", []))
    ends = datetime.now(UTC) if is_visitor else max(last, datetime.now(UTC))
    return {**participant, "period": {**period, "end": instant(ends)}}


def _end_of(day: date) -> datetime:
    """Its first moment: a wait of no days is over at once."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
