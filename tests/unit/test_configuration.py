"""What the environment says becomes one frozen value; keys are made once, whole and private."""

import stat
import threading
from pathlib import Path

import pytest

from careweave.configuration import (
    OWNER_ROLE,
    SERVING_ROLE,
    Configuration,
    ConfigurationError,
    database_url,
    from_environment,
    key_bytes,
    key_text,
)

OWNER, SERVING = "postgresql://o@db/x", "postgresql://s@db/x"


@pytest.mark.parametrize(
    ("environment", "as_root", "home"),
    [
        ({"CAREWEAVE_HOME": "/srv/care", "XDG_DATA_HOME": "/data"}, True, "/srv/care"),
        ({"XDG_DATA_HOME": "/data", "HOME": "/home/ann"}, True, "/var/lib/careweave"),
        ({"XDG_DATA_HOME": "/data", "HOME": "/home/ann"}, False, "/data/careweave"),
        ({"HOME": "/home/ann"}, False, "/home/ann/.local/share/careweave"),
    ],
)
def test_where_the_data_lie(environment: dict[str, str], as_root: bool, home: str) -> None:
    assert from_environment(environment, as_root=as_root).home == Path(home)


def test_without_addresses_the_database_is_our_own(tmp_path: Path) -> None:
    configuration = from_environment({"CAREWEAVE_HOME": str(tmp_path)}, as_root=True)
    assert configuration.is_embedded
    assert database_url(configuration, SERVING_ROLE).startswith("postgresql://careweave_serving:")


def test_a_process_that_only_serves_is_not_told_the_owner() -> None:
    configuration = from_environment({"CAREWEAVE_SERVING_URL": SERVING}, as_root=False)
    assert not configuration.is_embedded
    assert database_url(configuration, SERVING_ROLE) == SERVING
    assert database_url(configuration, OWNER_ROLE) == ""


def test_an_owner_without_a_serving_role_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="CAREWEAVE_SERVING_URL"):
        from_environment({"CAREWEAVE_OWNER_URL": OWNER}, as_root=False)


@pytest.mark.parametrize("name", ["postgres", "x" * 200, "a, b"])
def test_a_socket_path_is_never_too_long(tmp_path: Path, name: str) -> None:
    for as_root in (True, False):
        configuration = Configuration(home=tmp_path / name, as_root=as_root)
        assert len(str(configuration.socket_folder / "u" / ".s.PGSQL.5432")) <= 107
        assert "," not in str(configuration.socket_folder)


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    configuration = Configuration(home=tmp_path / "home")
    first = key_text(configuration, "gate")
    assert key_text(configuration, "gate") == first
    assert len(key_bytes(configuration, "gate")) == 32
    assert key_text(configuration, "anchor") != first
    keys = tmp_path / "home" / "keys"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (keys, keys / "gate")] == [0o700, 0o600]


def test_many_who_make_the_same_key_at_once_get_the_same_one(tmp_path: Path) -> None:
    configuration = Configuration(home=tmp_path / "home")
    seen: set[str] = set()
    threads = [threading.Thread(target=lambda: seen.add(key_text(configuration, "gate"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1
    assert [path.name for path in (tmp_path / "home" / "keys").iterdir()] == ["gate"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    configuration = Configuration(home=tmp_path / "home")
    key_text(configuration, "gate")
    (tmp_path / "home" / "keys" / "gate").chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        key_text(configuration, "gate")


@pytest.mark.parametrize("content", ["", "abc", "G" * 64, "A" * 64])
def test_a_key_file_of_the_place_must_hold_a_whole_key(tmp_path: Path, content: str) -> None:
    file = tmp_path / "key"
    file.write_text(content)
    configuration = from_environment(
        {"CAREWEAVE_HOME": str(tmp_path), "CAREWEAVE_GATE_KEY_FILE": str(file)}, as_root=True
    )
    with pytest.raises(ConfigurationError, match="64 lower-case hexadecimal digits"):
        key_text(configuration, "gate")


def test_secure_cookies_follow_the_address() -> None:
    assert from_environment({"CAREWEAVE_BASE_URL": "https://care.example.org/"}, as_root=True).is_secure
    assert not from_environment({}, as_root=True).is_secure
