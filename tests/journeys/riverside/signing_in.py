"""The cast's own way in: their address in the demonstration and its one password."""

from __future__ import annotations

from playwright.sync_api import Page

from careweave.cli._riverside import PASSWORD
from careweave.demonstration import cast
from tests.journeys.walking import given_i_am_signed_in


def given_i_am(page: Page, key: str) -> None:
    """One of the cast, at the door that is theirs."""
    member = next(one for one in cast() if one.key == key)
    given_i_am_signed_in(page, member.email, portal=not member.organisation, password=PASSWORD)
