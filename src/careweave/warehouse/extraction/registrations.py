"""With which practice each person is registered on each day: one at most."""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr.types import Table

EVER, NEVER = date(1, 1, 1), date(9999, 12, 31)
A_DAY = ibis.interval(days=1)


def registrations(stated: Table, person: Table) -> Table:
    """What the practices themselves say, where any does; what began later ends what ran before it, and death ends all.

    Of two that began on one day, or on days that nobody states, the one with the later last day stands. Who has died on a
    day that nobody states has no registration: nobody can say how long it lasted.
    """
    best = stated.group_by("person").agg(best=stated["rank"].min())
    theirs = stated.inner_join(best, "person").filter(lambda row: row["rank"] == row.best)
    known = theirs.mutate(since=theirs.start.fill_null(EVER), order=theirs.ended.fill_null(NEVER))
    of_person = ibis.window(
        group_by=known.person, order_by=[known.since, known.order, known.practice, known.resource]
    )
    told = known.mutate(next=known.since.lead(1).over(of_person))
    about = person.select("person", "died", "is_dead", may_count="is_counted")
    joined = told.inner_join(about, "person").filter(lambda row: ~row.is_dead | row.died.notnull())
    ended = ibis.least(
        joined.ended.fill_null(NEVER),
        (joined.next - A_DAY).cast("date").fill_null(NEVER),
        joined.died.fill_null(NEVER),
    )
    kept = joined.mutate(last=ended).filter(lambda row: row["last"] >= row.since)
    return kept.select(
        "resource",
        "person",
        "practice",
        "start",
        "source",
        ended=kept["last"].nullif(NEVER),
        is_counted="may_count",
    )
