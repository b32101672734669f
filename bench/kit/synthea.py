"""The Synthea people, as many times as asked: every copy has ids of its own, so every copy is new people."""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).resolve().parents[3] / "shared/data/synthea-fhir-r4/synthea_r4_bundles.ndjson.xz"
_ID = re.compile(rb"\b([0-9a-f]{8})(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b")
_PATIENT = re.compile(rb'"resourceType":"Patient","id":"([0-9a-f-]{36})"')


def bundles() -> list[bytes]:
    """The supplied bundles, one person each, as they are."""
    with lzma.open(FILE) as file:
        return file.read().splitlines(keepends=True)


def write_copy(people: list[bytes], number: int, path: Path) -> int:
    """Write copy `number` of these people as NDJSON; returns how many resources it holds."""
    with path.open("wb") as file:
        for person in people:
            file.write(renamed(person, number))
    return sum(person.count(b'"resource":') for person in people)


def renamed(bundle: bytes, number: int, keep: bytes = b"") -> bytes:
    """The same bundle with other ids; `keep` stays, which makes it more about the same person."""

    def change(found: re.Match[bytes]) -> bytes:
        if found[0] == keep or not number:
            return found[0]
        return b"%08x%s" % (int(found[1], 16) ^ number, found[2])

    return _ID.sub(change, bundle)


def long_life(people: list[bytes], resources: int) -> Iterator[bytes]:
    """One person with at least so many resources: the busiest one's life, again and again."""
    busiest = max(people, key=lambda person: person.count(b'"resource":'))
    found = _PATIENT.search(busiest) or re.search(rb'"fullUrl":"urn:uuid:([0-9a-f-]{36})"', busiest)
    assert found is not None
    each = busiest.count(b'"resource":') - 1
    for number in range(-(-resources // each)):
        yield renamed(busiest, (number + 1) << 16, keep=found[1])
