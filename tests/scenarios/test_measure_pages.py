"""The measures' pages: what was published, for analysts alone, as page and as file."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
ID = "emergency-bed-days"


def signed_in(role: str) -> Client:
    from django.utils import timezone

    from careweave.identity.models import Account
    from careweave.record import Actor

    staff = make.staff(f"Ben {role}", role, "900")
    client = Client(HTTP_HOST="localhost")
    account = Account.objects.get(staff=staff)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = asdict(Actor(staff.party, role, "900", staff.name))
    session["seen"] = timezone.now().timestamp()
    session.save()
    return client


@pytest.fixture
def published() -> Any:
    from careweave.measures.published import keep
    from careweave.measures.publishing import described
    from careweave.warehouse.indicators import load_indicator
    from tests.unit.test_measure_results import MONTHS, counted, row, steady

    by = [row(MONTHS[0], group, count, 600) for group, count in (("1", 3), ("2", 9), ("3", 30))]
    results = [counted(ID, steady()), counted(ID, by, by="deprivation")]
    keep(settings.CONFIGURATION.home, described(load_indicator(ID, date(2026, 11, 22)), results))
    yield
    (settings.CONFIGURATION.home / "measures" / f"{ID}.json").unlink()


def test_an_analyst_sees_the_chart_the_table_and_how_it_is_counted(published: None) -> None:
    client = signed_in("analyst")
    assert "No real change" in client.get("/place/measures").content.decode()
    page = client.get(f"/place/measures/{ID}?by=deprivation").content.decode()
    assert '<svg class="app-chart"' in page
    assert "1, most deprived fifth" in page and "Hidden: fewer than 5" in page
    assert "version 1" in page and "Requirement A14" in page
    file = client.get(f"/place/measures/{ID}.csv")
    assert file["Content-Type"].startswith("text/csv")
    assert "Hidden: fewer than 5" in file.content.decode("utf-8-sig")


@pytest.mark.parametrize("role", ["coordinator", "administrator", "data-clerk"])
def test_nobody_else_finds_the_measures(published: None, role: str) -> None:
    client = signed_in(role)
    for path in ("/place/measures", f"/place/measures/{ID}", f"/place/measures/{ID}.csv"):
        assert client.get(path).status_code == 404


def test_a_measure_that_was_not_published_is_not_there(published: None) -> None:
    assert signed_in("analyst").get("/place/measures/nothing").status_code == 404


def test_before_anything_was_counted_the_page_says_what_to_do() -> None:
    assert "careweave refresh" in signed_in("analyst").get("/place/measures").content.decode()


@pytest.fixture
def by_site() -> Any:
    """Two hospitals over two years, and a month that changed by ten after it was published."""
    from careweave.measures.indicators import result
    from careweave.measures.published import keep
    from careweave.measures.publishing import described
    from careweave.measures.series import with_series
    from careweave.warehouse.indicators import load_indicator
    from tests.scenarios.test_a14_sites import MONTHS, ON
    from tests.unit.test_measure_results import row

    make.organisation("RVR", "hospital")
    indicator = load_indicator(ID, ON)
    for late in (30, 40):
        rows = [row(m, site, number, 1200) for m in MONTHS for site, number in (("RVR", 30), ("RVX", 20))]
        rows[-2] |= {"numerator": late, "items": late}
        alone = [row(m, "everyone", 50 if m != MONTHS[-1] else 20 + late, 1200) for m in MONTHS]
        whole = result(indicator, alone, None, asked=MONTHS, by="", as_at=ON)
        found = result(indicator, rows, None, asked=MONTHS, by="site", as_at=ON)
        made = described(indicator, [whole, with_series(found, whole, indicator, rows)])
        keep(settings.CONFIGURATION.home, made, {"RVR": ON})
    yield
    (settings.CONFIGURATION.home / "measures" / f"{ID}.json").unlink()


def test_each_hospital_stands_beside_the_others_and_a_late_file_is_told(by_site: None) -> None:
    from careweave.web import directory

    client, name = signed_in("analyst"), directory.sources().names.get("RVR", "RVR")
    page = client.get(f"/place/measures/{ID}?by=site").content.decode()
    assert "They are never averaged" in page and f"{name}, month by month" in page
    assert f"Restated on 22 November 2026, after files from {name}. It was 500 (50)." in page
    file = client.get(f"/place/measures/{ID}.csv").content.decode("utf-8-sig")
    assert '"month, as it was before"' in file and '"all other sites, month"' in file


def test_the_better_care_fund_is_told_by_each_year_s_own_definitions(published: None) -> None:
    client = signed_in("analyst")
    page = client.get("/place/sets/better-care-fund?year=2024-25").content.decode()
    assert "Not yet confirmed" in page and "Avoidable admissions" in page
    assert "Changed: not one line with the year before" in page
    assert "Reablement ended" in page
    file = client.get("/place/sets/better-care-fund.csv").content.decode("utf-8-sig")
    assert "2019-20" in file and "2026-27" in file
    assert client.get("/place/sets/nothing").status_code == 404
    assert client.get("/place/sets/better-care-fund?year=1999").status_code == 404
    assert signed_in("coordinator").get("/place/sets/better-care-fund").status_code == 404
