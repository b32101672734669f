"""Riverside's files, read as a stranger would, against England's published figures: people, illness, use of care, errors."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest

from careweave.demonstration.figures import at_age, load_figures
from careweave.demonstration.place import Summary, write_place

ON = date(2026, 11, 22)
PEOPLE = 16_000
YEARS = 3.0
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
BANDS = [0, 18, 65, 75, 85, 120]
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return write_place(tmp_path_factory.mktemp("riverside"), people=PEOPLE, as_at=ON)


@pytest.fixture(scope="module")
def persons(place: Summary) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(place.folder / "truth" / "persons.parquet").to_pylist()
    return rows


@pytest.fixture(scope="module")
def records(place: Summary) -> Rows:
    return read_csv(place.folder / "truth" / "records.csv")


def read_csv(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day_of(text: str) -> date:
    return datetime.strptime(text[:10], "%Y-%m-%d" if text[4] == "-" else "%d/%m/%Y").date()  # noqa: DTZ007


def age_on(person: dict[str, object], day: date) -> float:
    return (day - person["birth_date"]).days / 365.25  # type: ignore[operator]


def living(persons: list[dict[str, object]]) -> list[dict[str, object]]:
    return [person for person in persons if person["death_date"] is None]


def person_years(persons: list[dict[str, object]]) -> np.ndarray:
    """By age band, counted at the middle of each quarter of the three years."""
    years = np.zeros(len(BANDS) - 1)
    for quarter in range(12):
        day = date.fromordinal(ON.toordinal() - 46 - quarter * 91)
        ages = [
            age_on(person, day)
            for person in persons
            if person["birth_date"] <= day and (person["death_date"] is None or person["death_date"] > day)  # type: ignore[operator]
        ]
        years += np.histogram(ages, BANDS)[0] / 4
    return years


def events_by_age(rows: Rows, source: str, local: str, day: str, persons: list, records: Rows) -> np.ndarray:  # type: ignore[type-arg]
    who = {row["local_id"]: row["person_id"] for row in records if row["source"] == source}
    by_id = {person["person_id"]: person for person in persons}
    ages = [age_on(by_id[who[row[local]]], day_of(row[day])) for row in rows]
    return np.histogram(ages, BANDS)[0]


def expected(persons: list[dict[str, object]], name: str) -> np.ndarray:
    """England's rate a 1,000 people a year for people of these ages."""
    use = load_figures(ON).use
    total, people = np.zeros(len(BANDS) - 1), np.zeros(len(BANDS) - 1)
    middle = date.fromordinal(ON.toordinal() - 548)
    for person in persons:
        age = age_on(person, middle)
        if age > 0 and (person["death_date"] is None or person["death_date"] > middle):  # type: ignore[operator]
            band = int(np.searchsorted(BANDS, age, side="right")) - 1
            total[band] += float(at_age(np.array([age]), use["ages"], use[name])[0])
            people[band] += 1
    return total / people


def near(found: np.ndarray, wanted: np.ndarray, events: np.ndarray, slack: float) -> None:
    """Within the slack, and more where the events are few (three standard errors, repeat admissions doubling them)."""
    margin = slack + 3 * np.sqrt(2 / np.maximum(events, 1))
    assert (np.abs(found / wanted - 1) < margin).all(), (found.round(), wanted.round())


def test_ages_households_and_deprivation_are_like_england(persons: list[dict[str, object]]) -> None:
    ages = np.array([age_on(person, ON) for person in living(persons)])
    assert 0.19 < (ages < 18).mean() < 0.23
    assert 0.17 < (ages >= 65).mean() < 0.21
    assert 0.020 < (ages >= 85).mean() < 0.033
    homes = Counter(person["household"] for person in persons)
    assert 1.9 < len(persons) / len(homes) < 2.5
    white = [person["ethnicity"] == "A" for person in persons]
    old = [person["ethnicity"] == "A" for person in persons if age_on(person, ON) > 75]
    assert 0.66 < np.mean(white) < 0.82
    assert np.mean(old) > np.mean(white)
    deciles = np.bincount([person["decile"] for person in persons], minlength=11)[1:]  # type: ignore[arg-type]
    assert deciles.min() > 0.04 * len(persons)


@pytest.mark.parametrize(
    ("condition", "least_age", "percent"),
    [
        ("hypertension", 0, 14.8),
        ("diabetes-2", 18, 7.0),
        ("asthma", 6, 6.5),
        ("copd", 0, 1.9),
        ("atrial-fibrillation", 0, 2.2),
        ("heart-failure", 0, 1.1),
        ("coronary-heart-disease", 0, 3.0),
        ("stroke", 0, 1.9),
        ("chronic-kidney-disease", 18, 4.4),
        ("cancer", 0, 3.6),
        ("dementia", 65, 4.3),
        ("depression", 18, 13.2),
        ("severe-mental-illness", 0, 0.95),
        ("learning-disability", 0, 0.55),
        ("rheumatoid-arthritis", 16, 0.9),
    ],
)
def test_conditions_are_as_common_as_in_england(
    persons: list[dict[str, object]], condition: str, least_age: int, percent: float
) -> None:
    """Quality and Outcomes Framework 2023-24, rounded; a fifth either way, more where cases are few."""
    eligible = [person for person in living(persons) if age_on(person, ON) >= least_age and not person["key"]]
    cases = sum(condition in person["conditions"] for person in eligible)  # type: ignore[operator]
    found = 100 * cases / len(eligible)
    assert abs(found / percent - 1) < 0.22 + 3 / np.sqrt(cases), found


def test_illness_follows_age_deprivation_and_itself(persons: list[dict[str, object]]) -> None:
    def share(test, among) -> float:  # type: ignore[no-untyped-def]
        return float(np.mean([test(person) for person in living(persons) if among(person)]))

    def several(person: dict[str, object]) -> bool:
        return len(person["conditions"]) >= 2  # type: ignore[arg-type]

    assert share(several, lambda p: age_on(p, ON) < 20) < 0.05
    assert share(several, lambda p: age_on(p, ON) >= 80) > 0.65
    working = [p for p in living(persons) if 40 <= age_on(p, ON) < 65]
    poor = np.mean([several(p) for p in working if p["decile"] <= 3])  # type: ignore[operator]
    rich = np.mean([several(p) for p in working if p["decile"] >= 8])  # type: ignore[operator]
    assert poor > 1.15 * rich
    frail = Counter(p["frailty_name"] for p in living(persons) if age_on(p, ON) >= 65)
    shares = {name: count / frail.total() for name, count in frail.items()}
    assert abs(shares["fit"] - 0.50) < 0.08
    assert abs(shares["mild"] - 0.35) < 0.08
    assert abs(shares["moderate"] - 0.12) < 0.05
    assert abs(shares["severe"] - 0.03) < 0.025


def test_emergency_admissions_follow_englands_rates_by_age(
    place: Summary, persons: list, records: Rows
) -> None:  # type: ignore[type-arg]
    rows = emergency_spells(place)
    events = events_by_age(rows, "RVR", "local_patient_id", "admission_date", persons, records)
    near(events / person_years(persons) * 1000, expected(persons, "emergency_admissions"), events, 0.12)


def emergency_spells(place: Summary) -> Rows:
    """First episodes from the file, and the stays told by message."""
    faulty = {row["key"] for row in read_csv(place.folder / "truth" / "malformed.csv")}
    rows = [
        row
        for row in read_csv(place.folder / "RVR" / "admissions.csv")
        if row["episode_number"] == "1"
        and row["admission_method"].startswith("2")
        and row["spell_id"] not in faulty
    ]
    for path in (place.folder / "RVR" / "inpatients").glob("*.json"):
        for entry in orjson.loads(path.read_bytes())["entry"]:
            stay = entry["resource"]
            if stay["id"].startswith("enc-"):
                method = stay["hospitalization"]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
                if method.startswith("2"):
                    rows.append({"local_patient_id": path.stem, "admission_date": stay["period"]["start"]})
    return rows


def test_attendances_follow_englands_rates_by_age(place: Summary, persons: list, records: Rows) -> None:  # type: ignore[type-arg]
    faulty = {row["key"] for row in read_csv(place.folder / "truth" / "malformed.csv")}
    rows = [
        row for row in read_csv(place.folder / "RVR" / "emergency.csv") if row["attendance_id"] not in faulty
    ]
    events = events_by_age(rows, "RVR", "local_patient_id", "arrival_at", persons, records)
    near(events / person_years(persons) * 1000, expected(persons, "attendances"), events, 0.10)


def test_people_see_their_practice_about_six_times_a_year(
    place: Summary, persons: list[dict[str, object]]
) -> None:
    contacts = 0
    for code in place.practices:
        with gzip.open(place.folder / code / "Encounter.ndjson.gz") as file:
            contacts += sum(1 for _ in file)
    assert 5.4 < contacts / len(living(persons)) < 6.6


def test_totals_agree_with_the_published_monthly_figures(
    place: Summary, persons: list[dict[str, object]]
) -> None:
    """A&E attendances and emergency admissions of England, the twelve months to July 2025, for 57.7 million people."""
    path = SHARED / "england-discharge-and-utilisation" / "england_icb_accidents_emergency.csv.gz"
    if not path.exists():
        pytest.skip(f"LOUD: no real figures at {path}; Riverside was not compared with them")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        months = list(csv.DictReader(file))
    last = [row for row in months if row["date"].endswith("2025") or row["date"] in LATE_2024]
    assert len({row["date"] for row in last}) == 12
    england = {
        name: sum(float(row[name] or 0) for row in last) / 57_700
        for name in ("total_attendances", "total_emergency_admissions")
    }
    years = person_years(persons).sum()
    attendances = len(read_csv(place.folder / "RVR" / "emergency.csv")) / years * 1000
    admissions = len(emergency_spells(place)) / years * 1000
    assert abs(attendances / england["total_attendances"] - 1) < 0.10, (attendances, england)
    assert abs(admissions / england["total_emergency_admissions"] - 1) < 0.10, (admissions, england)


LATE_2024 = {f"{month} 2024" for month in ("August", "September", "October", "November", "December")}


def test_deaths_and_long_term_care_are_near_englands(
    place: Summary, persons: list[dict[str, object]]
) -> None:
    died = [person for person in persons if person["death_date"] is not None]
    assert 8.5 < len(died) / YEARS / PEOPLE * 1000 < 12.5  # 9.9 in England, 2023
    old = [person for person in living(persons) if age_on(person, ON) >= 65]
    assert 0.015 < np.mean([person["in_care_home"] for person in old]) < 0.04  # 2.5 %, Census 2021
    latest = max((place.folder / "900").glob("*.csv"))
    supported = {
        row["LA Person Unique Identifier"]
        for row in read_csv(latest)
        if row["Service Type"].startswith("Long Term")
    }
    assert 900 < len(supported) / PEOPLE * 100_000 < 2_100  # 835,335 in England in 2022-23: 1,460


def test_care_unfolds_in_order(place: Summary, records: Rows, persons: list[dict[str, object]]) -> None:
    """Home care before a care home; a fall before a broken hip; reablement starts when someone leaves hospital."""
    first: dict[str, dict[str, date]] = defaultdict(dict)
    for path in sorted((place.folder / "900").glob("*.csv")):
        for row in read_csv(path):
            if row["Event Type"] == "Service":
                kind = row["Service Type"] + row["Service Component"]
                start = day_of(row["Event Start Date"])
                known = first[row["LA Person Unique Identifier"]]
                known[kind] = min(start, known.get(kind, start))
    began = date.fromordinal(ON.toordinal() - 1000)
    moved, prepared = 0, 0
    for kinds in first.values():
        homes = [day for kind, day in kinds.items() if "Residential Care" in kind or "Nursing Care" in kind]
        if homes and min(homes) > began:
            moved += 1
            helped = [day for kind, day in kinds.items() if "Community" in kind or "ST-Max" in kind]
            prepared += bool(helped) and min(helped) <= min(homes)
    assert moved > 5
    assert prepared / moved > 0.6
    admissions = read_csv(place.folder / "RVR" / "admissions.csv")
    hips = {row["local_patient_id"] for row in admissions if row["diagnosis_1"].startswith("S72")}
    who = {row["local_id"]: row["person_id"] for row in records if row["source"] == "RVR"}
    ages = [age_on(person, ON) for person in persons if person["person_id"] in {who[local] for local in hips}]
    assert len(ages) > 12
    assert np.median(ages) > 75


def test_feeds_have_the_errors_that_were_asked_for(records: Rows) -> None:
    records = [row for row in records if row["kind"] != "named"]
    numbered = [row for row in records if row["source"] not in ("RVH01", "RVV01")]
    assert share(numbered, "nhs-") >= 0.08
    assert share(records, "surname-changed", "surname-misspelt") >= 0.05
    assert share(records, "birth-day-month", "birth-year", "birth-day-wrong") >= 0.03
    assert sum(row["kind"] == "duplicate" for row in records) / len(records) >= 0.02
    assert share(records, "given-nickname") > 0.005
    assert share(records, "address-old") > 0.02
    kinds = Counter(error for row in records for error in row["errors"].split(";") if error)
    assert {
        "nhs-missing",
        "nhs-wrong",
        "nhs-superseded",
        "nhs-mothers",
        "accents-lost",
        "baby-placeholder-name",
    } <= set(kinds)


def share(rows: Rows, *kinds: str) -> float:
    return sum(
        any(error.startswith(kinds) for error in row["errors"].split(";") if error) for row in rows
    ) / len(rows)


def test_twins_and_newborn_children_are_there_to_be_confused(
    place: Summary, persons: list[dict[str, object]]
) -> None:
    by_id = {person["person_id"]: person for person in persons}
    pairs = read_csv(place.folder / "truth" / "pairs.csv")
    kinds = Counter(row["kind"] for row in pairs)
    assert kinds["twins"] > 15
    assert kinds["mother and baby"] > 250
    for row in pairs:
        one, other = by_id[row["person_a"]], by_id[row["person_b"]]
        if row["kind"] == "twins":
            assert one["birth_date"] == other["birth_date"]
            assert one["given"] != other["given"]
            assert one["family"] == other["family"]
        else:
            assert 13 < (other["birth_date"] - one["birth_date"]).days / 365.25 < 54  # type: ignore[operator]


def test_outcomes_are_more_likely_for_the_frail(place: Summary, persons: list[dict[str, object]]) -> None:
    later = {row["person_id"]: row for row in read_csv(place.folder / "truth" / "outcomes.csv")}
    groups: dict[str, list[bool]] = defaultdict(list)
    for person in persons:
        row = later.get(str(person["person_id"]))
        if row and person["frailty_name"]:
            groups[str(person["frailty_name"])].append(
                int(row["emergency_admissions"]) > 0 or row["died"] == "1"
            )
    rates = [float(np.mean(groups[name])) for name in ("fit", "mild", "moderate", "severe")]
    assert rates == sorted(rates)
    assert rates[3] > 2 * rates[0]
