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
    with_long_term,
)
from careweave.warehouse.client_level.definition import Rules
from careweave.warehouse.client_level.events import (
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
    found = _ended(events, rules, period)
    ended = mapped(found.outcome, rules.request_ends)
    told = found.mutate(
        sequel=ibis.cases(
            (found.kind == 1, ibis.literal(NO_CHRONOLOGY) + ended.fill_null(UNCLASSIFIED)),
            (found.kind == 2, _written(found.service, rules)),
            (found.kind == 3, found.is_one_end.ifelse(mapped(found.end_outcome, rules.request_ends), OTHER)),
            (found.kind == 4, ibis.coalesce(ibis.literal(f"{NO_SERVICE_FOUND}_") + ended, NO_SERVICE_FOUND)),
            else_=ibis.literal(NO_CHRONOLOGY) + ended,
        )
    )
    return each_once(told, ["age", "route"])


def each_once(told: Table, about: list[str]) -> Table:
    """A request each; but what ended in the same way without a service is one for a person, as the official text has it."""
    plain = told.kind == 3
    number = plain.ifelse(0, told.cluster)
    outcome = plain.ifelse(told.end_outcome.fill_null(""), told.outcome)
    rows = told.mutate(number=number, said=plain.ifelse(told.is_one_end.ifelse(outcome, ""), outcome))
    return rows.select(*WHO, *about, "kind", "number", "said", "sequel").distinct().drop("number", "said")


def into_reablement(events: Table, rules: Rules, period: Period) -> Table:
    """(la, id, start): the beginnings of reablement that followed a request; those of STS002a and ASCOF 2A."""
    clusters, sequels, _ = _chains(events, rules, period)
    chain = sequels.filter(sequels.in_scope, sequels.service == rules.codes["reablement"])
    return chain.semi_join(clusters, list(CLUSTER)).select(*WHO, start="next_start").distinct()


def _ended(events: Table, rules: Rules, period: Period) -> Table:
    clusters, sequels, following = _chains(events, rules, period)
    is_end = sequels.next_outcome.isin(list(rules.request_ends))
    return ended_by(clusters, sequels, following, is_end, strict=False)


def _chains(events: Table, rules: Rules, period: Period) -> tuple[Table, Table, Following]:
    known = of_service_users(cleaned(events), period)
    known = known.filter(known.birth_month.notnull(), known.start <= period.end)
    every = latest(identified(known), period)
    every = every.mutate(age=age_on(every, period.end))
    clusters = _of_new_clients(_clusters(every, rules, period), every, rules)
    following = Following(
        rules.days["request_first"], rules.days["sequel_gap"], rules.after_request, ("type", "request")
    )
    return clusters, after(clusters, every, every.type == "request", following), following


def _clusters(every: Table, rules: Rules, period: Period) -> Table:
    asked = every.filter(every.type == "request")
    asked = asked.mutate(end=asked.end.fill_null(period.today))
    joined = joined_up(asked, rules.days["request_gap"])
    within = joined.filter(joined.end.between(period.start, period.end))
    return last_of(within, rules.lists["outcomes"], ["age", "route"])


def _of_new_clients(clusters: Table, every: Table, rules: Rules) -> Table:
    """Those who had no long-term support on the day of the request."""
    return clusters.anti_join(with_long_term(clusters, every, rules), list(CLUSTER))


def _written(column: StringColumn, rules: Rules) -> StringColumn:
    return mapped(column, {code: rules.words[code] for code in rules.after_request if code in rules.words})
