"""How many different people are behind what an indicator counts, by group: eight stays may be one person's."""

from __future__ import annotations

from ibis.expr.types import Table

from careweave.warehouse.expressions.indicator import group_of
from careweave.warehouse.expressions.indicator_records import people_of
from careweave.warehouse.indicators.definition import SITE
from careweave.warehouse.tables import Tables

BY_EVENT = ("age", SITE)  # groups that somebody is in at one event and not at another


def people_behind(items: Table) -> Table:
    """group, people; from the rows of `items_within`, over all the months together."""
    each = items.select("person", "group").distinct()
    return each.group_by("group").agg(people=each.count())


def people_by_group(tables: Tables, behind: Table, group: str) -> Table:
    """The same from each person once: where a group is of the person, their events need not be looked at again."""
    who = people_of(tables, group)
    each = behind.inner_join(who.select("person", group=group_of(who, group)), "person")
    return each.group_by("group").agg(people=each.count())
