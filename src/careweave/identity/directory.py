"""Names for what the record holds as keys: organisations by code, staff and teams by party key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from .clients_models import Client
from .models import Organisation, Staff, Team

SECTORS = {
    Organisation.Kind.PRACTICE: "gp",
    Organisation.Kind.HOSPITAL: "hospital",
    Organisation.Kind.COMMUNITY: "community",
    Organisation.Kind.MENTAL_HEALTH: "mental-health",
    Organisation.Kind.COUNCIL: "social-care",
    Organisation.Kind.HOUSING: "housing",
    Organisation.Kind.VOLUNTARY: "voluntary",
}


@dataclass(frozen=True)
class Directory:
    """Every organisation's name and sector, by code."""

    names: dict[str, str]
    sectors: dict[str, str]
    telephones: dict[str, str]


@dataclass(frozen=True)
class Contact:
    """How to reach a party: who they are, and their telephone."""

    name: str
    telephone: str


def directory() -> Directory:
    """One query; organisations are few."""
    rows = list(Organisation.objects.values_list("code", "name", "kind", "telephone"))
    return Directory(
        names={code: name for code, name, _, _ in rows},
        sectors={code: SECTORS[kind] for code, _, kind, _ in rows if kind in SECTORS},
        telephones={code: telephone for code, _, _, telephone in rows},
    )


def contacts_of(parties: Iterable[str]) -> dict[str, Contact]:
    """Name and telephone of each staff, team, organisation and registered system; at most four queries."""
    ids: dict[str, set[str]] = {"staff": set(), "team": set(), "org": set(), "system": set()}
    for party in parties:
        kind, _, id_ = party.partition(":")
        if kind in ids:
            ids[kind].add(id_)
    found: dict[str, Contact] = {}
    if ids["staff"]:
        for staff in Staff.objects.filter(id__in=[UUID(id_) for id_ in ids["staff"]]):
            found[staff.party] = Contact(staff.name, staff.telephone)
    if ids["team"]:
        for team in Team.objects.filter(id__in=ids["team"]):
            found[team.party] = Contact(team.name, team.telephone)
    if ids["org"]:
        for organisation in Organisation.objects.filter(code__in=ids["org"]):
            found[f"org:{organisation.code}"] = Contact(organisation.name, organisation.telephone)
    if ids["system"]:
        for client in Client.objects.filter(id__in=ids["system"]).select_related("organisation"):
            found[client.party] = Contact(client.name, client.organisation.telephone)
    return found


def team_for_practice(code: str) -> str | None:
    """The id of the one team a practice is aligned to, None for a practice without a team yet."""
    return Team.objects.filter(alignments__practice_id=code).values_list("id", flat=True).first()
