"""What people typed, checked field by field, with each error at its field and in the summary; nothing is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

MAX_TEXT = 10_000
MOST = 999_999_999  # of a whole number in a form


class Form:
    """Reads a posted form; `fail` puts an error at a field, and `ok` says whether there is none."""

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        self.data = data or {}
        self.errors: dict[str, str] = {}

    def get(self, name: str, default: str = "") -> str:
        """The words as typed, for showing again."""
        value = self.data.get(name, default)
        return str(value) if value is not None else ""

    def many(self, name: str) -> list[str]:
        """Every ticked value."""
        getlist = getattr(self.data, "getlist", None)
        return list(getlist(name)) if getlist else list(self.data.get(name, []))

    def text(self, name: str, required: str = "") -> str:
        """Words, trimmed; `required` is the error when there are none."""
        value = self.get(name).replace("\x00", "").replace("\r\n", "\n").strip()
        if required and not value:
            self.fail(name, required)
        if len(value) > MAX_TEXT:
            self.fail(name, f"This is {len(value):,} letters long. Keep it under {MAX_TEXT:,}.")
        return value

    def choice(self, name: str, allowed: Collection[str], required: str = "") -> str:
        """One of the offered values; anything else counts as not chosen."""
        value = self.get(name)
        if value in allowed:
            return value
        if required:
            self.fail(name, required)
        return ""

    def day(self, name: str, required: str = "") -> date | None:
        """A date from three fields: day, month and year."""
        parts = [self.get(f"{name}-{part}").strip() for part in ("day", "month", "year")]
        if not any(parts):
            if required:
                self.fail(name, required)
            return None
        try:
            return date(int(parts[2]), _month(parts[1]), int(parts[0]))
        except (ValueError, OverflowError):
            self.fail(name, f"‘{' '.join(filter(None, parts))}’ is not a date. For example: 27 3 2027.")
            return None

    def whole(self, name: str, *, most: int = MOST) -> int:
        """A whole number from 0 to `most`; 0 for anything else, as for a number that nobody typed."""
        return whole_number(self.get(name), most=most)

    def fail(self, name: str, message: str) -> None:
        """Put an error at a field; the first one stands."""
        self.errors.setdefault(name, message)

    @property
    def ok(self) -> bool:
        return not self.errors

    @property
    def summary(self) -> list[dict[str, str]]:
        """Entries of the error summary, each a link to its field."""
        return [{"text": message, "href": f"#{name}"} for name, message in self.errors.items()]


def whole_number(text: str, *, most: int = MOST) -> int:
    """The number that these digits say, at most `most`; 0 for anything else (“²”, “٣” and the like are not digits here)."""
    typed = text.strip()
    return min(int(typed), most) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _month(text: str) -> int:
    lowered = text.lower()[:3]
    return _MONTHS.index(lowered) + 1 if lowered in _MONTHS else int(text)
