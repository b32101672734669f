"""Who asks, for what, and what the door answers when it cannot give it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    """Why a record is opened; every session has exactly one (Caldicott principle 1)."""

    DIRECT_CARE = "direct-care"
    OWN_CARE = "own-care"
    GOVERNANCE = "governance"
    IDENTITY = "identity"
    INTAKE = "intake"
    CASE_FINDING = "case-finding"
    ADMINISTRATION = "administration"
    SECONDARY_USE = "secondary-use"
    EMERGENCY = "emergency"
    SYSTEM = "system"
    SUBJECT_ACCESS = "subject-access"


@dataclass(frozen=True)
class Actor:
    """Someone or something that asks. `id` is a party key such as `staff:<uuid>` or `system:intake`."""

    id: str
    role: str
    organisation: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if any("|" in field for field in (self.id, self.role, self.organisation)):
            raise ValueError("an actor's id, role and organisation cannot contain '|'")


@dataclass(frozen=True)
class Member:
    """One source's record that belongs to a person, and since when."""

    subject: str
    source: str
    since: datetime | None


# What a person holds against entries reaching a reader is kept among the reader's relationships, behind this word:
# whoever hands the one on hands the other on too.
OBJECTS = "objects:"


def objectionable(source: str, labels: Iterable[str]) -> frozenset[str]:
    """The words by which one entry would be held back; `record.objectionable` in the database says the same."""
    return frozenset(
        (f"{OBJECTS}everything", f"{OBJECTS}source:{source}", *(f"{OBJECTS}label:{each}" for each in labels))
    )


@dataclass(frozen=True)
class PersonRecord:
    """A person as this actor meets them: their records, how the actor stands to them, and whether a rule limits sight.

    `kinds` are the actor's relationships, and beside them what the person holds against entries reaching the actor.
    """

    id: str
    subjects: tuple[Member, ...]
    kinds: frozenset[str]
    held_back: bool

    @property
    def relationships(self) -> frozenset[str]:
        return frozenset(kind for kind in self.kinds if not kind.startswith(OBJECTS))

    @property
    def objections(self) -> frozenset[str]:
        return self.kinds - self.relationships

    @property
    def subject_ids(self) -> list[str]:
        return [member.subject for member in self.subjects]


@dataclass(frozen=True)
class Resource:
    """One FHIR resource with what the store knows about it; times are aware, UTC."""

    type: str
    id: str
    version: int
    subject: str
    source: str
    labels: tuple[str, ...]
    parties: tuple[str, ...]
    starts: datetime | None
    ends: datetime | None
    updated: datetime
    body: dict[str, Any]


@dataclass(frozen=True)
class TextResource:
    """One resource as JSON text, with its meta, for whoever only hands it on."""

    version: int
    updated: datetime
    text: str


@dataclass(frozen=True)
class Page:
    """One page of a search; `cursor` opens the next one, None when this is the last.

    `included` are what `_include` and `_revinclude` brought, `ignored` the parameters that a lenient search left out.
    """

    resources: tuple[Resource, ...]
    cursor: str | None
    total: int | None = None
    included: tuple[Resource, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextEntry:
    """One resource of an answer as JSON text; `mode` is `match` or `include`."""

    type: str
    id: str
    version: int
    updated: datetime
    mode: str
    text: str


@dataclass(frozen=True)
class TextPage:
    """One page of a search for whoever only hands it on.

    `total` is there when it was asked for; `applied` is what the search did, for the self link, and `ignored` names
    the parameters that a lenient search left out.
    """

    entries: tuple[TextEntry, ...]
    cursor: str | None
    total: int | None = None
    applied: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """One line of who has looked: the act, by whom, when, for what."""

    at: datetime
    actor: str
    role: str
    organisation: str
    purpose: str
    act: str
    detail: dict[str, Any] | None
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """Words saved as typed; never a version of the record."""

    content: dict[str, Any]
    version: int
    saved_by: str
    saved_at: datetime


@dataclass(frozen=True)
class Refusal:
    """Why an action was not done, and the field to put right: a value that actions return, words that pages show."""

    reason: str
    field: str = ""


class Refused(Exception):
    """Not allowed, or not there: the two are not told apart."""


class Conflict(Exception):
    """Someone else saved first; `current` is what is stored now."""

    def __init__(self, current: Resource) -> None:
        super().__init__(f"version {current.version} is already stored")
        self.current = current


class Invalid(Exception):
    """The body is not acceptable; `issues` say where and why."""

    def __init__(self, issues: tuple[Any, ...]) -> None:
        super().__init__("; ".join(f"{issue.path}: {issue.reason}" for issue in issues[:5]))
        self.issues = issues


class SearchError(Exception):
    """A search that cannot be done as asked; names the parameter."""

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(f"{parameter}: {reason}")
        self.parameter = parameter
        self.reason = reason
