"""The key that signs our id_tokens (RS256, OpenID Connect Core), kept as files beside the other keys, and its rotation."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from joserfc.jwk import RSAKey

from careweave.configuration import ConfigurationError, make_private_folder
from careweave.private_files import AlreadyThere, write_privately

BITS = 3072
KEPT = 2  # the newest signs; the one before it is published still, for tokens that it signed


def signing_key() -> RSAKey:
    """The newest key; the first is made when it is first needed."""
    files = _files() or [_make(1)]
    return _read(files[-1])


def published_keys() -> dict[str, Any]:
    """The public halves, for whoever verifies our id_tokens (RFC 7517)."""
    signing_key()
    return {"keys": [_public(_read(path)) for path in reversed(_files()[-KEPT:])]}


def rotate() -> str:
    """Sign with a new key from now on; the last one stays published, older ones are destroyed. Returns its id."""
    signing_key()
    files = _files()
    path = _make(int(files[-1].stem) + 1)
    for old in files[: -(KEPT - 1)]:
        old.unlink(missing_ok=True)
    return str(_read(path).kid)


def _folder() -> Path:
    return Path(settings.CONFIGURATION.home) / "keys" / "smart"


def _files() -> list[Path]:
    return sorted(_folder().glob("[0-9][0-9][0-9][0-9].pem"))


def _make(number: int) -> Path:
    """Of two processes one wins, and both use what is there."""
    path = make_private_folder(_folder()) / f"{number:04}.pem"
    with suppress(AlreadyThere):
        write_privately(path, RSAKey.generate_key(BITS).as_pem(private=True))
    return path


@lru_cache(maxsize=8)
def _read(path: Path) -> RSAKey:
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(f"{path} can be read by others. Run: chmod 600 {path}")
    key = RSAKey.import_key(path.read_bytes(), {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return key


def _public(key: RSAKey) -> dict[str, Any]:
    return dict(key.as_dict(private=False))
