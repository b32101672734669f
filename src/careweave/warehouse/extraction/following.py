"""What follows from several parts at once: a referral's first contact, who coordinates since when, needs and their end."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

TAKE_CHARGE, LEFT = "take-charge", "left"


def referrals(referral: Table, event: Table) -> Table:
    """The first contact is the first one that names the referral."""
    met = event.filter(event.referral.notnull()).group_by(resource="referral")
    first = met.agg(met=event.start.date().min())
    joined = referral.left_join(first, "resource")
    return joined.select(
        *(name for name in referral.columns if name != "first_contact"), first_contact=joined.met
    )


def enrolments(enrolment: Table, task: Table) -> Table:
    """The coordinator is the one since the last handover that was accepted, or from the beginning."""
    accepted = task.filter(task.code == TAKE_CHARGE, task.status == "completed").select("person", at="end")
    own = enrolment.select("resource", "person", "start", "end")
    joined = own.inner_join(accepted, "person")
    is_within = (joined.at >= joined.start) & (joined.end.isnull() | (joined.at <= joined.end))
    within = joined.filter(is_within)
    counted = within.group_by("resource").agg(changed=within["at"].max(), many=within.count())
    told = enrolment.left_join(counted, "resource")
    since = ibis.coalesce(told.changed, told.start)
    return told.select(
        *(name for name in enrolment.columns if name not in {"coordinator_since", "handovers"}),
        coordinator_since=told.coordinator.notnull().ifelse(since, ibis.null("timestamp('UTC')")),
        handovers=told.many.fill_null(0),
    )


def steps(step: Table, task: Table) -> Table:
    """A step that waits for somebody's answer is one from the day on which they accept."""
    accepted = task.filter(task.status == "completed").select(offer="resource").distinct()
    told = step.left_join(accepted.mutate(is_accepted=True), "offer")
    held = told.filter(told.offer.isnull() | told.is_accepted.fill_null(False)).select(step.columns).view()
    after = ibis.window(group_by=[held.resource, held.pathway], order_by=[held.start, held.tier])
    known = held.mutate(end=held.start.lead().over(after))
    return known.filter((known.tier != LEFT).fill_null(True))


def needs(survey: Table) -> Table:
    """A need stands from the first answer that tells it to the next one to the same question that does not.

    What people answer about their care (definitions/surveys) tells no need and ends none: there is no `is_unmet` in it.
    """
    survey = survey.filter(survey.is_unmet.notnull())
    asked = ibis.window(group_by=[survey.person, survey.item], order_by=[survey["at"], survey.resource])
    rows = survey.mutate(before=survey.is_unmet.lag().over(asked))
    told = rows.filter(rows.is_unmet, ~rows.before.fill_null(False))
    met = survey.filter(~survey.is_unmet).select("person", "item", later="at")
    joined = told.left_join(met, ["person", "item", told["at"] < met["later"]])
    ends = joined.group_by("resource", "person", "item").agg(met=joined["later"].min())
    once = told.select(
        "resource", "person", "item", "at", "source", "sector", "is_sensitive", "is_counted"
    ).distinct()
    made = once.left_join(ends, ["resource", "person", "item"])
    return made.select(*once.columns, met=made.met).rename(need="item", since="at")
