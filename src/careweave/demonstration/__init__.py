"""Riverside, a made-up English place: writes the files its organisations would send, and the truth beside them."""

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
from careweave.demonstration.place import FileSent, Summary, files_of, write_place

__all__ = [
    "CastMember",
    "FileSent",
    "NamedPerson",
    "OrganisationOfCast",
    "Summary",
    "TeamOfCast",
    "cast",
    "files_of",
    "named_people",
    "organisations",
    "teams",
    "write_place",
]
