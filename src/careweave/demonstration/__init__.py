"""Riverside, a made-up English place. Its people and teams are data here; `place` writes the files it would send."""

from careweave.demonstration.cast import (
    CastMember,
    NamedPerson,
    OrganisationOfCast,
    TeamOfCast,
    cast,
    named_people,
    organisations,
    teams,
)

__all__ = [
    "CastMember",
    "NamedPerson",
    "OrganisationOfCast",
    "TeamOfCast",
    "cast",
    "named_people",
    "organisations",
    "teams",
]
