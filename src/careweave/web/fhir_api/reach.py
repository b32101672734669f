"""How far a token reaches through a search: by chains, `_has` and includes it learns nothing of types it was not given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from careweave.record.actor import TextEntry
from careweave.record.indexing import SearchProblem, parse_search
from careweave.record.indexing.query import Chained, Clause, Having
from careweave.web.fhir_api.callers import Caller
from careweave.web.fhir_api.outcomes import Problem
from careweave.web.fhir_api.types import DIRECTORY, SERVED


def must_reach(
    caller: Caller, type_: str, pairs: Sequence[tuple[str, str]], *, lenient: bool = False
) -> None:
    """Refuse what asks about other types than the token was given: which matches come back would tell."""
    if caller.scopes is None or not any("." in name or name.startswith("_has") for name, _ in pairs):
        return  # nothing leads to another type, so the search is read only once
    query = parse_search(type_, pairs, lenient=lenient)
    if isinstance(query, SearchProblem):
        return  # the search itself says what is wrong with it
    asked = sorted(set(_asked_about(query.clauses)) & SERVED)
    for name in asked:
        if not caller.may("s", name) or caller.scopes.filters(name, "s"):
            words = f"The token was not given all of {name}, so it cannot search {type_} by what {name} says."
            raise Problem(403, "forbidden", words)
    if asked and caller.patient is not None and type_ in DIRECTORY:
        words = f"The token is for one person, so it cannot search {type_} by what others' records say."
        raise Problem(403, "forbidden", words)


def _asked_about(clauses: Iterable[Clause]) -> Iterator[str]:
    """Every type whose entries decide what is found, but the one that is searched."""
    for clause in clauses:
        if isinstance(clause, Chained):
            for type_, inner in clause.any_of:
                yield type_
                yield from _asked_about([inner])
        elif isinstance(clause, Having):
            yield clause.type
            yield from _asked_about([clause.clause])


def within(caller: Caller, entries: Sequence[TextEntry]) -> list[TextEntry]:
    """The matches, and of what came along with them, what the token may read."""
    along: dict[str, list[str]] = {}
    for each in entries:
        if each.mode == "include":
            along.setdefault(each.type, []).append(each.id)
    if caller.scopes is None or not along:
        return list(entries)
    open_ = {id_ for type_, ids in along.items() for id_ in _readable(caller, type_, ids)}
    return [each for each in entries if each.mode != "include" or each.id in open_]


def _readable(caller: Caller, type_: str, ids: Sequence[str]) -> Sequence[str]:
    narrowing = caller.narrowing("r", type_) if caller.may("r", type_) else None
    if narrowing is None or narrowing == ():
        return () if narrowing is None else ids
    found = caller.gate.search(type_, [("_id", ",".join(ids)), *narrowing], count=len(ids))
    return [one.id for one in found.resources]
