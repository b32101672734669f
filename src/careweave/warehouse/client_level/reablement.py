"""STS002a, ASCOF 2A and STS002b: reablement that ended, of new clients by what followed, and of existing ones."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

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
from careweave.warehouse.client_level.definition import Rules, folded
from careweave.warehouse.client_level.events import (
    COUNTED_AS_PERSON,
    NONE,
    TYPES,
    Period,
    cleaned,
    identified,
    latest_services,
)
from careweave.warehouse.client_level.requests import (
    NO_CHRONOLOGY,
    NO_SERVICE_FOUND,
    UNCLASSIFIED,
    each_once,
    into_reablement,
)

NOT_FURTHER = "nfa"  # how outcomes begin that say nothing further is done


def reablements(events: Table, rules: Rules, period: Period) -> Table:
    """(la, id, kind, sequel): one row a reablement that ended in the period, with the official words for its sequel."""
    every = _known(events, period)
    begun = into_reablement(events, rules, period)
    ends = _ends(_spells(every, rules, period).semi_join(begun, [*WHO, "start"]), rules, period)
    clusters = outranking(ends, rules.lists["outcomes"])
    following = Following(
        rules.days["reablement_first"],
        rules.days["sequel_gap"],
        rules.after_reablement,
        ("service", rules.codes["reablement"]),
    )
    sequels = after(clusters, every, every.service == rules.codes["reablement"], following)
    is_end = sequels.next_outcome.startswith(NOT_FURTHER)
    found = ended_by(clusters, sequels, following, is_end, strict=True)
    return each_once(_told(found, rules), rules, [])


def of_existing_clients(events: Table, rules: Rules, period: Period) -> Table:
    """STS002b, (la, id, cluster): reablement that ended in the period, of those with long-term support when it began.

    One without an outcome is not found again by the official text, and not counted.
    """
    every = _known(events, period)
    ends = _ends(_spells(every, rules, period), rules, period)
    return with_long_term(ends.filter(ends.outcome != NONE), every, rules).select(*CLUSTER)


def _known(events: Table, period: Period) -> Table:
    known = cleaned(events)
    known = known.filter(known.type.isin(TYPES), known.client == COUNTED_AS_PERSON, known.start <= period.end)
    return latest_services(identified(known), period)


def _spells(every: Table, rules: Rules, period: Period) -> Table:
    of_type = every.filter(every.type == "service", every.service == rules.codes["reablement"])
    return of_type.filter(of_type.died.isnull() | (of_type.died >= period.start))


def _ends(spells: Table, rules: Rules, period: Period) -> Table:
    ended = spells.mutate(end=spells.end.fill_null(period.today))
    ends = last_of(joined_up(ended, rules.days["reablement_gap"]), [])
    return ends.filter(ends.ended.between(period.start, period.end))


def _told(found: Table, rules: Rules) -> Table:
    # To the official text these are one list, so a service in the column of the outcome is told as one.
    listed = {
        **rules.reablement_ends,
        **rules.reablement_services,
        folded(NO_SERVICE_FOUND): NO_SERVICE_FOUND,
    }
    by_outcome = mapped(found.outcome, listed)
    planned = found.outcome == rules.codes["ended_as_planned"]
    nothing = planned.ifelse(
        rules.planned_end, ibis.literal(NO_CHRONOLOGY) + by_outcome.fill_null(UNCLASSIFIED)
    )
    other = rules.reablement_ends[rules.codes["other_end"]]
    without = ibis.cases(
        (found.outcome.startswith(NOT_FURTHER), by_outcome),
        (planned, rules.planned_end_after_events),
        else_=NO_SERVICE_FOUND,
    )
    return found.mutate(
        sequel=ibis.cases(
            (found.kind == 2, mapped(found.service, rules.reablement_services)),
            (
                found.kind == 3,
                found.is_one_end.ifelse(mapped(found.end_outcome, rules.reablement_ends), other),
            ),
            (found.kind == 4, without),
            else_=nothing,
        )
    )


def ascof_2a(told: Table, rules: Rules) -> Table:
    """(la, numerator, denominator): those who needed no long-term support after reablement."""
    counted = told.filter(told.sequel.isin([*rules.without_long_term, *rules.with_long_term]))
    without = counted.sequel.isin(list(rules.without_long_term))
    return counted.group_by("la").agg(numerator=without.sum(), denominator=counted.count())
