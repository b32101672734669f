"""The people records in the files of a demonstration place, with the truth that lies beside them."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from careweave.identity.matching import MatchRecord

NHS = "https://fhir.nhs.uk/Id/nhs-number"
COLUMNS = {
    "local_id": ("local_patient_id", "LA Person Unique Identifier", "tenant_ref", "member_ref"),
    "nhs_number": ("nhs_number", "NHS Number"),
    "given": ("given_name", "First Name", "first_name"),
    "family": ("family_name", "Last Name", "last_name"),
    "known_as": ("known_as",),
    "birth_date": ("birth_date", "Date of Birth", "date_of_birth"),
    "gender": ("sex", "Gender", "gender"),
    "address": ("address",),
    "postcode": ("postcode", "Postcode"),
    "phone": ("telephone",),
}


@dataclass(frozen=True)
class Facts:
    """What groups are made of."""

    birth: date
    ethnicity: str
    deprivation: int
    kind: str


@dataclass
class Riverside:
    records: list[MatchRecord] = field(default_factory=list)
    truth: dict[str, str] = field(default_factory=dict)
    people: dict[str, Facts] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)


def read_place(folder: Path) -> Riverside:
    """One record for each person that a source knows: the newest row that it sent about them."""
    place = Riverside(people=dict(_people(folder)))
    with (folder / "truth" / "records.csv").open(encoding="utf-8", newline="") as file:
        true = {(row["source"], row["local_id"]): row for row in csv.DictReader(file)}
    newest: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    for source, stamp, facts in _sent(folder):
        key = source, str(facts["local_id"])
        if key in true and (key not in newest or stamp >= newest[key][0]):
            newest[key] = stamp, facts
    for (source, local), (_, facts) in sorted(newest.items()):
        id = f"{source}-{local}"
        place.records.append(MatchRecord(id=id, source=source, **facts))
        place.truth[id] = true[source, local]["person_id"]
        place.errors[id] = [each for each in true[source, local]["errors"].split(";") if each]
    return place


def _people(folder: Path) -> Iterator[tuple[str, Facts]]:
    wanted = ["person_id", "birth_date", "ethnicity", "decile", "twin", "mother"]
    for row in pq.read_table(folder / "truth" / "persons.parquet", columns=wanted).to_pylist():
        kind = "twin" if row["twin"] else "single"
        yield row["person_id"], Facts(row["birth_date"], row["ethnicity"], int(row["decile"]), kind)


def _sent(folder: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    with (folder / "truth" / "malformed.csv").open(encoding="utf-8", newline="") as file:
        refused = {(row["file"], int(row["line"])) for row in csv.DictReader(file)}
    for path in sorted(folder.glob("*/*.csv")):
        if path.parent.name != "truth":
            yield from _rows(
                path, {line for name, line in refused if name == f"{path.parent.name}/{path.name}"}
            )
    for path in sorted(folder.glob("Y9*/Patient.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from _patient(path.parent.name, line)
    for path in sorted(folder.glob("*/inpatients/*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8")).get("entry", []):
            if entry["resource"]["resourceType"] == "Patient":
                yield from _patient(path.parts[-3], json.dumps(entry["resource"]))


def _rows(path: Path, refused: set[int]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Rows that speak of a person and that intake would accept."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"family_name", "Last Name", "last_name"} & set(rows.fieldnames or ()):
            return
        for row in rows:
            if rows.line_num in refused:
                continue
            facts = {
                name: next((row[each] or None for each in columns if each in row), None)
                for name, columns in COLUMNS.items()
            }
            if facts["local_id"]:
                stamp = row.get("record_updated") or row.get("Reporting Period End Date") or ""
                yield path.parent.name, stamp[6:] + stamp if stamp[2:3] == "/" else stamp, facts


def _patient(source: str, text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    try:
        body = json.loads(text)
    except ValueError:
        return
    names = {name.get("use", "usual"): name for name in reversed(body.get("name", []))}
    name = names.get("official") or names.get("usual") or {}
    address: dict[str, Any] = next(iter(body.get("address", [])), {})
    telecom = {each.get("system"): each.get("value") for each in body.get("telecom", [])}
    held = [each for each in body.get("identifier", []) if each.get("system") == NHS]
    numbers = [each["value"] for each in sorted(held, key=lambda i: i.get("use") == "old")]
    facts = {
        "local_id": body["id"],
        "nhs_number": next(iter(numbers), None),
        "former_nhs_numbers": tuple(each["value"] for each in held if each.get("use") == "old"),
        "given": " ".join(name.get("given", [])) or None,
        "family": name.get("family"),
        "known_as": " ".join(names.get("nickname", {}).get("given", [])) or None,
        "previous_family": (names.get("maiden") or names.get("old") or {}).get("family"),
        "birth_date": body.get("birthDate"),
        "gender": body.get("gender"),
        "address": ", ".join(address.get("line", [])) or None,
        "town": address.get("city"),
        "postcode": address.get("postalCode"),
        "phone": telecom.get("phone"),
        "email": telecom.get("email"),
    }
    yield source, body.get("meta", {}).get("lastUpdated", ""), facts
