"""The one frozen value read from the environment, and the secret keys kept beside the data; no Django."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from careweave.private_files import AlreadyThere, write_privately

DATABASE = "careweave"
OWNER_ROLE = "careweave_owner"
SERVING_ROLE = "careweave_serving"
LONGEST_SOCKET_PATH = 100  # the kernel allows 107 bytes


class ConfigurationError(Exception):
    """Something about the installation must be put right by a person; the message says what."""


@dataclass(frozen=True)
class Configuration:
    """Everything a place may set. docs/how-to/running.md explains each environment variable."""

    home: Path
    as_root: bool = False
    owner_url: str = ""
    serving_url: str = ""
    server_binaries: str = ""
    definitions: str = ""
    product_name: str = "Careweave"
    place_name: str = ""
    help_telephone: str = ""
    logo: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    base_url: str = "http://127.0.0.1:8000"
    allowed_hosts: tuple[str, ...] = ()
    app_origins: tuple[str, ...] = ()
    trust_proxy: bool = False
    fetch_client_keys: bool = False
    debug: bool = False
    second_step_for: str = ""
    sign_in_providers: str = ""
    mail_server: str = ""
    mail_from: str = ""
    key_files: Mapping[str, str] = field(default_factory=dict)
    delivery: Mapping[str, str] = field(default_factory=dict)
    spark_master: str = ""

    @property
    def is_embedded(self) -> bool:
        return not self.serving_url

    @property
    def demonstration(self) -> bool:
        """Whether this home holds the fictional place: only `careweave demo` leaves this mark."""
        return (self.home / "demonstration-place").exists()

    @property
    def second_step(self) -> str:
        """Who must have a second step to sign in; the demonstration offers it without asking for it."""
        return self.second_step_for or ("nobody" if self.demonstration else "staff")

    @property
    def is_secure(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def socket_folder(self) -> Path:
        """Where the embedded server listens: short, private, and the same from every shell."""
        mark = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        if self.as_root:
            return Path("/run/careweave") / mark
        beside = self.home / "run"
        is_short = len(os.fsencode(beside / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH
        if is_short and "," not in str(beside):  # PostgreSQL takes a comma for the end of the path
            return beside
        return Path(f"/tmp/careweave-{os.getuid()}-{mark}")  # noqa: S108 - its owner and mode are checked before use


def from_environment(environ: Mapping[str, str], *, as_root: bool | None = None) -> Configuration:
    """Read every CAREWEAVE_ variable once. A process that only serves need not know the owner's address."""
    get = environ.get
    owner, serving = get("CAREWEAVE_OWNER_URL", ""), get("CAREWEAVE_SERVING_URL", "")
    if owner and not serving:
        raise ConfigurationError(
            "CAREWEAVE_OWNER_URL needs CAREWEAVE_SERVING_URL beside it: one role owns the tables, another serves."
        )
    root = os.geteuid() == 0 if as_root is None else as_root
    return Configuration(
        home=_home(environ, root),
        as_root=root,
        owner_url=owner,
        serving_url=serving,
        server_binaries=get("CAREWEAVE_PG_BIN", ""),
        definitions=get("CAREWEAVE_DEFINITIONS", ""),
        product_name=get("CAREWEAVE_NAME", "Careweave"),
        place_name=get("CAREWEAVE_PLACE", ""),
        help_telephone=get("CAREWEAVE_HELP_TELEPHONE", ""),
        logo=get("CAREWEAVE_LOGO", ""),
        colours=_with_prefix(environ, "CAREWEAVE_COLOUR_"),
        base_url=get("CAREWEAVE_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        allowed_hosts=tuple(get("CAREWEAVE_ALLOWED_HOSTS", "").replace(",", " ").split()),
        app_origins=tuple(get("CAREWEAVE_APP_ORIGINS", "").replace(",", " ").split()),
        trust_proxy=_is_yes(get("CAREWEAVE_TRUST_PROXY", "")),
        fetch_client_keys=_is_yes(get("CAREWEAVE_FETCH_CLIENT_KEYS", "")),
        second_step_for=_second_step(get("CAREWEAVE_SECOND_STEP", "")),
        sign_in_providers=get("CAREWEAVE_SIGN_IN_PROVIDERS", ""),
        mail_server=get("CAREWEAVE_MAIL_SERVER", ""),
        mail_from=get("CAREWEAVE_MAIL_FROM", ""),
        debug=_is_yes(get("CAREWEAVE_DEBUG", "")),
        key_files={
            name: environ[f"CAREWEAVE_{name.upper()}_KEY_FILE"]
            for name in ("django", "gate", "anchor")
            if environ.get(f"CAREWEAVE_{name.upper()}_KEY_FILE")
        },
        delivery=_with_prefix(environ, "CAREWEAVE_DELIVERY_"),
        spark_master=get("CAREWEAVE_SPARK_MASTER", ""),
    )


def database_url(configuration: Configuration, role: str) -> str:
    """The address for one of our two roles; empty for the owner in a process that only serves."""
    if configuration.is_embedded:
        return embedded_url(configuration, role)
    return configuration.owner_url if role == OWNER_ROLE else configuration.serving_url


def embedded_url(
    configuration: Configuration, role: str, database: str = DATABASE, folder: Path | None = None
) -> str:
    password = key_text(configuration, f"password-{role}")
    host = quote(str(folder or configuration.socket_folder), safe="")
    return f"postgresql://{role}:{password}@/{database}?host={host}"


def key_text(configuration: Configuration, name: str) -> str:
    """64 hexadecimal digits (32 random bytes), made on first use as a file that only its owner can read."""
    given = configuration.key_files.get(name)
    path = Path(given) if given else configuration.home / "keys" / name
    if not given:
        _make_key(path)
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(f"{path} can be read by others. Run: chmod 600 {path}")
    text = path.read_text(encoding="ascii").strip()
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise ConfigurationError(f"{path} must hold 64 lower-case hexadecimal digits (32 random bytes).")
    return text


def key_bytes(configuration: Configuration, name: str) -> bytes:
    """The same key as 32 bytes: "gate" signs gate sessions, "anchor" is an Ed25519 seed for audit anchors."""
    return bytes.fromhex(key_text(configuration, name))


def make_private_folder(path: Path) -> Path:
    """A folder (and missing ones above it) that only its owner can enter; one that exists keeps its mode."""
    for folder in reversed((path, *path.parents)):
        folder.mkdir(mode=0o700, exist_ok=True)
    return path


def _make_key(path: Path) -> None:
    """Of two processes one wins, and neither reads half a key."""
    if path.exists():
        return
    make_private_folder(path.parent)
    with suppress(AlreadyThere):
        write_privately(path, f"{secrets.token_hex(32)}\n".encode("ascii"))


def _home(environ: Mapping[str, str], root: bool) -> Path:
    given = environ.get("CAREWEAVE_HOME")
    if given:
        return Path(given).expanduser().absolute()
    if root:
        return Path("/var/lib/careweave")
    data = environ.get("XDG_DATA_HOME") or os.path.join(environ.get("HOME", "~"), ".local", "share")
    return Path(data).expanduser().absolute() / "careweave"


def _with_prefix(environ: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name[len(prefix) :].lower(): value for name, value in environ.items() if name.startswith(prefix)}


def _second_step(text: str) -> str:
    """Who must have a second step: all staff (the default, except in the demonstration), powerful roles, nobody."""
    if text not in ("", "staff", "powerful", "nobody"):
        raise ConfigurationError(f"CAREWEAVE_SECOND_STEP is {text!r}. Use one of: staff, powerful, nobody.")
    return text


def _is_yes(text: str) -> bool:
    return text.strip().lower() in ("1", "yes", "true", "on")
