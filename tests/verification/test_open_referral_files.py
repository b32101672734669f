"""Published Open Referral files are read; the counts are printed and every refusal is justified."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from careweave.identity.services import service_of
from careweave.intake.reading.open_referral import is_page, parcels_of_page

DATA = Path(__file__).parents[2].parent / "shared/data/service-directory"
TODAY = date(2026, 11, 23)
# A page that lists where services are, or one of the services without saying whose it is, offers nobody anything.
NO_ORGANISATION = ("service.organization", "It does not say which organisation runs it")
EXPECTED = {
    "hsds/examples/service_full.json": (1, {}),
    "hsds/examples/service_list.json": (1, {}),
    "open-referral-uk/V3.0-UK-Default/service_full.json": (1, {}),
    "open-referral-uk/V3.0-UK-Default/service_list.json": (1, {}),
    "open-referral-uk/V3.0-UK-Test/service_full.json": (1, {}),
    "open-referral-uk/V3.0-UK-Test/service_list.json": (128, {NO_ORGANISATION: 28}),
}


@pytest.mark.skipif(not DATA.exists(), reason="the published files are not on this machine")
@pytest.mark.parametrize("name", EXPECTED)
def test_published_services_are_read_and_every_refusal_is_justified(name: str) -> None:
    raw = (DATA / name).read_bytes()
    parcels = list(parcels_of_page(raw, name, TODAY))
    refused = Counter((one.field, one.reason) for parcel in parcels for one in parcel.refusals)
    print(f"{name}: {len(parcels)} read, {refused.total()} refused")
    assert (len(parcels), dict(refused)) == EXPECTED[name]
    services = [service_of("x", parcel.sent[0].body) for parcel in parcels if parcel.sent]
    assert all(one.name for one in services)
    if name.endswith("service_list.json"):
        assert is_page(raw)


@pytest.mark.skipif(not DATA.exists(), reason="the published files are not on this machine")
def test_what_the_example_says_is_kept() -> None:
    raw = (DATA / "hsds/examples/service_full.json").read_bytes()
    [parcel] = parcels_of_page(raw, "example", TODAY)
    service = service_of("x", parcel.sent[0].body)
    assert service.assured_on == date(2005, 1, 1) and service.youngest == 12
    assert "MyCity" in service.area and service.area_codes == ()
    assert "aged 12 and over" in service.eligibility
