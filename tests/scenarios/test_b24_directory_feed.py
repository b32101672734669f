"""B24: a directory in the Open Referral UK shape loads like every other file; what is wrong is refused with a reason."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from careweave.identity.services import service_of
from careweave.intake.loading import LoadResult, load
from careweave.intake.reading.open_referral import parcels_of_page
from careweave.record import Actor, Gate, Purpose, batches
from careweave.record.load import INTAKE
from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
TODAY = date(2026, 11, 23)


def befriending(**changes: Any) -> dict[str, Any]:
    return {
        "id": "s-1",
        "name": "Befriending",
        "description": "A volunteer comes once a week.",
        "status": "active",
        "minimum_age": 60,
        "assured_date": "2026-06-01",
        "assurer_email": "links@example.org",
        "last_modified": "2026-06-01T09:00:00Z",
        "eligibility_description": "Anyone who would like company",
        "organization": {
            "id": "o-1",
            "name": "Neighbours",
            "organization_identifiers": [{"identifier_scheme": "GB-ODS", "identifier": "VCS24"}],
        },
        "service_areas": [{"name": "Weir", "extent_type": "postcode", "extent": "RV1, RV2"}],
        "schedules": [{"byday": "MO,FR", "opens_at": "09:00:00", "closes_at": "17:00:00"}],
        "cost_options": [{"option": "For everyone", "amount": 0}],
        "service_capacities": [{"available": 4, "updated": "2026-11-20"}],
        "wait_time": "2 weeks",
        "phones": [{"number": "01632 960601"}],
        "attributes": [
            {"taxonomy_term": {"taxonomy": "esdNeeds", "name": "Befriending services"}},
            {"taxonomy_term": {"taxonomy": "Who may refer", "name": "Self referral"}},
            {"taxonomy_term": {"taxonomy": "Who may refer", "name": "Professional"}},
        ],
    } | changes


def page(folder: Path, *services: Any, name: str = "services.json") -> Path:
    path = folder / name
    told = {"total_items": len(services), "total_pages": 1, "page_number": 1, "contents": list(services)}
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def sent(path: Path, source: str, **how: Any) -> LoadResult:
    make.organisation(source, "voluntary")
    return load([path], source=source, workers=1, today=TODAY, **how)


def reader() -> Gate:
    return Gate(Actor("system:work", "system"), Purpose.SYSTEM)


def test_a_page_of_services_loads_and_says_what_it_said(tmp_path: Path) -> None:
    result = sent(page(tmp_path, befriending()), "VCS24")
    assert (result.read, result.accepted, result.refused) == (1, 1, 0)
    [found] = [
        one for one in reader().search("HealthcareService", [], count=50).resources if one.source == "VCS24"
    ]
    service = service_of(found.id, found.body)
    assert (service.name, service.organisation, service.organisation_code) == (
        "Befriending",
        "Neighbours",
        "VCS24",
    )
    assert service.needs == ("loneliness",)
    assert service.may_refer == ("self", "professional")
    assert service.area_codes == ("RV1", "RV2") and service.youngest == 60 and service.oldest is None
    assert service.assured_on == date(2026, 6, 1) and service.places_free == 4
    assert service.opening == ("Mon, Fri 09:00 to 17:00",) and service.cost == "For everyone £0"
    again = sent(page(tmp_path, befriending()), "VCS24", again=True)
    assert (again.accepted, again.unchanged) == (0, 1)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": " "}, "service.name", "A service needs its name"),
        ({"organization": {}}, "service.organization", "It does not say which organisation runs it"),
        ({"status": "closing"}, "service.status", "This status is not known"),
        ({"minimum_age": "sixty"}, "service.minimum_age", "This is not an age"),
        (
            {"minimum_age": 70, "maximum_age": 60},
            "service.minimum_age",
            "The youngest age is above the oldest",
        ),
        ({"assured_date": "last May"}, "service.assured_date", "This is not a date"),
        (
            {"assured_date": "2026-12-24"},
            "service.assured_date",
            "It was assured on a day that has not come",
        ),
        ({"last_modified": "2026-06-01T09:00:00"}, "service.last_modified", "The time does not say its zone"),
    ],
)
def test_a_service_that_cannot_be_taken_is_refused_with_its_field(
    tmp_path: Path, changes: dict[str, Any], field: str, words: str
) -> None:
    result = sent(page(tmp_path, befriending(id="good"), befriending(**changes)), "VCS25")
    assert (result.read, result.refused) == (2, 1)
    gate = Gate(INTAKE, Purpose.INTAKE)
    [row] = batches.refused_rows(gate.door, batch=result.batches[0])
    assert (row.field, row.reason, row.line) == (field, words, 2)


@pytest.mark.parametrize(
    ("amount", "said"),
    [("2.50", "A visit £2.50"), ("3", "A visit £3"), ("1e999", "A visit"), ("-4.5", "A visit")],
)
def test_a_price_with_pence_is_kept_and_one_that_is_none_is_left_out(amount: str, said: str) -> None:
    raw = json.dumps({"contents": [befriending(cost_options=[{"option": "A visit", "amount": "?"}])]})
    [parcel] = parcels_of_page(raw.replace('"?"', amount).encode(), "services.json", TODAY)
    assert service_of("x", parcel.sent[0].body).cost == said
