"""The others of this actor's team, to whom things can be passed."""

from __future__ import annotations

from careweave.care.teams.staff_facts import Worker, worker_of, workers_in_team
from careweave.record import Actor
from careweave.record.relations import VOLUNTEER


def me(actor: Actor) -> Worker | None:
    """This actor as the care actions take them."""
    return worker_of(actor.id, role=actor.role)


def colleagues(actor: Actor) -> list[Worker]:
    """The rest of the team, each once, without its volunteers, who are asked for visits and never given a record."""
    mine = me(actor)
    found = workers_in_team(mine.team) if mine and mine.team else ()
    staff = [one for one in found if one.party != actor.id and one.role != VOLUNTEER]
    return list({one.party: one for one in staff}.values())
