"""The official Client Level Data transformations, rule by rule, as worked examples.

Each test says which published text its rule is from: NHSDigital/ASC-Client-Level-Data-SALT-ASCOF-transformations, the
scripts named in capitals. No public file of records with expected answers exists; the answers here are worked by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any

import ibis
import pyarrow as pa
import pytest
from ibis.expr.types import Table

from careweave.warehouse.client_level import carers, homes, reablement, requests, statuses, support
from careweave.warehouse.client_level.definition import load_rules
from careweave.warehouse.client_level.events import EVENTS, Period, declared

RULES = load_rules(date(2026, 11, 1))
YEAR = Period(date(2023, 4, 1), date(2024, 3, 31), date(2024, 5, 1), date(2024, 4, 30))
ST_MAX, HOME, NURSING = (
    "Short Term Support: ST-Max",
    "Long Term Support: Community",
    "Long Term Support: Nursing Care",
)
RESIDENTIAL = "Long Term Support: Residential Care"
PLANNED, ASSESS = "Service ended as planned", "Progress to Assessment"
Row = dict[str, Any]
Ask = Callable[..., list[Row]]


def event(type: str, start: str, end: str | None, outcome: str | None = None, **more: Any) -> Row:
    """One event of one client of council 900 in the 2023/24 submission, unless `more` says otherwise."""
    usual = {"la": "900", "nhs": "9990000018", "local": "L1", "client": "Service User", "gender": "Female"}
    told = {
        "type": type,
        "start": date.fromisoformat(start),
        "end": date.fromisoformat(end) if end else None,
        "outcome": outcome,
    }
    known = {"birth_month": date(1950, 1, 1), "received": date(2024, 4, 20)}
    return {**dict.fromkeys(EVENTS.names), **usual, **told, **known, **more}


def request(start: str, end: str | None, outcome: str = ASSESS, **more: Any) -> Row:
    return event("Request", start, end, outcome, route="Community / other route", **more)


def service(type: str, start: str, end: str | None, outcome: str | None = None, **more: Any) -> Row:
    return event("Service", start, end, outcome, service=type, **more)


@cache
def of(table: str) -> Table:
    """The official table as an expression: made once, since that takes longer than asking it."""
    events = declared()
    held = support.supported(events, RULES, YEAR, YEAR.end)
    made: dict[str, Callable[[], Table]] = {
        "STS001": lambda: requests.requests(events, RULES, YEAR),
        "STS002a": lambda: reablement.reablements(events, RULES, YEAR),
        "STS002b": lambda: reablement.of_existing_clients(events, RULES, YEAR),
        "2A": lambda: reablement.ascof_2a(of("STS002a"), RULES),
        "new": lambda: homes.new_in_care_homes(events, RULES, YEAR),
        "2B/2C": lambda: homes.ascof_2bc(of("new")),
        "2E": lambda: statuses.ascof_2e(statuses.living(events, RULES, YEAR), RULES),
        "LTS004": lambda: statuses.learning_disability(events, RULES, YEAR, "accommodation"),
        "LTS001 older": lambda: support.headcount(held, RULES, support.OLDER),
        "LTS001 younger": lambda: support.headcount(held, RULES, support.YOUNGER),
        "LTS001c": lambda: support.headcount(
            support.supported_for_long(events, RULES, YEAR), RULES, support.ALL, True
        ),
        "LTS003": lambda: carers.carers(events, RULES, YEAR),
        "3D": lambda: support.ascof_3d(held, RULES, support.ALL),
        "3D carers": lambda: carers.ascof_3d(events, RULES, YEAR),
    }
    return made[table]()


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    backend = ibis.duckdb.connect()
    compiled = cache(lambda table: backend.compile(of(table)))

    def answer(table: str, *rows: Row) -> list[Row]:
        backend.con.register("client_level", pa.Table.from_pylist(list(rows), schema=EVENTS))
        names = of(table).columns
        return [dict(zip(names, row, strict=True)) for row in backend.con.execute(compiled(table)).fetchall()]

    yield answer
    backend.disconnect()


def sequels(ask: Ask, *rows: Row) -> list[tuple[int, str | None]]:
    found = ask("STS001", *rows)
    return sorted(((row["kind"], row["sequel"]) for row in found), key=str)


def after_reablement(ask: Ask, *rows: Row) -> list[tuple[int, str | None]]:
    found = ask("STS002a", *rows)
    return sorted(((row["kind"], row["sequel"]) for row in found), key=str)


def test_requests_four_days_apart_are_one_and_five_days_apart_are_two(ask: Ask) -> None:
    """STS001, islands and gaps: breaks of four days are allowed, for long weekends."""
    first = request("2023-05-01", "2023-05-02")

    assert len(sequels(ask, first, request("2023-05-06", "2023-05-06"))) == 1
    assert len(sequels(ask, first, request("2023-05-07", "2023-05-07"))) == 2


def test_reablement_a_day_apart_is_one_and_two_days_apart_is_two(ask: Ask) -> None:
    """STS002a, islands and gaps: one day. The second only counts when a request led to it too."""
    asked = request("2023-05-01", "2023-05-01", "Progress to Reablement/ST-Max")
    first = service(ST_MAX, "2023-05-02", "2023-05-20", PLANNED)
    next_day = service(ST_MAX, "2023-05-21", "2023-06-01", PLANNED, component="More")
    later = service(ST_MAX, "2023-05-22", "2023-06-01", PLANNED, component="More")

    assert len(after_reablement(ask, asked, first, next_day)) == 1
    assert len(after_reablement(ask, asked, first, later)) == 2


def test_a_request_of_someone_with_long_term_support_is_not_a_new_clients(ask: Ask) -> None:
    """STS001, new clients: none whose long-term service ran on the first day of the request."""
    asked = request("2023-05-03", "2023-05-04")

    assert sequels(ask, asked, service(HOME, "2023-01-01", None)) == []
    assert sequels(ask, asked, service(HOME, "2023-01-01", "2023-05-03", PLANNED)) == []
    assert len(sequels(ask, asked, service(HOME, "2023-01-01", "2023-05-02", PLANNED))) == 1


def test_a_service_within_four_weeks_is_the_sequel_of_a_request(ask: Ask) -> None:
    """STS001, clustering of sequels: what begins more than 28 days after the request is not related to it."""
    asked = request("2023-04-30", "2023-05-01")
    late = service(HOME, "2023-05-30", "2023-07-01", PLANNED)

    assert sequels(ask, asked, service(HOME, "2023-05-29", "2023-07-01", PLANNED)) == [(2, HOME)]
    assert sequels(ask, asked, late) == [(5, "No_Chronology_Unable_To_Classify")]
    assert sequels(ask, {**asked, "outcome": "Sent home"}, late) == [(5, None)]


def test_after_a_request_of_one_day_nothing_comes_too_late(ask: Ask) -> None:
    """STS001 and STS002a number the days of what follows before they take the request, or the spell, itself out again.

    It began on the day on which it ended, so it was the first, and only the first is asked whether it came too late.
    """
    later = service(HOME, "2023-11-01", "2023-12-01", PLANNED)
    asked = request("2023-05-01", "2023-05-01")
    spell = service(ST_MAX, "2023-05-02", "2023-05-02", PLANNED)

    assert sequels(ask, asked, later) == [(2, HOME)]
    assert after_reablement(ask, asked, spell, later) == [(2, "Long Term Support (any setting)")]


def test_a_request_without_a_route_is_not_counted_and_one_without_an_outcome_more_than_once(ask: Ask) -> None:
    """STS001 joins what it has dealt with by route and outcome, and to its database nothing equals a missing one."""
    asked = request("2023-05-01", "2023-05-01")
    unsaid = {**asked, "outcome": None}
    home, seen = service(HOME, "2023-05-02", None), event("Review", "2023-05-02", "2023-05-02", PLANNED)
    nothing, outside = (1, "No_Chronology_Unable_To_Classify"), (5, None)

    assert sequels(ask, {**asked, "route": None}, home) == []
    assert sequels(ask, unsaid) == [nothing]
    assert sequels(ask, unsaid, home) == [nothing, (2, HOME), outside]
    assert sequels(ask, unsaid, seen) == [nothing, (4, "No Service Found"), outside]
    assert sequels(ask, unsaid, service(HOME, "2023-01-01", None)) == [nothing]
    assert sequels(ask, asked, service(HOME, "2023-01-01", None)) == []


def test_reablement_without_an_outcome_is_counted_more_than_once_or_not_at_all(ask: Ask) -> None:
    """STS002a and STS002b, as STS001: by the outcome alone."""
    asked, spell = request("2023-05-01", "2023-05-01"), service(ST_MAX, "2023-05-02", "2023-06-10")
    seen = event("Review", "2023-06-11", "2023-06-12", "No change in package")
    unclassified = "No_Chronology_Unable_To_Classify"

    assert after_reablement(ask, asked, spell, seen) == [
        (1, unclassified),
        (4, "No Service Found"),
        (5, unclassified),
    ]
    assert ask("STS002b", spell, service(HOME, "2023-01-01", None)) == []


def test_outcomes_of_one_day_that_are_not_in_the_order_are_counted_each_with_each(ask: Ask) -> None:
    """STS001 joins the last outcomes of a request to themselves by rank and route, and all that are not listed rank 99."""
    first = request("2023-05-01", "2023-05-02", "NFA - Support ended: Other reason")
    second = request("2023-05-02", "2023-05-02", "NFA - No services offered: Other reason")
    words = "No_Chronology_No Services Provided - other reason"

    assert sequels(ask, first, second) == [(1, words)] * 4
    assert sequels(ask, first, {**second, "route": "Other"}) == [(1, words)] * 2
    assert sequels(ask, first, {**second, "outcome": ASSESS}) == [(1, "No_Chronology_Unable_To_Classify")]


def test_requests_of_the_same_days_in_two_councils_take_each_others_number(ask: Ask) -> None:
    """STS001, islands and gaps: joined back by person and days, without the council."""
    both = request("2023-06-01", "2023-06-02")
    earlier, elsewhere = request("2023-05-01", "2023-05-02"), {**both, "la": "901"}

    assert len(ask("STS001", earlier, both)) == 2
    assert Counter(row["la"] for row in ask("STS001", earlier, both, elsewhere)) == {"900": 2, "901": 2}


def test_two_requests_that_ended_in_other_ways_are_one_for_a_person(ask: Ask) -> None:
    """STS001, non-service chronology: several outcomes are written “NFA- Other”, and that word makes two rows one."""
    rows = [
        request("2023-05-01", "2023-05-02"),
        event("Review", "2023-05-03", "2023-05-04", "NFA- Other"),
        request("2023-08-01", "2023-08-02"),
        event("Review", "2023-08-03", "2023-08-04", "NFA - Support declined"),
        event("Assessment", "2023-08-03", "2023-08-04", "NFA - Moved to another LA"),
    ]

    assert sequels(ask, *rows) == [(3, "No Services Provided - other reason")]
    rows[1]["outcome"] = "NFA - Support declined"
    assert sequels(ask, *rows) == [(3, "No Services Provided - other reason")] * 2


def test_an_open_first_service_is_in_scope_however_late(ask: Ask) -> None:
    """STS001, clustering of sequels: an event without an end that comes first is always in the chain."""
    assert sequels(ask, request("2023-05-01", "2023-05-01"), service(HOME, "2023-12-01", None)) == [(2, HOME)]


def test_a_break_of_more_than_three_days_ends_the_chain_of_sequels(ask: Ask) -> None:
    """STS001, clustering of sequels."""
    asked = request("2023-05-01", "2023-05-01")
    assessed = event("Assessment", "2023-05-02", "2023-05-10", "Progress to Support Planning / Services")

    assert sequels(ask, asked, assessed, service(HOME, "2023-05-13", None)) == [(2, HOME)]
    assert sequels(ask, asked, assessed, service(HOME, "2023-05-14", None)) == [(4, "No Service Found")]


def test_of_several_services_the_one_that_outranks_the_others_is_the_sequel(ask: Ask) -> None:
    """STS001, service chronology: ST-Max before nursing, residential, community, prison, low level and other."""
    asked = request("2023-05-01", "2023-05-01")
    home = service(HOME, "2023-05-02", "2023-05-30", PLANNED)
    nursing = service(NURSING, "2023-05-10", None)

    assert sequels(ask, asked, home, nursing) == [(2, NURSING)]
    assert sequels(ask, asked, home, nursing, service(ST_MAX, "2023-05-03", "2023-05-09")) == [(2, ST_MAX)]


def test_another_request_takes_the_place_of_the_one_before(ask: Ask) -> None:
    """STS001, break: the chronology is searched as far as the next request; the service is the second one's."""
    rows = (
        request("2023-05-01", "2023-05-01"),
        request("2023-05-10", "2023-05-10"),
        service(HOME, "2023-05-12", None),
    )

    assert sequels(ask, *rows) == [(2, HOME), (5, "No_Chronology_Unable_To_Classify")]


def test_what_an_assessment_says_is_the_sequel_where_no_service_came(ask: Ask) -> None:
    """STS001, non-service chronology: one outcome of no further action is it; several that differ are other."""
    asked = request("2023-05-01", "2023-05-01")
    declined = event("Assessment", "2023-05-02", "2023-05-04", "NFA - Support declined")
    advised = event("Review", "2023-05-03", "2023-05-04", "NFA - Information & Advice / Signposting only")

    assert sequels(ask, asked, declined) == [(3, "No Services Provided - other reason")]
    assert sequels(ask, asked, advised) == [(3, "Universal Services/ Signposted to other services")]
    assert sequels(ask, asked, declined, advised) == [(3, "No Services Provided - other reason")]


def test_the_outcome_of_a_request_speaks_where_nothing_followed(ask: Ask) -> None:
    """STS001, no further chronology; an outcome of the older list that the mapping does not have is unclassified."""
    end_of_life = request("2023-05-01", "2023-05-01", "Progress to End of Life Care")
    hyphened = request("2023-05-01", "2023-05-01", "NFA - 100% NHS-funded care")

    assert sequels(ask, end_of_life) == [(1, "No_Chronology_End of Life")]
    assert sequels(ask, hyphened) == [(1, "No_Chronology_Unable_To_Classify")]


def test_codes_are_compared_without_case(ask: Ask) -> None:
    """STS001 lists “(Inc. 12wk disregard)” and, in its hierarchy, “(inc. 12wk disregard)”: the same to its database."""
    asked = request("2023-05-01", "2023-05-01", "NFA - Self-funded client (inc. 12wk disregard)")

    assert sequels(ask, asked) == [(1, "No_Chronology_No Services Provided - other reason")]


def test_the_latest_edition_of_an_event_is_the_one_that_counts(ask: Ask) -> None:
    """STS001, bespoke event ID: same council, person, client type, first day, type, component and delivery; last import."""
    asked = request("2023-05-10", "2023-05-10")
    open_then = service(HOME, "2023-01-01", None, received=date(2023, 7, 20))
    closed_since = service(HOME, "2023-01-01", "2023-02-01", PLANNED, received=date(2024, 4, 20))
    too_late = service(HOME, "2023-01-01", None, received=date(2024, 6, 1))

    assert sequels(ask, asked, open_then) == []
    assert len(sequels(ask, asked, open_then, closed_since, too_late)) == 1


def test_a_delivery_in_the_column_of_the_component_makes_no_other_event(ask: Ask) -> None:
    """STS001 and 2B/2C write council, person, days and codes one after the other; a space at the end of one does count."""
    asked = request("2023-05-10", "2023-05-10")
    home = service(HOME, "2023-01-01", None, delivery="Direct Payment", received=date(2023, 7, 20))
    moved = {**home, "component": "Direct Payment", "delivery": None, "end": date(2023, 2, 1)}
    latest = {"received": date(2024, 4, 20)}

    assert len(sequels(ask, asked, home, {**moved, **latest})) == 1
    assert sequels(ask, asked, home, {**moved, **latest, "client": "Service User "}) == []


def test_nobody_is_counted_twice_for_want_of_an_nhs_number(ask: Ask) -> None:
    """Every script, amalgamated identifier: a council number that belongs to an NHS number is no person of its own."""
    asked = request("2023-05-01", "2023-05-01")

    assert len(sequels(ask, asked, request("2023-08-01", "2023-08-01", nhs=None))) == 1
    assert len(sequels(ask, asked, request("2023-08-01", "2023-08-01", nhs=None, local="L2"))) == 2


def _ascof_2a(ask: Ask, *rows: Row) -> list[Row]:
    return ask("2A", *rows)


def test_ascof_2a_counts_reablement_that_ended_without_long_term_support(ask: Ask) -> None:
    """ASCOF 2A, numerator and denominator: long-term support is in the second only, a death in neither."""
    rows = []
    for person, then in enumerate((None, HOME, "Short Term Support: Ongoing Low Level", NURSING)):
        who = {"nhs": str(person), "local": str(person)}
        rows += [
            request("2023-05-01", "2023-05-01", "Progress to Reablement/ST-Max", **who),
            service(ST_MAX, "2023-05-02", "2023-06-10", PLANNED, **who),
        ]
        rows += [service(then, "2023-06-11", None, **who)] if then else []
    died = {"nhs": "died", "local": "died"}
    rows += [request("2023-05-01", "2023-05-01", **died)]
    rows += [service(ST_MAX, "2023-05-02", "2023-06-10", "NFA - Deceased", **died)]

    assert _ascof_2a(ask, *rows) == [{"la": "900", "numerator": 2, "denominator": 4}]


def test_reablement_that_no_request_led_to_is_not_in_ascof_2a(ask: Ask) -> None:
    """ASCOF 2A: the cohort is fed from STS001 alone."""
    assert _ascof_2a(ask, service(ST_MAX, "2023-05-02", "2023-06-10", PLANNED)) == []


def test_support_more_than_three_days_after_reablement_is_not_its_sequel(ask: Ask) -> None:
    """STS002a, clustering of sequels; an event without an end that comes first is in the chain however late."""
    rows = (
        request("2023-05-01", "2023-05-01"),
        service(ST_MAX, "2023-05-02", "2023-06-10", PLANNED),
    )
    later = service(HOME, "2023-06-14", "2023-09-01", PLANNED)

    assert after_reablement(ask, *rows, service(HOME, "2023-06-13", "2023-09-01", PLANNED)) == [
        (2, "Long Term Support (any setting)")
    ]
    assert after_reablement(ask, *rows, later) == [(5, "No services provided – other")]


def test_the_hyphen_of_the_published_text_keeps_a_planned_end_out_of_ascof_2a(ask: Ask) -> None:
    """ASCOF 2A, record type 4 writes “No services provided - other”; its numerator asks for the dash. Kept, and said."""
    rows = (
        request("2023-05-01", "2023-05-01"),
        service(ST_MAX, "2023-05-02", "2023-06-10", PLANNED),
        event("Review", "2023-06-11", "2023-06-12", "No change in package"),
    )

    assert after_reablement(ask, *rows) == [(4, "No services provided - other")]
    assert _ascof_2a(ask, *rows) == []


def test_ascof_2b_and_2c_leave_out_who_was_in_a_care_home_before_the_year(ask: Ask) -> None:
    """ASCOF 2B/2C: a move to another home inside the year is no new admission; an older one elsewhere makes none new."""
    new = service(RESIDENTIAL, "2023-09-01", None)
    younger = service(NURSING, "2023-09-01", None, nhs="2", local="L2", birth_month=date(1980, 1, 1))
    moved = (
        service(RESIDENTIAL, "2020-09-01", None, nhs="3", local="L3"),
        service(NURSING, "2023-09-01", None, nhs="3", local="L3"),
    )
    left = service(RESIDENTIAL, "2023-09-01", "2024-03-31", "NFA - Deceased", nhs="4", local="L4")

    found = ask("2B/2C", new, younger, *moved, left)
    assert found == [{"la": "900", "younger": 1, "older": 1}]


def test_a_place_that_was_closed_in_the_last_submission_is_no_admission(ask: Ask) -> None:
    """ASCOF 2B/2C, updated records: open in an older edition and closed in the last, unless that one has it open too."""
    older = service(RESIDENTIAL, "2023-09-01", None, received=date(2023, 10, 20))
    closed = service(RESIDENTIAL, "2023-09-01", "2023-12-01", "NFA - Deceased")
    reopened = service(RESIDENTIAL, "2023-09-01", None)

    assert ask("new", older, closed) == []
    assert len(ask("new", older, closed, reopened)) == 1


def _ascof_2e(ask: Ask, *rows: Row) -> list[Row]:
    return ask("2E", *rows)


def test_ascof_2e_takes_the_last_known_accommodation(ask: Ask) -> None:
    """ASCOF 2E: latest event start, then known before unknown, then two that differ are unknown."""
    home = service(HOME, "2023-01-01", None, accommodation="Tenant")
    later = service(NURSING, "2023-06-01", None, accommodation="Registered nursing home")
    unknown = service(HOME, "2023-01-01", None, accommodation="Unknown", component="Other")
    other = service(HOME, "2023-01-01", None, accommodation="Shared Lives scheme", component="Third")

    assert _ascof_2e(ask, home)[0]["numerator"] == 1
    assert _ascof_2e(ask, home, unknown)[0]["numerator"] == 1
    assert _ascof_2e(ask, home, later)[0]["numerator"] == 0
    assert _ascof_2e(ask, home, other)[0]["numerator"] == 0


def test_ascof_2e_keeps_a_wrong_code_that_lts004_leaves_out(ask: Ask) -> None:
    """ASCOF 2E has no filter of valid statuses, LTS004 tables 2a and 2b have one; 2E leaves prison out."""
    wrong = service(
        HOME,
        "2023-05-01",
        None,
        accommodation="With mum",
        reason="Learning Disability Support",
        birth_month=date(1990, 1, 1),
    )
    prison = service("Long Term Support: Prison", "2023-05-01", None, accommodation="Tenant")

    assert [row["denominator"] for row in _ascof_2e(ask, wrong)] == [1]
    assert ask("LTS004", wrong) == []
    assert _ascof_2e(ask, prison) == []


def test_the_fault_at_the_end_of_the_accommodation_list_is_not_a_status() -> None:
    """A list read out of ASCOF 2E by machine ends with the settings of its cohort; no status may look like them."""
    every = {*RULES.lists["settled"], *RULES.lists["unsettled"]}

    assert (len(RULES.lists["settled"]), len(RULES.lists["unsettled"])) == (9, 11)
    assert not every & set(RULES.lists["long_term"])


def test_sts002b_counts_reablement_of_those_with_long_term_support_when_it_began(ask: Ask) -> None:
    """STS002b: spells a day apart are one; support must run on the first day; the last day must be in the period."""
    home = service(HOME, "2023-01-01", "2023-05-01")
    spells = (
        service(ST_MAX, "2023-05-01", "2023-05-10", PLANNED),
        service(ST_MAX, "2023-05-11", "2023-06-01", PLANNED),
    )
    later = service(ST_MAX, "2023-06-03", "2023-07-01", PLANNED)

    assert len(ask("STS002b", home, *spells)) == 1
    assert ask("STS002b", home, later) == []
    assert ask("STS002b", home, {**spells[1], "start": date(2023, 4, 30), "end": None}) == []


def test_lts001c_asks_for_more_than_a_year_of_support_without_a_break(ask: Ask) -> None:
    """LTS001c: a day without support breaks no chain, two do; a chain of exactly twelve months is not more than a year."""
    before, now = service(RESIDENTIAL, "2022-06-01", "2023-06-30"), service(NURSING, "2023-07-01", None)

    assert [row["service"] for row in ask("LTS001c", before, now)] == [NURSING.lower()]
    assert ask("LTS001c", {**before, "end": date(2023, 6, 29)}, now) == []
    assert ask("LTS001c", service(HOME, "2023-03-31", None)) == []
    assert len(ask("LTS001c", service(HOME, "2023-03-30", None))) == 1


def test_lts001c_leaves_a_reason_that_is_not_listed_as_it_is(ask: Ask) -> None:
    """LTS001a and b write “Invalid/NULL” for it."""
    odd = service(HOME, "2022-05-01", None, reason="Frailty")

    assert [row["reason"] for row in ask("LTS001 older", odd)] == [support.INVALID]
    assert [row["reason"] for row in ask("LTS001c", odd)] == ["frailty"]


def test_lts003_counts_each_carer_once_by_the_support_that_outranks_the_others(ask: Ask) -> None:
    """LTS003: direct payment, managed budget, commissioned, direct but unknown, advice, none."""
    mine = {"client": "Carer", "nhs": "9990000026", "local": "L2"}
    advice = "NFA - Information & Advice / Signposting only"
    asked = event("Request", "2023-05-01", "2023-05-02", advice, **mine)
    seen = event("Assessment", "2023-05-03", "2023-05-04", PLANNED, **mine)
    unknown = service("Carer Support: Direct to Carer", "2023-06-01", None, **mine)
    commissioned = {**unknown, "delivery": "CASSR Commissioned Support"}
    directly = {**unknown, "delivery": "Direct Payment"}

    def support_of(*rows: Row) -> list[str]:
        return [row["support"] for row in ask("LTS003", *rows)]

    assert support_of(seen) == ["No Direct Support Provided to Carer"]
    assert support_of(seen, asked) == ["Information, Advice and Other Universal Services / Signposting"]
    assert support_of(asked, unknown) == ["Support Direct to Carer: Unknown Delivery Mech"]
    assert support_of(unknown, commissioned) == ["CASSR Commissioned Support only"]
    assert support_of(commissioned, directly) == ["Direct Payment only"]
    assert support_of(service("", "2023-06-01", None, advice, **mine)) == []
    assert support_of({**directly, "client": "Service User"}) == []


def test_ascof_3d_for_carers_takes_adults_with_support_of_their_own(ask: Ask) -> None:
    """ASCOF 3D, 1b and 2b: a component of direct payment counts; a service that states no component does not."""
    mine = {"client": "Carer known by association", "component": "Carer Respite"}
    kind = "Carer Support: Direct to Carer"
    rows = (
        service(kind, "2023-06-01", None, **{**mine, "component": "Direct Payment"}),
        service(kind, "2023-06-01", None, nhs="2", delivery="CASSR Managed Personal Budget", **mine),
        service(kind, "2023-06-01", None, nhs="3", delivery="CASSR Commissioned Support", **mine),
        service(kind, "2023-06-01", None, nhs="4", **mine),
        service(kind, "2023-06-01", None, nhs="5", delivery="CASSR Commissioned Support", client="Carer"),
        service(kind, "2023-06-01", None, nhs="6", delivery="Direct Payment", client="Carer"),
    )
    child = {**rows[0], "nhs": "7", "birth_month": date(2010, 1, 1)}
    of_unknown_age = {**rows[0], "nhs": "8", "birth_month": None}

    assert ask("3D carers", *rows, child, of_unknown_age) == [
        {"la": "900", "self_directed": 4, "direct_payment": 3, "denominator": 5}
    ]


def test_lts001_counts_each_person_once_in_the_setting_that_outranks_the_others(ask: Ask) -> None:
    """LTS001a and b: hierarchy, then known reason, then latest; a delivery not of the list counts as none."""
    reason = "Physical Support: Personal care support"
    rows = (
        service(HOME, "2023-05-01", None, delivery="Direct Payment", reason=reason),
        service(NURSING, "2023-04-01", None, delivery="Direct Payment", reason="Unknown"),
        service(NURSING, "2023-02-01", None, component="Other", reason=reason),
    )

    found = ask("LTS001 older", *rows)
    assert [(row["service"], row["delivery"], row["reason"]) for row in found] == [
        (NURSING.lower(), "", reason.lower())
    ]
    assert ask("LTS001 younger", *rows) == []


def test_ascof_3d_takes_a_component_of_direct_payment_for_one(ask: Ask) -> None:
    """ASCOF 3D for clients: delivery is not mandatory, so the component speaks too; care homes outrank it."""
    direct = service(HOME, "2023-05-01", None, component="Direct Payment")
    managed = service(HOME, "2023-05-01", None, delivery="CASSR Managed Personal Budget", nhs="2", local="L2")
    plain = service(HOME, "2023-05-01", None, nhs="3", local="L3")
    moved = service(NURSING, "2023-06-01", None, nhs="1", local="L9")

    assert ask("3D", direct, managed, plain) == [
        {"la": "900", "self_directed": 2, "direct_payment": 1, "denominator": 3}
    ]
    assert ask("3D", {**direct, "nhs": "1", "local": "L9"}, moved) == []


def test_ascof_3d_takes_the_rank_that_another_council_gave_a_person(ask: Ask) -> None:
    """ASCOF 3D for clients joins the best rank of a person without the council; LTS001 joins it with it."""
    home = service(HOME, "2023-05-01", None, delivery="Direct Payment")
    nursing, elsewhere = service(NURSING, "2023-05-01", None), {**home, "la": "901"}

    assert ask("3D", home, nursing) == []
    assert sorted(row["la"] for row in ask("3D", home, nursing, elsewhere)) == ["900", "901"]


def test_a_file_that_was_sent_before_the_period_was_over_is_not_a_councils_last(ask: Ask) -> None:
    """LTS001, LTS003, LTS004, 2E and 3D, latest submission: sent after the period, and about all of it."""
    home = service(HOME, "2023-05-01", None)

    assert len(ask("LTS001 older", home)) == 1
    assert ask("LTS001 older", {**home, "received": date(2024, 1, 20)}) == []


def test_two_homes_of_someone_without_a_gender_both_stay(ask: Ask) -> None:
    """LTS004 finds those with two statuses again by gender too, and nothing equals a missing one."""
    rows = [
        service(
            HOME,
            "2023-05-01",
            None,
            accommodation=home,
            reason="Learning Disability Support",
            birth_month=date(1990, 1, 1),
        )
        for home in ("Tenant", "Refuge")
    ]

    assert [row["status"] for row in ask("LTS004", *rows)] == ["unknown"]
    without = ask("LTS004", *({**row, "gender": None} for row in rows))
    assert sorted(row["status"] for row in without) == ["refuge", "tenant"]
