"""Takes the entries out of a Bundle document one by one, however large it is and wherever it breaks off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from careweave.intake.reading.files import Damaged

# A whole string, or one mark of structure. Possessive, so that a long string without an end costs one pass.
_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """The bytes of one element of `Bundle.entry` (or of a top-level list); None when it was too long."""

    index: int
    line: int
    raw: bytes | None
    size: int


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """The document ended before its JSON did (`index` is the entry that was lost), or went on after it."""

    index: int
    line: int
    cause: str
    goes_on: bool = False


class _Splitter:
    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.buffer = bytearray()
        self.at = 0  # scanned up to here
        self.depth = 0
        self.in_string = False
        self.string_at = -1  # where an unfinished string starts, while it may still be a name that matters
        self.listed_at = 0  # depth inside the list of entries, 0 when not in it
        self.start = -1  # where the current entry starts in the buffer
        self.dropped = 0  # bytes of the current entry thrown away because it is too long
        self.index = 0
        self.line = 1
        self.counted = 0  # buffer position up to which lines are counted
        self.last_string = b""
        self.kind = b""
        self.ended = False
        self.goes_on = False

    def feed(self, piece: bytes) -> Iterator[Entry]:
        self.buffer += piece
        while not self.ended and self._scan_on():
            if self._closes_entry:
                yield self._take()
        if self.ended:
            self.goes_on = self.goes_on or bool(self.buffer[self.at :].strip())
            self.at = len(self.buffer)
        self._forget()

    def _scan_on(self) -> bool:
        """One token further; False when more bytes are needed."""
        self._closes_entry = False
        if self.in_string:
            rest = _STRING_REST.match(self.buffer, self.at)
            self.at = rest.end() if rest else self.at
            if self.at >= len(self.buffer) or self.buffer[self.at] != 0x22:
                return False
            self.in_string = False
            self.at += 1
            if self.string_at >= 0:
                self._meet(bytes(self.buffer[self.string_at : self.at]), self.string_at)
            return True
        found = _MARK.search(self.buffer, self.at)
        if found is None:
            self.at = len(self.buffer)
            return False
        self.at = found.end()
        self._meet(found.group(), found.start())
        return True

    def _meet(self, token: bytes, start: int) -> None:
        if token == b'"':
            self.in_string = True
            self.string_at = start if self.depth == 1 and not self.listed_at else -1
        elif token[0] == 0x22:
            if self.depth == 1 and not self.listed_at:
                self.kind = token if self.last_string == b'"resourceType"' else self.kind
                self.last_string = token
        elif token in (b"{", b"["):
            self._open(token, start)
        else:
            self._close()

    def _open(self, token: bytes, start: int) -> None:
        top_list = self.depth == 0 and token == b"["
        entries = self.depth == 1 and token == b"[" and self.last_string == b'"entry"'
        self.depth += 1
        if top_list or (entries and self.kind in (b"", b'"Bundle"')):
            self.listed_at = self.depth
        elif self.depth == self.listed_at + 1 and self.listed_at and token == b"{":
            self.line += self.buffer.count(b"\n", self.counted, start)
            self.counted = start
            self.start = start
            self.dropped = 0

    def _close(self) -> None:
        self.depth -= 1
        if self.listed_at and self.depth == self.listed_at and self.start >= 0:
            self._closes_entry = True
        elif self.listed_at and self.depth < self.listed_at:
            self.listed_at = 0
        self.ended = self.depth <= 0

    def _take(self) -> Entry:
        size = self.at - self.start + self.dropped
        raw = None if size > self.limit else bytes(self.buffer[self.start : self.at])
        entry = Entry(self.index, self.line, raw, size)
        self.index += 1
        self.start = -1
        return entry

    def _forget(self) -> None:
        """Keep only what the current entry still needs."""
        keep = self.at if self.start < 0 else self.start
        if self.start >= 0 and self.at - self.start + self.dropped > self.limit:
            self.dropped += self.at - self.start
            keep = self.at
            self.start = 0
        elif self.start >= 0:
            self.start = 0
        if self.in_string and self.string_at >= 0:
            keep = self.string_at if self.at - self.string_at < _LONGEST_NAME else keep
            self.string_at = 0 if keep == self.string_at else -1
        self.line += self.buffer.count(b"\n", min(self.counted, keep), keep) if keep > self.counted else 0
        self.counted = max(self.counted - keep, 0)
        del self.buffer[:keep]
        self.at -= keep


def split_entries(pieces: Iterable[bytes], limit: int) -> Iterator[Entry | BrokenOff]:
    """Each entry of a Bundle, or each element of a list, with its line; last of all where it breaks off."""
    splitter = _Splitter(limit)
    cause = ""
    try:
        for piece in pieces:
            yield from splitter.feed(piece)
    except Damaged as damage:
        cause = str(damage)
    if not splitter.ended or cause or splitter.goes_on:
        yield BrokenOff(splitter.index, splitter.line, cause, splitter.goes_on)
