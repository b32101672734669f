"""Rows that intake must refuse: a good row copied under a new key, with one thing in it that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from careweave.demonstration import days
from careweave.demonstration.formats import feeds
from careweave.demonstration.nhs_numbers import with_bad_check_digit
from careweave.demonstration.sending.outbox import Fault, Outbox


@dataclass(frozen=True)
class Weak:
    """The columns of a feed in which a fault can be put; an empty name means that the feed has no such column."""

    key: str
    number: str
    birth: str
    date: str
    code: str
    bad_code: str


WEAK: Mapping[str, Weak] = {
    "admissions": Weak("spell_id", "nhs_number", "birth_date", "", "sex", "7"),
    "emergency": Weak("attendance_id", "nhs_number", "birth_date", "", "sex", "7"),
    "cld": Weak("Event Reference", "NHS Number", "Date of Birth", "", "Gender", "Femail"),
    "community": Weak("contact_id", "nhs_number", "birth_date", "", "sex", "7"),
    "mental-health": Weak("contact_id", "nhs_number", "birth_date", "", "sex", "7"),
    "tenancies": Weak("tenancy_ref", "", "date_of_birth", "", "gender", "Q"),
    "voluntary-referrals": Weak("referral_id", "", "date_of_birth", "", "decision", "perhaps"),
    "voluntary-visits": Weak("visit_id", "", "", "visit_at", "happened", "perhaps"),
}
GOOD_NUMBER = "9990000018"


def spoil_rows(
    rng: np.random.Generator,
    errors: Mapping[str, Any],
    outbox: Outbox,
    feed: str,
    file: str,
    today: int,
    first: bool,
) -> None:
    """At the place's rate; in the first practice list at least one of each kind, so that every file has them."""
    rules = errors["malformed"]
    rows = outbox.rows[file]
    for kind in rules["kinds"]:
        share = len(rows) * rules["per_10000"] / 10_000 / len(rules["kinds"])
        for _ in range(max(int(rng.poisson(share)), 1 if first and rows else 0)):
            _spoil(rng, outbox, feed, file, kind, today)


def _spoil(rng: np.random.Generator, outbox: Outbox, feed: str, file: str, kind: str, today: int) -> None:
    weak, about = WEAK[feed], feeds()[feed]
    change = _change(weak, kind, today, "iso" if about.dates.startswith("iso") else "uk")
    if change is None:
        return
    column, value = change
    rows = outbox.rows[file]
    row = list(rows[int(rng.integers(len(rows)))])
    key = about.columns.index(weak.key)
    row[key] = f"{row[key]}-{len(rows)}"
    row[about.columns.index(column)] = value
    outbox.faults.append(Fault(about.source, file, len(rows), row[key], column, kind))
    rows.append(row)


def _change(weak: Weak, kind: str, today: int, form: str) -> tuple[str, str] | None:
    if kind == "bad-check-digit" and weak.number:
        return weak.number, with_bad_check_digit(GOOD_NUMBER)
    if kind == "30-february":
        bad = "1951-02-30" if form == "iso" else "30/02/1951"
        if weak.birth:
            return weak.birth, bad
        return (weak.date, "30/02/2026 10:00") if weak.date else None
    if kind == "future-birth-date" and weak.birth:
        ahead = today + 400
        return weak.birth, days.iso(ahead) if form == "iso" else days.uk(ahead)
    if kind == "unknown-code":
        return weak.code, weak.bad_code
    return None
