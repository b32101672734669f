"""CSV as it really comes: quoted newlines, CRLF, a quote never closed, a wrong byte; each record on its own."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from careweave.intake.reading.json_text import not_utf8, null_character
from careweave.intake.reading.lines import Broken, Line
from careweave.intake.reading.rows import Limits

csv.field_size_limit(1 << 24)
_LONE_RETURN = (
    "A carriage return stands inside the row",
    "",
    "Lines that end with a line feed, with or without a carriage return before it",
)


@dataclass(frozen=True, slots=True)
class Record:
    """One CSV record and the line it starts on; `fault` says (reason, value, expected) when it cannot be split."""

    line: int
    fields: list[str]
    raw: str
    fault: tuple[str, str, str] | None = None


class TableReader:
    """Splits numbered lines into records. An unclosed quote costs its own line, not the rest of the file."""

    def __init__(
        self, lines: Iterable[Line | Broken], limits: Limits, *, delimiter: str = ",", width: int = 0
    ) -> None:
        self.lines = iter(lines)
        self.limits = limits
        self.delimiter = delimiter
        self.width = width
        self.waiting: deque[Line | Broken] = deque()

    def __iter__(self) -> Iterator[Record | Broken]:
        while (line := self._next()) is not None:
            if isinstance(line, Broken):
                yield line
                return
            record = self._record(line)
            if record is not None:
                yield record

    def _next(self) -> Line | Broken | None:
        return self.waiting.popleft() if self.waiting else next(self.lines, None)

    def _record(self, line: Line) -> Record | None:
        text, fault = self._text(line)
        if fault:
            return Record(line.number, [], text, fault)
        if not text:
            return None
        if '"' not in text:
            return self._checked(line.number, text.split(self.delimiter), text)
        fields = self._split(text)
        if fields is None:
            return self._joined(line, text)
        return self._checked(line.number, fields, text)

    def _text(self, line: Line) -> tuple[str, tuple[str, str, str] | None]:
        raw = line.raw
        if raw is None or len(raw) > self.limits.record:
            return "", too_long(line.size, self.limits.record)
        if b"\x00" in raw:
            problem = null_character(raw)
            return _shown(raw), (problem.reason, problem.value, problem.expected)
        try:
            text = raw.decode("utf-8").removesuffix("\r")
            return text, _LONE_RETURN if "\r" in text else None
        except UnicodeDecodeError:
            wrong = not_utf8(raw)
            assert wrong is not None
            return _shown(raw), (wrong.reason, wrong.value, wrong.expected)

    def _split(self, text: str) -> list[str] | None:
        """The fields, or None when a quote is still open at the end."""
        try:
            return next(csv.reader([text], delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error):
                return None
        return next(csv.reader([text], delimiter=self.delimiter))

    def _joined(self, first: Line, text: str) -> Record:
        """A record that runs over several lines; if the lines do not fit together, only the first is refused."""
        taken: list[Line] = []
        whole, size = [text], len(text)
        while len(taken) < self.limits.rows and size <= self.limits.record:
            line = self._next()
            if not isinstance(line, Line):
                if line is not None:
                    self.waiting.appendleft(line)
                break
            taken.append(line)
            more, fault = self._text(line)
            if fault:
                break
            whole.append(more)
            size += len(more)
            if '"' not in more:
                continue
            fields = self._split("\n".join(whole))
            if fields is not None and len(fields) == (self.width or len(fields)):
                return Record(first.number, fields, "\n".join(whole))
        self.waiting.extendleft(reversed(taken))
        expected = 'A closing quotation mark, and "" for one inside a value'
        return Record(first.number, [], text, ("A quotation mark is opened and never closed", "", expected))

    def _checked(self, number: int, fields: list[str], text: str) -> Record:
        if self.width and len(fields) != self.width:
            reason = "The row has more or fewer values than the header has columns"
            return Record(number, [], text, (reason, f"{len(fields)} values", f"{self.width} values"))
        return Record(number, fields, text)


def too_long(size: int, limit: int) -> tuple[str, str, str]:
    """Reason, value and expectation for a line that was not read into memory."""
    return (
        f"The line is longer than {limit >> 20} MB",
        f"{size / 1_000_000:.0f} MB",
        f"At most {limit >> 20} MB; split it into more lines",
    )


def _shown(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").removesuffix("\r")
