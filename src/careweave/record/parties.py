"""Who acts as whom: a member of staff as their teams and organisations, from and until."""

from __future__ import annotations

from .actor import Purpose
from .gate import Gate


def join(gate: Gate, *, actor: str, party: str) -> None:
    """From now on `actor` also acts as `party`."""
    _administer(gate, actor, party, "join")
    with gate.transaction():
        gate.door.open(())
        gate.door.rows(
            "INSERT INTO record.party_member (actor, party, valid) VALUES (%s, %s, tstzrange(clock_timestamp(), NULL))"
            " ON CONFLICT (actor, party) DO UPDATE SET valid = tstzrange(lower(record.party_member.valid), NULL)",
            [actor, party],
        )
        gate.door.audit("party-join", (), actor=actor, party=party)


def leave(gate: Gate, *, actor: str, party: str | None = None) -> None:
    """From now on `actor` no longer acts as `party`, or as anyone but themself when none is named."""
    _administer(gate, actor, party or "", "leave")
    with gate.transaction():
        gate.door.open(())
        gate.door.rows(
            "UPDATE record.party_member SET valid = tstzrange(lower(valid), clock_timestamp())"
            " WHERE actor = %s AND (%s = '' OR party = %s) AND upper_inf(valid)",
            [actor, party or "", party or ""],
        )
        gate.door.audit("party-leave", (), actor=actor, party=party or "all")


def _administer(gate: Gate, actor: str, party: str, act: str) -> None:
    if gate.purpose is not Purpose.ADMINISTRATION:
        raise gate.door.refuse(
            "only administration changes who acts as whom", act=act, actor=actor, party=party
        )
