"""careweave desk"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, Reporting
from careweave.configuration import ConfigurationError

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def command() -> None:
    """What a team's desk may decide: the addresses it answers for, and its limit for urgent care."""


@command.command("area", cls=Reporting)
@click.argument("team")
@click.argument("prefix")
def area(team: str, prefix: str) -> Report:
    """People whose postcode begins with PREFIX, and whose practice is not known, are this TEAM's."""
    ready_place()
    from careweave.identity.delegating import desk_of, give_area

    _must_be_there(desk_of(team), team)
    give_area(team, prefix)
    return Report({"team": team, "prefix": prefix}, [f"{prefix} is answered by {team}."])


@command.command("limit", cls=Reporting)
@click.argument("team")
@click.option("--pence", type=int, required=True, help="How much in all, in whole pence.")
@click.option("--service", "wanted", multiple=True, required=True, help="Which service; again for each.")
@click.option("--from", "starts", type=_DAY, required=True, help="The first day, as 2026-12-01.")
@click.option("--to", "ends", type=_DAY, required=True, help="The last day.")
@click.option("--by", required=True, help="Who decided it, in words.")
def limit(
    team: str, pence: int, wanted: tuple[str, ...], starts: datetime, ends: datetime, by: str
) -> Report:
    """Let a TEAM commit urgent care up to a limit, from a day to a day; one that runs is never changed."""
    ready_place()
    from careweave.care.contacts.rules import services
    from careweave.identity.delegating import desk_of, set_limit
    from careweave.record import Refusal

    _must_be_there(desk_of(team), team)
    unknown = sorted(set(wanted) - set(services(_day(starts))))
    if unknown:
        names = ", ".join(services(_day(starts)))
        raise ConfigurationError(f"No service is called {', '.join(unknown)}. There are: {names}.")
    made = set_limit(
        team, pence=pence, services=wanted, starts_on=_day(starts), ends_on=_day(ends), set_by=by
    )
    if isinstance(made, Refusal):
        raise ConfigurationError(f"{made.reason}.")
    return Report(
        {"team": team, "pence": made.pence, "left": made.left},
        [f"{team} may commit {made.pence} pence from {_day(starts)} to {_day(ends)}."],
    )


def _must_be_there(desk: Any, team: str) -> None:
    if desk is None:
        raise ConfigurationError(f"There is no team called {team}. Use its short name, for example weir.")


def _day(at: datetime) -> date:
    return at.date()
