"""The named people of Riverside, the staff and volunteers who look after them, and their teams: data only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careweave.definitions import load_definition

STORY_PRACTICE = "Y90001"
SMALLEST_PLACE = ("Y90001", "Y90002", "Y90003", "Y90004")


@dataclass(frozen=True)
class NamedPerson:
    """`gp_id` is the local id in the practice; `nhs_number` and ids are the same in every place and seed."""

    key: str
    name: str
    nhs_number: str
    practice: str
    story: str
    gp_id: str
    birth_date: date


@dataclass(frozen=True)
class CastMember:
    """Someone who signs in. `person` is the key of their own record, `cares_for` of the one they look after."""

    key: str
    name: str
    role: str
    organisation: str
    team: str
    email: str
    telephone: str
    sees: str
    person: str = ""
    cares_for: str = ""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class TeamOfCast:
    """A zone team: one manager (the key of a cast member), one telephone, and the practices aligned to it."""

    id: str
    name: str
    manager: str
    telephone: str
    out_of_hours: str
    practices: tuple[str, ...]


@dataclass(frozen=True)
class OrganisationOfCast:
    """An organisation that sends files; `kind` in words."""

    code: str
    name: str
    kind: str
    telephone: str


def _content(name: str, on: date) -> Mapping[str, Any]:
    return load_definition("demonstration", f"riverside-{name}", on).content


def named_people(on: date | None = None) -> list[NamedPerson]:
    return [
        NamedPerson(
            key=row["key"],
            name=f"{row['given']} {row['family']}",
            nhs_number=row["nhs_number"],
            practice=STORY_PRACTICE,
            story=row["story"],
            gp_id=row["gp_id"],
            birth_date=row["born"],
        )
        for row in _content("named-people", on or date.today())["person"]  # noqa: DTZ011
    ]


def cast(on: date | None = None) -> list[CastMember]:
    rows = _content("cast", on or date.today())["member"]  # noqa: DTZ011
    return [
        CastMember(
            email=f"{row['key']}@riverside.example",
            **{**row, "languages": tuple(row.get("languages", ()))},
        )
        for row in rows
    ]


def teams(practices: Sequence[str] = SMALLEST_PLACE, on: date | None = None) -> list[TeamOfCast]:
    """Every practice belongs to exactly one team; as many zones as the place needs, five at most."""
    rows = _content("cast", on or date.today())["team"]  # noqa: DTZ011
    zones = min(len(rows), max(1, (len(practices) + 1) // 2))
    aligned: list[list[str]] = [[] for _ in range(zones)]
    for place, practice in enumerate(practices):
        aligned[place * zones // len(practices)].append(practice)
    return [TeamOfCast(practices=tuple(its), **row) for row, its in zip(rows, aligned, strict=False)]


def organisations(
    practices: Sequence[str] = SMALLEST_PLACE, on: date | None = None
) -> list[OrganisationOfCast]:
    geography = _content("geography", on or date.today())  # noqa: DTZ011
    found = [OrganisationOfCast(**row) for row in geography["organisation"]]
    for place, code in enumerate(practices):
        name = practice_name(geography["practice_names"], place)
        found.append(OrganisationOfCast(code, name, "general practice", f"01632 9607{place % 100:02d}"))
    return found


def practice_name(names: Sequence[str], practice: int) -> str:
    again = practice // len(names)
    return names[practice % len(names)] + (f" {again + 1}" if again else "")
