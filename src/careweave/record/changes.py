"""What someone asks to be changed, what became of it, and how it is refused without telling what there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from . import reading
from .actor import Actor, Conflict, Page, PersonRecord, Refused, Resource
from .door import Door
from .pointing import Pointed
from .validation import Issue
from .writing import Prepared

Body = dict[str, Any]
Patch = Callable[[Body], Body]


class Act(StrEnum):
    """FHIR's three ways of changing something; a patch is an update whose body is made from the stored one."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Outcome(StrEnum):
    """What became of a change."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNCHANGED = "unchanged"  # it was so already
    FOUND = "found"  # a conditional create that had nothing to do


@dataclass(frozen=True)
class Change:
    """One change that is asked for.

    `version` is the one that must be the stored one; `query` finds what is meant, instead of `id` (for a create: what
    must not be there yet). `full_url` is what other changes of the same transaction call this one, and `path` where it
    stands in what was sent.
    """

    act: Act
    type: str
    id: str = ""
    body: Body | None = None
    patch: Patch | None = None
    version: int | None = None
    query: str | None = None
    full_url: str = ""
    path: str = ""


@dataclass(frozen=True)
class Done:
    """What became of one change."""

    outcome: Outcome
    type: str
    id: str
    version: int
    updated: datetime
    content: Body

    @property
    def body(self) -> Body:
        """The resource as it is stored now, with its version and time."""
        return reading.with_meta(self.content, self.id, self.version, self.updated)


class Opened(Protocol):
    """What a transaction needs of the gate that it goes through."""

    @property
    def door(self) -> Door: ...

    @property
    def actor(self) -> Actor: ...

    def read(self, type: str, id: str) -> Resource | None: ...

    def search(self, type: str, params: Sequence[tuple[str, str]], *, count: int = 50) -> Page: ...


class Denied(Refused):
    """Not there, or not allowed, alike; `path` is where it was asked for.

    `whoever`: the role may not do this to anyone's record, so saying so tells nothing about a person.
    """

    def __init__(self, why: str, *, path: str = "", whoever: bool = False) -> None:
        super().__init__(why)
        self.path = path
        self.whoever = whoever


class Overtaken(Conflict):
    """A conflict, where the change stands in what was sent, and whether it named the version that it was made on."""

    def __init__(self, current: Resource, path: str, *, named: bool = False) -> None:
        super().__init__(current)
        self.path = path
        self.named = named


class Unfit(Exception):
    """The record as a whole would not hold together; says which promise would be broken."""


class Ambiguous(Exception):
    """A condition that must find one, or none, found several."""

    def __init__(self, path: str) -> None:
        super().__init__("the condition finds more than one")
        self.path = path


@dataclass
class Step:
    """A change on its way through the transaction."""

    change: Change
    act: Act
    id: str = ""
    body: Body = field(default_factory=dict)
    current: Resource | None = None
    subject: str = ""
    grant: PersonRecord | None = None
    labels: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    prepared: Prepared | None = None
    pointed: Pointed = field(default_factory=Pointed)
    outcome: Outcome | None = None  # set early when there is nothing to write

    @property
    def type(self) -> str:
        return self.change.type

    @property
    def version(self) -> int:
        """The version that this step makes."""
        return self.current.version + 1 if self.current else 1

    def issues_below(self, issues: list[Issue]) -> list[Issue]:
        """Issues of the resource, as paths of what was sent."""
        if not self.change.path:
            return issues
        return [self._below(issue) for issue in issues]

    def _below(self, issue: Issue) -> Issue:
        path = issue.path.removeprefix(self.type)
        dot = "" if not path or path[0] in ".[" else "."
        return Issue(f"{self.change.path}{dot}{path}", issue.reason, issue.expected, issue.code)
