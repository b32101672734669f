"""Place pages: parts beside each other, reasons beside values, one question for each outlier, and nobody named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests import factories as make

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
ID, TODAY = "emergency-admissions", date(2026, 11, 22)
COUNTS = {"Y90001": 100, "Y90002": 96, "Y90003": 104, "Y90004": 190}


def signed_in(staff: Any, role: str, organisation: str, team: str = "") -> Client:
    from django.utils import timezone

    from careweave.identity.models import Account
    from careweave.record import Actor

    client = Client(HTTP_HOST="localhost")
    account = Account.objects.get(staff=staff)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["actor"] = asdict(Actor(staff.party, role, organisation, staff.name))
    session["seen"] = timezone.now().timestamp()
    session.save()
    return client


def of_role(role: str, organisation: str = "900") -> Client:
    return signed_in(make.staff(f"Someone {role}", role, organisation), role, organisation)


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.fixture
def place() -> Iterator[dict[str, Any]]:
    """Two teams with two practices each, a measure counted for all four, and a clinical lead of the last."""
    from careweave.identity import improving, staffing
    from careweave.identity.models import Organisation, Team
    from careweave.measures.published import keep
    from careweave.measures.publishing import described
    from careweave.warehouse.indicators import load_indicator
    from tests.unit.test_measure_results import MONTHS, counted, row

    for code in COUNTS:
        make.organisation(code, "practice")
    make.organisation("RVC", "community")
    manager, lead = make.staff("Tom Reid", "coordinator", "RVC"), make.staff("Dr Rahman", "gp", "Y90004")
    for id, practices in (("weir", ("Y90001", "Y90002")), ("ferry", ("Y90003", "Y90004"))):
        if not Team.objects.filter(id=id).exists():
            staffing.add_team(
                id=id, name=f"{id.title()} team", organisation="RVC", manager=manager, telephone="01632 960101",
                out_of_hours="01632 960199", practices=practices,
            )  # fmt: skip
    for code in COUNTS:
        Organisation.objects.filter(code=code).update(name=f"Practice {code[-1]}")
    improving.name_lead("Y90004", lead.party, by="system:test")
    rows = [row(MONTHS[0], practice, count, 2000) for practice, count in COUNTS.items()]
    results = [counted(ID, rows), counted(ID, rows, by="practice")]
    keep(settings.CONFIGURATION.home, described(load_indicator(ID, TODAY), results))
    yield {"lead": lead, "rows": rows}
    for folder in ("measures", "variation"):
        (settings.CONFIGURATION.home / folder / f"{ID}.json").unlink(missing_ok=True)


def raised(rows: list[dict[str, Any]], today: date = TODAY) -> Any:
    from careweave.cli._variation import outliers_of
    from careweave.identity.improving import raise_tasks
    from careweave.measures.variation import variation
    from tests.unit.test_measure_results import counted

    found = variation(counted(ID, rows, by="practice"), rows)
    return raise_tasks(outliers_of(found, "Emergency admissions"), today=today)


def test_a38_an_outlier_outside_three_sigma_raises_one_action(place: dict[str, Any]) -> None:
    from careweave.identity import improving

    assert raised(place["rows"]).made == 1
    assert raised(place["rows"]).made == 0  # each night's count finds it again
    (task,) = improving.tasks()
    assert (task.practice, task.lead_name, task.answered_at) == ("Y90004", "Dr Rahman", None)
    lead = signed_in(place["lead"], "gp", "Y90004")
    assert "1 figure" in text_of(lead, "/day")
    page = text_of(lead, "/place/variation")
    assert "190 where 122 would be expected" in page and "For you to answer" in page
    refused = lead.post(f"/place/variation/tasks/{task.id}", {"answer": "explained", "reason": "Dunno"})
    assert "Say why in a few words" in refused.content.decode()
    other = signed_in(make.staff("Dr Else", "gp", "Y90001"), "gp", "Y90001")
    said = {"answer": "explained", "reason": "Two care homes opened in March."}
    assert "Only the clinical lead" in other.post(f"/place/variation/tasks/{task.id}", said).content.decode()
    assert lead.post(f"/place/variation/tasks/{task.id}", said).status_code == 302
    assert "Two care homes opened in March." in text_of(other, "/place/practices/Y90004")
    assert raised(place["rows"]).made == 0  # answered: asked again next quarter at the earliest


def kept(rows: list[dict[str, Any]]) -> None:
    from careweave.measures.publishing_variation import keep_variation
    from careweave.measures.variation import variation
    from tests.unit.test_measure_results import counted

    keep_variation(settings.CONFIGURATION.home, variation(counted(ID, rows, by="practice"), rows))


def test_a38_an_outlier_without_a_lead_is_asked_of_no_one_and_said(place: dict[str, Any]) -> None:
    swapped = {"Y90004": "Y90003", "Y90003": "Y90004"}
    rows = [{**each, "group": swapped.get(each["group"], each["group"])} for each in place["rows"]]
    found = raised(rows)
    assert (found.made, found.without_lead) == (0, ("Y90003",))


def test_a38_the_funnel_lists_practices_by_name(place: dict[str, Any]) -> None:
    kept(place["rows"])
    page = text_of(of_role("analyst"), f"/place/variation/{ID}")
    assert '<svg class="app-chart"' in page and "Higher than chance explains" in page
    table = page[page.index("<tbody>") :]
    order = [table.index(f"Practice {number}") for number in range(1, 5)]
    assert order == sorted(order)


def test_a_scorecard_leads_only_to_comparisons_that_there_are(place: dict[str, Any]) -> None:
    """A mean is not compared by practice, and before the comparison was made there is nothing to lead to."""
    client = of_role("analyst")
    assert "/place/variation/" not in text_of(client, "/place/practices/Y90004")
    kept(place["rows"])
    assert f"/place/variation/{ID}" in text_of(client, "/place/practices/Y90004")


PAGES = (
    "/place/teams",
    "/place/teams/weir",
    "/place/practices/Y90001",
    "/place/parts",
    "/place/measures",
    "/place",
)


def test_a51_no_page_gives_one_integration_score(place: dict[str, Any]) -> None:
    """Every page says so; asking for an order by figure is refused in words; nothing sums the parts."""
    client = of_role("analyst")
    for path in PAGES:
        page = text_of(client, path)
        assert "There is no one score" in page or "Teams are never ranked" in page, path
        assert "integration score" not in page.lower() and "overall score" not in page.lower()
    asked = text_of(client, "/place/teams?order=score")
    assert "Teams cannot be put in the order of a figure." in asked
    assert asked.index("Ferry team") < asked.index("Weir team")
    parts = text_of(client, "/place/parts")
    for domain in ("Structure", "Process", "Culture", "Experience"):
        assert f"{domain}:" in parts
    assert "Culture is rarely measured anywhere" in parts
    assert "9 of 19 were tested for validity and none was validated in another setting" in parts


def test_a74_all_four_dimensions_are_reported_and_blank_is_not_measured(place: dict[str, Any]) -> None:
    client = of_role("analyst")
    for path in ("/place/teams/weir", "/place/practices/Y90001", "/place/parts"):
        page = text_of(client, path)
        quality = page[page.index(">Quality<") : page.index(">Working together<")]
        order = [
            quality.index(f">{title}<")
            for title in ("Experience", "Clinical outcome", "Safety", "Cost efficiency")
        ]
        assert order == sorted(order)
        assert "Not measured. No costs have been sent." in quality[order[3] :]
        assert "Not measured" not in quality[order[1] : order[2]]
    for path in ("/place/teams/weir.csv", "/place/practices/Y90001.csv", "/place/parts.csv"):
        rows = text_of(client, path)
        assert "Cost efficiency" in rows and "Not measured. No costs have been sent." in rows


def test_a07_every_network_sees_every_scorecard(place: dict[str, Any]) -> None:
    from careweave.identity.models import Team

    weir = signed_in(make.staff("Priya Nair", "coordinator", "RVC", team="weir"), "coordinator", "RVC")
    ferry = signed_in(make.staff("Shazia Iqbal", "coordinator", "RVC", team="ferry"), "coordinator", "RVC")
    for client in (weir, ferry, of_role("analyst"), of_role("governance-lead", "RVC")):
        assert all(each.name in text_of(client, "/place/teams") for each in Team.objects.all())
        assert "196" in text_of(client, "/place/teams/weir")
        assert "294" in text_of(client, "/place/teams/ferry")
    own_first = text_of(weir, "/place/teams?order=own")
    assert own_first.index("Weir team") < own_first.index("Ferry team")
    for role in ("volunteer", "data-clerk"):
        assert of_role(role).get("/place/teams/weir").status_code == 404


def test_the_administrator_names_who_looks_into_a_practice_s_figures(place: dict[str, Any]) -> None:
    client = of_role("administrator")
    wrong = client.post("/place/leads", {"practice": "Y90001", "staff": "staff:nobody"}).content.decode()
    assert "Choose a clinician who works here" in wrong
    lead = place["lead"]
    assert client.post("/place/leads", {"practice": "Y90001", "staff": lead.party}).status_code == 302
    assert "Dr Rahman" in text_of(client, "/place/leads")
    assert of_role("gp", "Y90001").get("/place/leads").status_code == 404


def test_no_one_but_an_analyst_makes_a_group(place: dict[str, Any]) -> None:
    for role in ("coordinator", "gp", "administrator", "governance-lead"):
        assert of_role(role, "RVC").get("/place/groups").status_code == 404
    client = of_role("analyst")
    assert "Choose at least one rule." in client.post("/place/groups", {"rule": ["", ""]}).content.decode()
    refused = client.post("/place/groups", {"rule": ["age >= 86"]}).content.decode()
    assert "may be compared with" in refused


def test_a_group_that_was_counted_is_shown_named_and_downloaded_without_anyone_in_it() -> None:
    from datetime import UTC, datetime

    from careweave.measures.cohorts.remembering import FOLDER, Answer, Cell, write

    home = settings.CONFIGURATION.home
    cells = (Cell("age", "65 to 74", 30), Cell("age", "85 and over", None, "Hidden: fewer than 10 people"))
    rule = "age >= 65 and not diabetes"
    about = ("abc", rule, "planning", "1", "staff:x", datetime.now(UTC), TODAY, 10, 5)
    write(home, Answer(*about, count=40, everyone=200, steps=(60,), cells=cells))
    try:
        client = of_role("analyst")
        page = text_of(client, "/place/groups/abc")
        assert "About 40 people" in page and "No diabetes" in page and "30 (75%)" in page
        client.post("/place/groups/abc/name", {"name": "=Sixty-five"})
        assert "=Sixty-five" in text_of(client, "/place/groups")
        rows = text_of(client, "/place/groups/abc.csv")
        assert "'=Sixty-five" in rows and "Hidden: fewer than 10 people" in rows and "staff:" not in rows
        assert of_role("coordinator", "RVC").get("/place/groups/abc").status_code == 404
        assert client.get("/place/groups/nothing").status_code == 404
    finally:
        (home / FOLDER / "abc.json").unlink()


def test_a_file_holds_no_formula() -> None:
    from careweave.web.components.csv_files import as_text

    assert as_text(["name", "n"], [["=1+1", -3], ["@x", 2.5], ["Weir", None]]).splitlines() == [
        "name,n",
        "'=1+1,-3",
        "'@x,2.5",
        "Weir,",
    ]


def test_feeds_say_what_was_refused_how_late_it_comes_and_which_month_is_thin(place: dict[str, Any]) -> None:
    from careweave.measures.feeds import Feeds, Known, Source, keep
    from careweave.measures.publishing import whole_months_before
    from careweave.record import feeds

    make.load("RVR", make.patient("RVR", "a"))
    assert feeds.feed_rows()["RVR"].files == 1 and isinstance(feeds.feed_lateness(92), dict)
    months = tuple(whole_months_before(TODAY, 13))
    source = Source("RVR", (*[100] * 11, None, 30), 1.2, 8.0, TODAY)
    home = settings.CONFIGURATION.home
    known = (Known("Birth date", 95, 100), Known("Sex", 300, 304), Known("Deprivation", 3, 304))
    keep(home, Feeds(TODAY, months, (source,), known))
    try:
        page = text_of(of_role("analyst"), "/place/feeds")
        assert "Half within a day, nine of ten within 8 days" in page
        assert "Far fewer than usual" in page and "Hidden: fewer than 5" in page and "95.0%" in page
        assert "All but fewer than 5 people" in page and "98.7%" not in page, "four of 304 could be counted"
        assert "<td>Fewer than 5 people</td>" in page
        rows = text_of(of_role("coordinator", "RVC"), "/place/feeds.csv").splitlines()
        assert rows[0].lstrip("\ufeff").startswith("source,name,last_file")
        assert any(line.startswith("RVR,") and line.endswith(",2026-10,30,") for line in rows)
    finally:
        (home / "feeds" / "feeds.json").unlink()


def test_the_dictionary_holds_every_column_and_every_definition() -> None:
    from careweave.definitions import all_definitions
    from careweave.warehouse.dictionary import tables
    from careweave.warehouse.tables import SCHEMAS

    told = {table.name: [column.name for column in table.columns] for table in tables()}
    assert told == {name: list(schema.names) for name, schema in SCHEMAS.items()}
    page = text_of(of_role("analyst"), "/place/dictionary")
    assert all(f"{each.id}" in page for kind in ("measures", "scores") for each in all_definitions(kind))
    assert "pseudonym" in text_of(of_role("analyst"), "/place/dictionary.csv")
