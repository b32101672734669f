"""Whether a resource answers a search, by looking at the resource itself: an oracle for the database.

Nothing here uses the hashes, so a fault in them shows as a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from careweave.record.fhir import Interval
from careweave.record.indexing.clinical import Span, clinical_span, span
from careweave.record.indexing.folding import fold
from careweave.record.indexing.parameters import Parameter
from careweave.record.indexing.query import (
    Chained,
    Changed,
    Clause,
    During,
    Exactly,
    Having,
    Ids,
    InBody,
    Missing,
    Query,
    Text,
)
from careweave.record.indexing.reading_body import reads
from careweave.record.indexing.values import Coded, codes, found, reference, strings

Resource = dict[str, object]


class Beyond(Protocol):
    """What lies beyond one resource, as far as the asker may look."""

    def is_about(self, resource: Resource, asked: str) -> bool | None:
        """Whether it is in the record of the person that `asked` stands for; None to compare references only."""

    def led_to(self, resource: Resource, parameter: Parameter, type: str) -> Iterable[Resource]: ...

    def leading_to(self, resource: Resource, type: str, parameter: Parameter) -> Iterable[Resource]: ...


class Nothing:
    """A resource alone: no reference leads anywhere."""

    def is_about(self, resource: Resource, asked: str) -> bool | None:
        return None

    def led_to(self, resource: Resource, parameter: Parameter, type: str) -> Iterable[Resource]:
        return ()

    def leading_to(self, resource: Resource, type: str, parameter: Parameter) -> Iterable[Resource]:
        return ()


_ALONE = Nothing()


def matches(
    query: Query, resource: Resource, *, updated: datetime | None = None, beyond: Beyond = _ALONE
) -> bool:
    """`updated` is when the record took the resource in; without it, what its meta says."""
    if resource.get("resourceType") != query.type:
        return False
    return all(holds(clause, resource, updated, beyond) for clause in query.clauses)


def holds(clause: Clause, resource: Resource, updated: datetime | None, beyond: Beyond) -> bool:
    match clause:
        case Exactly():
            return _has(clause, resource, beyond) is not clause.negated
        case During():
            spans = list(_spans(resource, clause.parameter))
            return any(compare(prefix, each, when) for prefix, when in clause.any_of for each in spans)
        case Text():
            return any(_reads(clause, text) for text in _strings(resource, clause.parameter))
        case Missing():
            return _is_there(resource, clause.parameter) is not clause.missing
        case Ids():
            return resource.get("id") in clause.any_of
        case Changed():
            when_changed = (updated, updated) if updated else _stated_change(resource)
            return any(compare(prefix, when_changed, when) for prefix, when in clause.any_of)
        case InBody():
            return reads(clause, resource) is not clause.negated
        case Chained():
            return any(
                holds(inner, found, None, beyond)
                for type, inner in clause.any_of
                for found in beyond.led_to(resource, clause.parameter, type)
            )
        case Having():
            found = beyond.leading_to(resource, clause.type, clause.parameter)
            return any(holds(clause.clause, each, None, beyond) for each in found)


def _has(clause: Exactly, resource: Resource, beyond: Beyond) -> bool:
    if clause.parameter.names_person:
        people = [text.removeprefix("Patient/") for _, text in clause.wanted if text.startswith("Patient/")]
        about = [beyond.is_about(resource, each) for each in people]
        if about and None not in about:
            return any(about)
    present = set(_present(resource, clause.parameter))
    return any(_wanted(want, present) for want in clause.wanted)


def _stated_change(resource: Resource) -> Span:
    meta = resource.get("meta")
    return span(meta.get("lastUpdated")) if isinstance(meta, dict) else (None, None)


def _present(resource: Resource, parameter: Parameter) -> Iterator[Coded]:
    for value, value_type in found(resource, parameter):
        if parameter.kind == "token":
            yield from codes(value, value_type, parameter.system)
        elif (text := reference(value)) is not None:
            yield None, text


def _is_there(resource: Resource, parameter: Parameter) -> bool:
    """The element is there, whether or not its value can be searched for."""
    if parameter.primary:
        return clinical_span(resource) != (None, None)
    if parameter.system or parameter.same_as:
        return any(_is_of(value, parameter) for value, _ in found(resource, parameter))
    return any(True for _ in found(resource, parameter))


def _is_of(value: object, parameter: Parameter) -> bool:
    if parameter.system:
        return isinstance(value, dict) and value.get("system") == parameter.system
    return (reference(value) or "").startswith(f"{parameter.targets[0]}/")


def _wanted(want: Coded, present: set[Coded]) -> bool:
    system, value = want
    if system is None:
        return any(held == value for _, held in present)
    return (system, value) in present


def _spans(resource: Resource, parameter: Parameter) -> Iterator[Span]:
    if parameter.primary:
        yield clinical_span(resource)
    else:
        yield from (span(value) for value, _ in found(resource, parameter))


def _strings(resource: Resource, parameter: Parameter) -> Iterator[str]:
    for value, value_type in found(resource, parameter):
        yield from strings(value, value_type)


def _reads(clause: Text, text: str) -> bool:
    if clause.how == "exact":
        return text in clause.any_of
    folded = fold(text)
    if clause.how == "starts":
        return folded.startswith(clause.any_of)
    return any(part in folded for part in clause.any_of)


def compare(prefix: str, held: Span, asked: Interval) -> bool:
    """https://hl7.org/fhir/R4/search.html#prefix, for a time that may be open at either end."""
    first, last = held
    if first is None and last is None:
        return False
    equal = first is not None and last is not None and first >= asked.start and last < asked.end
    after = last is None or last >= asked.end
    before = first is None or first < asked.start
    return {
        "eq": equal,
        "ne": not equal,
        "gt": after,
        "lt": before,
        "ge": after or equal,
        "le": before or equal,
        "sa": first is not None and first >= asked.end,
        "eb": last is not None and last < asked.start,
        "ap": (first is None or first < asked.end) and (last is None or last >= asked.start),
    }[prefix]
