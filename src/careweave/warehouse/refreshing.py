"""Builds the warehouse from the record, whole or by what changed, and puts it in place all at once."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from careweave.warehouse.areas import Area
from careweave.warehouse.builds import VERSION, Manifest, current_version, read_manifest, versions_folder
from careweave.warehouse.engine import Engine
from careweave.warehouse.extraction.finishing import finished_tables
from careweave.warehouse.extraction.staging import PARTS, READERS, ExtractingGate, Staging
from careweave.warehouse.pseudonyms import PseudonymKey
from careweave.warehouse.tables import SCHEMAS

# Work that began before the last refresh and was committed after it: a load of a large file in one transaction.
LONGEST_TRANSACTION = timedelta(hours=6)


@dataclass(frozen=True)
class Refreshed:
    people: int
    conditions: int
    events: int
    is_full: bool
    seconds: float
    reading_seconds: float = 0  # until the parts lay on disk; the rest is the making of the tables


def refresh(
    gate: ExtractingGate,
    *,
    counting: ExtractingGate,
    folder: Path,
    key: PseudonymKey,
    sectors: Mapping[str, str],
    as_at: date,
    by: str,
    is_full: bool = False,
    areas: Mapping[str, Area] = MappingProxyType({}),
    invitations: Iterable[Mapping[str, Any]] = (),
) -> Refreshed:
    """Bring the warehouse up to date. The result is that of a full build on the same day.

    `counting` is a gate for secondary use: the records that it gives are those that may be counted beyond direct care.
    `invitations` are the surveys that people were asked: all of them, with the ids that `take_invitations` hides.
    """
    begun, started = time.monotonic(), datetime.now(UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _one_at_a_time(folder):
        before = None if is_full else _usable(folder, key)
        fresh = versions_folder(folder) / started.strftime("%Y%m%dT%H%M%S%f")
        try:
            since = read_manifest(before).started - LONGEST_TRANSACTION if before else None
            counted = {one.subject for batch in counting.extract(["Patient"]) for one in batch}
            with Staging(fresh / "parts", key, dict(sectors), as_at, counted, areas) as staging:
                _stage(gate, staging, since)
                staging.take_invitations(dict(row) for row in invitations)
            key.remember(staging.people)
            read = time.monotonic() - begun
            counts = _finish(fresh, before, as_at)
            manifest = Manifest(
                VERSION, as_at, started, datetime.now(UTC), key.fingerprint, before is None, counts
            )
            _publish(folder, fresh, manifest)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
    key.record_use(by=by, act="pseudonymised", purpose="case-finding", count=counts["person"])
    seconds = round(time.monotonic() - begun, 1)
    return Refreshed(counts["person"], counts["condition"], counts["event"], before is None, seconds, read)


def _usable(folder: Path, key: PseudonymKey) -> Path | None:
    """The version to build on; none when the key or the shape of the tables has changed since."""
    version = current_version(folder)
    manifest = read_manifest(version) if version else None
    is_usable = manifest and manifest.version == VERSION and manifest.key == key.fingerprint
    return version if is_usable else None


def _stage(gate: ExtractingGate, staging: Staging, since: datetime | None) -> None:
    """Everyone's Patients each time, since ages and joined records change by themselves; the rest since last time."""
    with _without_collector():
        for batch in gate.extract(["Patient"]):
            staging.take(batch)
        for batch in gate.extract(sorted(READERS), since=since):
            staging.take(batch)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Rows hold no circles; looking for some among a hundred thousand of them costs a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _finish(fresh: Path, before: Path | None, as_at: date) -> dict[str, int]:
    engine, counts = Engine(), {}
    try:
        if before:
            _carry_over(engine, fresh / "parts", before / "parts")
        for name in PARTS:
            engine.attach(f"part_{name}", fresh / "parts" / f"{name}.parquet")
        for name, sql in finished_tables(as_at).items():
            counts[name] = engine.write_sql(sql, fresh / f"{name}.parquet")
            engine.attach(name, fresh / f"{name}.parquet")
    finally:
        engine.close()
    (fresh / "placed.parquet").unlink()
    return {name: counts[name] for name in SCHEMAS}


def _carry_over(engine: Engine, parts: Path, old: Path) -> None:
    """What was not met again stays as it was."""
    engine.attach("part_seen", parts / "seen.parquet")
    for name in PARTS.keys() - {"patient", "registration", "seen", "invitation"}:
        engine.attach("old", old / f"{name}.parquet")
        engine.attach("news", parts / f"{name}.parquet")
        kept = 'SELECT * FROM "old" ANTI JOIN "part_seen" USING (resource)'
        engine.write_sql(f'{kept} UNION ALL BY NAME SELECT * FROM "news"', parts / f"{name}.whole")
        (parts / f"{name}.whole").replace(parts / f"{name}.parquet")


def _publish(folder: Path, fresh: Path, manifest: Manifest) -> None:
    (fresh / "manifest.json").write_text(json.dumps(manifest.told()), encoding="utf-8")
    last = current_version(folder)
    pointer = folder / f".current-{fresh.name}"
    pointer.symlink_to(fresh.relative_to(folder))
    os.replace(pointer, folder / "current")
    for version in versions_folder(folder).iterdir():
        if version not in {fresh, last}:  # a reader may still have the last one open
            shutil.rmtree(version, ignore_errors=True)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
