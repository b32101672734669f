"""One small place for each module of the API's reading side."""

from typing import TYPE_CHECKING

import pytest

from tests.fixtures.database import Database

if TYPE_CHECKING:
    from tests.scenarios.fhir_api.reading_place import Api, Place


@pytest.fixture(scope="module")
def place(database: Database) -> "Place":
    from tests.scenarios.fhir_api.reading_place import (
        build,  # models can be imported only once Django is set up
    )

    return build()


@pytest.fixture(scope="module")
def api(place: "Place") -> "Api":
    from tests.scenarios.fhir_api.reading_place import Api, token

    return Api(token(place, "user/*.cruds"))
