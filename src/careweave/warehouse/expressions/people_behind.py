"""How many different people are behind what an indicator counts, by group: eight stays may be one person's."""

from __future__ import annotations

from ibis.expr.types import Table


def people_behind(items: Table) -> Table:
    """group, people; from the rows of `items_within`, over all the months together."""
    each = items.select("person", "group").distinct()
    return each.group_by("group").agg(people=each.count())
