"""A fact as people read it: what is said, by whom, when; and how to read it out of a FHIR R4 body."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from careweave.web import wording

Body = Mapping[str, Any]
OURS = "https://careweave.org/fhir/"

# UK Core and HL7 systems whose display is worth showing before any other coding.
_PREFERRED = ("http://snomed.info/sct", "https://dmd.nhs.uk")


class Held(Protocol):
    """What presenters need of a resource that came through the gate."""

    @property
    def type(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def source(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def starts(self) -> datetime | None: ...
    @property
    def ends(self) -> datetime | None: ...
    @property
    def updated(self) -> datetime: ...
    @property
    def body(self) -> Body: ...


@dataclass(frozen=True)
class Source:
    """Who said it and when: “Riverside Hospital, 12 November 2026”."""

    name: str
    when: str

    @property
    def text(self) -> str:
        return f"{self.name}, {self.when}"


@dataclass(frozen=True)
class Fact:
    """One statement of one source."""

    id: str
    text: str
    source: Source
    detail: str = ""
    struck: bool = False
    active: bool = True


@dataclass(frozen=True)
class Line:
    """What sources say about one matter; several facts stand together and none is dropped."""

    heading: str
    facts: tuple[Fact, ...]
    differ: bool = False


@dataclass(frozen=True)
class Part:
    """A part of a page: its lines, or the words that say why there are none."""

    lines: tuple[Line, ...]
    empty: str = ""
    past: tuple[Line, ...] = ()


def words(concept: Body | None) -> str:
    """A CodeableConcept in words: its text, else the best display, else its code."""
    if not concept:
        return ""
    if concept.get("text"):
        return str(concept["text"])
    codings = [coding for coding in concept.get("coding") or () if isinstance(coding, Mapping)]
    codings.sort(key=lambda coding: coding.get("system") not in _PREFERRED)
    for coding in codings:
        if coding.get("display"):
            return str(coding["display"])
    return without_words(codings[0]) if codings and codings[0].get("code") else ""


_SYSTEMS = {
    "http://snomed.info/sct": "SNOMED",
    "https://dmd.nhs.uk": "dm+d",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
}


def without_words(coding: Body) -> str:
    """“no words came with this code (SNOMED 12345)”: a bare number would be taken for something it is not."""
    system = _SYSTEMS.get(str(coding.get("system") or ""), "")
    return f"no words came with this code ({' '.join(filter(None, (system, str(coding['code']))))})"


_BARE_CODE = re.compile(r"[A-Z]?\d[\dA-Z.]*")


def coded(name: str) -> str:
    """A name that is nothing but a code says so."""
    return f"no words came with this code ({name})" if _BARE_CODE.fullmatch(name) else name


def code(concept: Body | None, system: str = "") -> str:
    """The first code, of the system if one is named."""
    for coding in (concept or {}).get("coding") or ():
        if not system or coding.get("system") == system:
            return str(coding.get("code") or "")
    return ""


def key(concept: Body | None) -> str:
    """What makes two sources' concepts the same matter: the SNOMED CT or dm+d code, else the words."""
    for system in _PREFERRED:
        found = code(concept, system)
        if found:
            return found
    return " ".join(words(concept).casefold().split())


def shown(reference: Body | None) -> str:
    """The display of a reference."""
    return str((reference or {}).get("display") or "")


def pointed(reference: Body | None) -> str:
    """The id that a reference points at: “Practitioner/7” gives “7”."""
    return str((reference or {}).get("reference") or "").rpartition("/")[2]


def person_name(names: Iterable[Body] | None) -> str:
    """“Maria Lopez”: the official name, else the first that is not old."""
    chosen = best_name(names)
    if chosen is None:
        return ""
    if chosen.get("text"):
        return str(chosen["text"])
    return " ".join([*(chosen.get("given") or ()), chosen.get("family") or ""]).strip()


def first_name(names: Iterable[Body] | None) -> str:
    """“Joe”: what the person likes to be called, else the first given name; “this person” when there is none."""
    found = list(names or ())
    nickname = next((name for name in found if name.get("use") in ("nickname", "usual")), None)
    chosen = nickname or best_name(found) or {}
    return str(next(iter(chosen.get("given") or ()), "") or chosen.get("text") or "this person")


def best_name(names: Iterable[Body] | None) -> Body | None:
    """The name that counts now."""
    found = [name for name in names or () if name.get("use") not in ("old", "maiden", "nickname")]
    official = [name for name in found if name.get("use") == "official"]
    return next(iter(official or found), None)


def telephone(points: Iterable[Body] | None) -> str:
    """The first telephone or mobile number that is not old."""
    for point in points or ():
        if point.get("system") in ("phone", "sms") and point.get("use") != "old":
            return str(point.get("value") or "")
    return ""


def address(addresses: Iterable[Body] | None) -> str:
    """One line of the address that counts now."""
    found = [one for one in addresses or () if one.get("use") != "old"]
    if not found:
        return ""
    one = found[0]
    if one.get("text"):
        return str(one["text"])
    parts = [*(one.get("line") or ()), one.get("city"), one.get("postalCode")]
    return ", ".join(str(part) for part in parts if part)


def extension(body: Body, url: str) -> Any:
    """The value of the first extension with this address."""
    for one in body.get("extension") or ():
        if one.get("url") == url:
            return next((value for name, value in one.items() if name.startswith("value")), None)
    return None


def said(body: Body, fields: Iterable[str]) -> str | None:
    """The first date that the source gives among these fields; a period counts from its start."""
    for field in fields:
        value = body.get(field)
        if isinstance(value, Mapping):
            value = value.get("start") or value.get("end")
        if value:
            return str(value)
    return None


def source_of(held: Held, fields: Iterable[str], names: Mapping[str, str]) -> Source:
    """Who said it (the organisation's name) and when (what the source says, else when it reached us)."""
    when = said(held.body, fields)
    name = names.get(held.source, held.source or "source not known")
    return Source(name, wording.day(when) if when else f"received {wording.day(held.updated)}")


def is_mistake(body: Body) -> bool:
    """Whether the entry was made by mistake: shown struck through, never left out."""
    return "entered-in-error" in (body.get("status"), code(body.get("verificationStatus")))


def nothing_from(name: str, last: datetime | None) -> str:
    """The words for a part without data."""
    if last is None:
        return f"Nothing from {name}. They have not sent a file yet."
    return f"Nothing from {name}. Their last file came on {wording.day(last)}."


ANSWERS = {
    "not-asked": "Not asked",
    "asked-unknown": "Not known",
    "unknown": "Not known",
    "temp-unknown": "Not known",
    "asked-declined": "Did not want to say",
    "masked": "Did not want to say",
    "none": "None",
    "nil": "None",
    "not-applicable": "None",
}


def answer(value: str | None, absent: str | None = None) -> str:
    """A value, or which of the four kinds of nothing it is (FHIR data-absent-reason)."""
    return value or ANSWERS.get(absent or "not-asked", "Not known")
