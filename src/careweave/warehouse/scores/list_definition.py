"""A score that adds points for conditions whose codes come from a licensed list that the place loads."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import Definition, DefinitionError, all_definitions, load_definition
from careweave.warehouse.scores.groups import Band, band_of, read_bands, units_of

CODE_LISTS = "code-lists"
MEDICINES = "medicines"
SYSTEMS = ("snomed", "icd10")
Listed = frozenset[tuple[str, str, str]]  # (list, system, code); ICD-10 plain, matched from the front


@dataclass(frozen=True)
class ListItem:
    """One condition; `medicines_from` makes it a count of medicines instead of a list of codes."""

    id: str
    words: str
    units: int
    medicines_from: int = 0


@dataclass(frozen=True)
class ListScore:
    """`scale` is 36 for a share of 36 deficits; `listed` is None where the place has loaded no list."""

    id: str
    version: str
    title: str
    words: str
    items: tuple[ListItem, ...]
    bands: tuple[Band, ...]
    scale: int
    point_scale: int
    age_from: int | None
    notes: tuple[str, ...]
    list_id: str
    list_version: str
    listed: Listed | None

    look_back_years: int | None = None

    @property
    def groups(self) -> tuple[ListItem, ...]:
        return self.items

    @property
    def without_list(self) -> str:
        return f"the list of codes {self.list_id} is not loaded (a licensed release that the place loads)"

    @property
    def medicines(self) -> ListItem | None:
        return next((item for item in self.items if item.medicines_from), None)

    @property
    def systems(self) -> tuple[str, ...]:
        return tuple(sorted({system for _, system, _ in self.listed or ()}))

    def band_of(self, units: int) -> str:
        return band_of(self.bands, units)


def read_list_score(definition: Definition, on: date | None) -> ListScore:
    """Turn a definition into a score with the place's list of the day, or refuse either with all that is wrong."""
    content, problems = definition.content, list[str]()
    places, share_of = int(content.get("places", 0)), int(content.get("share_of", 0))
    items = tuple(_item(each, places, problems) for each in content.get("items", ()))
    ids = [item.id for item in items]
    if share_of and len(items) != share_of:
        problems.append(f"{len(items)} items, but it is a share of {share_of}")
    if len(set(ids)) != len(ids) or not items or not content.get("words"):
        problems.append("words are missing, or an item is missing or listed twice")
    scale = share_of or 10**places
    bands = read_bands(content, problems, scale=scale)
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    list_id = str(content.get("lists", ""))
    found = _place_list(list_id, on or definition.valid_from)
    return ListScore(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        words=content["words"],
        items=items,
        bands=bands,
        scale=scale,
        point_scale=1 if share_of else 10**places,
        age_from=content.get("age_from"),
        notes=tuple(map(str, content.get("notes", ()))),
        list_id=list_id,
        list_version=found.version if found else "",
        listed=read_code_list(found, {item.id for item in items if not item.medicines_from})
        if found
        else None,
    )


def _item(given: Mapping[str, Any], places: int, problems: list[str]) -> ListItem:
    units = units_of(str(given.get("points", "1")), places, problems)
    medicines_from = int(given.get("medicines_from", 0))
    if "," in str(given.get("words", ",")):
        problems.append(f"item {given.get('id')}: words are missing or hold a comma")
    return ListItem(str(given.get("id", "")), str(given.get("words", "")), units, medicines_from)


def _place_list(id: str, on: date) -> Definition | None:
    has_any = any(each.id == id and each.holds_on(on) for each in all_definitions(CODE_LISTS))
    return load_definition(CODE_LISTS, id, on) if has_any else None


def read_code_list(definition: Definition, wanted: set[str] | None = None) -> Listed:
    """The codes of a file beside the definition, refused by name where it is not the whole of what is wanted."""
    file = definition.beside(str(definition.content.get("codes", "")))
    column = str(definition.content.get("list_column", "list"))
    if not file.is_file():
        raise DefinitionError([f"{definition.name}: codes does not name a file beside it"])
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    if not rows or {column, "system", "code"} - set(rows[0]):
        raise DefinitionError([f"{definition.name}: the codes need the columns {column}, system and code"])
    kept = [row for row in rows if row["system"] in SYSTEMS]
    problems = [f"a row of {row[column]} has no code" for row in kept if not row["code"]]
    found = {row[column] for row in kept}
    if wanted is not None and found != wanted:
        problems.append(f"has codes for {len(found & wanted)} of {len(wanted)} conditions")
        problems += [f"{id} is missing" for id in sorted(wanted - found)]
        problems += [f"{id!r} is not known" for id in sorted(found - wanted)]
    if problems:
        raise DefinitionError([f"{definition.name}: {problem}" for problem in problems])
    return frozenset((row[column], row["system"], _plain(row["system"], row["code"])) for row in kept)


def _plain(system: str, code: str) -> str:
    return "".join(filter(str.isalnum, code.upper())) if system == "icd10" else code.strip()
