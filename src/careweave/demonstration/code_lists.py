"""Riverside's own code lists, made up like everyone in it: what a real place loads from a licensed release."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from careweave.definitions import Definition, load_definition

FOLDER, MADE_UP, LIST = "code-lists", "riverside-frailty-list", "frailty-index"
SYSTEMS = ("snomed", "icd10")


def write_code_lists(place: Path, on: date) -> Path | None:
    """Beside the place's own definitions; None where it has a list of its own, which is left as it is."""
    folder = place / FOLDER
    about, rows = folder / f"{LIST}.toml", folder / f"{LIST}.csv"
    if about.exists():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    made_up = load_definition("demonstration", MADE_UP, on)
    with rows.open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file, lineterminator="\n")
        written.writerow(("deficit", "system", "code"))
        written.writerows(_rows(made_up))
    about.write_text(_header(made_up), encoding="utf-8")
    return about


def _rows(made_up: Definition) -> list[tuple[str, str, str]]:
    return [
        (each["id"], system, code)
        for each in made_up.content["list"]
        for system in SYSTEMS
        for code in each[system]
    ]


def _header(made_up: Definition) -> str:
    sources = "".join(f'    "{words}",\n' for words in made_up.source)
    return (
        f'id = "{LIST}"\n'
        f'version = "made up for Riverside, {made_up.version}"\n'
        f'title = "{made_up.title}"\n'
        f'author = "{made_up.author}"\n'
        f'checked_by = "{made_up.checked_by}"\n'
        f"source = [\n{sources}]\n"
        f"valid_from = {made_up.valid_from.isoformat()}\n"
        f"review_on = {made_up.review_on.isoformat()}\n"
        f'codes = "{LIST}.csv"\n'
        'list_column = "deficit"\n'
    )
