"""Which providers this place has set up: a file names them, definitions/sign-in says what their claims mean."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from careweave.configuration import ConfigurationError
from careweave.definitions import load_definition

_NEEDED = ("id", "shape", "issuer", "client_id", "key_file")


@dataclass(frozen=True)
class Provider:
    """One provider: who comes from it, how it is asked, and what its claims are called."""

    id: str
    issuer: str
    client_id: str
    key_file: str
    algorithm: str
    who: str
    button: str
    scope: str
    shape: Mapping[str, Any] = field(default_factory=dict, hash=False)


def providers() -> tuple[Provider, ...]:
    """Every provider in the order of the place's file; none when there is no file."""
    path = settings.CONFIGURATION.sign_in_providers
    if not path:
        return ()
    file = Path(path)
    return _read(file, file.stat().st_mtime_ns)


def provider(key: str) -> Provider | None:
    """One provider by its id."""
    return next((one for one in providers() if one.id == key), None)


@lru_cache(maxsize=4)
def _read(file: Path, changed: int) -> tuple[Provider, ...]:
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8")).get("provider", [])
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file} cannot be read as TOML: {error}") from error
    return tuple(_one(file, row) for row in rows)


def _one(file: Path, row: Mapping[str, Any]) -> Provider:
    missing = [name for name in _NEEDED if not row.get(name)]
    if missing:
        raise ConfigurationError(f"{file}: a provider lacks {', '.join(missing)}")
    if not row["issuer"].startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ConfigurationError(f"{file}: the issuer {row['issuer']!r} must begin with https://")
    shape = load_definition("sign-in", row["shape"], timezone.localdate()).content
    return Provider(
        id=row["id"],
        issuer=row["issuer"],
        client_id=row["client_id"],
        key_file=str(file.parent / row["key_file"]),
        algorithm=row.get("algorithm", "RS512"),
        who=shape["who"],
        button=row.get("button", shape["button"]),
        scope=row.get("scope", shape["scope"]),
        shape=shape,
    )
