"""Events joined into one request or one reablement, and the chain of what came after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
from ibis.expr.types import BooleanColumn, BooleanValue, Column, IntegerColumn, StringColumn, Table, Value

from careweave.warehouse.client_level.definition import Rules
from careweave.warehouse.client_level.events import NONE

LATE = date(9999, 12, 31)
WHO = ("la", "id")
CLUSTER = ("la", "id", "cluster")
NO_SERVICE = 99


@dataclass(frozen=True)
class Following:
    """What counts as the sequel: `first` and `gap` in days, `services` by rank, `breaks` what another one looks like."""

    first: int
    gap: int
    services: Sequence[str]
    breaks: tuple[str, str]  # a column and its code


def joined_up(events: Table, gap: int) -> Table:
    """With `cluster` (a number for each person) and its first day: a new one after a break longer than `gap` days.

    The break is reckoned from the event before it by beginning and end, as the official text does, not from whichever
    ended last. As there, an event takes the number of every council's event with the same days of the same person.
    """
    spans = events.select(*WHO, "start", "end").distinct()
    order = ibis.window(group_by=[spans[name] for name in WHO], order_by=[spans.start, spans.end])
    before = spans.mutate(previous=spans.end.lag(1).over(order))
    is_new = (before.start.delta(before.previous, unit="day") > gap).fill_null(True)
    marked = before.mutate(is_new=is_new.cast("int64"))
    upto = ibis.cumulative_window(
        group_by=[marked[name] for name in WHO], order_by=[marked.start, marked.end]
    )
    numbered = marked.mutate(cluster=marked.is_new.sum().over(upto))
    days = ["id", "start", "end"]
    joined = events.inner_join(numbered.select(*days, "cluster").distinct(), days)
    return joined.mutate(begun=joined.start.min().over(_whole(joined)))


def last_of(events: Table, keep: Sequence[str]) -> Table:
    """How each cluster ended: what its events of the last day say, each once."""
    last = events.mutate(ended=events.end.max().over(_whole(events))).filter(
        lambda rows: rows.end == rows.ended
    )
    return last.select(*CLUSTER, "begun", "ended", "outcome", *keep).distinct()


def outranking(ends: Table, outcomes: Sequence[str]) -> Table:
    """Of the ends of each cluster, those with the outcome that outranks the others; those not listed rank last, alike."""
    ranked = ends.mutate(rank=ranked_by(ends.outcome, outcomes))
    best = ranked.mutate(best=ranked["rank"].min().over(_whole(ranked)))
    return best.filter(lambda rows: rows["rank"] == rows.best).drop("rank", "best")


def ranked_by(column: StringColumn, order: Sequence[str]) -> IntegerColumn:
    cases: list[tuple[BooleanValue, int]] = [
        (column == code, place) for place, code in enumerate(order, start=1)
    ]
    return ibis.cases(*cases, else_=NO_SERVICE)


def mapped(column: StringColumn, words: Mapping[str, str], otherwise: Value | None = None) -> StringColumn:
    cases: list[tuple[BooleanValue, str]] = [(column == code, text) for code, text in words.items()]
    return ibis.cases(*cases, else_=ibis.null("string") if otherwise is None else otherwise)


def after(clusters: Table, events: Table, is_itself: BooleanColumn, following: Following) -> Table:
    """Every later event of each cluster, with `in_scope`: whether it belongs to the chain that leads on from it.

    `is_itself` is told over the columns of `events`; such an event that shares the cluster's first or last day is no
    sequel of it. Which is the first to follow was settled before those were left out, as in the official text: after a
    request of one day nothing else is the first, so nothing comes too late to be its sequel.
    """
    later = events.select(
        *WHO,
        "type",
        "service",
        next_start="start",
        next_end="end",
        next_outcome="outcome",
        is_itself=is_itself,
        is_another=events[following.breaks[0]] == following.breaks[1],
    )
    whose = clusters.select(*CLUSTER, "begun", "ended").distinct()
    both = whose.inner_join(later, list(WHO))
    same = (both.begun == both.next_start) | (both.ended == both.next_end).fill_null(False)
    both = both.mutate(is_same=both.is_itself & same)
    found = both.filter(both.next_start >= both.ended)
    found = found.mutate(first=found.next_start.min().over(_whole(found))).filter(lambda rows: ~rows.is_same)
    return _in_scope(found.drop("is_same"), following).drop("is_itself", "is_another")


def _in_scope(found: Table, following: Following) -> Table:
    """In the chain until the first day on which something is too late or too long after, or another of its kind begins."""
    order = ibis.window(
        group_by=[found[name] for name in CLUSTER],
        order_by=[found.next_start, found.next_end.fill_null(LATE)],
    )
    near = found.mutate(previous=found.next_end.lag(1).over(order))
    has_gap = (near.next_start.delta(near.previous, unit="day") > following.gap).fill_null(False)
    gapped = near.mutate(gap_on=_day_if(has_gap, near.next_start))
    chain = gapped.mutate(gap_on=gapped.gap_on.min().over(_whole(gapped)))
    is_first = chain.next_start == chain.first
    is_late = chain.next_start.delta(chain.ended, unit="day") > following.first
    beyond_gap = (chain.next_start >= chain.gap_on).fill_null(False)
    is_out = (is_first & chain.next_end.notnull() & (is_late | beyond_gap)) | (~is_first & beyond_gap)
    stops = chain.mutate(stop=_day_if(is_out | chain.is_another, chain.next_start))
    stopped = stops.mutate(stop=stops.stop.min().over(_whole(stops)))
    in_scope = stopped.stop.isnull() | (stopped.next_start < stopped.stop)
    return stopped.mutate(in_scope=in_scope).drop("first", "previous", "gap_on", "stop")


def with_long_term(clusters: Table, events: Table, rules: Rules) -> Table:
    """The clusters of those who had long-term support on the first day."""
    supported = events.filter(events.service.isin(list(rules.lists["long_term"])))
    spans = supported.select(*WHO, since="start", until="end").distinct()
    both = clusters.select(*CLUSTER, "begun").distinct().inner_join(spans, list(WHO))
    runs = (both.begun >= both.since) & (both.until.isnull() | (both.begun <= both.until))
    return both.filter(runs).select(*CLUSTER, "begun").distinct()


def _whole(rows: Table) -> ibis.expr.builders.WindowBuilder:
    return ibis.window(group_by=[rows[name] for name in CLUSTER])


def _day_if(is_so: BooleanValue, day: Column) -> Value:
    return is_so.ifelse(day, ibis.null("date"))


def ended_by(
    clusters: Table, sequels: Table, following: Following, is_end: BooleanColumn, strict: bool
) -> Table:
    """Each row of `clusters` with what was found: `kind` 1 to 5, and then `service` or the `end_outcome` of an event.

    1 nothing came after; 2 a service; 3 an event that says how it ended; 4 events that do not say; 5 nothing that belongs
    to it. `is_end` is told over the columns of `sequels`; `strict`: beside it, events that say nothing are not counted.
    """
    chain = sequels.mutate(is_end=is_end, rank=ranked_by(sequels.service, following.services))
    chain = chain.filter(chain.in_scope)
    services = chain.group_by(list(CLUSTER)).agg(best=chain["rank"].min())
    ends = _ends(chain, strict)
    some = sequels.select(*CLUSTER).distinct().mutate(has_some=True)
    variants = clusters.group_by(list(CLUSTER)).agg(variants=clusters.count())
    wide = clusters
    for part in (some, services, ends, variants):
        joined = wide.left_join(part, list(CLUSTER))
        wide = joined.drop(*(f"{name}_right" for name in CLUSTER))
    kind = ibis.cases(
        (wide.has_some.isnull(), 1),
        (wide.best.isnull(), 5),
        (wide.best < NO_SERVICE, 2),
        (wide.ends.notnull(), 3),
        else_=4,
    )
    names: list[tuple[BooleanValue, str]] = [
        (wide.best == place, code) for place, code in enumerate(following.services, start=1)
    ]
    told = wide.mutate(
        kind=kind.cast("int64"),
        service=ibis.cases(*names, else_=""),
        is_one_end=(wide.ends * wide.variants == 1).fill_null(False),
    )
    return _with_unsaid(told).drop("has_some", "best", "ends", "variants")


def _with_unsaid(told: Table) -> Table:
    """Also, where no outcome was given and something came after, as if nothing had and as if nothing belonged to it.

    The official text finds what it has dealt with by its outcome, and to its database nothing equals a missing one.
    """
    first, outside = ibis.literal(1, "int64"), ibis.literal(5, "int64")
    also = (told.kind == 5).ifelse(ibis.array([first, outside]), ibis.array([first, told.kind, outside]))
    is_unsaid = (told.outcome == NONE) & told.has_some.notnull()
    return told.mutate(kind=is_unsaid.ifelse(also, ibis.array([told.kind])).unnest())


def _ends(chain: Table, strict: bool) -> Table:
    """Of the events that say how it ended, those that ended last: how many, and the outcome where it is one."""
    each = chain.select(*CLUSTER, "type", "next_start", "next_end", "next_outcome", "is_end").distinct()
    told = each.mutate(day=each.next_end.fill_null(date(1, 1, 1)))  # what has no end is older than what has
    of_end = told.is_end.ifelse(told.day, ibis.null("date"))
    last = told.mutate(last=of_end.max().over(_whole(told))).filter(lambda rows: rows.day == rows.last)
    counted = last.filter(last.is_end) if strict else last
    return counted.group_by(list(CLUSTER)).agg(ends=counted.count(), end_outcome=counted.next_outcome.max())
