"""The official tests of SQL on FHIR v2, where ../shared/data is: every file that is there applies.

Origin: FHIR/sql-on-fhir-v2, tests/ (copyright Ryzhikov, Gottlieb, FHIR community, Health Samurai;
MIT-style licence). Not there, and so not verified: lowBoundary and highBoundary, which views refuse.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from careweave.warehouse.views.definition import ViewError, read_view

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "sql-on-fhir-v2-tests"


def cases() -> Iterator[Any]:
    for file in sorted(FOLDER.glob("*.json")):
        told = json.loads(file.read_text(encoding="utf-8"))
        for case in told.get("tests", ()):
            yield pytest.param(told["resources"], case, id=f"{file.stem}: {case['title']}")


def ordered(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.skipif(
    not FOLDER.exists(), reason="../shared/data/sql-on-fhir-v2-tests is not here: views were NOT verified"
)
@pytest.mark.parametrize(("resources", "case"), list(cases()))
def test_the_official_answers(resources: list[dict[str, Any]], case: dict[str, Any]) -> None:
    if case.get("expectError"):
        with pytest.raises(ViewError):
            answer(case["view"], resources)
        return
    found = answer(case["view"], resources)
    if "expect" in case:
        assert ordered(found) == ordered(case["expect"])
    if "expectCount" in case:
        assert len(found) == case["expectCount"]
    if "expectColumns" in case:
        assert [column.name for column in read_view(case["view"]).columns] == case["expectColumns"]


def answer(told: dict[str, Any], resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    view = read_view(told)
    return [row for each in resources if each["resourceType"] == view.resource for row in view.rows(each)]
