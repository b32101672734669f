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
    from careweave.cli._feeds import look_at_feeds
    from careweave.cli._variation import ask_about_outliers
    from careweave.cli._warehouse import (
        london_today,
        publish_measures,
        publish_performance,
        refresh_warehouse,
    )
    from careweave.measures.publishing_population import publish_population

    done = refresh_warehouse(configuration, is_full=full, has_new_key=new_key)
    measures = publish_measures(configuration)
    lists = publish_performance(configuration)
    asked = ask_about_outliers(configuration, measures)
    look_at_feeds(configuration)
    publish_population(configuration.home, london_today())
    figures = {
        "people": done.people,
        "conditions": done.conditions,
        "events": done.events,
        "measures": len(measures),
        "lists": len(lists),
        "asked": asked.made,
        "full": done.is_full,
        "seconds": done.seconds,
    }
    line = (
        f"{done.people:,} people, {done.conditions:,} conditions, {done.events:,} events in {done.seconds} s"
    )
    return Report(
        figures, [f"{line} ({'built anew' if done.is_full else 'what changed'}); {len(measures)} measures."]
    )
