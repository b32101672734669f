"""Who was in charge of a person's care at each moment: stretches without gap or overlap, kept by the database.

A person may be held under several records that were joined, each with its own stretches. What counts is one line
over them all: of several in charge at one moment it is the one who has been so longest, so that joining two records
never leaves two people in charge, and parting them leaves neither without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from .actor import PersonRecord
from .door import Door


@dataclass(frozen=True)
class Post:
    """Who is in charge, who when they are away, and which organisation answers for them.

    `coordinates` is the party of the person or of someone in the family who coordinates by choice; the holder is then
    their named contact.
    """

    holder: str
    deputy: str | None = None
    organisation: str = ""
    coordinates: str = ""


@dataclass(frozen=True)
class InCharge:
    """One stretch of time in which one party was in charge of a person's care; `until` None means now."""

    person_id: str
    post: Post
    accepted_by: str
    reason: str
    since: datetime
    until: datetime | None

    @property
    def holder(self) -> str:
        return self.post.holder

    @property
    def deputy(self) -> str | None:
        return self.post.deputy

    def covers(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


_COLUMNS = (
    "subject, holder, deputy, accepted_by, reason, lower(valid), upper(valid), organisation, coordinates"
)


def now(door: Door, asked: Mapping[str, PersonRecord]) -> dict[str, InCharge]:
    """Who is in charge now, by the id that was asked for: the person's, or that of a record joined to theirs."""
    owner = {subject: grant.id for grant in asked.values() for subject in _records(grant)}
    if not owner:
        return {}
    with door.transaction(savepoint=False):
        door.open(owner)
        rows = door.rows(
            f"SELECT {_COLUMNS} FROM record.responsibility"
            " WHERE subject = ANY (%s::uuid[]) AND upper_inf(valid) ORDER BY lower(valid), subject",
            [list(owner)],
        )
    found: dict[str, InCharge] = {}
    for row in rows:
        person_id = owner[str(row[0])]
        found.setdefault(person_id, _in_charge(row, person_id))
    return {id_: found[grant.id] for id_, grant in asked.items() if grant.id in found}


def history(door: Door, grant: PersonRecord) -> list[InCharge]:
    """The one line over all the person's records, oldest first."""
    with door.transaction(savepoint=False):
        door.open(_records(grant))
        rows = door.rows(
            f"SELECT {_COLUMNS} FROM record.responsibility WHERE subject = ANY (%s::uuid[])"
            " ORDER BY lower(valid), subject",
            [_records(grant)],
        )
    return one_line([_in_charge(row, grant.id) for row in rows])


def one_line(stretches: Sequence[InCharge]) -> list[InCharge]:
    """Of several at one moment, the one that began first; pure. `stretches` are in the order in which they began."""
    edges = sorted({at for one in stretches for at in (one.since, one.until) if at is not None})
    # Beside the part that counts, the stretch as it was written.
    line: list[tuple[InCharge, InCharge]] = []
    for start, end in zip_longest(edges, edges[1:]):
        counts = next((one for one in stretches if one.covers(start)), None)
        if counts is None:
            continue
        if line and line[-1][0] is counts and line[-1][1].until == start:
            line[-1] = (counts, replace(line[-1][1], until=end))
        else:
            line.append((counts, replace(counts, since=start, until=end)))
    return [part for _, part in line]


def put(door: Door, grant: PersonRecord, post: Post, *, reason: str) -> InCharge:
    """One moment ends the old stretch and starts the new one, under each record that has one: no gap, no overlap."""
    with door.transaction():
        subjects = end(door, grant, reason=reason) or [grant.id]
        values = [post.holder, post.deputy, post.holder, reason, post.organisation, post.coordinates]
        rows = door.rows(
            "INSERT INTO record.responsibility"
            " (subject, holder, deputy, accepted_by, reason, organisation, coordinates, valid)"
            " SELECT s, %s, %s, %s, %s, %s, %s, tstzrange(now(), NULL) FROM unnest(%s::uuid[]) AS s"
            f" RETURNING {_COLUMNS}",
            [*values, subjects],
        )
        door.audit("put-in-charge", [grant.id], holder=post.holder)
    return _in_charge(rows[0], grant.id)


def end(door: Door, grant: PersonRecord, *, reason: str) -> list[str]:
    """Nobody is in charge from now on; returns the records under which somebody was."""
    with door.transaction():
        door.open(_records(grant))
        ended = door.rows(
            "UPDATE record.responsibility SET valid = tstzrange(lower(valid), now())"
            " WHERE subject = ANY (%s::uuid[]) AND upper_inf(valid) RETURNING subject",
            [_records(grant)],
        )
        if ended:
            door.audit("end-charge", [grant.id], reason=reason)
    return [str(row[0]) for row in ended]


def counts(door: Door, holders: Sequence[str]) -> dict[str, int]:
    """How many people each of these has now: a number, which says nothing about anyone; 0 for those with none."""
    ids = list(dict.fromkeys(holders))
    with door.transaction(savepoint=False):
        rows = door.rows(
            "SELECT holder, people FROM record.gate_caseloads(%s, %s::text[])", [door.token(), ids]
        )
    return {**dict.fromkeys(ids, 0), **dict(rows)}


def people_of(door: Door, holders: Sequence[str]) -> list[str]:
    """The people in the charge of any of these, for the background work."""
    with door.transaction(savepoint=False):
        door.open_everyone()
        rows = door.rows(
            "SELECT DISTINCT coalesce(m.person, r.subject) FROM record.responsibility r"
            " LEFT JOIN record.membership m ON m.subject = r.subject AND upper_inf(m.valid)"
            " WHERE upper_inf(r.valid) AND r.holder = ANY (%s::text[])",
            [list(holders)],
        )
    return sorted(str(row[0]) for row in rows)


def held_by_several(door: Door) -> dict[str, tuple[str, ...]]:
    """Joined people under whose records different parties are in charge, who must agree; for the background work."""
    with door.transaction(savepoint=False):
        door.open_everyone()
        rows = door.rows(
            "SELECT m.person, array_agg(DISTINCT r.holder) FROM record.responsibility r"
            " JOIN record.membership m ON m.subject = r.subject AND upper_inf(m.valid)"
            " WHERE upper_inf(r.valid) GROUP BY m.person HAVING count(DISTINCT r.holder) > 1"
        )
    return {str(person): tuple(holders) for person, holders in rows}


def _records(grant: PersonRecord) -> list[str]:
    return list(dict.fromkeys([grant.id, *grant.subject_ids]))


def _in_charge(row: Sequence[Any], person_id: str) -> InCharge:
    _, holder, deputy, accepted_by, reason, since, until, organisation, coordinates = row
    post = Post(holder, deputy, organisation, coordinates)
    return InCharge(person_id, post, accepted_by, reason, since, until)
