"""Reads the lists that a place keeps of its organisations, teams and staff, and adds what is in them.

A row is added, unchanged or refused with file, line, field and reason; the good rows beside it are added.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from careweave.configuration import ConfigurationError
from careweave.record import Refusal

REQUIRED = {
    "organisations": ("code", "name", "kind"),
    "teams": ("id", "name", "organisation", "manager", "telephone", "practices"),
    "staff": ("name", "email", "role", "organisation"),
}


@dataclass(frozen=True)
class Row:
    file: str
    line: int
    values: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass
class Outcome:
    read: int = 0
    accepted: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def take(self, row: Row, add: Callable[[Row], object]) -> None:
        """Add one row; a refusal is kept with where it stands."""
        self.read += 1
        answer = add(row)
        if isinstance(answer, Refusal):
            where = {"file": row.file, "line": row.line, "field": answer.field}
            self.refused.append({**where, "reason": answer.reason})
        else:
            self.accepted += 1


def read_rows(path: Path, kind: str) -> list[Row]:
    """Every row with its line; a list without the columns it needs is refused as a whole."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_rows(csv.DictReader(file), path, kind))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from None


def _rows(reader: csv.DictReader[str], path: Path, kind: str) -> Iterator[Row]:
    columns = {name: name.strip().lower().replace(" ", "_") for name in reader.fieldnames or ()}
    missing = [name for name in REQUIRED[kind] if name not in columns.values()]
    if missing:
        raise ConfigurationError(f"{path} has no column {', '.join(missing)}")
    for values in reader:
        clean = {columns[name]: (value or "").strip() for name, value in values.items() if name in columns}
        yield Row(path.name, reader.line_num, clean)


def import_lists(staff: Path, organisations: Path | None, teams: Path | None) -> Outcome:
    """Organisations first; then staff outside teams, among them managers; then teams; then everybody else."""
    outcome = Outcome()
    for row in read_rows(organisations, "organisations") if organisations else ():
        outcome.take(row, add_organisation)
    people = read_rows(staff, "staff")
    for row in (row for row in people if not row["team"]):
        outcome.take(row, add_member)
    for row in read_rows(teams, "teams") if teams else ():
        outcome.take(row, add_team)
    for row in (row for row in people if row["team"]):
        outcome.take(row, add_member)
    return outcome


def add_organisation(row: Row) -> object:
    from careweave.identity.models import Organisation
    from careweave.identity.staffing import add_organisation as add

    if row["kind"] not in Organisation.Kind.values:
        return Refusal(
            f"{row['kind']!r} is not a kind. Use one of: {', '.join(Organisation.Kind.values)}", "kind"
        )
    try:
        return add(code=row["code"], name=row["name"], kind=row["kind"], telephone=row["telephone"])
    except ValueError as error:
        return Refusal(str(error), "code")


def add_team(row: Row) -> object:
    from careweave.identity.models import Organisation, Staff
    from careweave.identity.staffing import add_team as add

    manager = Staff.objects.filter(email__iexact=row["manager"]).first()
    if manager is None:
        return Refusal(f"{row['manager']!r} is not on the staff list, in a row without team", "manager")
    practices = row["practices"].replace(",", " ").replace(";", " ").split()
    known = set(
        Organisation.objects.filter(code__in=[row["organisation"], *practices]).values_list("pk", flat=True)
    )
    unknown = next((code for code in (row["organisation"], *practices) if code not in known), None)
    if unknown is not None:
        return Refusal(f"{unknown!r} is not an organisation here. Add it first", "practices")
    return add(
        id=row["id"],
        name=row["name"],
        organisation=row["organisation"],
        manager=manager,
        telephone=row["telephone"],
        out_of_hours=row["out_of_hours"],
        practices=practices,
    )


def add_member(row: Row) -> object:
    from careweave.identity.languages import languages_in, set_languages
    from careweave.identity.staffing import add_staff, administering

    limit = row["caseload_limit"]
    if limit and not limit.isdecimal():
        return Refusal(f"{limit!r} is not a number", "caseload_limit")
    spoken = languages_in(row["languages"])
    if isinstance(spoken, Refusal):
        return spoken
    added = add_staff(
        administering(),
        name=row["name"],
        email=row["email"],
        telephone=row["telephone"],
        role=row["role"],
        organisation=row["organisation"],
        team=row["team"] or None,
        caseload_limit=int(limit) if limit else None,
    )
    if spoken and not isinstance(added, Refusal):
        set_languages(added, spoken)
    return added
