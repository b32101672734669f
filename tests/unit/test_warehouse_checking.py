"""`careweave check` names a score, a register or a record of the key's uses that is not whole."""

from datetime import date
from pathlib import Path

import pytest

from careweave.definitions import forget_definitions
from careweave.warehouse.checking import warehouse_problems
from careweave.warehouse.pseudonyms import open_key

ON = date(2026, 11, 26)
ABOUT = """version = "9"
title = "T"
author = "A"
source = "S"
checked_by = "C"
valid_from = 2026-01-01
review_on = 2027-01-01
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAREWEAVE_HOME", str(tmp_path))
    forget_definitions()
    return tmp_path


def own(home: Path, kind: str, id: str, text: str) -> None:
    folder = home / "definitions" / kind
    folder.mkdir(parents=True)
    (folder / f"{id}.toml").write_text(f'id = "{id}"\n{ABOUT}{text}', encoding="utf-8")
    forget_definitions()


def test_what_comes_with_the_program_is_whole(home: Path) -> None:
    assert warehouse_problems(home, ON) == []


def test_a_wrong_register_of_the_place_is_named(home: Path) -> None:
    own(
        home,
        "registers",
        "ours",
        'rule = "age >"\nsuggest_from = 1\nwaiting_at_most = 1\nstale_after_days = 90\n',
    )
    assert any("registers/ours.toml" in each and "age >" in each for each in warehouse_problems(home, ON))


def test_a_wrong_score_of_the_place_is_named(home: Path) -> None:
    own(home, "scores", "ours", 'words = "w"\nevidence = "hearsay"\ncodes = "none.csv"\n')
    told = warehouse_problems(home, ON)
    assert any("evidence must be" in each for each in told) and any(
        "a file beside it" in each for each in told
    )


def test_a_changed_record_of_the_key_is_named(home: Path) -> None:
    open_key(home / "keys", by="system:warehouse")
    file = home / "keys" / "warehouse-uses.ndjson"
    file.write_text(file.read_text().replace("made", "lost"))
    assert any("record of uses" in each for each in warehouse_problems(home, ON))
