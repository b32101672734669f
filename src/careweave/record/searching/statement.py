"""A query as one statement over what this actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..indexing.query import Chained, Clause, Exactly, Having, Query
from .conditions import Conditions, people_of
from .ordering import Key, after, keys
from .scope import FACTS, Row, Scope, Values

# Which exact value leads through the token index, the rarest kind first: few share an identifier, many a status.
_RARE = ("Identifier", "ContactPoint", "Reference", "CodeableConcept", "Coding")


@dataclass(frozen=True)
class Statement:
    """One prepared search: its SQL and the values of its named parameters."""

    sql: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What the audit is told of a search, beside whose records it showed."""

    act: str
    detail: str


@dataclass(frozen=True)
class Search:
    """A query, where it looks, and whom the session was opened for when the query names people."""

    query: Query
    everyone: bool
    opened: tuple[str, ...] = ()

    def page(
        self,
        columns: str,
        *,
        size: int,
        place: Sequence[str] | None = None,
        told: Told | None = None,
    ) -> Statement:
        """The rows of one page and the one behind it, each with its place in the order; audited when `told` is given."""
        row, values = Row(self.query.type), Values()
        source, where = self._matched(row, values)
        order = keys(self.query.sort, row)
        if place is not None:
            where = f"{where} AND {after(order, place, values)}"
        keyed = ", ".join(f"({key.sql})::text AS k{number}" for number, key in enumerate(order))
        by = ", ".join(f"{key.sql} {key.direction}" for key in order)
        shown = values.add(size)
        sql = f"SELECT {columns}, {keyed} FROM {source} WHERE {where} ORDER BY {by} LIMIT {shown} + 1"
        if told is None:
            return Statement(f"{FACTS} {sql}", values.named)
        subjects = f"SELECT p.subject::uuid AS subject FROM page AS p LIMIT {shown}"
        written = (
            "INSERT INTO record.audit (actor, role, organisation, purpose, act, subjects, detail)"
            " SELECT %(actor)s, %(role)s, %(organisation)s, %(purpose)s, %(act)s,"
            f" coalesce(array_agg(DISTINCT s.subject), '{{}}'), %(detail)s::jsonb FROM ({subjects}) AS s"
        )
        whole = f"{FACTS}, page AS MATERIALIZED ({sql}), told AS ({written}) SELECT * FROM page"
        return Statement(whole, {**values.named, "act": told.act, "detail": told.detail})

    def count(self) -> Statement:
        values = Values()
        source, where = self._matched(Row(self.query.type), values)
        return Statement(f"{FACTS} SELECT count(*) FROM {source} WHERE {where}", values.named)

    def order(self) -> list[Key]:
        return keys(self.query.sort, Row(self.query.type))

    def _matched(self, row: Row, values: Values) -> tuple[str, str]:
        scope = Scope(self.everyone)
        conditions = Conditions(scope, values, self.opened)
        clauses = list(self.query.clauses)
        leader = leading(clauses)
        if leader is not None:
            clauses.remove(leader)
            source = scope.led_by(row, values.add(list(leader.tokens)))
        else:
            source = scope.rows(row)
        parts = [f"{row.name}.type = {values.add(self.query.type)}"]
        parts += [conditions.of(clause, row) for clause in clauses]
        return source, " AND ".join((*parts, scope.allowed(row)))


def needs_people(query: Query) -> bool:
    """Whether the search asks whose records belong together."""
    named = sum(bool(people_of(clause)) for clause in query.clauses)
    beyond = any(isinstance(clause, Chained | Having) for clause in query.clauses)
    return named > 1 or beyond or bool(query.includes)


def leading(clauses: Sequence[Clause]) -> Exactly | None:
    """The exact condition that the fewest resources meet, as far as its kind tells."""
    exact = [
        clause
        for clause in clauses
        if isinstance(clause, Exactly) and not clause.negated and not people_of(clause)
    ]
    return min(exact, key=_commonness, default=None)


def _commonness(clause: Exactly) -> int:
    kinds = [kind for _, kind in clause.parameter.paths]
    return min((_RARE.index(kind) for kind in kinds if kind in _RARE), default=len(_RARE))
