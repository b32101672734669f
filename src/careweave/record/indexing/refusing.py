"""What is refused while a search is read: the parameter as the asker wrote it, and what is accepted instead."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from careweave.record.indexing.parameters import OF_ANY_TYPE, parameters_of
from careweave.record.indexing.query import SearchProblem

CONTROLS = ("_count", "_elements", "_include", "_revinclude", "_sort", "_summary", "_total")


class Refusal(Exception):
    """The first problem with a search; `unknown` when a lenient search may leave the parameter out."""

    def __init__(self, name: str, reason: str, *, unknown: bool = False) -> None:
        self.problem = SearchProblem(name, reason)
        self.unknown = unknown


def known_names(type: str) -> list[str]:
    return sorted({*parameters_of(type), *OF_ANY_TYPE, "_id", "_lastUpdated", "_has", *CONTROLS})


def unknown_name(type: str, name: str, written: str) -> Refusal:
    known = known_names(type)
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; {type} has {', '.join(known)}"
    return Refusal(written, f"{type} has no parameter “{name}”{hint}", unknown=True)


def one_of(name: str, value: str, accepted: Iterable[str]) -> str:
    accepted = list(accepted)
    if value not in accepted:
        raise Refusal(name, f"“{value}” is not supported; use {', '.join(accepted)}")
    return value
