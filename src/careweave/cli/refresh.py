"""careweave refresh"""

from __future__ import annotations

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting


@reporting()
@click.option("--full", is_flag=True, help="Build everything anew instead of what has changed.")
@click.option("--new-key", is_flag=True, help="Give everyone a new pseudonym; builds everything anew.")
def command(full: bool, new_key: bool) -> Report:
    """Bring the warehouse (the record as pseudonymised tables) up to date, and count every measure anew."""
    configuration = ready_place()
    from careweave.cli._counting import count_everything
    from careweave.cli._warehouse import refresh_warehouse

    done = refresh_warehouse(configuration, is_full=full, has_new_key=new_key)
    counted = count_everything(configuration)
    figures = {
        "people": done.people,
        "conditions": done.conditions,
        "events": done.events,
        "measures": counted.measures,
        "lists": counted.lists,
        "asked": counted.asked,
        "full": done.is_full,
        "seconds": done.seconds,
    }
    line = (
        f"{done.people:,} people, {done.conditions:,} conditions, {done.events:,} events in {done.seconds} s"
    )
    return Report(
        figures,
        [f"{line} ({'built anew' if done.is_full else 'what changed'}); {counted.measures} measures."],
    )
