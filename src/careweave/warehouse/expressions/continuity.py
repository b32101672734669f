"""How each person's contacts were spread over organisations and sectors (plain twin: `measures.continuity`)."""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr.types import Table

ORGANISATION, SECTOR = "organisation", "sector"
INDICES = ("coc", "upc", "secon", "mmci")


def continuity(event: Table, since: date, until: date, *, by: str = ORGANISATION) -> Table:
    """One row a person with two contacts or more, from the first day to the last, both included.

    Contacts of one moment stand in the order of their providers. Bice and Boxerman 1977 (COC), Breslau and Reeb 1975
    (UPC), Steinwachs 1979 (SECON), Magill and Senf 1987 (MMCI).
    """
    day = event.start.date()
    told = event.filter(day >= since, day <= until, event[by].notnull())
    told = told.select("person", "start", "event", provider=told[by])
    in_time = ibis.window(group_by=told.person, order_by=[told.start, told.provider, told.event])
    followed = told.mutate(before=told.provider.lag().over(in_time))
    is_same = (followed.before == followed.provider).fill_null(False)
    ones = followed.mutate(is_same=is_same).group_by("person", "provider")
    each = ones.agg(visits=lambda t: t.count(), same=lambda t: t.is_same.sum())
    sums = each.group_by("person").agg(
        contacts=each.visits.sum(),
        providers=each.count(),
        most=each.visits.max(),
        squares=(each.visits * each.visits).sum(),
        same=each.same.sum(),
    )
    two = sums.filter(sums.contacts >= 2)
    n = two.contacts
    return two.select(
        "person",
        "contacts",
        "providers",
        handovers=n - 1 - two.same,
        coc=(two.squares - n) / (n * (n - 1)),
        upc=two.most / n,
        secon=two.same / (n - 1),
        mmci=(1 - two.providers / (n + 0.1)) / (1 - 1 / (n + 0.1)),
    )
