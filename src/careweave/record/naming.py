"""What names the actor, their teams or organisations: worklists, which are long and need little of each entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from .door import Door
from .indexing.parameters import Parameter
from .indexing.query import Exactly, Query, Sort
from .relations import party_token
from .searching import Hint, Search, Where, parsed
from .session import REACH

# Kept as the rarest kind of token, so that it leads.
_PARTY = Parameter("party", "token", ((("party",), "Identifier"),))
_COLUMNS = "r.id::text, r.version, r.subject::text, r.body::text"


class Naming(NamedTuple):
    """One entry as a list needs it; the body has no meta."""

    id: str
    version: int
    subject: str
    body: dict[str, Any]


def naming(door: Door, type_: str, params: Sequence[tuple[str, str]], *, count: int) -> Iterator[Naming]:
    """Newest first: the token index leads to them. Read, decided and audited at once; unpacked one by one."""
    query = parsed(type_, params)
    mine = tuple(party_token(type_, party) for party in door.parties)
    named = Exactly(_PARTY, tuple((None, party) for party in door.parties), mine)
    query = Query(type_, (named, *query.clauses), query.sort or (Sort("_lastUpdated", descending=True),))
    statement = Search(query, everyone=False).page(_COLUMNS, size=count)
    asked = {**statement.values, "role": door.actor.role, "purpose": door.purpose.value}
    with door.transaction(savepoint=False):
        Where(REACH, hint=Hint(tokens=list(mine))).enter(door, with_people=False)
        rows = door.rows(statement.sql, asked)[:count]
        if rows:
            door.audit("search", {row[2] for row in rows}, type=type_, parameters=["party"])
    return (Naming(id_, version, subject, orjson.loads(body)) for id_, version, subject, body, *_ in rows)
