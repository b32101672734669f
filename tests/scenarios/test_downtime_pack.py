"""The downtime pack: made through the gate, read with the database stopped, each look handed in afterwards; ✗ in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from careweave.cli._downtime_journal import Journal, journal_of
from careweave.cli._downtime_pages import Pages, saved_words
from careweave.cli._downtime_sealing import PackRefused, check_passphrase, open_pack, write_pack
from tests.fixtures.database import Database

if TYPE_CHECKING:
    from tests.journeys.place import Place

pytestmark = pytest.mark.database
WORDS = "river frame garden kettle"
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
CARD = {"person_id": "p1", "line": "HARPER, Joseph · 12 Weir Road", "html": "<h1>Crisis card</h1>"}


def careweave(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "careweave.cli", *words], env=environment, capture_output=True, text=True
    )


def without_a_database(home: Path) -> dict[str, str]:
    """A computer on which nothing answers: no server, no keys, no record."""
    nowhere = "postgresql://nobody:nothing@127.0.0.1:9/careweave"
    return {
        **os.environ,
        "CAREWEAVE_HOME": str(home),
        "CAREWEAVE_OWNER_URL": nowhere,
        "CAREWEAVE_SERVING_URL": nowhere,
    }


@pytest.fixture(scope="module")
def place(database: Database) -> Place:
    from careweave.identity import staffing
    from careweave.identity.models import Account
    from tests.journeys.place import build
    from tests.scenarios.crisis import with_a_plan

    built = build()
    staffing.add_team(
        id="weir",
        name="Weir team",
        organisation="RVC",
        manager=built.staff["priya"],
        telephone="01632 960101",
        out_of_hours="01632 960199",
        practices=("Y90001",),
    )
    email = Account.objects.get(staff=built.staff["priya"]).email
    staffing.add_staff(
        staffing.administering(),
        name="Priya Shah",
        email=email,
        role="coordinator",
        organisation="RVC",
        team="weir",
    )
    with_a_plan(built)
    return built


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("downtime")
    (made / "passphrase").write_text(f"{WORDS}\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def pack(place: Place, folder: Path, database: Database) -> Path:
    done = careweave(
        "downtime-pack", "--team", "weir", "--passphrase-file", str(folder / "passphrase"), "--json",
        str(folder / "weir.pack"), environment=database.environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    told = json.loads(done.stdout)
    assert told["people"] == 1 and told["team"] == "weir"
    return folder / "weir.pack"


def test_the_pack_is_audited_encrypted_and_for_its_owner_alone(place: Place, pack: Path) -> None:
    assert b"HARPER" not in pack.read_bytes() and pack.stat().st_mode & 0o077 == 0
    acts = {look.act for look in place.gate("priya", "coordinator").who_looked(place.joe)}
    assert {"downtime-pack", "read"} <= acts


def test_the_pack_is_read_with_the_database_stopped_and_its_looks_join_the_audit(
    place: Place, pack: Path, folder: Path, database: Database
) -> None:
    home = folder / "no home"
    with subprocess.Popen(
        [sys.executable, "-m", "careweave.cli", "downtime-read", str(pack), "--port", "0", "--json",
         "--passphrase-file", str(folder / "passphrase")],
        env=without_a_database(home), stdout=subprocess.PIPE, text=True,
    ) as reader:  # fmt: skip
        try:
            assert reader.stdout is not None
            url = json.loads(reader.stdout.readline())["url"]
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            assert b"Who is reading?" in browser.open(url).read()
            given = urlencode({"name": "Imran Aziz", "role": "paramedic, ambulance"}).encode()
            listed = browser.open(f"{url}/enter", given).read().decode()
            assert "HARPER, Joseph (known as Joe)" in listed and "This is a saved copy from " in listed
            card = browser.open(f"{url}/card/{place.joe}").read().decode()
            for words in (
                " today. Later changes are not shown.",
                "Allergy: penicillin, rash",
                "Resuscitation: no decision recorded",
                "If Joe falls and cannot get up",
                "01632 960101",
            ):
                assert words in card, words
            assert "No visits are planned for this day." in browser.open(f"{url}/visits").read().decode()
            with pytest.raises(urllib.error.HTTPError, match="404"):
                browser.open(f"{url}/card/someone-else")
            outside = urllib.request.Request(url, headers={"Host": "evil.example"})
            with pytest.raises(urllib.error.HTTPError, match="400"):
                browser.open(outside)
        finally:
            reader.terminate()
            reader.wait(10)
    assert not home.exists()
    _handed_in_once(place, pack, folder, database)


def _handed_in_once(place: Place, pack: Path, folder: Path, database: Database) -> None:
    words = ("downtime-replay", str(pack), "--passphrase-file", str(folder / "passphrase"), "--json")
    first, second = (careweave(*words, environment=database.environment) for _ in range(2))
    assert json.loads(first.stdout)["looks"] == 4, first.stderr
    assert json.loads(second.stdout)["looks"] == 0, second.stderr
    looks = place.gate("priya", "coordinator").who_looked(place.joe)
    read = [look.detail for look in looks if look.act == "downtime-read"]
    assert len(read) == 1 and read[0] is not None
    assert read[0]["reader"] == "Imran Aziz, paramedic, ambulance" and read[0]["looked_at"]
    journal = journal_of(pack)
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:2]))
    shortened = careweave(*words, environment=database.environment)
    assert shortened.returncode == 1 and "This journal is shorter than" in shortened.stderr


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.pack"
    content = {"cards": [CARD], "visits": "", "help": "", "journal_key": "11" * 32}
    write_pack(path, content, passphrase=WORDS, team="Weir", made_at=NOW, ends_at=NOW + timedelta(hours=24))
    return path


def test_a_wrong_passphrase_an_ended_pack_and_a_changed_pack_are_refused_in_words(small: Path) -> None:
    with pytest.raises(PackRefused, match="The passphrase is not right"):
        open_pack(small, "river frame garden", now=NOW)
    with pytest.raises(PackRefused, match="This pack ended on 23 November 2026"):
        open_pack(small, WORDS, now=NOW + timedelta(hours=24))
    with pytest.raises(PackRefused, match="clock of this computer is before"):
        open_pack(small, WORDS, now=NOW - timedelta(hours=2))
    whole = small.read_bytes()
    small.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(PackRefused, match="changed or damaged since it was made"):
        open_pack(small, WORDS, now=NOW)
    small.write_bytes(
        whole.replace(b"2026-11-23T06", b"2027-11-23T06")
    )  # a later end, written over the old one
    with pytest.raises(PackRefused, match="changed or damaged since it was made"):
        open_pack(small, WORDS, now=NOW)
    small.write_bytes(whole[:60])
    with pytest.raises(PackRefused, match="start of this pack is damaged"):
        open_pack(small, WORDS, now=NOW)
    small.write_text("something else", encoding="utf-8")
    with pytest.raises(PackRefused, match="is not a downtime pack"):
        open_pack(small, WORDS, now=NOW)
    with pytest.raises(PackRefused, match="too short"):
        check_passphrase("river")


def test_a_journal_that_was_changed_is_refused_and_one_that_was_cut_off_goes_on(small: Path) -> None:
    opened = open_pack(small, WORDS, now=NOW)
    path = journal_of(small)
    pages = Pages(opened, Journal(path, opened), lambda: NOW)
    pages.enter("Imran Aziz", "paramedic")
    assert "Crisis card" in (pages.answer("/card/p1", "", ("Imran Aziz", "paramedic")) or "")
    assert pages.answer("/card/p2", "", ("Imran Aziz", "paramedic")) is None
    assert "No one found for ‘Smith’" in (pages.answer("/", "Smith", ("Imran Aziz", "paramedic")) or "")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines) + b'{"half a li')
    journal = Journal(path, opened)
    assert [look.act for look in journal.looks] == ["opened", "card", "list"]
    journal.write("Imran Aziz", "paramedic", "visits")
    assert len(Journal(path, opened).looks) == 4
    for spoilt in (
        [lines[0].replace(b"Imran", b"Nobody"), *lines[1:]],
        [lines[0], lines[2]],
        [lines[1], lines[0], lines[2]],
    ):
        path.write_bytes(b"".join(spoilt))
        with pytest.raises(PackRefused, match="is not what was written there"):
            Journal(path, opened)


def test_the_saved_copy_says_from_when() -> None:
    assert saved_words(NOW, NOW + timedelta(hours=3)) == (
        "This is a saved copy from 6:00am today. Later changes are not shown."
    )
    assert "from 6:00am Sunday 22 November 2026." in saved_words(NOW, NOW + timedelta(hours=23))


def test_what_is_typed_never_becomes_markup(small: Path) -> None:
    opened = open_pack(small, WORDS, now=NOW)
    pages = Pages(opened, Journal(journal_of(small), opened), lambda: NOW)
    shown: Any = pages.answer("/", '<script>"', ("<b>", "x"))
    assert "<script>" not in shown and "&lt;script&gt;&quot;" in shown
