"""Writes the whole place: lists out the practices, lets workers write each, and joins the parts into the files sent."""

from __future__ import annotations

import csv
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from math import ceil
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from typing import BinaryIO

import orjson
import pyarrow.parquet as pq

from careweave.demonstration import truth
from careweave.demonstration.areas import write_areas
from careweave.demonstration.formats import Feed, feeds, truth_columns
from careweave.demonstration.parts import Order, Written, write_part
from careweave.demonstration.services import write_services
from careweave.demonstration.story import story_people

Progress = Callable[[int, int, str], None]
LIST_SIZE = 5_000
SMALL_PLACE = 1_000
WORTH_TWO_WORKERS = 20_000
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class FileSent:
    """One file (or a folder of messages) as intake receives it."""

    path: Path
    source: str
    feed: str
    format: str


@dataclass(frozen=True)
class Summary:
    """What was written; `rows` by file, malformed rows included."""

    folder: Path
    people: int
    practices: tuple[str, ...]
    rows: dict[str, int]
    seconds: float

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def write_place(
    folder: Path,
    *,
    people: int = 5_000,
    seed: int = 2026,
    as_at: date,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Summary:
    """The same people, seed and date give the same files, byte for byte, however many workers write them."""
    started = time.perf_counter()
    orders = _orders(folder, people, seed, as_at)
    _make_room(folder)
    rows: Counter[str] = Counter()
    for done, written in enumerate(_work(orders, workers), start=1):
        rows.update(written.rows)
        if progress:
            progress(done, len(orders), f"Y{90001 + written.practice}")
    _join_feeds(folder, orders)
    _join_moved(folder, orders)
    _join_truth(folder, orders, as_at)
    write_areas(folder)
    write_services(folder, as_at)
    shutil.rmtree(folder / ".parts")
    practices = tuple(f"Y{90001 + order.practice}" for order in orders)
    _write_manifest(folder, people, seed, as_at, practices)
    return Summary(folder, people, practices, dict(sorted(rows.items())), time.perf_counter() - started)


def files_of(folder: Path) -> Iterator[FileSent]:
    """Every file of a written place in a good order to load; the truth is not among them."""
    for feed in feeds().values():
        if feed.id == "inpatients":
            if any(folder.glob(feed.path)):
                yield FileSent(folder / "RVR" / "inpatients", feed.source, feed.id, feed.format)
            continue
        for path in sorted(folder.glob(feed.path.replace("{type}", "*"))):
            yield FileSent(path, path.parent.name, feed.id, feed.format)


def practice_count(people: int) -> int:
    if people < SMALL_PLACE:
        return 2
    return max(4, ceil(people / LIST_SIZE))


def _orders(folder: Path, people: int, seed: int, as_at: date) -> list[Order]:
    named = len(story_people(as_at))
    if people < named + 80:
        raise ValueError(f"Riverside needs at least {named + 80} people")
    practices, others = practice_count(people), people - named
    bounds = [others * place // practices for place in range(practices + 1)]
    return [
        Order(
            folder=folder,
            seed=seed,
            as_at=as_at,
            practice=place,
            first=bounds[place],
            count=bounds[place + 1] - bounds[place],
            people=people,
            practices=practices,
            named=others if place == 0 else -1,
        )
        for place in range(practices)
    ]


def _make_room(folder: Path) -> None:
    """Only what an earlier run wrote is removed."""
    if (folder / MANIFEST).exists() or (folder / ".parts").exists():
        for old in [
            *folder.glob("Y9*"),
            *(folder / feed.source for feed in feeds().values()),
            folder / "truth",
            folder / ".parts",
        ]:
            shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def _work(orders: list[Order], workers: int | None) -> Iterator[Written]:
    many = sum(order.count for order in orders) >= WORTH_TWO_WORKERS
    wanted = workers if workers is not None else min(2, cpu_count() or 1) if many else 1
    if wanted < 2:
        yield from map(write_part, orders)
        return
    with ProcessPoolExecutor(wanted, mp_context=get_context("spawn")) as pool:
        yield from pool.map(write_part, orders)


def _join_feeds(folder: Path, orders: list[Order]) -> None:
    names = sorted(
        {
            path.relative_to(order.parts / "feeds")
            for order in orders
            for path in (order.parts / "feeds").rglob("*.csv")
        }
    )
    for name in names:
        feed = _feed_of(str(name))
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as whole:
            whole.write(
                (
                    ",".join(f'"{column}"' if "," in column else column for column in feed.columns) + "\r\n"
                ).encode()
            )
            for order in orders:
                _append(order.parts / "feeds" / name, whole)


def _append(part: Path, whole: BinaryIO) -> None:
    if part.exists():
        with part.open("rb") as file:
            shutil.copyfileobj(file, whole)


def _feed_of(name: str) -> Feed:
    return next(feed for feed in feeds().values() if Path(name).match(feed.path))


def _join_moved(folder: Path, orders: list[Order]) -> None:
    """Members of a gzip file may simply follow one another."""
    for order in orders:
        for part in sorted((order.parts / "moved").rglob("*.ndjson.gz")):
            with (folder / part.relative_to(order.parts / "moved")).open("ab") as whole:
                _append(part, whole)


def _join_truth(folder: Path, orders: list[Order], as_at: date) -> None:
    target = folder / "truth"
    target.mkdir(parents=True, exist_ok=True)
    for name in ("records.csv", "pairs.csv", "outcomes.csv"):
        with (target / name).open("wb") as whole:
            whole.write((",".join(truth_columns(name)) + "\r\n").encode())
            for order in orders:
                _append(order.parts / "truth" / name, whole)
    _join_faults(target / "malformed.csv", orders)
    with pq.ParquetWriter(target / "persons.parquet", truth.SCHEMA) as writer:
        for order in orders:
            writer.write_table(pq.ParquetFile(order.parts / "truth" / "persons.parquet").read())
        writer.write_table(truth.named_table(story_people(as_at), orders[0].named))


def _join_faults(target: Path, orders: list[Order]) -> None:
    """Rows within a part become lines of the whole file: line 1 is the header of a CSV, the first object of an NDJSON."""
    before: Counter[str] = Counter()
    with target.open("w", encoding="utf-8", newline="") as file:
        whole = csv.writer(file, lineterminator="\r\n")
        whole.writerow(truth_columns("malformed.csv"))
        for order in orders:
            with (order.parts / "truth" / "malformed.csv").open(encoding="utf-8", newline="") as part:
                for source, name, row, key, column, fault in csv.reader(part):
                    first = 1 if name.endswith(".gz") else 2 + before[name]
                    whole.writerow([source, name, int(row) + first, key, column, fault])
            for path in (order.parts / "feeds").rglob("*.csv"):
                before[str(path.relative_to(order.parts / "feeds"))] += _lines(path)


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _write_manifest(folder: Path, people: int, seed: int, as_at: date, practices: tuple[str, ...]) -> None:
    content = {
        "place": "Riverside",
        "people": people,
        "seed": seed,
        "as_at": as_at.isoformat(),
        "practices": practices,
        "files": [
            {"path": str(sent.path.relative_to(folder)), "source": sent.source, "feed": sent.feed}
            for sent in files_of(folder)
        ],
    }
    (folder / MANIFEST).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
