"""Riverside, loaded once for the run: each journey works in a copy, by keys on a telephone or with a mouse at a desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from careweave.configuration import from_environment
from careweave.record.embedded import Urls
from tests.fixtures.database import Database, copy_of, kept_as
from tests.journeys.riverside.hands import keys_alone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.journeys.riverside.place import Riverside

KEYS, MOUSE = "keys on a telephone", "mouse at a desk"
TELEPHONE, DESK = {"width": 320, "height": 640}, {"width": 1280, "height": 800}
NAME = "riverside"


@pytest.fixture(scope="module", params=[KEYS, pytest.param(MOUSE, marks=pytest.mark.long)])
def way(request: pytest.FixtureRequest) -> str:
    """How the journey is walked."""
    return str(request.param)


@pytest.fixture(scope="module")
def database(server: Urls, tmp_path_factory: pytest.TempPathFactory, way: str) -> Iterator[Database]:
    from tests.journeys.riverside.place import make  # models can be imported only once Django is set up

    kept_as(NAME, server, from_environment(os.environ), lambda: make(tmp_path_factory.mktemp(NAME)))
    with copy_of(server, NAME) as made:
        yield made


@pytest.fixture(scope="module")
def riverside(database: Database) -> Riverside:
    from tests.journeys.riverside.place import opened

    return opened()


@pytest.fixture(autouse=True)
def hands(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == KEYS:
        keys_alone(monkeypatch)


@pytest.fixture
def page(browser: Browser, live_server: str, way: str) -> Iterator[Page]:
    yield from _page(browser, live_server, way)


@pytest.fixture
def another(browser: Browser, live_server: str, way: str) -> Iterator[Page]:
    """Somebody else's screen at the same time."""
    yield from _page(browser, live_server, way)


@pytest.fixture
def plain(browser: Browser, live_server: str, way: str) -> Iterator[Page]:
    """A browser that runs no script."""
    yield from _page(browser, live_server, way, java_script_enabled=False)


def _page(browser: Browser, address: str, way: str, **more: Any) -> Iterator[Page]:
    size: Any = TELEPHONE if way == KEYS else DESK
    context = browser.new_context(
        base_url=address,
        viewport=size,
        has_touch=way == KEYS,
        locale="en-GB",
        timezone_id="Europe/London",
        **more,
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
