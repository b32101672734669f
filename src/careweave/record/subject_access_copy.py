"""The copy that a person is given: an index, what they may read, and in general words what was left out."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .redacting import Line, Removal, files_in, lines, still_holds, without
from .subject_access_rules import Rules
from .subject_access_state import Entry, Request

# The same moment in each file of the archive: the same copy is the same bytes.
_STAMP = (2020, 1, 1, 0, 0, 0)


class Leak(Exception):
    """Words that should have been left out are still in the copy: it is not made."""


@dataclass(frozen=True)
class Part:
    """One entry as it leaves: `body` is FHIR, `lines` the same for reading."""

    number: int
    title: str
    source: str
    when: date | None
    body: dict[str, Any]
    lines: tuple[Line, ...]
    has_removals: bool
    files: int


@dataclass(frozen=True)
class Copy:
    request: Request
    entries: tuple[Entry, ...]
    parts: tuple[Part, ...]
    left_out: tuple[str, ...]
    to_decide: int
    waiting: int
    seen_by: tuple[str, ...]
    about: tuple[str, ...]

    @property
    def summary(self) -> str:
        return f"{len(self.parts)} entries"

    @property
    def index(self) -> list[tuple[str, int]]:
        """How many entries there are of each kind, by name."""
        return sorted(Counter(part.title for part in self.parts).items())


def copy_of(request: Request, found: Sequence[Entry], rules: Rules, *, seen_by: Sequence[str]) -> Copy:
    """The copy as the decisions stand."""
    sent = [each for each in found if each.state == "included"]
    sent.sort(key=lambda each: (each.resource.type != "Patient", each.resource.type, _when(each) or date.min))
    left_out = [each.resource.id for each in found if each.state != "included"]
    parts = tuple(_part(number, each, request, left_out, rules) for number, each in enumerate(sent, start=1))
    return Copy(
        request,
        tuple(found),
        parts,
        _general(found, parts, rules),
        to_decide=sum(each.state == "to-decide" for each in found),
        waiting=sum(each.state == "waits" for each in found),
        seen_by=tuple(seen_by),
        about=rules.about,
    )


def packed(copy: Copy, pdf: bytes) -> bytes:
    """One file to hand over: the record for reading, the record for programs, and the index."""
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": part.body} for part in copy.parts],
    }
    index = {
        "asked_on": copy.request.asked_on.isoformat(),
        "entries": len(copy.parts),
        "kinds": dict(copy.index),
        "left_out": list(copy.left_out),
        "organisations_that_looked": list(copy.seen_by),
        "about": list(copy.about),
    }
    record = json.dumps(bundle, ensure_ascii=False, indent=1)
    _refuse_leaks(copy)
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("your-record.pdf", pdf),
            ("your-record.json", record.encode()),
            ("index.json", json.dumps(index, ensure_ascii=False, indent=1).encode()),
        ):
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content)
    return kept.getvalue()


def _refuse_leaks(copy: Copy) -> None:
    """A second look at what is about to leave, by the words that should be gone from each part."""
    removals = {each.resource.id: each.removals for each in copy.entries}
    for part in copy.parts:
        if _still_holds(part.body, removals[part.body["id"]]):
            raise Leak(f"Entry {part.number} still holds words that should be left out: leave out the entry")


def _still_holds(node: Any, removals: Sequence[Removal]) -> bool:
    if isinstance(node, str):
        return still_holds(node, removals)
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return any(_still_holds(each, removals) for each in children)


def _part(number: int, entry: Entry, request: Request, left_out: Sequence[str], rules: Rules) -> Part:
    one = entry.resource
    body = without(one.body, entry.removals, left_out=left_out, own=f"person:{request.person_id}")
    return Part(
        number,
        rules.titles.get(one.type, one.type),
        one.source,
        _when(entry),
        body,
        tuple(lines(body)),
        has_removals=body != without(one.body, (), left_out=(), own=f"person:{request.person_id}"),
        files=files_in(one.body),
    )


def _when(entry: Entry) -> date | None:
    moment = entry.resource.starts or entry.resource.ends
    return moment.date() if moment else None


def _general(found: Sequence[Entry], parts: Sequence[Part], rules: Rules) -> tuple[str, ...]:
    """What the person is told of what they do not get: why in general, never what or how much."""
    used = [each.decision.reason for each in found if each.state == "left-out" and each.decision]
    used += [
        "serious-harm"
        for each in found
        if each.state == "left-out" and each.opinion and each.opinion.said == "harm"
    ]
    shown = {part.body["id"] for part in parts if part.has_removals}
    used += [removal.reason for each in found if each.resource.id in shown for removal in each.removals]
    told = [rules.reasons[key].to_person for key in dict.fromkeys(used) if key in rules.reasons]
    if any(part.files for part in parts):
        told.append("Files that belong to entries, such as letters and pictures, come separately: ask us.")
    return tuple(dict.fromkeys(told))
