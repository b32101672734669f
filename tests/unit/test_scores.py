"""Charlson and Hospital Frailty: the published points, exact cuts, and what cannot be computed."""

from datetime import date
from decimal import Decimal

import pytest

from careweave.warehouse.scores import Diagnosis, Facts, Score, Stay, load_score, score_person

ON = date(2026, 11, 26)
FRAILTY = load_score("hospital-frailty", ON)
CHARLSON = load_score("charlson", ON)
CHARLSON_2011 = load_score("charlson-2011", ON)
STAY = Stay("s1", date(2026, 10, 1), "emergency")


def frailty(*codes: str, age: int | None = 80, stay: Stay = STAY, on: date = ON, **more: object) -> Score:
    diagnoses = tuple(Diagnosis(code, "icd10", stay.start, "RVR", stay.id) for code in codes)
    return score_person(FRAILTY, Facts(age, diagnoses, (stay,)), on, **more)  # type: ignore[arg-type]


def charlson(*codes: str, system: str = "icd10", score=CHARLSON, **more: object) -> Score:
    diagnoses = tuple(Diagnosis(code, system, date(2026, 1, 1), "RVR") for code in codes)
    return score_person(score, Facts(80, diagnoses), ON, **more)  # type: ignore[arg-type]


def test_the_frailty_table_is_the_published_one() -> None:
    assert len(FRAILTY.groups) == 109
    assert sum(group.tenths for group in FRAILTY.groups) == 1732


def test_the_worked_example_of_a_fall_with_alzheimers() -> None:
    score = frailty("F00.1", "W19")
    assert (score.value, score.band) == (Decimal("10.3"), "intermediate")
    assert [(driver.words, driver.points) for driver in score.drivers] == [
        ("Alzheimer's dementia", Decimal("7.1")),
        ("a fall", Decimal("3.2")),
    ]


def test_a_code_counts_once_however_often_it_was_recorded() -> None:
    assert frailty("W19", "W190", "W19.9").value == Decimal("3.2")


@pytest.mark.parametrize(
    ("codes", "value", "band"),
    [
        (("F00", "D64"), "7.5", "intermediate"),
        (("N39", "E53"), "5.1", "intermediate"),
        (("R31", "F03", "D64"), "5.5", "intermediate"),
        (("N39", "I95", "A04"), "5.9", "intermediate"),
        (("R29", "M81"), "5.0", "intermediate"),
        (("R29", "R33"), "4.9", "low"),
        (("F00", "G81", "R40", "J69"), "15.0", "intermediate"),
        (("F00", "G81", "R40", "E05", "R50"), "15.0", "intermediate"),
        (("F00", "G81", "R40", "J69", "R50"), "15.1", "high"),
        (("Z00",), "0", "low"),
    ],
)
def test_the_cuts_are_exact_at_five_and_fifteen(codes: tuple[str, ...], value: str, band: str) -> None:
    score = frailty(*codes)
    assert (score.value, score.band) == (Decimal(value), band)


@pytest.mark.parametrize(
    ("start", "counts"),
    [
        (date(2024, 11, 26), False),
        (date(2024, 11, 27), True),
        (date(2026, 11, 26), True),
        (date(2026, 11, 27), False),
    ],
)
def test_frailty_looks_back_two_years(start: date, counts: bool) -> None:
    score = frailty("W19", stay=Stay("s1", start, "emergency"))
    assert score.computable is counts


def test_a_leap_day_looks_back_to_the_28th() -> None:
    assert FRAILTY.looks_back_to(date(2028, 2, 29)) == date(2026, 2, 28)


def test_planned_stays_do_not_count_unless_they_are_the_one_asked_about() -> None:
    planned = Stay("s1", date(2026, 10, 1), "elective")
    assert frailty("W19", stay=planned).why_not == "no emergency stay in hospital in the last 2 years"
    assert frailty("W19", stay=planned, index_stay="s1").value == Decimal("3.2")


def test_the_window_of_one_stay_ends_when_it_began() -> None:
    stays = (
        Stay("early", date(2024, 3, 2), "emergency"),
        Stay("asked", date(2026, 3, 1), "elective"),
        Stay("later", date(2026, 5, 1), "emergency"),
    )
    codes = (("W19", "early"), ("F05", "asked"), ("F00", "later"))
    facts = Facts(80, tuple(Diagnosis(code, "icd10", None, "", stay) for code, stay in codes), stays)
    assert score_person(FRAILTY, facts, ON, index_stay="asked").value == Decimal("6.4")


@pytest.mark.parametrize(
    ("age", "why"),
    [(74, "made for people aged 75 and over"), (None, "the birth date is not known"), (75, "")],
)
def test_frailty_is_for_people_of_75_and_over(age: int | None, why: str) -> None:
    assert frailty("W19", age=age).why_not == why


def test_a_stay_without_diagnoses_is_not_a_score_of_nought() -> None:
    score = frailty()
    assert score.value is None
    assert score.why_not == "the emergency stays came without diagnoses"


def test_what_was_left_out_of_frailty_is_said() -> None:
    stays = (STAY, Stay("s2", date(2026, 9, 1), "emergency"), Stay("s3", date(2026, 8, 1), None))
    facts = Facts(
        80, (Diagnosis("W19", "icd10", None, "", "s1"), Diagnosis("1912002", "snomed", None, "", "s1")), stays
    )
    assert score_person(FRAILTY, facts, ON).missing == (
        "1 diagnosis in SNOMED CT (no map to ICD-10 is loaded)",
        "1 emergency stay without diagnoses",
        "1 hospital stay not marked emergency or planned",
    )


def test_the_stronger_of_a_pair_stands_for_the_weaker() -> None:
    assert charlson("E109", "E112").value == 2
    assert charlson("K703", "K704").value == 3
    assert charlson("C50", "C78").value == 6
    assert charlson("C50").value == 2


def test_weights_of_1987_and_of_2011() -> None:
    codes = ("I21", "I50", "F00", "J44", "B20")
    assert charlson(*codes).value == 1 + 1 + 1 + 1 + 6
    assert charlson(*codes, score=CHARLSON_2011).value == 0 + 2 + 2 + 1 + 4
    assert "heart attack" not in [driver.words for driver in charlson(*codes, score=CHARLSON_2011).drivers]


@pytest.mark.parametrize(
    ("codes", "band"), [(("Z00",), "0"), (("I21",), "1 to 2"), (("K704",), "3 to 4"), (("C78",), "5 or more")]
)
def test_charlson_bands(codes: tuple[str, ...], band: str) -> None:
    assert charlson(*codes).band == band


def test_snomed_alone_is_not_computable_without_a_map() -> None:
    score = charlson("44054006", system="snomed")
    assert score.value is None
    assert score.why_not == "the diagnoses are in SNOMED CT, and no map to ICD-10 is loaded"


def test_a_map_makes_snomed_computable_and_says_what_it_lacks() -> None:
    score = charlson("44054006", "1912002", system="snomed", icd10_of={"44054006": ("E11.9",)})
    assert score.value == 1
    assert score.drivers[0].code == "44054006"
    assert score.missing == ("1 diagnosis in SNOMED CT (not in the map to ICD-10)",)


def test_no_coded_diagnosis_at_all_is_not_nought() -> None:
    assert charlson().why_not == "no source has sent a coded diagnosis"


def test_the_latest_record_speaks_for_its_group() -> None:
    facts = Facts(
        80,
        (
            Diagnosis("I21", "icd10", date(2020, 1, 1), "A"),
            Diagnosis("I252", "icd10", date(2024, 1, 1), "B"),
            Diagnosis("I22", "icd10", None, "C"),
        ),
    )
    (driver,) = score_person(CHARLSON, facts, ON).drivers
    assert (driver.code, driver.source, driver.on) == ("I252", "B", date(2024, 1, 1))


def test_a_diagnosis_after_the_day_of_the_score_is_not_counted() -> None:
    facts = Facts(80, (Diagnosis("C78", "icd10", date(2026, 11, 27)), Diagnosis("I21", "icd10", ON)))
    assert score_person(CHARLSON, facts, ON).value == 1
