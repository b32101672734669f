"""Turns a release into the tables that scores use: concepts, the is-a relationship, and the map to ICD-10."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from careweave.warehouse.engine import Engine
from careweave.warehouse.terminology.release import ReleaseFile, TerminologyError, release_files

IS_A, FULLY_SPECIFIED_NAME = "116680003", "900000000000003001"
# ICD-10 5th edition (UK), and ICD-10 (International). A map file holds other maps too (OPCS-4 has codes that look
# like ICD-10), so the reference set must be asked for.
ICD10_MAPS = ("999002271000000101", "447562003")
CONCEPT = "SELECT id AS concept FROM release_concept WHERE active = '1'"
TERM = f"""SELECT conceptId AS concept, min(term) AS term FROM release_description
    WHERE active = '1' AND typeId = '{FULLY_SPECIFIED_NAME}' GROUP BY conceptId"""
PARENT = f"""SELECT DISTINCT sourceId AS concept, destinationId AS parent FROM release_relationship
    WHERE active = '1' AND typeId = '{IS_A}'"""
# In each group the first code that asks nothing more about the person. Codes that begin with # are messages (“not
# classifiable”). In the UK map alternatives stand in blocks, of which the first is the default.
MAP = f"""
WITH told AS (
    SELECT referencedComponentId AS concept, refsetId, mapGroup, CAST(mapPriority AS INTEGER) AS priority,
           upper(regexp_replace(mapTarget, '[^A-Za-z0-9#]', '', 'g')) AS icd10,
           coalesce(mapRule, '') IN ('', 'TRUE', 'OTHERWISE TRUE') AS is_unconditional, {{block}} AS block
    FROM release_map WHERE active = '1' AND refsetId IN {ICD10_MAPS}
), own AS (
    SELECT *, refsetId = '{ICD10_MAPS[0]}' AS is_uk, max(refsetId = '{ICD10_MAPS[0]}') OVER (PARTITION BY concept) AS has_uk,
           min(block) OVER (PARTITION BY concept, refsetId) AS first_block
    FROM told
), first AS (
    SELECT *, row_number() OVER (PARTITION BY concept, refsetId, mapGroup ORDER BY priority, icd10) AS place
    FROM own WHERE is_unconditional AND block = first_block AND is_uk = has_uk
)
SELECT DISTINCT concept, icd10 FROM first WHERE place = 1 AND icd10 <> '' AND NOT starts_with(icd10, '#')"""
CONDITIONAL = f"""SELECT count(DISTINCT referencedComponentId) FROM release_map WHERE active = '1'
    AND refsetId IN {ICD10_MAPS} AND referencedComponentId NOT IN (SELECT concept FROM icd10_map)"""


@dataclass(frozen=True)
class Loaded:
    """What was loaded. `unmapped`: concepts whose ICD-10 code depends on more than the concept, or is none."""

    release: str
    concepts: int
    parents: int
    mapped: int
    unmapped: int
    seconds: float


def load_release(path: Path, folder: Path) -> Loaded:
    """Load a release in place of the one before; a failure leaves that one as it was."""
    begun, files = time.monotonic(), release_files(path)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f"release-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    fresh.mkdir(mode=0o700)
    try:
        told = _build(files, fresh, begun)
        (fresh / "release.json").write_text(json.dumps(_about(told, files)), encoding="utf-8")
        _publish(folder, fresh)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return told


def loaded_release(folder: Path) -> dict[str, object] | None:
    """What `careweave check` and the pages say about the release in use; None where there is none."""
    file = folder / "current" / "release.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None


def _build(files: list[ReleaseFile], fresh: Path, begun: float) -> Loaded:
    engine = Engine()
    try:
        with tempfile.TemporaryDirectory(dir=fresh) as unpacked:
            for kind in ("concept", "description", "relationship", "map"):
                _attach(engine, kind, [file for file in files if file.kind == kind], Path(unpacked))
            block = (
                "coalesce(CAST(mapBlock AS INTEGER), 0)"
                if "mapBlock" in engine.columns("release_map")
                else "0"
            )
            counts = {
                "concepts": engine.write_sql(CONCEPT, fresh / "concept.parquet"),
                "parents": engine.write_sql(PARENT, fresh / "parent.parquet"),
                "terms": engine.write_sql(TERM, fresh / "term.parquet"),
                "codes": engine.write_sql(MAP.format(block=block), fresh / "icd10_map.parquet"),
            }
            engine.attach("icd10_map", fresh / "icd10_map.parquet")
            mapped = engine.number("SELECT count(DISTINCT concept) FROM icd10_map")
            unmapped = engine.number(CONDITIONAL)
    finally:
        engine.close()
    if not mapped:
        raise TerminologyError(
            "The release's map files hold no map to ICD-10 (reference sets 999002271000000101, 447562003)."
        )
    seconds = round(time.monotonic() - begun, 1)
    return Loaded(_release(files), counts["concepts"], counts["parents"], mapped, unmapped, seconds)


def _attach(engine: Engine, kind: str, files: Iterable[ReleaseFile], unpacked: Path) -> None:
    paths = [_on_disk(file, unpacked / f"{kind}-{number}.txt") for number, file in enumerate(files)]
    if not paths:
        engine.empty("release_description", ("conceptId", "active", "typeId", "term"))
    else:
        engine.attach_tabbed(f"release_{kind}", paths)


def _on_disk(file: ReleaseFile, path: Path) -> Path:
    if not file.member:
        return file.path
    with path.open("wb") as out:
        out.writelines(file.lines())
    return path


def _release(files: list[ReleaseFile]) -> str:
    """The newest date in the files' names."""
    dates = [part for file in files for part in file.name.removesuffix(".txt").split("_") if part.isdigit()]
    return max((part for part in dates if len(part) == 8), default="")


def _about(told: Loaded, files: list[ReleaseFile]) -> dict[str, object]:
    return {**asdict(told), "loaded": datetime.now(UTC).isoformat(), "files": [file.name for file in files]}


def _publish(folder: Path, fresh: Path) -> None:
    pointer = folder / f".current-{fresh.name}"
    pointer.symlink_to(fresh.name)
    os.replace(pointer, folder / "current")
    for old in folder.glob("release-*"):
        if old != fresh:
            shutil.rmtree(old, ignore_errors=True)
