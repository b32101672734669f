"""careweave link"""

from __future__ import annotations

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, reporting, wants_json


@reporting()
def command() -> Report:
    """Join the records of all sources into people; safe to repeat, and to stop at any moment."""
    ready_place()
    from careweave.identity.linking import link

    result = link(progress=None if wants_json() else lambda text: click.echo(text, err=True))
    figures = {
        "records": result.records,
        "persons": result.persons,
        "for_review": result.for_review,
        "seconds": result.seconds,
    }
    lines = [
        f"{result.records:,} records belong to {result.persons:,} people; {result.for_review:,} pairs wait for review.",
        *(f"  {stage}: {links:,} links" for stage, links in result.stages.items()),
        f"{result.seconds:,.1f} seconds",
    ]
    return Report({**figures, "stages": result.stages}, lines)
