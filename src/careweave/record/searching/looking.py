"""Where a search may look: everyone for system work, the people it names, those few who can match, or the reach."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import connection

from ..door import Door
from ..fhir.instants import LONDON
from ..ids import is_id
from ..indexing.folding import words
from ..indexing.query import Chained, Clause, During, Having, Ids, Query, Text
from ..session import EVERYONE, REACH
from ..subjects import belongs_to_no_person
from .conditions import people_of
from .statement import leading

# An open search by something rare looks only at the people who have it: so many may share it.
MOST = 200
_WHOLE_DAY = 86_400
# A search that takes so long holds up everyone else's; jobs of the system may take their time.
LONGEST = "20s"
_ENTER = "SELECT record.gate_search(%s, %s, %s::bigint[], %s::uuid[], %s::text[], %s, %s)"
# The shape of a search leaves one good plan, and making it anew costs more than most searches.
_ALONE = (
    ", set_config('plan_cache_mode', 'force_generic_plan', true), set_config('statement_timeout', %s, true)"
)


@dataclass(frozen=True)
class Hint:
    """What every match has for certain and is kept beside the records: an open search by it looks at few people."""

    tokens: list[int] = field(default_factory=list)
    ids: list[UUID] = field(default_factory=list)
    births: list[str] = field(default_factory=list)
    word: str = ""


@dataclass(frozen=True)
class Where:
    """`session` is what the token names; `opened` are the people of a search that names some."""

    session: str
    opened: tuple[str, ...] = ()
    hint: Hint = field(default_factory=Hint)

    @property
    def everyone(self) -> bool:
        return self.session == EVERYONE

    def enter(self, door: Door, *, with_people: bool) -> None:
        """Open the records where the search looks, for the rest of this transaction."""
        hint = self.hint
        values = [hint.tokens, hint.ids, hint.births, hint.word, MOST]
        asked: list[Any] = [door.token_to(self.session), with_people, *values]
        if len(connection.atomic_blocks) > 1:  # a part of something longer, whose settings are its own
            door.rows(_ENTER, asked)
        else:
            door.rows(f"{_ENTER}{_ALONE}", [*asked, "0" if self.everyone else LONGEST])


def where_to_look(door: Door, query: Query) -> Where:
    named = named_people(query)
    if named is not None:
        return Where(people(named), tuple(named))
    if door.actor.role == "system":
        return Where(EVERYONE)
    if _goes_beyond(query):
        return Where(REACH)
    return Where(people(())) if belongs_to_no_person(query.type) else Where(REACH, hint=_hint(query))


def _goes_beyond(query: Query) -> bool:
    """Whether it may lead from the directory into any record that the actor reaches."""
    beyond = any(isinstance(clause, Chained | Having) for clause in query.clauses)
    return beyond or any(include.reverse for include in query.includes)


def people(ids: tuple[str, ...] | list[str]) -> str:
    """A session over all records of these people, and the directory."""
    return "+" + ",".join(id_ for id_ in ids if is_id(id_))


def named_people(query: Query) -> list[str] | None:
    """The people a search names by `patient`, `subject` or, of Patients, by id; None when it names none."""
    for clause in query.clauses:
        ids = people_of(clause)
        if ids:
            return ids
        if isinstance(clause, Ids) and query.type == "Patient":
            return list(clause.any_of)
    return None


def _hint(query: Query) -> Hint:
    leader = leading(query.clauses)
    hint = Hint(tokens=list(leader.tokens) if leader else [])
    for clause in query.clauses:
        if isinstance(clause, Ids):
            hint = replace(hint, ids=[UUID(id_) for id_ in clause.any_of if is_id(id_)])
        elif query.type in ("Patient", "RelatedPerson"):
            hint = replace(hint, births=hint.births or _births(clause), word=hint.word or _word(clause))
    return hint


def _births(clause: Clause) -> list[str]:
    """The days of birth that are asked for, when they are asked for exactly."""
    if not isinstance(clause, During) or clause.parameter.name != "birthdate":
        return []
    if any(prefix != "eq" for prefix, _ in clause.any_of):
        return []
    days = [when.start.astimezone(LONDON).date() for _, when in clause.any_of]
    is_day = all((when.end - when.start).total_seconds() <= _WHOLE_DAY + 3600 for _, when in clause.any_of)
    return [day.isoformat() for day in days] if is_day else []


def _word(clause: Clause) -> str:
    """The beginning of a word of the name, when the search asks for a name by its beginning."""
    if not isinstance(clause, Text) or clause.how != "starts" or len(clause.any_of) != 1:
        return ""
    if clause.parameter.name not in ("family", "given"):  # a title is part of a name, and is not kept
        return ""
    first = next(iter(words(clause.any_of[0])), "")
    return first if first and clause.any_of[0].startswith(first) else ""
