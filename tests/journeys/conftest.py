"""One small place for the journeys of a module."""

from typing import TYPE_CHECKING

import pytest

from tests.fixtures.database import Database

if TYPE_CHECKING:
    from tests.journeys.place import Place


@pytest.fixture(scope="module")
def place(database: Database) -> "Place":
    from tests.journeys.place import build  # models can be imported only once Django is set up

    return build()
