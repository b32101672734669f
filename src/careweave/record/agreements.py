"""The network's charter and its sharing agreements: without them nothing flows between organisations (A12, A23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .actor import Actor, Purpose, Refusal
from .gate import Gate
from .ids import is_id

KIND = "SharingAgreement"
KEEPER = Actor("system:agreements", "system", name="Sharing agreements")
EVERY_MEMBER = ""


@dataclass(frozen=True)
class Terms:
    """What two organisations agree. No recipient: every organisation that signed the charter."""

    title: str
    supplier: str
    recipient: str = EVERY_MEMBER
    recipient_is: str = "provider"
    purposes: tuple[str, ...] = (Purpose.DIRECT_CARE.value,)
    classes: tuple[str, ...] = ("clinical",)
    from_: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Agreement:
    id: str
    terms: Terms
    signed_by: str
    signed_at: datetime | None
    ended_because: str

    def state(self, now: datetime, *, soon_days: int) -> str:
        """unsigned, coming, in force, ending soon or ended."""
        terms = self.terms
        if terms.until and terms.until <= now:
            return "ended"
        if self.signed_at is None:
            return "unsigned"
        if terms.from_ and terms.from_ > now:
            return "coming"
        ending = terms.until is not None and terms.until <= now + timedelta(days=soon_days)
        return "ending soon" if ending else "in force"


@dataclass(frozen=True)
class Signature:
    """One organisation's stretch of membership in the network."""

    organisation: str
    signed_by: str
    since: datetime
    until: datetime | None
    ended_because: str


@dataclass(frozen=True)
class Stopped:
    """A source whose entries this reader's organisation is not given; why is `charter`, `unsigned`, `ended` or `none`."""

    supplier: str
    why: str
    ended: datetime | None = None


def keeping() -> Gate:
    """The gate of a command that keeps agreements for the place, such as the making of the demonstration."""
    return Gate(KEEPER, Purpose.GOVERNANCE)


# -- the charter ------------------------------------------------------------------------------------------------


def sign_charter(gate: Gate, *, organisation: str, signed_by: str) -> Refusal | None:
    """From now on the organisation is a member. Signed already: nothing changes."""
    _must(gate, "create", "charter-sign")
    if not signed_by.strip():
        return Refusal("Enter the name of the person who signed for the organisation", "signed_by")
    with gate.transaction():
        gate.door.open(())
        made = gate.door.rows(
            "INSERT INTO record.charter (organisation, signed_by, valid, recorded_by)"
            " SELECT %s, %s, tstzrange(now(), NULL), %s WHERE NOT EXISTS"
            " (SELECT 1 FROM record.charter WHERE organisation = %s AND upper_inf(valid)) RETURNING id",
            [organisation, signed_by, gate.actor.id, organisation],
        )
        if made:
            gate.door.audit("charter-sign", (), organisation=organisation, signed_by=signed_by)
    gate.door.forget()
    return None


def leave_charter(gate: Gate, *, organisation: str, because: str) -> Refusal | None:
    """From now on nothing flows to or from the organisation; what its own people wrote stays theirs."""
    _must(gate, "update", "charter-leave")
    if not because.strip():
        return Refusal("Enter why the membership ends", "because")
    with gate.transaction():
        gate.door.open(())
        ended = gate.door.rows(
            "UPDATE record.charter SET valid = tstzrange(lower(valid), now()), ended_because = %s"
            " WHERE organisation = %s AND upper_inf(valid) AND lower(valid) < now() RETURNING id",
            [because, organisation],
        )
        if not ended:
            return Refusal("This organisation is not a member of the network", "organisation")
        gate.door.audit("charter-leave", (), organisation=organisation, because=because)
    gate.door.forget()
    return None


def members(gate: Gate) -> list[Signature]:
    """Every stretch of membership, newest first."""
    _must(gate, "read", "charter")
    rows = _rows(
        gate,
        "SELECT organisation, signed_by, lower(valid), upper(valid), ended_because FROM record.charter"
        " ORDER BY lower(valid) DESC, organisation",
    )
    return [Signature(*row) for row in rows]


# -- agreements -------------------------------------------------------------------------------------------------


def agree(gate: Gate, terms: Terms, *, signed_by: str = "") -> str | Refusal:
    """Record an agreement, signed or as a draft; returns its id."""
    _must(gate, "create", "agreement")
    refusal = _terms_refusal(gate, terms)
    if refusal:
        return refusal
    with gate.transaction():
        gate.door.open(())
        rows = gate.door.rows(
            "INSERT INTO record.agreement (title, supplier, recipient, recipient_is, purposes, classes, valid, signed_by,"
            " signed_at, recorded_by) VALUES (%s, %s, %s, %s, %s::text[], %s::text[],"
            " tstzrange(coalesce(%s::timestamptz, now()), %s::timestamptz), %s,"
            " CASE WHEN %s <> '' THEN now() END, %s) RETURNING id",
            [
                terms.title,
                terms.supplier,
                terms.recipient,
                terms.recipient_is,
                list(terms.purposes),
                list(terms.classes),
                terms.from_,
                terms.until,
                signed_by,
                signed_by,
                gate.actor.id,
            ],
        )
        id_ = str(rows[0][0])
        gate.door.audit("agreement", (), id=id_, supplier=terms.supplier, recipient=terms.recipient)
    gate.door.forget()
    return id_


def sign(gate: Gate, agreement_id: str, *, signed_by: str) -> Refusal | None:
    """Put a draft in force."""
    if not signed_by.strip():
        return Refusal("Enter the name of the person who signed", "signed_by")
    sql = (
        "UPDATE record.agreement SET signed_by = %s, signed_at = now()"
        " WHERE id = %s AND signed_at IS NULL AND (upper_inf(valid) OR upper(valid) > now()) RETURNING id"
    )
    gone = Refusal("This agreement is signed already, or has ended", "agreement")
    return _change(gate, "agreement-sign", agreement_id, sql, [signed_by], gone)


def end_agreement(gate: Gate, agreement_id: str, *, because: str) -> Refusal | None:
    """Stop the flow now."""
    if not because.strip():
        return Refusal("Enter why the agreement ends", "because")
    sql = (
        "UPDATE record.agreement SET ended_because = %s, valid = tstzrange(least(lower(valid), now()"
        " - interval '1 microsecond'), now()) WHERE id = %s AND (upper_inf(valid) OR upper(valid) > now()) RETURNING id"
    )
    gone = Refusal("This agreement has ended already", "agreement")
    return _change(gate, "agreement-end", agreement_id, sql, [because], gone)


def agreements(gate: Gate) -> list[Agreement]:
    """Every agreement, those that end first before the others."""
    _must(gate, "read", "agreements")
    rows = _rows(
        gate,
        "SELECT id::text, title, supplier, recipient, recipient_is, purposes, classes, lower(valid), upper(valid),"
        " signed_by, signed_at, ended_because FROM record.agreement ORDER BY upper(valid), supplier, id",
    )
    return [_agreement(row) for row in rows]


def stopped_for(gate: Gate) -> list[Stopped]:
    """The sources this reader's organisation is not given anything of, and why: about agreements, not about anyone."""
    parties, agreed = gate.door.parties, set(gate.door.agreed)
    own = {party.removeprefix("org:") for party in parties if party.startswith("org:")}
    rows = _rows(
        gate,
        "SELECT s.source, bool_or(c.organisation IS NOT NULL), bool_or(a.signed_at IS NULL),"
        " max(upper(a.valid)) FILTER (WHERE upper(a.valid) <= now() AND a.signed_at IS NOT NULL)"
        " FROM (SELECT source FROM record.last_received() UNION SELECT supplier FROM record.agreement) AS s"
        " LEFT JOIN record.charter c ON c.organisation = s.source AND c.valid @> now()"
        " LEFT JOIN record.agreement a ON a.supplier = s.source AND %s = ANY (a.purposes)"
        " AND (a.recipient = '' OR a.recipient = ANY (%s::text[])) GROUP BY s.source ORDER BY s.source",
        [gate.purpose.value, sorted(own)],
    )
    return [
        Stopped(source, _why(is_member=member, is_unsigned=unsigned, ended=ended), ended)
        for source, member, unsigned, ended in rows
        if source not in agreed and source not in own and source != "careweave"
    ]


def is_member(gate: Gate) -> bool:
    """Whether an organisation of the reader has signed the charter: without it nothing shared is shown (A12)."""
    return "careweave" in gate.door.agreed


def _why(*, is_member: bool, is_unsigned: bool, ended: datetime | None) -> str:
    if not is_member:
        return "charter"
    if ended:
        return "ended"
    return "unsigned" if is_unsigned else "none"


def _terms_refusal(gate: Gate, terms: Terms) -> Refusal | None:
    may = gate.door.sharing.may_receive.get(terms.recipient_is)
    if not terms.title.strip():
        return Refusal("Enter the name of the agreement", "title")
    if may is None or not set(terms.classes) <= set(may):
        titles = gate.door.sharing.class_titles
        allowed = ", ".join(titles[each] for each in may or ())
        return Refusal(f"Such an organisation may receive {allowed} only", "classes")
    if terms.recipient == EVERY_MEMBER and set(terms.classes) != {"clinical"}:
        return Refusal("Name the organisation that receives anything but clinical information", "recipient")
    if terms.supplier == terms.recipient:
        return Refusal("An organisation needs no agreement with itself", "recipient")
    if not terms.purposes or not set(terms.purposes) <= set(gate.door.policy.words.purposes):
        return Refusal("Choose what the information is for", "purposes")
    start = terms.from_ or datetime.now(UTC)
    if terms.until is not None and terms.until <= start:
        return Refusal("Enter an end that is after the beginning", "until")
    return None


def _change(
    gate: Gate, act: str, agreement_id: str, sql: str, values: list[Any], gone: Refusal
) -> Refusal | None:
    _must(gate, "update", act)
    with gate.transaction():
        gate.door.open(())
        if not is_id(agreement_id) or not gate.door.rows(sql, [*values, agreement_id]):
            return gone
        gate.door.audit(act, (), id=agreement_id, words=values[0])
    gate.door.forget()
    return None


def _must(gate: Gate, interaction: str, act: str) -> None:
    if not gate.door.decide(None, interaction, KIND).allowed:
        raise gate.door.refuse("only the governance lead keeps agreements", act=act)


def _rows(gate: Gate, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with gate.transaction():
        gate.door.open(())
        return gate.door.rows(sql, list(values))


def _agreement(row: Sequence[Any]) -> Agreement:
    id_, title, supplier, recipient, recipient_is, purposes, classes, from_, until, by, at, because = row
    terms = Terms(title, supplier, recipient, recipient_is, tuple(purposes), tuple(classes), from_, until)
    return Agreement(id_, terms, by, at, because)


def end_of(day: date) -> datetime:
    """The last moment of a day in the agreement's own words: it holds for the whole of that day."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo("Europe/London"))
