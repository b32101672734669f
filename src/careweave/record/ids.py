"""Stable identifiers: the same thing from the same source always gets the same id, so a file twice is once."""

import uuid
from collections.abc import Mapping
from typing import Any

_NAMESPACE = uuid.UUID("6b5d1f0e-6d0b-5c56-9c0e-4a0c4f1b7a11")

# What belongs to no person (organisations, practitioners, medicines) hangs on this subject.
DIRECTORY = "00000000-0000-0000-0000-000000000000"


def resource_id(source: str, type: str, business_id: str) -> str:
    """The id of what `source` calls `business_id`: a name-based UUID (RFC 9562, version 5)."""
    return str(uuid.uuid5(_NAMESPACE, f"{source}\x1f{type}\x1f{business_id}"))


# The system of identifiers that keep a source's own ids: this, and the source.
OWN_IDS = "https://careweave.org/id/"


def own_name(source: str, body: Mapping[str, Any], *, by_any: bool) -> str | None:
    """What the source calls this thing, as its files would: its own id, or with `by_any` its first identifier."""
    listed = body.get("identifier")
    named = [each for each in (listed if isinstance(listed, list) else [listed]) if isinstance(each, Mapping)]
    own = next((each for each in named if each.get("system") == OWN_IDS + source and each.get("value")), None)
    if own:
        return str(own["value"])
    first = next((each for each in named if each.get("value")), None) if by_any else None
    return f"{first.get('system', '')}|{first['value']}" if first else None


def new_id() -> str:
    return str(uuid.uuid4())


def is_id(text: str) -> bool:
    """Whether the text is a UUID in its canonical form, the only form the store holds."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
