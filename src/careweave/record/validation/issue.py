"""What is wrong with a resource, where, and what would be right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    path: str  # FHIRPath-like: Bundle.entry[3].resource.code.coding[0].system
    reason: str
    expected: str
    code: str  # short and stable, for counting refusals

    def below(self, prefix: str) -> Issue:
        return Issue(prefix + self.path, self.reason, self.expected, self.code)


Problems = list[Issue] | None  # None is the common case and costs nothing

_SHOWN = 60


def shown(value: object) -> str:
    """A value as it may be printed, stored and read anywhere: short, one line, no control characters."""
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return text if text.isprintable() else ascii(text)[1:-1]


def json_kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "a number"
