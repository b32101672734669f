"""One practice list on disk: its own FHIR files, and a part of each file that all lists share."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import orjson
import pyarrow.parquet as pq

from careweave.demonstration import days, truth
from careweave.demonstration.chunk import Chunk, build_chunk
from careweave.demonstration.fhir import NHS_NUMBER
from careweave.demonstration.figures import load_figures
from careweave.demonstration.moved import send_old_registrations
from careweave.demonstration.nhs_numbers import with_bad_check_digit
from careweave.demonstration.registrations import old_practice
from careweave.demonstration.sending.community import send_community
from careweave.demonstration.sending.council import send_council
from careweave.demonstration.sending.faults import GOOD_NUMBER
from careweave.demonstration.sending.gp import send_practice
from careweave.demonstration.sending.hospital import send_hospital
from careweave.demonstration.sending.housing import send_housing
from careweave.demonstration.sending.mental_health import send_mental_health
from careweave.demonstration.sending.outbox import Fault, Outbox
from careweave.demonstration.sending.voluntary import send_voluntary
from careweave.demonstration.story import Story

PACKED = 1  # gzip level: the files are read once, so speed counts


@dataclass(frozen=True)
class Order:
    """What one worker writes. `named` is the register number of the first person of the stories, -1 for none."""

    folder: Path
    seed: int
    as_at: date
    practice: int
    first: int
    count: int
    people: int
    practices: int
    named: int

    @property
    def parts(self) -> Path:
        return self.folder / ".parts" / f"{self.practice:05d}"


@dataclass(frozen=True)
class Written:
    """How much one worker wrote."""

    practice: int
    rows: dict[str, int]


def write_part(order: Order) -> Written:
    chunk = build_chunk(
        seed=order.seed,
        practice=order.practice,
        first=order.first,
        count=order.count,
        register=order.people,
        figures=load_figures(order.as_at),
        today=days.number(order.as_at),
    )
    outbox = Outbox()
    send_practice(chunk, outbox, order.practices)
    send_hospital(chunk, outbox)
    for send in (send_council, send_community, send_mental_health, send_housing, send_voluntary):
        send(chunk, outbox)
    send_old_registrations(chunk, outbox, order.practices)
    if order.named >= 0:
        Story(chunk.figures, chunk.today, order.named, outbox).send()
    _spoil_patients(chunk, outbox)
    rows = _write_feeds(order, chunk, outbox)
    _write_truth(order, chunk, outbox)
    return Written(order.practice, rows)


def _write_feeds(order: Order, chunk: Chunk, outbox: Outbox) -> dict[str, int]:
    rows = {}
    own = order.folder / chunk.code
    own.mkdir(parents=True, exist_ok=True)
    moved = outbox.lines.pop("moved", [])
    for name, lines in outbox.lines.items():
        _write_lines(own / f"{name}.ndjson.gz", lines)
        rows[f"{chunk.code}/{name}.ndjson.gz"] = len(lines)
    if moved:
        target = f"{old_practice(chunk, order.practices)}/Patient.ndjson.gz"
        _write_lines(order.parts / "moved" / target, moved)
        rows[target] = len(moved)
    for name, table in outbox.rows.items():
        _write_table(order.parts / "feeds" / name, table)
        rows[name] = len(table)
    for name, content in outbox.bundles.items():
        path = order.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    rows["RVR/inpatients"] = len(outbox.bundles)
    return rows


def _write_lines(path: Path, lines: list[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        path.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=PACKED, mtime=0) as packed,
    ):
        packed.write(b"\n".join(lines) + b"\n")


def _write_table(path: Path, table: Iterable[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(table)


def _write_truth(order: Order, chunk: Chunk, outbox: Outbox) -> None:
    folder = order.parts / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    records = [
        [source, local, truth.person_id(person), kind, errors]
        for source, local, person, kind, errors in outbox.records
    ]
    _write_table(folder / "records.csv", records)
    _write_table(folder / "pairs.csv", truth.pairs(chunk))
    _write_table(folder / "outcomes.csv", truth.outcomes(chunk))
    faults = [
        [fault.source, fault.file, str(fault.row), fault.key, fault.field, fault.fault]
        for fault in outbox.faults
    ]
    _write_table(folder / "malformed.csv", faults)
    pq.write_table(truth.persons_table(chunk), folder / "persons.parquet")


def _spoil_patients(chunk: Chunk, outbox: Outbox) -> None:
    """Copies of a good Patient with one thing in it that cannot be."""
    rng, rules = chunk.rng("faults-gp"), chunk.figures.errors["malformed"]
    lines, file = outbox.lines["Patient"], f"{chunk.code}/Patient.ndjson.gz"
    changes = {
        "bad-check-digit": ("identifier", None),
        "30-february": ("birthDate", "1951-02-30"),
        "future-birth-date": ("birthDate", days.iso(chunk.today + 400)),
        "unknown-code": ("gender", "femail"),
    }
    for kind in rules["kinds"]:
        times = int(rng.poisson(len(lines) * rules["per_10000"] / 40_000))
        for _ in range(max(times, 1 if chunk.practice == 0 else 0)):
            body = orjson.loads(lines[int(rng.integers(len(lines)))])
            body["id"] = f"bad-{len(lines)}"
            name, value = changes[kind]
            if name == "identifier":
                body[name] = [{"system": NHS_NUMBER, "value": with_bad_check_digit(GOOD_NUMBER)}]
            else:
                body.pop("identifier")
                body[name] = value
            outbox.faults.append(Fault(chunk.code, file, len(lines), body["id"], name, kind))
            outbox.lines["Patient"].append(orjson.dumps(body))
