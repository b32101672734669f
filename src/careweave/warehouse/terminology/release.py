"""Finds the snapshot files of an RF2 release, in a folder or a zip, or says what is not there.

Release Format 2: https://confluence.ihtsdotools.org/display/DOCRELFMT. A release may hold several editions beside
each other (International, UK Clinical, UK Drug), so there may be several files of each kind.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMPONENT = ("id", "effectiveTime", "active", "moduleId")
KINDS = {
    "concept": (re.compile(r"x?sct2_Concept_\w*Snapshot\w*\.txt$"), (*COMPONENT, "definitionStatusId")),
    "description": (
        re.compile(r"x?sct2_Description_\w*Snapshot\w*(-\w+)*\.txt$"),
        (*COMPONENT, "conceptId", "languageCode", "typeId", "term", "caseSignificanceId"),
    ),
    "relationship": (
        re.compile(r"x?sct2_Relationship_\w*Snapshot\w*\.txt$"),
        (*COMPONENT, "sourceId", "destinationId", "relationshipGroup", "typeId"),
    ),
    "map": (
        re.compile(r"x?der2_iissscc?i?Refset_\w*ExtendedMap\w*Snapshot\w*\.txt$"),
        (*COMPONENT, "refsetId", "referencedComponentId", "mapGroup", "mapPriority", "mapRule", "mapTarget"),
    ),
}
NEEDED = {
    "concept": "the concepts (Snapshot/Terminology/sct2_Concept_Snapshot_….txt)",
    "relationship": "the relationships (Snapshot/Terminology/sct2_Relationship_Snapshot_….txt)",
    "map": "the map to ICD-10 (Snapshot/Refset/Map/der2_…Refset_ExtendedMap…Snapshot_….txt)",
}


class TerminologyError(Exception):
    """The path is no release that can be loaded; the message says why."""


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release, on disk or inside a zip."""

    kind: str
    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        return (self.member or str(self.path)).rsplit("/", 1)[-1]

    def lines(self) -> Iterator[bytes]:
        if not self.member:
            with self.path.open("rb") as file:
                yield from file
            return
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
            yield from file


def release_files(path: Path) -> list[ReleaseFile]:
    """Every snapshot file that is needed, each with the columns it should have."""
    found = list(_in_zip(path) if path.is_file() else _in_folder(path))
    missing = [words for kind, words in NEEDED.items() if not any(file.kind == kind for file in found)]
    if not found:
        raise TerminologyError(
            f"{path} is not a SNOMED CT release in Release Format 2 (RF2): it holds no Snapshot files. "
            "Give the folder or the zip as it was downloaded."
        )
    if missing:
        raise TerminologyError(f"{path} lacks {'; '.join(missing)}.")
    for file in found:
        _check_columns(file)
    return found


def _in_folder(path: Path) -> Iterator[ReleaseFile]:
    if not path.is_dir():
        raise TerminologyError(f"{path} is not there.")
    for file in sorted(path.rglob("*.txt")):
        kind = _kind(file.name)
        if kind:
            yield ReleaseFile(kind, file)


def _in_zip(path: Path) -> Iterator[ReleaseFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(archive.namelist())
    except (zipfile.BadZipFile, OSError) as error:
        raise TerminologyError(
            f"{path} is neither a folder nor a zip that can be opened ({error})."
        ) from error
    for name in names:
        kind = _kind(name.rsplit("/", 1)[-1])
        if kind:
            yield ReleaseFile(kind, path, name)


def _kind(name: str) -> str:
    return next((kind for kind, (pattern, _) in KINDS.items() if pattern.match(name)), "")


def _check_columns(file: ReleaseFile) -> None:
    header = next(file.lines(), b"").decode("utf-8-sig", "replace").strip().split("\t")
    missing = [column for column in KINDS[file.kind][1] if column not in header]
    if missing:
        raise TerminologyError(f"{file.name} lacks the columns {', '.join(missing)}.")
