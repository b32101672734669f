"""Stable identifiers: the same thing from the same source always gets the same id, so a file twice is once."""

import uuid

_NAMESPACE = uuid.UUID("6b5d1f0e-6d0b-5c56-9c0e-4a0c4f1b7a11")

# What belongs to no person (organisations, practitioners, medicines) hangs on this subject.
DIRECTORY = "00000000-0000-0000-0000-000000000000"


def resource_id(source: str, type: str, business_id: str) -> str:
    """The id of what `source` calls `business_id`: a name-based UUID (RFC 9562, version 5)."""
    return str(uuid.uuid5(_NAMESPACE, f"{source}\x1f{type}\x1f{business_id}"))


def new_id() -> str:
    return str(uuid.uuid4())


def is_id(text: str) -> bool:
    """Whether the text is a UUID in its canonical form, the only form the store holds."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
