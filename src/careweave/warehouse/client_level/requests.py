"""STS001: what followed each request for support from someone without long-term support."""

from __future__ import annotations

import ibis
from ibis.expr.types import StringColumn, Table

from careweave.warehouse.client_level.chains import (
    CLUSTER,
    WHO,
    Following,
    after,
    ended_by,
    joined_up,
    last_of,
    mapped,
    outranking,
    with_long_term,
)
from careweave.warehouse.client_level.definition import Rules
from careweave.warehouse.client_level.events import (
    NONE,
    TYPES,
    Period,
    age_on,
    cleaned,
    identified,
    latest,
    of_service_users,
)

NO_CHRONOLOGY, NO_SERVICE_FOUND = "No_Chronology_", "No Service Found"
UNCLASSIFIED = "Unable_To_Classify"
OTHER = "No Services Provided - other reason"


def requests(events: Table, rules: Rules, period: Period) -> Table:
    """(la, id, age, route, kind, sequel): one row a request, with the official words for its sequel (null: none)."""
    clusters, sequels, following = _chains(events, rules, period)
    is_end = sequels.next_outcome.isin(list(rules.request_ends))
    found = ended_by(clusters, sequels, following, is_end, strict=False)
    ended = mapped(found.outcome, rules.request_ends)
    unclassified = found.outcome.isin(list(rules.lists["unclassified"]))
    told = found.mutate(
        sequel=ibis.cases(
            (found.kind == 1, ibis.literal(NO_CHRONOLOGY) + ended.fill_null(UNCLASSIFIED)),
            (found.kind == 2, _written(found.service, rules)),
            (found.kind == 3, found.is_one_end.ifelse(mapped(found.end_outcome, rules.request_ends), OTHER)),
            (found.kind == 4, ibis.coalesce(ibis.literal(f"{NO_SERVICE_FOUND}_") + ended, NO_SERVICE_FOUND)),
            else_=ibis.literal(NO_CHRONOLOGY) + unclassified.ifelse(UNCLASSIFIED, ended),
        )
    )
    told = _doubled(told, clusters)
    by_days = told.kind == 5  # which the official text tells apart by their days, without their number
    return each_once(told.mutate(cluster=by_days.ifelse(0, told.cluster)), rules, ["age", "route"])


def _doubled(told: Table, clusters: Table) -> Table:
    """With `beside`: what nothing followed, once for each end of the same rank and route, which the official text joins."""
    names = [*CLUSTER, "route"]
    beside = clusters.select(*names, beside=ibis.struct({"age": clusters.age, "outcome": clusters.outcome}))
    joined = told.left_join(beside, [*names, told.kind == 1])
    return joined.select(*told.columns, "beside")


def each_once(told: Table, rules: Rules, about: list[str]) -> Table:
    """A row each; but what ended in the same way without a service is one for a person, as the official text has it."""
    plain = told.kind == 3
    end = told.is_one_end.ifelse(told.end_outcome.fill_null(NONE), rules.codes["other_end"])
    rows = told.mutate(
        cluster=plain.ifelse(0, told.cluster),
        said=plain.ifelse(end, told.outcome),
        begun=plain.ifelse(ibis.null("date"), told.begun),
        ended=plain.ifelse(ibis.null("date"), told.ended),
    )
    key = [name for name in ("cluster", "begun", "ended", "said", "beside") if name in rows.columns]
    return rows.select(*WHO, *about, "kind", "sequel", *key).distinct().drop(*key)


def into_reablement(events: Table, rules: Rules, period: Period) -> Table:
    """(la, id, start): the beginnings of reablement that followed a request; those of STS002a and ASCOF 2A."""
    clusters, sequels, _ = _chains(events, rules, period)
    chain = sequels.filter(sequels.in_scope, sequels.service == rules.codes["reablement"])
    return chain.semi_join(clusters, list(CLUSTER)).select(*WHO, start="next_start").distinct()


def _chains(events: Table, rules: Rules, period: Period) -> tuple[Table, Table, Following]:
    known = of_service_users(cleaned(events), period)
    known = known.filter(known.type.isin(TYPES), known.birth_month.notnull(), known.start <= period.end)
    every = latest(identified(known), period)
    every = every.mutate(age=age_on(every, period.end))
    new = _of_new_clients(_ends(every, rules, period), every, rules)
    clusters = outranking(new, rules.lists["outcomes"]).filter(lambda rows: rows.route != NONE)
    following = Following(
        rules.days["request_first"], rules.days["sequel_gap"], rules.after_request, ("type", "request")
    )
    return clusters, after(clusters, every, every.type == "request", following), following


def _ends(every: Table, rules: Rules, period: Period) -> Table:
    asked = every.filter(every.type == "request")
    asked = asked.mutate(end=asked.end.fill_null(period.today))
    joined = joined_up(asked, rules.days["request_gap"])
    within = joined.filter(joined.end.between(period.start, period.end))
    return last_of(within, ["age", "route"])


def _of_new_clients(ends: Table, every: Table, rules: Rules) -> Table:
    """Those who had no long-term support on the day of the request.

    The official text takes the others out by route and outcome: where one of them is missing the request stays.
    """
    supported = with_long_term(ends, every, rules).select(*CLUSTER).mutate(is_supported=True)
    joined = ends.left_join(supported, list(CLUSTER))
    stays = joined.is_supported.isnull() | (joined.outcome == NONE) | (joined.route == NONE)
    return joined.filter(stays).select(*ends.columns)


def _written(column: StringColumn, rules: Rules) -> StringColumn:
    return mapped(column, {code: rules.words[code] for code in rules.after_request if code in rules.words})
