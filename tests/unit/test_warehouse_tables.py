"""What each further table of the warehouse takes from the resources that organisations and teams write."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from careweave.warehouse.areas import Area
from careweave.warehouse.store import open_warehouse
from tests.unit.warehouse_record import (
    FakeGate,
    admission_method,
    answered,
    build,
    coded,
    condition,
    encounter,
    extension,
    id_of,
    medicine,
    observation,
    party,
    patient,
    rows,
    written,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def gate() -> FakeGate:
    made = FakeGate()
    made.put("joe", "RVR", patient("RVR", "9"))
    return made


def test_a_medicine_is_a_row_under_the_stay_it_was_given_in(gate: FakeGate, home: Path) -> None:
    stay = encounter("RVR", "9", "IMP", "2026-10-01T10:00:00Z")
    gate.put("joe", "RVR", stay)
    about = {"reference": f"Encounter/{stay['id']}"}
    gate.put("joe", "RVR", medicine("RVR", "9", "387517004", encounter=about, status="completed"))
    gate.put("joe", "RVR", medicine("RVR", "9", "387207008", courseOfTherapyType=coded("continuous", "x")))
    gate.put("joe", "RVR", medicine("RVR", "9", "372756006", status="entered-in-error"))
    build(gate, home)
    repeat, given = sorted(rows(home, "medication"), key=lambda row: row["code"])
    assert (repeat["code"], repeat["is_repeat"], repeat["event"]) == ("387207008", True, None)
    assert (given["status"], given["start"], given["event"]) == (
        "completed",
        date(2026, 9, 1),
        rows(home, "event")[0]["event"],
    )


def test_blood_pressure_is_its_two_numbers(gate: FakeGate, home: Path) -> None:
    parts = [
        {"code": coded(code), "valueQuantity": {"value": value, "code": "mm[Hg]"}}
        for code, value in (("72313002", 150), ("1091811000000102", 85))
    ]
    gate.put("joe", "RVR", observation("RVR", "9", "75367002", None, component=parts))
    gate.put("joe", "RVR", observation("RVR", "9", "77176002", None))
    build(gate, home)
    told = {(row["code"], row["value"], row["unit"]) for row in rows(home, "observation")}
    assert told == {
        ("72313002", 150.0, "mm[Hg]"),
        ("1091811000000102", 85.0, "mm[Hg]"),
        ("77176002", None, None),
    }


def stay(source: str, start: str, end: str | None, **codes: str) -> dict[str, Any]:
    held = {"dischargeDisposition": coded(codes["to"])} if "to" in codes else {}
    if "came" in codes:
        held["admitSource"] = coded(codes["came"])
    period = {"start": start, **({"end": end} if end else {})}
    ready = [extension("discharge-ready-date", valueDate=codes["ready"])] if "ready" in codes else []
    method = admission_method("21")["hospitalization"]
    return encounter(source, "9", "IMP", start, period=period, hospitalization=method | held, extension=ready)


def journeys(gate: FakeGate, home: Path, *stays: dict[str, Any]) -> list[list[str]]:
    """The stays of each journey by the organisation that sent them, in order."""
    for source in ("RVR", "RVX"):
        gate.put("joe", source, patient(source, "9"))
    for body in stays:
        source = "RVR" if body["id"] == stay_id("RVR", body) else "RVX"
        gate.put("joe", source, body)
    build(gate, home)
    found: dict[str, list[str]] = {}
    for row in sorted(rows(home, "admission"), key=lambda row: row["number"]):
        found.setdefault(row["superspell"], []).append(row["organisation"])
    assert sum(row["is_last"] for row in rows(home, "admission")) == len(found)
    return sorted(found.values())


def stay_id(source: str, body: dict[str, Any]) -> str:
    return id_of(source, "Encounter", f"9 IMP {body['period']['start']} ")


def test_a_transfer_on_the_same_or_the_next_day_is_one_journey(gate: FakeGate, home: Path) -> None:
    first = stay("RVR", "2026-10-01T10:00:00Z", "2026-10-04T10:00:00Z", to="51")
    same = stay("RVX", "2026-10-04T15:00:00Z", "2026-10-09T10:00:00Z")
    after = stay("RVR", "2026-10-10T09:00:00Z", "2026-10-12T10:00:00Z", came="51")
    assert journeys(gate, home, first, same, after) == [["RVR", "RVX", "RVR"]]


def test_coming_back_is_no_transfer(gate: FakeGate, home: Path) -> None:
    first = stay("RVR", "2026-10-01T10:00:00Z", "2026-10-04T10:00:00Z", to="19")
    same_evening = stay("RVR", "2026-10-04T20:00:00Z", "2026-10-05T10:00:00Z")
    next_day_elsewhere = stay("RVX", "2026-10-06T09:00:00Z", "2026-10-07T10:00:00Z")
    assert journeys(gate, home, first, same_evening, next_day_elsewhere) == [["RVR"], ["RVR"], ["RVX"]]


def test_nights_after_the_discharge_ready_day_are_delayed(gate: FakeGate, home: Path) -> None:
    gate.put("joe", "RVR", stay("RVR", "2026-10-01T10:00:00Z", "2026-10-09T10:00:00Z", ready="2026-10-04"))
    gate.put("joe", "RVR", stay("RVR", "2026-11-20T10:00:00Z", None))
    build(gate, home)
    delayed, still_in = sorted(rows(home, "admission"), key=lambda row: row["start"])
    assert (delayed["nights"], delayed["delayed_nights"], delayed["ready"]) == (8, 5, date(2026, 10, 4))
    assert (still_in["nights"], still_in["delayed_nights"], still_in["end"]) == (6, None, None)


def test_a_package_of_social_care_keeps_units_and_cost_and_says_who_lives_in_a_home(
    gate: FakeGate, home: Path
) -> None:
    gate.put("joe", "RVR", written("ServiceRequest", "RVR", "9", "s1", status="active",
        category=[coded("social-care-service")], code=coded("Long Term Support: Residential Care"),
        occurrencePeriod={"start": "2026-03-01"}, performer=[{"display": "The Willows"}],
        extension=[extension("planned-units", valueDecimal=1.5), extension("unit-cost-pence", valueInteger=90000),
                   extension("cost-frequency", valueString="Per week")]))  # fmt: skip
    build(gate, home)
    (service,) = rows(home, "service")
    assert (service["start"], service["units_per_week"], service["unit_cost_pence"], service["cost_unit"]) == (
        date(2026, 3, 1), 1.5, 90000, "Per week")  # fmt: skip
    assert rows(home, "person")[0]["is_in_care_home"] is True
    assert "Willows" not in str(service)


def test_a_referral_waits_until_the_first_contact_that_names_it(gate: FakeGate, home: Path) -> None:
    asked = written("ServiceRequest", "RVR", "9", "r1", status="active", authoredOn="2026-09-01",
        category=[coded("community-referral")])  # fmt: skip
    gate.put("joe", "RVR", asked)
    for day in ("2026-09-20", "2026-09-14"):
        because = [{"reference": f"ServiceRequest/{asked['id']}"}]
        gate.put("joe", "RVR", encounter("RVR", "9", "HH", f"{day}T10:00:00Z", basedOn=because))
    gate.put("joe", "RVR", encounter("RVR", "9", "HH", "2026-09-03T10:00:00Z"))
    build(gate, home)
    (referral,) = rows(home, "referral")
    assert (referral["kind"], referral["requested"], referral["first_contact"]) == (
        "community-referral", date(2026, 9, 1), date(2026, 9, 14))  # fmt: skip


def enrolled(gate: FakeGate, *steps: list[dict[str, Any]]) -> None:
    gate.put("joe", "careweave", {**patient("careweave", "9"), "id": id_of("careweave", "Patient", "9")})
    told = [extension("pathway-step", extension=parts) for parts in steps]
    gate.put("joe", "careweave", written("EpisodeOfCare", "careweave", "9", "e", status="active",
        period={"start": "2026-01-10T09:00:00Z"}, careManager=party("staff:priya"), team=[party("team:north")],
        extension=told))  # fmt: skip


def test_who_coordinates_is_known_since_the_last_handover(gate: FakeGate, home: Path) -> None:
    enrolled(gate)
    build(gate, home)
    (before,) = rows(home, "enrolment")
    assert (before["team"], before["coordinator_since"], before["handovers"]) == (
        "north", datetime(2026, 1, 10, 9, tzinfo=UTC), 0)  # fmt: skip
    assert "priya" not in str(before) and before["coordinator"]
    for key, status in (("1", "completed"), ("2", "rejected")):
        task = written(
            "Task",
            "careweave",
            "9",
            key,
            status=status,
            code=coded("take-charge"),
            authoredOn="2026-02-01T09:00:00Z",
        )
        gate.put("joe", "careweave", task, days_ago=0)
    build(gate, home)
    (after,) = rows(home, "enrolment")
    assert after["handovers"] == 1 and after["coordinator_since"] > before["coordinator_since"]
    assert {row["status"] for row in rows(home, "task") if row["end"]} == {"completed", "rejected"}


def test_a_step_on_a_pathway_that_waits_for_an_answer_is_none_yet(gate: FakeGate, home: Path) -> None:
    offer = {"url": "offer", "valueReference": {"reference": f"Task/{id_of('careweave', 'Task', '9 t')}"}}

    def step(tier: str, at: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"url": "pathway", "valueCode": "copd"}, {"url": "tier", "valueCode": tier},
                {"url": "at", "valueInstant": f"{at}T09:00:00Z"}, *more]  # fmt: skip

    enrolled(gate, step("low", "2026-02-01"), step("high", "2026-03-01", offer))
    build(gate, home)
    assert [(row["tier"], row["end"]) for row in rows(home, "pathway")] == [("low", None)]
    gate.put(
        "joe",
        "careweave",
        written("Task", "careweave", "9", "t", status="completed", code=coded("take-charge")),
        days_ago=0,
    )
    build(gate, home)
    assert [row["tier"] for row in sorted(rows(home, "pathway"), key=lambda row: row["start"])] == [
        "low",
        "high",
    ]


def test_a_plan_says_when_it_was_published_and_when_it_is_reviewed(gate: FakeGate, home: Path) -> None:
    gate.put("joe", "RVR", written("CarePlan", "RVR", "9", "p", status="active", created="2026-05-01T10:00:00Z",
        category=[coded("care-and-support")], extension=[extension("plan-version", valueInteger=2),
        extension("review-date", valueDate="2026-11-01"), extension("reviewer", valueReference=party("staff:priya")),
        extension("agreement", extension=[{"url": "answer", "valueCode": "agrees"}])]))  # fmt: skip
    build(gate, home)
    (plan,) = rows(home, "plan")
    assert (plan["version"], plan["is_reviewed"], plan["review_on"], plan["agreement"]) == (
        2,
        True,
        date(2026, 11, 1),
        "agrees",
    )


def test_answers_are_codes_and_numbers_and_a_need_stands_until_it_is_met(gate: FakeGate, home: Path) -> None:
    gate.put("joe", "careweave", patient("careweave", "9"))
    unmet = {
        "linkId": "washing",
        "extension": [extension("unmet-need", valueBoolean=True)],
        "answer": [{"valueCoding": {"code": "a-lot"}}],
    }
    words = {"linkId": "words", "answer": [{"valueString": "I was a ferryman"}]}
    for key, item in (
        ("2026-02-01", unmet),
        ("2026-03-01", unmet),
        ("2026-04-01", {"linkId": "washing", "answer": [{"valueInteger": 2}]}),
    ):
        gate.put(
            "joe",
            "careweave",
            answered("9", key, f"{key}T10:00:00Z", item, words, source=party("person:annie")),
        )
    build(gate, home)
    told = sorted(rows(home, "survey"), key=lambda row: (row["item"], row["at"]))
    assert [(row["item"], row["value_code"], row["value"]) for row in told][:3] == [
        ("washing", "a-lot", None), ("washing", "a-lot", None), ("washing", None, 2.0)]  # fmt: skip
    assert told[0]["is_proxy"] is True and told[0]["questionnaire"] == "short" and "ferryman" not in str(told)
    (need,) = rows(home, "need")
    assert (need["since"].date(), need["met"].date()) == (date(2026, 2, 1), date(2026, 4, 1))


def test_what_people_say_of_their_care_is_counted_with_its_value_and_tells_and_ends_no_need(
    gate: FakeGate, home: Path
) -> None:
    gate.put("joe", "careweave", patient("careweave", "9"))
    unmet = {"linkId": "plan", "extension": [extension("unmet-need", valueBoolean=True)]}
    gate.put("joe", "careweave", answered("9", "a", "2026-02-01T10:00:00Z", unmet))
    ordinal = {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 3}
    agrees = {"linkId": "plan", "answer": [{"valueCoding": {"code": "agree", "extension": [ordinal]}}]}
    declined = {"linkId": "choice", "extension": [extension("no-answer", valueCode="declined")]}
    form = {"form": "surveys/national-voices", "source": {"type": "RelatedPerson", "display": "daughter"}}
    gate.put("joe", "careweave", answered("9", "b", "2026-03-01T10:00:00Z", agrees, declined, **form))
    gate.put("joe", "careweave", answered("9", "c", "2026-04-01T10:00:00Z", unmet))
    build(gate, home)
    said = {row["item"]: row for row in rows(home, "survey") if row["questionnaire"] == "national-voices"}
    assert (said["plan"]["value_code"], said["plan"]["value"], said["plan"]["is_proxy"]) == (
        "agree",
        3.0,
        True,
    )
    assert (said["choice"]["value"], said["choice"]["no_answer"]) == (None, "declined")
    assert said["plan"]["is_unmet"] is None and "daughter" not in str(said)
    (need,) = rows(home, "need")
    assert (need["since"].date(), need["met"]) == (date(2026, 2, 1), None)


def test_who_someone_is_for_counting_comes_from_codes_and_the_area_of_the_postcode(
    gate: FakeGate, home: Path
) -> None:
    ethnic = {
        "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory",
        "valueCodeableConcept": coded("J"),
    }
    lives = [{"use": "old", "postalCode": "RV9 9ZZ"}, {"postalCode": "rv1 2ab"}]
    spoken = [{"language": coded("en")}, {"language": coded("pa"), "preferred": True}]
    gate.put("joe", "RVR", patient("RVR", "9", extension=[ethnic], address=lives, communication=spoken))
    areas = {"RV12AB": Area("RV-1-2", 2, "Millbank"), "RV99ZZ": Area("RV-9-9", 9, "Staithe")}
    build(gate, home, areas=areas)
    (person,) = rows(home, "person")
    assert (person["ethnicity"], person["language"], person["lsoa"], person["deprivation"], person["locality"]) == (
        "J", "pa", "RV-1-2", 2, "Millbank")  # fmt: skip
    assert person["is_in_care_home"] is None and person["death_place"] is None


def test_where_someone_died_is_told_by_the_team_before_the_hospitals_code(gate: FakeGate, home: Path) -> None:
    died = {
        "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DischargeMethod",
        "valueCodeableConcept": coded("4"),
    }
    gate.put("joe", "RVR", encounter("RVR", "9", "IMP", "2026-10-01", extension=[died]))
    build(gate, home)
    assert rows(home, "person")[0]["death_place"] == "hospital"
    flag = written(
        "Flag", "RVR", "9", "f", status="active", category=[coded("death")], code={"text": "Hospice"}
    )
    gate.put("joe", "RVR", flag, days_ago=0)
    build(gate, home)
    assert rows(home, "person")[0]["death_place"] == "hospice"


def test_what_a_stay_was_for_is_its_first_diagnosis(gate: FakeGate, home: Path) -> None:
    """As our own extension says, or as the contact ranks its diagnoses; a full build says the same as two steps."""
    first = condition(
        "RVR", "9", "I500", extension=[{**extension("diagnosis-position"), "valuePositiveInt": 1}]
    )
    ranked = condition("RVR", "9", "J440")
    for one in (first, ranked, condition("RVR", "9", "N390")):
        gate.put("joe", "RVR", one)
    build(gate, home)
    about = {"condition": {"reference": f"Condition/{ranked['id']}"}, "rank": 2}
    stay = encounter("RVR", "9", "IMP", "2026-10-01T10:00:00Z", diagnosis=[about])
    gate.put("joe", "RVR", stay, days_ago=0)
    build(gate, home)
    by_steps = rows(home, "condition")
    assert {row["code"]: row["position"] for row in by_steps} == {"I500": 1, "J440": 2, "N390": None}
    build(gate, home, is_full=True)
    assert sorted(map(str, rows(home, "condition"))) == sorted(map(str, by_steps))


def test_what_came_of_a_survey_is_a_row_that_names_its_answers(gate: FakeGate, home: Path) -> None:
    asked = {
        "resource": "00000000-0000-0000-0000-000000000001", "subject": next(iter(gate.stored)),
        "questionnaire": "ctm-15", "version": "1", "event": "discharge", "asked": date(2026, 9, 1),
        "closes": date(2026, 9, 28), "state": "answered", "response": "00000000-0000-0000-0000-000000000002",
    }  # fmt: skip
    build(gate, home, invitations=[asked])
    assert rows(home, "invitation") == []  # nobody who looks for people at risk needs it
    (row,) = counted(home, "invitation")
    assert (row["questionnaire"], row["state"], row["closes"]) == ("ctm-15", "answered", date(2026, 9, 28))
    assert row["person"] == rows(home, "person")[0]["person"] and "0000-0000" not in row["response"]
    build(gate, home)  # the next night nobody is asked any more: nothing of the night before is carried over
    assert counted(home, "invitation") == []


def counted(home: Path, name: str) -> list[dict[str, Any]]:
    with open_warehouse(home, purpose="secondary-use") as warehouse:
        return [dict(row) for row in warehouse.engine.rows(getattr(warehouse.tables, name))]


def test_who_opted_out_is_absent_from_what_is_counted_of_surveys(gate: FakeGate, home: Path) -> None:
    """They may be looked after and asked; nothing of it reaches a count."""
    from careweave.definitions.survey_definition import load_survey
    from careweave.measures.experience.counting import count

    asked = {
        "resource": "00000000-0000-0000-0000-000000000001", "subject": next(iter(gate.stored)),
        "questionnaire": "ctm-15", "version": "1", "event": "discharge", "asked": date(2026, 9, 1),
        "closes": date(2026, 9, 28), "state": "closed", "response": "00000000-0000-0000-0000-000000000002",
    }  # fmt: skip
    survey = load_survey("ctm-15", date(2026, 9, 1))

    def people(**more: Any) -> int:
        build(gate, home, invitations=[asked], is_full=True, **more)
        with open_warehouse(home, purpose="secondary-use") as warehouse:
            during = (date(2026, 9, 1), date(2026, 10, 1))
            return count(warehouse.engine, warehouse.tables, survey, *during).whole.asked

    assert people() == 1
    assert people(counting=FakeGate()) == 0  # the gate for secondary use gives no record of theirs


def test_a_period_of_a_survey_is_counted_once(gate: FakeGate, home: Path) -> None:
    """Who opts out or moves to another practice the day after would be the difference of two tables."""
    from dataclasses import replace

    from careweave.definitions.survey_definition import load_survey
    from careweave.measures.experience.definition import load_experience
    from careweave.measures.experience.gap import GapReport
    from careweave.measures.experience.published import PublishedExperience
    from careweave.measures.experience.publishing import of_people
    from careweave.measures.experience.results import SurveyResults

    asked = {
        "resource": "00000000-0000-0000-0000-000000000001", "subject": next(iter(gate.stored)),
        "questionnaire": "ctm-15", "version": "1", "event": "discharge", "asked": date(2026, 9, 1),
        "closes": date(2026, 9, 28), "state": "closed", "response": "00000000-0000-0000-0000-000000000002",
    }  # fmt: skip
    definition, survey = load_experience(date(2026, 11, 22)), load_survey("ctm-15", date(2026, 9, 1))

    def counted_with(before: PublishedExperience | None = None) -> SurveyResults:
        with open_warehouse(home, purpose="secondary-use") as warehouse:
            return of_people(warehouse, survey, definition, before)

    build(gate, home, invitations=[asked])
    first = counted_with()
    assert (first.first, first.last, first.whole.asked.count) == (date(2026, 4, 1), date(2026, 9, 30), None)
    build(gate, home)
    kept = PublishedExperience(date(2026, 11, 22), "place", "1", (), 5, (first,), (), GapReport(()))
    assert counted_with(kept) == first and counted_with().whole.asked.count == 0
    earlier = replace(first, first=date(2025, 10, 1), last=date(2026, 3, 31))
    assert counted_with(replace(kept, surveys=(earlier,))).whole.asked.count == 0, "another period"
    nobody = counted_with()
    build(gate, home, invitations=[asked])
    assert counted_with(replace(kept, surveys=(nobody,))) == first, "what came late is counted after all"
