"""Each command that writes about people: its file is a new one for its owner alone, refused in words before any work."""

from __future__ import annotations

import importlib
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import careweave.cli
from careweave.cli import downtime_pack
from careweave.cli._downtime_journal import Journal, journal_of
from careweave.cli._downtime_sealing import open_pack, write_pack

PEOPLE = "given_name,surname,date_of_birth\nJoe,Holloway,1941-03-04\nJoseph,Holloway,1941-03-04\n"
WORDS = "river frame garden kettle"
CARD = {"person_id": "p1", "line": "HARPER, Joseph", "html": "<h1>Crisis card</h1>"}
COMMANDS = {
    "export": ["--as", "priya@riverside.example", "--purpose", "direct-care", "OUT"],
    "client_level_data": ["OUT"],
    "refused": ["--full", "--csv", "OUT"],
    "link_files": ["people.csv", "--predictions", "OUT"],
    "downtime_pack": ["--team", "weir", "--passphrase-file", "passphrase", "OUT"],
    "downtime_read": [
        "--passphrase-file",
        "passphrase",
        "weir.pack",
        "--reader",
        "Priya Shah",
        "--print",
        "OUT",
    ],
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text(PEOPLE)
    Path("passphrase").write_text(WORDS)
    a_pack(Path("weir.pack"))
    return tmp_path


def a_pack(file: Path, **_: object) -> dict[str, object]:
    content = {"cards": [CARD], "visits": "", "help": "", "journal_key": os.urandom(32).hex()}
    now = datetime.now(UTC)
    ends = now + timedelta(hours=1)
    id_ = write_pack(file, content, passphrase=WORDS, team="Weir", made_at=now, ends_at=ends)
    return {"pack": id_}


def run(name: str, out: str, *more: str) -> Result:
    command = importlib.import_module(f"careweave.cli.{name}").command
    words = [out if word == "OUT" else word for word in COMMANDS[name]]
    return CliRunner().invoke(command, [*words, *more])


@pytest.mark.parametrize("name", COMMANDS)
def test_what_cannot_be_written_is_refused_before_any_work(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module(f"careweave.cli.{name}")
    if hasattr(module, "ready_place"):
        monkeypatch.setattr(module, "ready_place", lambda: pytest.fail("the place was opened"))
    Path("there").write_text("of before")
    Path("link").symlink_to("there")
    Path("folder").mkdir()
    before = sorted(folder.iterdir())
    for out, more, words in (
        ("there", (), "is there already, and is not written over"),
        ("link", ("--replace",), "is a link, and is not followed"),
        ("folder", ("--replace",), "a directory" if name != "client_level_data" else "is a folder"),
        ("none/out", (), "There is no folder"),
    ):
        done = run(name, out, *more)
        if name == "link_files" and out == "folder":
            words = "is a folder"
        assert done.exit_code and words in done.output, (out, done.output)
    assert Path("there").read_text() == "of before" and sorted(folder.iterdir()) == before
    assert not journal_of(Path("weir.pack")).exists(), "nobody took a paper that was not made"


@pytest.mark.parametrize(("name", "holds"), [("link_files", "Holloway"), ("downtime_read", "Crisis card")])
def test_a_file_that_is_replaced_loses_the_rights_of_the_old_one(name: str, holds: str) -> None:
    out = Path("out")
    out.write_text("of before")
    out.chmod(0o644)
    done = run(name, "out", "--replace")
    assert done.exit_code == 0, done.output
    assert holds in out.read_text() and out.stat().st_mode & 0o777 == 0o600


def test_a_pack_that_was_read_is_kept_with_its_journal_when_the_next_takes_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downtime_pack, "_make", a_pack)
    pack = folder / "weir.pack"
    assert "to hand in" not in run("downtime_pack", str(pack), "--replace").output, "nobody read it"
    assert run("downtime_read", "paper.html").exit_code == 0
    before = open_pack(pack, WORDS, now=datetime.now(UTC))
    told = run("downtime_pack", str(pack), "--replace").output
    (kept,) = [each for each in folder.glob("weir.pack.*") if each.suffix != ".journal"]
    assert f"to hand in: {kept}" in told and not journal_of(pack).exists()
    assert open_pack(kept, WORDS, now=datetime.now(UTC)) == before
    assert [look.act for look in Journal(journal_of(kept), before).looks] == ["printed"]
    assert run("downtime_read", "again.html").exit_code == 0, "and the new one is read"


def test_no_command_writes_in_another_way() -> None:
    """A file that a command opens for writing is the one that `new_private_file` gave, which is always named so."""
    ours = {
        "_riverside.py",
        "_serving.py",
        "_downtime_journal.py",
    }  # marks without people; a journal that grows
    writing = re.compile(
        r"(\w+)\.(?:write_text|write_bytes)\(|(\w+)\.open\(\"[wax]|(os)\.open\(|\b(shutil|tempfile)\."
    )
    found = {
        (file.name, name)
        for file in Path(careweave.cli.__file__).parent.glob("*.py")
        for match in writing.finditer(file.read_text(encoding="utf-8"))
        for name in match.groups()
        if name and file.name not in ours
    }
    assert len(found) >= 4 and {name for _, name in found} == {"fresh"}, found
