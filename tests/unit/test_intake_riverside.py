"""Intake refuses exactly the rows that the made-up place spoiled on purpose, and reads all others."""

import csv
from datetime import date
from pathlib import Path

from careweave.demonstration.place import write_place
from tests.unit.intake_files import outcomes

AS_AT = date(2026, 11, 22)


def test_what_is_refused_is_what_was_spoiled(tmp_path: Path) -> None:
    write_place(tmp_path, people=200, seed=7, as_at=AS_AT)
    with (tmp_path / "truth/malformed.csv").open(encoding="utf-8") as file:
        spoiled = {(row["file"], int(row["line"])) for row in csv.DictReader(file)}
    refused: set[tuple[str, int]] = set()
    read = 0
    for path in sorted(tmp_path.rglob("*")):
        name = str(path.relative_to(tmp_path))
        if not path.is_file() or "/" not in name or name.startswith("truth"):
            continue
        found = outcomes(path, source=name.partition("/")[0], today=AS_AT)
        read += found.read
        refused |= {(name, each.line) for each in found.refusals}
    assert read > 2000
    assert refused == spoiled
