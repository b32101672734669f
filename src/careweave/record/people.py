"""Questions about people: everything about one or many, finding them, tracing them, and who has looked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from . import reading
from .actor import Look, PersonRecord, Purpose, Resource
from .door import Door
from .indexing import words

LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Demographics:
    """What a trace may tell: enough to know that this is the person, nothing about their care."""

    person_id: str
    family: str
    given: str
    birth_date: str
    postcode: str
    nhs_number: str


class Extracted(NamedTuple):
    """One resource on its way to the warehouse; the body is JSON text as stored.

    A tuple, since there are millions of them and each is looked at once.
    """

    person_id: str
    subject: str
    type: str
    source: str
    updated: datetime
    labels: tuple[str, ...]
    body: str


def may_open(door: Door, grant: PersonRecord | None) -> bool:
    """Whether this person's page can be opened at all: their name, or a plan that is shared, may be read."""
    return any(door.decide(grant, "read", type_).allowed for type_ in ("Patient", "CarePlan"))


def about_many(
    door: Door,
    person_ids: Sequence[str],
    types: Sequence[str],
    *,
    since: datetime | None,
    until: datetime | None,
    sources: Sequence[str] | None,
    limit: int | None,
) -> dict[str, list[Resource]]:
    grants = door.people(list(person_ids))
    owner = {subject: asked for asked, grant in grants.items() for subject in grant.subject_ids}
    if not owner:
        return {}
    found: dict[str, list[Resource]] = {asked: [] for asked in grants}
    with door.transaction(savepoint=False):
        door.open(owner)
        statement = reading.about_statement(
            since=bool(since), until=bool(until), sources=sources is not None, limit=bool(limit)
        )
        rows = door.rows(
            statement,
            {
                "subjects": [UUID(subject) for subject in owner],
                "held": reading.held({subject: grants[asked].kinds for subject, asked in owner.items()}),
                "role": door.actor.role,
                "purpose": door.purpose.value,
                "mine": door.parties,
                "agreed": door.agreed,
                "types": list(types),
                "since": since,
                "until": until,
                "sources": list(sources or ()),
                "limit": limit,
            },
        )
        for row in rows:
            resource = reading.resource_from_row(row)
            found[owner[resource.subject]].append(resource)
        shown = {resource.subject for some in found.values() for resource in some}
        if shown:
            door.audit("read", shown, types=sorted(types))
    return found


def known(door: Door) -> list[str]:
    """The people to whom the actor stands in any relationship."""
    rows = door.rows("SELECT person FROM record.gate_reach(%s)", [door.token()])
    return sorted({str(row[0]) for row in rows})


def with_kinds(door: Door, kinds: Sequence[str]) -> list[str]:
    with door.transaction(savepoint=False):
        return [
            str(row[0])
            for row in door.rows(
                "SELECT * FROM record.gate_people(%s, %s::text[])", [door.token(), list(kinds)]
            )
        ]


# -- finding ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sought:
    """What someone typed into “Find a person”, taken apart."""

    words: tuple[str, ...]
    birth: date | None
    digits: str


_DATES = (
    (re.compile(r"\b(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})\b"), (3, 2, 1)),
    (re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b"), (1, 2, 3)),
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WRITTEN = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)? +([a-z]{3})[a-z]* +(\d{4})\b", re.IGNORECASE)


def sought(text: str) -> Sought:
    """Read a birth date in any usual form, a number with or without spaces, and the words that remain."""
    birth, rest = _take_date(text)
    digits = ""
    number = re.search(r"\b\d[\d ]{4,}\d\b", rest)
    if number:
        digits = number.group().replace(" ", "")
        rest = rest.replace(number.group(), " ")
    return Sought(tuple(words(rest)), birth, digits)


def _take_date(text: str) -> tuple[date | None, str]:
    written = _WRITTEN.search(text)
    if written and written.group(2).lower() in _MONTHS:
        parts = int(written.group(3)), _MONTHS.index(written.group(2).lower()) + 1, int(written.group(1))
        return _real_date(parts), text.replace(written.group(), " ")
    for pattern, (year, month, day) in _DATES:
        match = pattern.search(text)
        if match:
            parts = int(match.group(year)), int(match.group(month)), int(match.group(day))
            return _real_date(parts), text.replace(match.group(), " ")
    return None, text


def _real_date(parts: tuple[int, int, int]) -> date | None:
    try:
        return date(*parts)
    except ValueError:
        return None


def find(door: Door, text: str, *, limit: int) -> list[str]:
    want = sought(text)
    if not (want.words or want.birth or want.digits):
        return []
    with door.transaction(savepoint=False):
        rows = door.rows(
            "SELECT * FROM record.gate_find(%s, %s::text[], %s, %s, %s)",
            [door.token(), list(want.words), want.birth, want.digits, limit],
        )
    ids = [str(row[0]) for row in rows]
    return [id_ for id_, grant in door.people(ids).items() if may_open(door, grant)]


def trace(door: Door, *, nhs_number: str, family: str, given: str, birth_date: str) -> list[Demographics]:
    if not door.decide(None, "trace", "Patient").allowed:
        raise door.refuse("this role may not trace", act="trace")
    name = list(words(f"{given} {family}"))
    with door.transaction():
        rows = door.rows(
            "SELECT * FROM record.gate_trace(%s, %s, %s::text[], %s)",
            [door.token(), re.sub(r"\D", "", nhs_number), name, birth_date or None],
        )
        ids = [str(row[0]) for row in rows]
        door.open(ids)
        told = door.rows(
            "SELECT r.id, r.body::text FROM record.resource r WHERE r.id = ANY (%s::uuid[]) AND r.labels = '{}'",
            [ids],
        )
        door.audit("trace", ids)
    return [_demographics(str(id_), json.loads(body)) for id_, body in told]


def _demographics(person_id: str, patient: dict[str, Any]) -> Demographics:
    name: dict[str, Any] = next(iter(patient.get("name", [])), {})
    address: dict[str, Any] = next(iter(patient.get("address", [])), {})
    numbers = [
        i["value"] for i in patient.get("identifier", []) if i.get("system", "").endswith("nhs-number")
    ]
    return Demographics(
        person_id=person_id,
        family=name.get("family", ""),
        given=" ".join(name.get("given", [])),
        birth_date=patient.get("birthDate", ""),
        postcode=address.get("postalCode", ""),
        nhs_number=next(iter(numbers), ""),
    )


# -- who has looked, and streams -------------------------------------------------------------------------------


def who_looked(door: Door, person_id: str, *, since: datetime | None, limit: int) -> list[Look]:
    grant = door.people([person_id]).get(person_id)
    if grant is None or not door.decide(grant, "read", "AuditEvent").allowed:
        raise door.refuse("not there, or not allowed", act="who-looked")
    with door.transaction(savepoint=False):
        door.open(grant.subject_ids)
        rows = door.rows("SELECT * FROM record.gate_looks(%s, %s)", [since or LONG_AGO, limit])
        door.audit("who-looked", grant.subject_ids)
    looks = []
    for at, actor, role, organisation, purpose, act, detail in rows:
        told = json.loads(detail) if isinstance(detail, str) else detail
        looks.append(Look(at, actor, role, organisation, purpose, act, told))
    return looks


def looks_of_all(door: Door, *, actor: str, since: datetime | None, limit: int) -> list[Look]:
    if not door.decide(None, "read", "AuditEvent").allowed:
        raise door.refuse("not there, or not allowed", act="looks")
    with door.transaction():
        rows = door.rows(
            "SELECT * FROM record.gate_audit(%s, %s, %s, %s)", [door.token(), actor, since or LONG_AGO, limit]
        )
        door.open(())
        door.audit("looks", (), actor=actor)
    looks = []
    for at, who, role, organisation, purpose, act, detail, subjects in rows:
        told = json.loads(detail) if isinstance(detail, str) else detail
        looks.append(Look(at, who, role, organisation, purpose, act, told, tuple(map(str, subjects))))
    return looks


# Beyond individual care whoever opted out is left out as a whole, over all their joined records (DCB3058), and what
# no agreement lets be counted is not counted.
_COUNTED = """ AND record.policy_allows(%(role)s::text, %(purpose)s::text, 'read', '{}'::text[], false, r.type, r.labels,
    false, coalesce(m.person, r.subject) IN (
        SELECT coalesce(o.person, c.subject) FROM record.choice c
        LEFT JOIN record.membership o ON o.subject = c.subject AND upper_inf(o.valid)
        WHERE c.purpose = %(purpose)s AND c.valid @> clock_timestamp()),
    record.flow_key(r.type, r.source) = ANY (%(agreed)s::text[]))"""


def extract(
    door: Door, types: Sequence[str], *, since: datetime | None, subjects: Sequence[str] | None, batch: int
) -> Iterator[list[Extracted]]:
    """Streams with a server-side cursor, so that memory stays flat; one audit row says what was taken."""
    if door.purpose not in (Purpose.CASE_FINDING, Purpose.IDENTITY, Purpose.SYSTEM, Purpose.SECONDARY_USE):
        raise door.refuse("an extract needs a system purpose", act="extract")
    refused = [t for t in types if not door.decide(None, "read", t).allowed]
    if refused:
        raise door.refuse("this purpose does not open these types", act="extract", types=refused)
    with door.transaction():
        door.open_everyone()
        door.audit("extract", (), types=sorted(types), since=since.isoformat() if since else None)
        with connection.chunked_cursor() as cursor:
            cursor.itersize = batch
            values = {"types": list(types), "since": since, "subjects": list(subjects or ())}
            counting = {"role": door.actor.role, "purpose": door.purpose.value, "agreed": door.agreed}
            cursor.execute(
                "SELECT coalesce(m.person, r.subject)::text, r.subject::text, r.type, r.source, r.updated,"
                " CASE WHEN r.labels <> '{}' THEN r.labels END, r.body::text"
                " FROM record.resource r LEFT JOIN record.membership m ON m.subject = r.subject AND upper_inf(m.valid)"
                " WHERE r.type = ANY (%(types)s::text[])"
                " AND (%(since)s::timestamptz IS NULL OR r.updated >= %(since)s)"
                + (" AND r.subject = ANY (%(subjects)s::uuid[])" if subjects is not None else "")
                + (_COUNTED if door.purpose is Purpose.SECONDARY_USE else ""),
                values | counting,
            )
            while rows := cursor.fetchmany(batch):
                yield [
                    Extracted(person, subject, type_, source, updated, tuple(labels or ()), body)
                    for person, subject, type_, source, updated, labels, body in rows
                ]
