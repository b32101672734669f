"""careweave find"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting

if TYPE_CHECKING:
    from careweave.care.finding.finding import Found

HELD = {
    "waiting": "waiting for an answer on another list already",
    "declined": "answered “not now”",
    "enrolled": "taken on already",
    "excluded": "left out by a colleague",
    "no-team": "registered with a practice that has no team",
    "no-room": "behind others on a full list",
    "changed-since-refresh": "joined or parted since the last refresh",
    "answered-meanwhile": "answered while this ran",
}


@reporting()
@click.option(
    "--model",
    default=None,
    help="One register by its id, or a trained model by its own; otherwise every register in use.",
)
@click.option("--refresh/--no-refresh", default=True, help="Whether to bring the warehouse up to date first.")
def command(model: str | None, refresh: bool) -> Report:
    """Score everyone and suggest people to their teams, with reasons; nobody is taken on by it."""
    configuration = ready_place()
    from careweave.cli._warehouse import (
        find_people,
        lists_in_use,
        london_today,
        refresh_warehouse,
        registers_of,
    )

    begun = time.monotonic()
    if refresh:
        refresh_warehouse(configuration)
    today = london_today()
    registers = registers_of(configuration, model, today) if model else lists_in_use(configuration, today)
    found = {register: find_people(configuration, register) for register in registers}
    figures: dict[str, Any] = {
        "people": max((each.people for each in found.values()), default=0),
        "candidates": sum(each.candidates for each in found.values()),
        "seconds": round(time.monotonic() - begun, 1),
        "models": {register: asdict(each) for register, each in found.items()},
    }
    return Report(figures, [line for register, each in found.items() for line in _lines(register, each)])


def _lines(register: str, found: Found) -> list[str]:
    lines = [
        f"{register}, as at {found.as_at:%d %B %Y}: {found.people:,} people, {found.on_register:,} on the register.",
        f"{found.candidates:,} wait for an answer ({found.new:,} new, {found.updated:,} updated).",
    ]
    return lines + [f"{count:,} {HELD.get(reason, reason)}." for reason, count in found.held.items()]
