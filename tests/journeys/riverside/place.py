"""Riverside as `make run` makes it, with few people: its files, desks, accounts and the story's beginning."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from careweave.care.teams.staff_facts import Worker
from careweave.cli import _riverside as made_up
from careweave.demonstration import cast
from careweave.demonstration.place import write_place
from careweave.identity.models import Account
from careweave.record import Actor, Gate, Purpose
from careweave.web import directory

PEOPLE, SEED = 100, 2026


@dataclass
class Riverside:
    """The person id of everyone in the stories, and how the cast signs in and works."""

    people: dict[str, str]
    emails: dict[str, str] = field(default_factory=dict)
    organisations: dict[str, str] = field(default_factory=dict)

    @property
    def joe(self) -> str:
        return self.people["joe"]

    @property
    def annie(self) -> str:
        return self.people["annie"]

    @property
    def edith(self) -> str:
        return self.people["mrs-smith"]

    @property
    def jacqueline(self) -> str:
        return self.people["jacqueline"]

    def worker(self, key: str) -> Worker:
        return made_up.worker_at(self.emails[key])

    def gate(self, key: str) -> Gate:
        """The gate of a member of staff in the role that they work in."""
        who = self.worker(key)
        return Gate(Actor(who.party, who.role, self.organisations[key], who.name), Purpose.DIRECT_CARE)


def make(folder: Path) -> None:
    """Files, directory, records, links, accounts and the story, as the demonstration makes them; nothing counted yet."""
    on = datetime.now(ZoneInfo("Europe/London")).date()
    write_place(folder, people=PEOPLE, seed=SEED, as_at=on)
    made_up.make_directory(made_up.practices_in(folder), on)
    made_up.load_files(folder, lambda _: None)
    made_up.begin_story(made_up.make_portal_accounts(on), on)


def opened() -> Riverside:
    """The place that Django uses now."""
    directory.forget()
    on = datetime.now(ZoneInfo("Europe/London")).date()
    members = cast(on)
    place = Riverside(made_up.people_of_the_stories(on))
    known = set(Account.objects.values_list("email", flat=True))
    for member in members:
        assert member.email in known, f"{member.name} cannot sign in"
        place.emails[member.key] = member.email
        place.organisations[member.key] = member.organisation
    return place
