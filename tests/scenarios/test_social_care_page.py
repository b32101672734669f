"""The official tables of adult social care on a page and as a file, for an analyst alone, with nothing small in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.conf import settings

from careweave.measures.social_care import SocialCare, Sum, keep, table_of
from tests.scenarios.test_place_pages import of_role, text_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
FIRST, LAST, DAY = date(2025, 11, 1), date(2026, 10, 31), date(2026, 11, 23)


@pytest.fixture
def counted() -> Iterator[None]:
    cells = {"Long Term Support (any setting)": 3, "Ongoing Low Level Support": 21, "Deceased": 48}
    both = ("Long Term Support (any setting)", "Ongoing Low Level Support")
    sums = [Sum("Counted", both), Sum("All", ("Counted", "Deceased"))]
    shares = [("ASCOF 2A", "Ongoing Low Level Support", "Counted")]
    table = table_of("sts002a", "Reablement that ended", "STS002a", cells, sums, shares)
    made = SocialCare("salt-ascof", "1", ("NHS England",), FIRST, LAST, DAY, (table,))
    keep(settings.CONFIGURATION.home, made)
    yield
    (settings.CONFIGURATION.home / "social-care" / "tables.json").unlink()


@pytest.mark.usefixtures("counted")
def test_the_tables_are_shown_with_their_rule_and_without_small_numbers() -> None:
    page = text_of(of_role("analyst"), "/place/social-care")

    assert "From 1 November 2025 to 31 October 2026" in page
    assert "Reablement that ended" in page and "STS002a" in page
    assert ">3<" not in page and "Hidden" in page
    assert "not shown, since a part of it is hidden" in page


@pytest.mark.usefixtures("counted")
def test_the_file_says_rule_version_and_why_a_number_is_hidden() -> None:
    head, *lines = text_of(of_role("analyst"), "/place/social-care.csv").splitlines()
    long_term = next(line for line in lines if "Long Term Support" in line)

    assert head.lstrip("\ufeff").startswith("table,title,rule,line")
    assert ",STS002a," in long_term and ",salt-ascof,1," in long_term
    assert "Hidden: fewer than 5" in long_term and ",3," not in long_term


def test_before_anything_was_counted_the_page_says_how_to_count() -> None:
    assert "careweave refresh" in text_of(of_role("analyst"), "/place/social-care")


def test_who_is_no_analyst_has_no_such_page() -> None:
    assert of_role("coordinator", "RVC").get("/place/social-care").status_code in (302, 403, 404)
