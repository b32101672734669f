"""Where a search looks and what it may show: the actor's facts as one row, and the rule over any row beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson

from .. import reading
from ..ids import DIRECTORY
from ..withdrawing import TAG_CODE, TAG_SYSTEM

# The database works the facts out from the signed session, so a reach of thousands of people never travels. They are
# one row, so that every plan begins with it; a table of facts tempts the planner into comparing all with all.
FACTS = "WITH facts AS MATERIALIZED (SELECT * FROM record.session_facts())"
_TRAVELLING = {
    "%(held)s::jsonb": "{facts}.held",
    "%(held)s::text": "{facts}.said",
    "%(mine)s::text[]": "{facts}.mine",
    "%(agreed)s::text[]": "{facts}.agreed",
}
_ROW = re.compile(r"\br\.")


@dataclass
class Values:
    """The values of a statement's parameters, each under a name of its own, and how many rows it has named."""

    named: dict[str, Any] = field(default_factory=dict)
    aliases: int = 0

    def add(self, value: Any) -> str:
        name = f"v{len(self.named)}"
        self.named[name] = value
        return f"%({name})s"

    def beside(self, type_: str) -> Row:
        """A new row with facts of its own, so that a condition on it can be worked out once and alone."""
        self.aliases += 1
        return Row(type_, f"c{self.aliases}", f"f{self.aliases}")


@dataclass(frozen=True)
class Row:
    """One row of the store: its type, and the names by which a statement knows it and the facts beside it."""

    type: str
    name: str = "r"
    facts: str = "f"


@dataclass(frozen=True)
class Scope:
    """`everyone`: system work, which looks at all rows; otherwise the subjects that the session opens."""

    everyone: bool

    def rows(self, row: Row) -> str:
        """What stands behind FROM: rows that the session opens, not yet decided."""
        opened = "true" if self.everyone else f"{row.name}.subject = ANY ({row.facts}.subjects)"
        return f"facts {row.facts} JOIN record.resource {row.name} ON {opened}"

    def led_by(self, row: Row, tokens: str) -> str:
        """The same, led by the token index."""
        opened = "" if self.everyone else f" AND t.subject = ANY ({row.facts}.subjects)"
        return (
            f"facts {row.facts} CROSS JOIN LATERAL (SELECT DISTINCT t.id FROM record.token t"
            f" WHERE t.token = ANY ({tokens}::bigint[]){opened}) AS {row.name}_hit"
            f" JOIN record.resource {row.name} ON {row.name}.id = {row.name}_hit.id"
        )

    def allowed(self, row: Row) -> str:
        """The one rule of the record, over this row; what was deleted is found by nobody and counts for nothing."""
        tags = f"coalesce({row.name}.body #> '{{meta,tag}}', '[]')"
        return f"{_rule(row.name, row.facts)} AND NOT {tags} @> '{_DELETED}'"

    def person(self, row: Row) -> str:
        """Whose record the row belongs to, over all joined records; the directory is nobody's."""
        return self.person_of(f"{row.name}.subject", row)

    def person_of(self, subject: str, row: Row) -> str:
        if self.everyone:
            joined = (
                f"SELECT m.person FROM record.membership m WHERE m.subject = {subject} AND upper_inf(m.valid)"
            )
            return f"coalesce(({joined}), {subject})"
        return f"coalesce(({row.facts}.people ->> {subject}::text)::uuid, {subject})"


_DELETED = orjson.dumps([{"system": TAG_SYSTEM, "code": TAG_CODE}]).decode()


@cache
def _rule(name: str, facts: str) -> str:
    rule = reading.ALLOWED
    for travelling, here in _TRAVELLING.items():
        rule = rule.replace(travelling, here.format(facts=facts))
    return _ROW.sub(f"{name}.", rule)


NOBODY = f"'{DIRECTORY}'::uuid"
