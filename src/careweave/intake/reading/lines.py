"""Splits a stream of bytes into numbered lines without ever holding one that is longer than allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from careweave.intake.reading.files import Damaged


@dataclass(frozen=True, slots=True)
class Line:
    """`raw` is None when the line was longer than allowed and thrown away; `size` says how long it was."""

    number: int
    raw: bytes | None
    size: int


@dataclass(frozen=True, slots=True)
class Broken:
    """From this line on the file cannot be unpacked."""

    number: int
    cause: str


class _Held:
    """The line so far: kept while it is short enough, then only counted."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, part: bytes) -> None:
        self.size += len(part)
        if self.size <= self.limit:
            self.parts.append(part)
        else:
            self.parts.clear()

    def line(self, number: int) -> Line:
        raw = None if self.size > self.limit else b"".join(self.parts)
        return Line(number, raw, self.size)


def split_lines(pieces: Iterable[bytes], limit: int) -> Iterator[Line | Broken]:
    """Every line with its number, from 1, without its line ending; last of all where the file breaks off."""
    number = 1
    held = _Held(limit)
    try:
        for piece in pieces:
            parts = piece.split(b"\n")
            held.add(parts[0])
            if len(parts) == 1:
                continue
            yield held.line(number)
            number += 1
            for part in parts[1:-1]:
                yield Line(number, part if len(part) <= limit else None, len(part))
                number += 1
            held = _Held(limit)
            held.add(parts[-1])
    except Damaged as damage:
        # What there is of the last line may look whole and be cut short: it is not given.
        yield Broken(number, str(damage))
        return
    if held.size:
        yield held.line(number)
