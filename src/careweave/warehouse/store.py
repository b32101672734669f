"""Where the warehouse lies on disk, and its door: opened for a purpose, never without one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from careweave.configuration import from_environment
from careweave.warehouse.builds import VERSION, Manifest, current_version, read_manifest
from careweave.warehouse.engine import Engine
from careweave.warehouse.tables import SCHEMAS, Tables, declared_tables

CASE_FINDING, PAYMENT, SECONDARY_USE = "case-finding", "payment", "secondary-use"
# What each purpose keeps, column by column. A suggestion tells its reasons to a whole team, and its order tells by
# itself: what some of them may not read must not shape it. Counting leaves out who opted out, and what no agreement lets
# be counted; it names no one, so what is sensitive is counted.
KEPT = {
    CASE_FINDING: {"is_sensitive": "NOT is_sensitive"},
    PAYMENT: {},
    SECONDARY_USE: {"is_counted": "is_counted"},
}
# What is paid for is paid for whoever received it (the national opt-out does not reach payment by pseudonym), and nothing
# else is needed for that: no diagnosis, medicine, answer or plan is behind this door.
SHOWN = {
    PAYMENT: {"person", "registration", "event", "admission", "service", "referral", "enrolment", "pathway"}
}


class WarehouseError(Exception):
    """The warehouse cannot be opened; the message says what to do."""


@dataclass(frozen=True)
class Warehouse:
    """Tables that answer through `engine`."""

    engine: Engine
    tables: Tables
    manifest: Manifest

    @property
    def as_at(self) -> date:
        return self.manifest.as_at

    @property
    def is_map_loaded(self) -> bool:
        return self.tables.icd10_map is not None


@contextmanager
def open_warehouse(home: Path, *, purpose: str) -> Iterator[Warehouse]:
    """For case finding: everyone, without what carries a sensitive label. For payment: everyone's activity.

    For secondary use: opt-outs applied.
    """
    if purpose not in KEPT:
        raise WarehouseError(f"The warehouse cannot be opened for {purpose}.")
    version = current_version(home / "warehouse")
    manifest = read_manifest(version) if version else None
    if version is None or manifest is None or manifest.version != VERSION:
        raise WarehouseError(
            "There is no warehouse yet, or it is from another version. Run: careweave refresh"
        )
    engine = _engine(from_environment(os.environ).spark_master)
    try:
        for name, schema in SCHEMAS.items():
            only = [condition for column, condition in KEPT[purpose].items() if column in schema.names]
            if name not in SHOWN.get(purpose, SCHEMAS):
                only = ["false"]
            engine.attach(name, version / f"{name}.parquet", only=" AND ".join(only))
        icd10_map = home / "terminology" / "current" / "icd10_map.parquet"
        if icd10_map.exists():
            engine.attach("icd10_map", icd10_map)
        yield Warehouse(engine, declared_tables(icd10_map.exists()), manifest)
    finally:
        engine.close()


def _engine(spark_master: str) -> Engine:
    """DuckDB in this process, or Spark where the place has set one up; the expressions are the same."""
    if not spark_master:
        return Engine()
    try:
        from careweave.warehouse.spark import SparkEngine  # an extra that most places do without
    except ImportError as error:
        raise WarehouseError("Spark is not installed. Run: pip install careweave[spark]") from error
    return SparkEngine(spark_master)
