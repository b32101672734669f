"""The warehouse's jobs as commands run them: under the system's own name, on today's London day."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from careweave.care.finding.finding import Found, find_candidates
from careweave.configuration import Configuration
from careweave.definitions import all_definitions
from careweave.identity.directory import directory, team_for_practice
from careweave.measures.published import Published
from careweave.measures.publishing import publish
from careweave.record import Actor, Gate, Purpose
from careweave.warehouse.pseudonyms import open_key, rotate_key
from careweave.warehouse.refreshing import Refreshed, refresh
from careweave.warehouse.registers import load_register

WAREHOUSE, FINDER = Actor("system:warehouse", "system"), Actor("system:finder", "system")


def london_today() -> date:
    return datetime.now(ZoneInfo("Europe/London")).date()


def refresh_warehouse(
    configuration: Configuration, *, is_full: bool = False, has_new_key: bool = False
) -> Refreshed:
    keys = configuration.home / "keys"
    key = (rotate_key if has_new_key else open_key)(keys, by=WAREHOUSE.id)
    return refresh(
        Gate(WAREHOUSE, Purpose.CASE_FINDING),
        counting=Gate(WAREHOUSE, Purpose.SECONDARY_USE),
        folder=configuration.home / "warehouse",
        key=key,
        sectors=directory().sectors,
        as_at=london_today(),
        by=WAREHOUSE.id,
        is_full=is_full,
    )


def publish_measures(configuration: Configuration) -> list[Published]:
    """Count every indicator in use, for the pages that show them."""
    return publish(configuration.home, london_today())


def registers_in_use(on: date) -> list[str]:
    return sorted({each.id for each in all_definitions("registers") if each.holds_on(on)})


def find_people(configuration: Configuration, register: str) -> Found:
    today = london_today()
    return find_candidates(
        Gate(FINDER, Purpose.CASE_FINDING),
        register=load_register(register, today),
        home=configuration.home,
        key=open_key(configuration.home / "keys", by=FINDER.id),
        team_for_practice=team_for_practice,
        today=today,
    )
