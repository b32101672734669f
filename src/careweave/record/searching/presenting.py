"""Rows as they are handed on: as resources, or as JSON text that nobody has parsed; whole, or only the parts asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from ..actor import TextEntry
from ..fhir.reducing import reduced
from ..indexing.query import Query

TEXT = "r.type, r.id::text, r.version, r.subject::text, r.updated, record.with_meta(r.body, r.version, r.updated)"


def entry(row: Sequence[Any], query: Query | None = None, *, mode: str = "match") -> TextEntry:
    """`query` says which parts of it are wanted; includes are cut by a summary, and elements are of the matches alone."""
    type_, id_, version, _, updated, text = row[:6]
    if query is not None:
        elements = query.elements if mode == "match" else ()
        if elements or query.summary in ("true", "text", "data"):
            made = reduced(orjson.loads(text), summary=query.summary, elements=elements)
            text = orjson.dumps(made).decode()
    return TextEntry(type_, id_, version, updated, mode, text)
