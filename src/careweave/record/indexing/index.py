"""What the record keeps beside a resource so that it can be found: tokens, times, words, references."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from careweave.record.indexing.clinical import clinical_span, span
from careweave.record.indexing.finding import Entry, finder_entries
from careweave.record.indexing.folding import fold
from careweave.record.indexing.hashing import token
from careweave.record.indexing.parameters import Parameter, parameters_of
from careweave.record.indexing.values import codes, reach, reference, strings

Resource = dict[str, object]


@dataclass(frozen=True, slots=True)
class Indexed:
    tokens: tuple[int, ...]  # signed 64-bit, each once
    starts: datetime | None  # the clinical interval, first and last instant included
    ends: datetime | None
    sort_keys: dict[str, str]
    references: tuple[tuple[str, str], ...]  # parameter, reference
    finder: tuple[Entry, ...]  # kind, folded value
    strings: tuple[tuple[str, str], ...]  # parameter, folded value
    dates: tuple[tuple[str, datetime | None, datetime | None], ...]  # parameter, first, last instant


@dataclass(slots=True)
class _Gathered:
    tokens: dict[int, None] = field(default_factory=dict)
    references: dict[tuple[str, str], None] = field(default_factory=dict)
    strings: dict[tuple[str, str], None] = field(default_factory=dict)
    dates: list[tuple[str, datetime | None, datetime | None]] = field(default_factory=list)


Gather = Callable[[object, _Gathered], None]
_PLAIN = {"code", "boolean", "id", "string"}


def index(resource: Resource) -> Indexed:
    """Of a resource that passed validation; what does not fit the shape is left out, never an error."""
    kind = str(resource.get("resourceType"))
    gathered = _Gathered()
    plan = _plan(kind)
    for name, value in resource.items():
        for gather in plan.get(name, ()):
            gather(value, gathered)
    starts, ends = clinical_span(resource)
    return Indexed(
        tokens=tuple(gathered.tokens),
        starts=starts,
        ends=ends,
        sort_keys=_sort_keys(resource, kind),
        references=tuple(gathered.references),
        finder=finder_entries(resource),
        strings=tuple(gathered.strings),
        dates=tuple(gathered.dates),
    )


@cache
def _plan(kind: str) -> dict[str, tuple[Gather, ...]]:
    """The work by top-level element, so that only elements which are there cost anything."""
    plan: dict[str, list[Gather]] = {}
    makers = {"token": _tokens, "reference": _references, "date": _dates, "string": _strings}
    for parameter in parameters_of(kind).values():
        if parameter.same_as or parameter.primary or not parameter.stored:
            continue
        for path, value_type in parameter.paths:
            work = makers[parameter.kind](kind, parameter, path[1:], value_type)
            plan.setdefault(path[0], []).append(work)
    return {name: tuple(work) for name, work in plan.items()}


def _tokens(kind: str, parameter: Parameter, path: tuple[str, ...], value_type: str) -> Gather:
    name = parameter.name

    def gather(value: object, gathered: _Gathered) -> None:
        tokens = gathered.tokens
        for each in reach(value, path):
            for system, code in codes(each, value_type, parameter.system):
                tokens[token(kind, name, code)] = None
                if system is not None:
                    tokens[token(kind, name, code, system)] = None

    return gather


def _references(kind: str, parameter: Parameter, path: tuple[str, ...], value_type: str) -> Gather:
    name = parameter.name

    def gather(value: object, gathered: _Gathered) -> None:
        for each in reach(value, path):
            text = reference(each)
            if text is not None:
                gathered.tokens[token(kind, name, text)] = None
                gathered.references[name, text] = None

    return gather


def _dates(kind: str, parameter: Parameter, path: tuple[str, ...], value_type: str) -> Gather:
    def gather(value: object, gathered: _Gathered) -> None:
        for each in reach(value, path):
            first, last = span(each)
            if first is not None or last is not None:
                gathered.dates.append((parameter.name, first, last))

    return gather


def _strings(kind: str, parameter: Parameter, path: tuple[str, ...], value_type: str) -> Gather:
    def gather(value: object, gathered: _Gathered) -> None:
        for each in reach(value, path):
            for text in strings(each, value_type):
                gathered.strings[parameter.name, fold(text)] = None

    return gather


def _sort_keys(resource: Resource, kind: str) -> dict[str, str]:
    if kind not in ("Patient", "RelatedPerson"):
        return {}
    names = resource.get("name")
    first = names[0] if isinstance(names, list) and names and isinstance(names[0], dict) else {}
    given = first.get("given")
    parts = [str(first.get("family", "")), *(map(str, given) if isinstance(given, list) else ())]
    return {"name": fold(" ".join(parts)), "birthdate": str(resource.get("birthDate", ""))}
