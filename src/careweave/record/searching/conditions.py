"""Each condition of a search as SQL over one row; what a reference leads to is decided like everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ..ids import is_id
from ..indexing.parameters import Parameter
from ..indexing.query import (
    CONDITIONS,
    Chained,
    Changed,
    Clause,
    During,
    Exactly,
    Having,
    Ids,
    InBody,
    Missing,
    Text,
)
from ..indexing.values import parts_of
from ..subjects import belongs_to_no_person, may_belong_to_no_person
from .body import in_body, json_path
from .scope import NOBODY, Row, Scope, Values


@dataclass(frozen=True)
class Conditions:
    """Turns clauses into SQL; every value becomes a parameter."""

    scope: Scope
    values: Values
    opened: tuple[str, ...] = ()  # the people whom the session was opened for, when the search names them

    def of(self, clause: Clause, row: Row) -> str:
        match clause:
            case Exactly():
                return self._exactly(clause, row)
            case Ids():
                ids = [UUID(id_) for id_ in clause.any_of if is_id(id_)]
                return f"{row.name}.id = ANY ({self.values.add(ids)}::uuid[])"
            case Changed():
                return self._any_date(clause.any_of, f"{row.name}.updated", f"{row.name}.updated")
            case During():
                return self._during(clause, row)
            case Text():
                return self._text(clause, row)
            case Missing():
                return self._missing(clause, row)
            case InBody():
                return in_body(clause, row, self.values)
            case Chained():
                return self._chained(clause, row)
            case Having():
                return self._having(clause, row)

    # -- the row itself ---------------------------------------------------------------------------------------

    def _exactly(self, clause: Exactly, row: Row) -> str:
        people = people_of(clause)
        if people:
            return self._of_people(people, row)
        tokens = self.values.add(list(clause.tokens))
        return f"{'NOT ' if clause.negated else ''}({row.name}.tokens && {tokens}::bigint[])"

    def _of_people(self, ids: Sequence[str], row: Row) -> str:
        """In the record of one of these people: a person is meant, whichever of their records is named."""
        if row.name == "r" and tuple(ids) == self.opened:
            return f"{row.name}.subject <> {NOBODY}"
        asked = self.values.add([UUID(id_) for id_ in ids if is_id(id_)])
        people = f"SELECT {self.scope.person_of('a', row)} FROM unnest({asked}::uuid[]) AS a"
        return f"({self.scope.person(row)} IN ({people})) IS TRUE"

    def _during(self, clause: During, row: Row) -> str:
        if clause.parameter.primary:
            return self._any_date(clause.any_of, f"{row.name}.starts", f"{row.name}.ends")
        name = self.values.add(clause.parameter.stored_as)
        inner = self._any_date(clause.any_of, "(d ->> 0)::timestamptz", "(d ->> 1)::timestamptz")
        dates = f"jsonb_array_elements({row.name}.extra -> 'd' -> {name}) AS d"
        return f"EXISTS (SELECT 1 FROM {dates} WHERE {inner})"

    def _any_date(self, any_of: Sequence[tuple[str, Any]], first: str, last: str) -> str:
        parts = []
        for prefix, when in any_of:
            start, end = self.values.add(when.start), self.values.add(when.end)
            condition = CONDITIONS[prefix].format(first=first, last=last)
            parts.append(
                condition.replace(":s", f"{start}::timestamptz").replace(":e", f"{end}::timestamptz")
            )
        return f"({' OR '.join(parts)})"

    def _text(self, clause: Text, row: Row) -> str:
        if clause.how == "exact":
            texts = " || ".join(
                f"jsonb_path_query_array({row.name}.body, '{json_path((*path, *part))}[*]')"
                for path, value_type in clause.parameter.paths
                for part in (*((each,) for each in parts_of(value_type)),) or ((),)
            )
            return f"({texts}) ?| {self.values.add(list(clause.any_of))}::text[]"
        pattern = "{}%" if clause.how == "starts" else "%{}%"
        patterns = self.values.add([pattern.format(_escaped(text)) for text in clause.any_of])
        held = f"jsonb_array_elements_text({row.name}.extra -> 's' -> {self.values.add(clause.parameter.stored_as)})"
        return f"EXISTS (SELECT 1 FROM {held} AS s WHERE s LIKE ANY ({patterns}::text[]))"

    def _missing(self, clause: Missing, row: Row) -> str:
        there = f"({row.name}.starts IS NOT NULL OR {row.name}.ends IS NOT NULL)"
        if clause.paths:
            paths = (
                f"jsonb_path_exists({row.name}.body, {self.values.add(path)}::jsonpath)"
                for path in clause.paths
            )
            there = f"({' OR '.join(paths)})"
        return f"NOT {there}" if clause.missing else there

    # -- beyond the row ---------------------------------------------------------------------------------------
    # What lies beyond must be open to the actor like anything else, and a reference is followed only within one
    # person's record or into the directory: a search never goes from one person's record into another's. The inner
    # search stands alone, and IS TRUE keeps the planner, which expects one row of it, from joining instead of hashing it.

    def _chained(self, clause: Chained, row: Row) -> str:
        ways = (self._led_to(clause.parameter, type_, inner, row) for type_, inner in clause.any_of)
        return f"({' OR '.join(ways)})"

    def _led_to(self, parameter: Parameter, type_: str, inner: Clause, row: Row) -> str:
        there = self.values.beside(type_)
        source, where = self.found(inner, there)
        if parameter.names_person and type_ == "Patient":
            inside = f"SELECT {self.scope.person(there)} FROM {source} WHERE {where}"
            return f"({self.scope.person(row)} IN ({inside})) IS TRUE"
        owners = [NOBODY] if belongs_to_no_person(type_) else [self.scope.person(row)]
        if may_belong_to_no_person(type_):
            owners.append(NOBODY)
        inside = f"SELECT {there.name}.id, {self.scope.person(there)} FROM {source} WHERE {where}"
        near = " OR ".join(f"((h.id, {owner}) IN ({inside})) IS TRUE" for owner in owners)
        target = self.values.add(type_)
        led = f"SELECT 1 FROM {self.references(parameter, row)} AS h WHERE h.type = {target}"
        return f"EXISTS ({led} AND ({near})) IS TRUE"

    def _having(self, clause: Having, row: Row) -> str:
        there = self.values.beside(clause.type)
        source, where = self.found(clause.clause, there)
        owner, theirs = self.scope.person(row), self.scope.person(there)
        if clause.parameter.names_person and row.type == "Patient":
            return f"({owner} IN (SELECT {theirs} FROM {source} WHERE {where})) IS TRUE"
        led = (
            f"FROM {source} CROSS JOIN LATERAL {self.references(clause.parameter, there)} AS h"
            f" WHERE h.type = {self.values.add(row.type)} AND {where}"
        )
        if belongs_to_no_person(row.type):
            return f"({row.name}.id IN (SELECT h.id {led})) IS TRUE"
        near = f"(({row.name}.id, {owner}) IN (SELECT h.id, {theirs} {led})) IS TRUE"
        if may_belong_to_no_person(row.type):
            near = f"({near} OR ({owner} = {NOBODY} AND ({row.name}.id IN (SELECT h.id {led})) IS TRUE))"
        return near

    def found(self, clause: Clause, there: Row) -> tuple[str, str]:
        """FROM and WHERE of everything of the row's type that the actor may see and that fits."""
        parts = [f"{there.name}.type = {self.values.add(there.type)}", self.scope.allowed(there)]
        if isinstance(clause, Exactly) and not clause.negated and not people_of(clause):
            return self.scope.led_by(there, self.values.add(list(clause.tokens))), " AND ".join(parts)
        return self.scope.rows(there), " AND ".join((*parts, self.of(clause, there)))

    def references(self, parameter: Parameter, row: Row) -> str:
        """What the references of this parameter lead to, as rows of type and id."""
        paths = [json_path((*path, "reference")) for path, kind in parameter.paths if kind == "Reference"]
        return f"record.references_in({row.name}.body, {self.values.add(paths)}::text[]::jsonpath[])"


def people_of(clause: Clause) -> list[str]:
    """The ids of the people whom a clause names; empty when it names none."""
    if not isinstance(clause, Exactly) or clause.negated or not clause.parameter.names_person:
        return []
    return [text.removeprefix("Patient/") for _, text in clause.wanted if text.startswith("Patient/")]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
