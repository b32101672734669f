"""LACE, PARR-30 and HOSPITAL: the published answers, their variants, their look-back, and what they refuse to say."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from careweave.definitions import DefinitionError, load_definition
from careweave.warehouse.scores import (
    Diagnosis,
    Facts,
    Measurement,
    Score,
    Stay,
    StayScore,
    load_score,
    read_score,
    score_person,
)
from careweave.warehouse.scores.stay import points_of_stay

ON = date(2026, 11, 26)
BEGAN = date(2026, 11, 10)
EMERGENCY_KINDS = frozenset({"admission", "emergency-department"})


def stay_score(id: str) -> StayScore:
    score = load_score(id, ON)
    assert isinstance(score, StayScore)
    return score


PARR, LACE, MODIFIED = stay_score("parr-30"), stay_score("lace"), stay_score("lace-modified")
HOSPITAL, HOSPITAL_2016 = stay_score("hospital-score"), stay_score("hospital-score-2016")


def journey(id: str, start: date, days: int | None, method: str | None = "emergency", **more: Any) -> Stay:
    end = None if days is None else start + timedelta(days=days)
    return Stay(id, start, method, end, spells=frozenset({id}), **more)


def facts(*codes: str, days: int | None = 0, method: str | None = "elective", **more: Any) -> Facts:
    """Someone whose last stay began on 10 November 2026."""
    others = more.pop("others", ())
    diagnoses = tuple(Diagnosis(code, "icd10", BEGAN, "RVR", "now") for code in (*codes, "Z00"))
    known: dict[str, Any] = {"age": 80, "deprivation": 10, "kinds_received": EMERGENCY_KINDS} | more
    return Facts(
        diagnoses=diagnoses,
        journeys=(*others, journey("now", BEGAN, days, method, organisation="RVR")),
        **known,
    )


# IMD as a score, as the paper has it; the record's tenths are tested below.
WORKED = [
    ({"age": 40, "deprivation": 5}, (), "-2.82128", "5.62"),
    ({"age": 75, "deprivation": 30, "stays": 2, "emergency": 1}, ("lung-disease",), "-1.48754", "18.43"),
    (
        {"age": 85, "deprivation": 45, "stays": 4, "recent": 1, "emergency": 1},
        ("heart-failure", "kidney", "dementia"),
        "-0.47111",
        "38.44",
    ),
    (
        {"age": 65, "deprivation": 20, "stays": 1, "emergency": 1},
        ("cancer-spread", "cancer"),
        "-1.17726",
        "23.55",
    ),
]


@pytest.mark.parametrize(("inputs", "groups", "logit", "percent"), WORKED)
def test_parr_30_worked_answers_to_the_digit(
    inputs: dict[str, int], groups: tuple[str, ...], logit: str, percent: str
) -> None:
    weights = {group.id: group.tenths for group in PARR.groups}
    points = points_of_stay(PARR, {**inputs, "conditions": sum(weights[group] for group in groups)})
    assert (Decimal(points) / PARR.point_scale).quantize(Decimal("0.00001")) == Decimal(logit)
    assert Decimal(PARR.value_of(points)) / PARR.scale == Decimal(percent)


def test_parr_30_of_a_person_adds_up_from_the_record() -> None:
    """The second worked answer: 75, two emergency stays, an emergency, COPD; IMD 30 is the third tenth."""
    others = tuple(journey(f"s{n}", date(2026, 3, 1) + timedelta(days=40 * n), 3) for n in range(2))
    score = score_person(PARR, facts("J44", method="emergency", age=75, deprivation=3, others=others), ON)
    assert score.value == Decimal("18.43")
    assert [driver.group for driver in score.drivers] == [
        "emergency", "age", "stays", "lung-disease", "deprivation",
    ]  # fmt: skip
    assert sum(driver.points for driver in score.drivers) + Decimal("-2.91821") == Decimal("-1.487541875")
    assert "2 emergency stays in the year before" in [driver.words for driver in score.drivers]


def test_parr_30_says_that_the_hospitals_own_term_is_absent_until_a_place_gives_it() -> None:
    absent = "the hospital's own term (a table of the publisher that is not open; counted as 0)"
    assert absent in score_person(PARR, facts(), ON).missing
    definition = load_definition("scores", "parr-30", ON)
    items = [
        {**item, "table": {"RVR": "0.1"}} if item["id"] == "hospital" else item
        for item in definition.content["items"]
    ]
    own = read_score(replace(definition, content={**definition.content, "items": items}))
    told = score_person(own, facts(), ON)
    assert absent not in told.missing
    assert ("hospital", Decimal("0.1")) in [(driver.group, driver.points) for driver in told.drivers]


def test_parr_30_counts_no_stay_of_pregnancy_and_birth() -> None:
    others = (journey("birth", date(2026, 10, 20), 3), journey("fall", date(2026, 5, 20), 3))
    known = facts(age=30, others=others)
    birth = Diagnosis("O80", "icd10", None, "RVR", "birth")
    score = score_person(PARR, replace(known, diagnoses=(*known.diagnoses, birth)), ON)
    assert [driver.words for driver in score.drivers if driver.group in ("stays", "recent")] == [
        "1 emergency stay in the year before"
    ]


@pytest.mark.parametrize(
    ("start", "days", "stays", "recent"),
    [
        (date(2025, 11, 10), 1, 0, 0),  # a year before, to the day
        (date(2025, 11, 11), 1, 1, 0),
        (date(2026, 10, 5), 6, 1, 1),  # ended 30 days before
        (date(2026, 10, 5), 5, 1, 0),
        (date(2025, 10, 1), 400, 0, 1),  # began long ago, ended lately
    ],
)
def test_parr_30_looks_back_a_year_and_thirty_days(start: date, days: int, stays: int, recent: int) -> None:
    score = score_person(PARR, facts(others=(journey("s1", start, days),)), ON)
    told = {driver.group: driver.words for driver in score.drivers}
    assert ("stays" in told, "recent" in told) == (bool(stays), bool(recent))


def test_deprivation_that_is_not_known_is_said() -> None:
    assert (
        "how deprived the area is (counted as least deprived)"
        in score_person(PARR, facts(deprivation=None), ON).missing
    )
    assert "how deprived the area is, known by its tenth only" in score_person(PARR, facts(), ON).missing


def lace(*codes: str, score: StayScore = LACE, **more: Any) -> Score:
    return score_person(score, facts(*codes, **more), ON)


@pytest.mark.parametrize(
    ("days", "points", "modified"),
    [
        (0, 0, 0),
        (1, 1, 1),
        (2, 2, 2),
        (3, 3, 3),
        (4, 4, 4),
        (6, 4, 4),
        (7, 5, 5),
        (13, 5, 5),
        (14, 7, 6),
        (15, 7, 6),
    ],
)
def test_lace_and_its_modified_variant_part_at_fourteen_days(days: int, points: int, modified: int) -> None:
    assert [lace(days=days, score=each).value for each in (LACE, MODIFIED)] == [points, modified]


@pytest.mark.parametrize(
    ("codes", "points", "modified"),
    [
        ((), 0, 0),
        (("I21",), 1, 1),  # heart attack
        (("I50",), 2, 2),  # LACE's own weight of heart failure: Charlson's is 1
        (("F00",), 3, 3),  # dementia: Charlson's is 1
        (("M05", "I21"), 5, 4),
        (("K704",), 5, 4),  # severe liver disease 4
        (("C78",), 5, 6),  # cancer that has spread 6
        (("C78", "F00"), 5, 6),
        (("G81",), 0, 0),  # paralysis has no weight in LACE
    ],
)
def test_lace_has_its_own_weights_of_conditions(codes: tuple[str, ...], points: int, modified: int) -> None:
    assert [lace(*codes, score=each).value for each in (LACE, MODIFIED)] == [points, modified]


def test_lace_counts_visits_of_six_months_but_not_the_one_that_led_to_the_stay() -> None:
    visits = (
        BEGAN,
        BEGAN - timedelta(1),
        BEGAN - timedelta(2),
        BEGAN - timedelta(182),
        BEGAN - timedelta(183),
    )
    assert lace(visits=visits).value == 2
    assert lace(visits=tuple(BEGAN - timedelta(n) for n in range(2, 9))).value == 4


def test_lace_bands_and_reasons_in_words() -> None:
    score = lace("C78", days=14, method="emergency", visits=tuple(BEGAN - timedelta(n) for n in range(2, 9)))
    assert (score.value, score.band) == (Decimal(19), "high")
    assert [driver.words for driver in score.drivers] == [
        "14 days in hospital",
        "cancer that has spread",
        "7 A&E visits in the 6 months before",
        "came in as an emergency",
        "long-term conditions count 5 together",
    ]
    assert sum(driver.points for driver in score.drivers) == 19
    busy = lace("I50", "I21", days=13, visits=(date(2026, 11, 1),) * 2)
    bands = [lace(days=4).band, lace("I21", days=4).band, busy.band]
    assert bands == ["low", "moderate", "high"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"kinds_received": frozenset({"admission"})}, "not known: A&E visits (the place receives none)"),
        ({"method": None}, "not known: whether the stay was an emergency"),
        ({"days": -1}, "out of range: days in hospital"),
        ({"journeys": ()}, "no stay in hospital in the last 30 days"),
        ({"journeys": (journey("now", date(2026, 1, 1), 3),)}, "no stay in hospital in the last 30 days"),
        ({"diagnoses": ()}, "no source has sent a coded diagnosis"),
    ],
)
def test_lace_that_is_not_computable_is_never_nought(changed: dict[str, Any], why: str) -> None:
    made = facts(**{key: changed[key] for key in changed if key in ("days", "method")})
    made = replace(made, **{key: changed[key] for key in changed if key not in ("days", "method")})
    score = score_person(LACE, made, ON)
    assert (score.value, score.band, score.drivers, score.why_not) == (None, "", (), why)


def test_an_age_out_of_range_is_refused() -> None:
    assert score_person(PARR, facts(age=140), ON).why_not == "out of range: the birth date"


def hospital(score: StayScore, *, earlier: int = 0, hb: float | None = 130, **more: Any) -> Score:
    others = tuple(
        journey(f"s{n}", date(2026, 2, 1) + timedelta(days=9 * n), 2, "elective") for n in range(earlier)
    )
    results = [("718-7", hb, "g/L"), ("2951-2", 140.0, "mmol/L")]
    measured = tuple(
        Measurement(code, BEGAN, value, unit) for code, value, unit in results if value is not None
    )
    return score_person(score, facts(others=others, measurements=measured, **more), ON)


@pytest.mark.parametrize(
    ("earlier", "first", "second"), [(0, 0, 0), (1, 2, 0), (2, 2, 2), (5, 2, 2), (6, 5, 5)]
)
def test_hospital_has_both_published_cuts_as_variants(earlier: int, first: int, second: int) -> None:
    found = [hospital(score, earlier=earlier).value for score in (HOSPITAL, HOSPITAL_2016)]
    assert found == [first, second]


def test_hospital_adds_up_and_says_what_it_cannot_see() -> None:
    score = hospital(HOSPITAL, earlier=6, hb=119.9, days=5, method="emergency")
    assert (score.value, score.band) == (Decimal(9), "high")
    assert score.missing == (
        "the specialty of the stay (counted as not cancer care)",
        "whether there was a procedure (counted as none)",
    )
    in_grams_per_decilitre = Measurement("718-7", BEGAN, 12.0, "g/dL")
    sodium = Measurement("2951-2", BEGAN, 134, "mmol/L")
    made = score_person(HOSPITAL, facts(measurements=(in_grams_per_decilitre, sodium)), ON)
    assert [driver.words for driver in made.drivers] == ["sodium below 135 mmol/L"]


def test_hospital_without_its_results_is_not_computable() -> None:
    assert hospital(HOSPITAL, hb=None).why_not == "not known: haemoglobin in the stay"


def test_a_wrong_definition_is_refused_with_everything_that_is_wrong_with_it() -> None:
    definition = load_definition("scores", "lace", ON)
    items = [{"id": "x", "input": "moon", "cuts": [[2, "1"], [1, "0.5"]]}]
    with pytest.raises(DefinitionError) as caught:
        read_score(replace(definition, content={**definition.content, "items": items, "result": "stars"}))
    told = " ".join(caught.value.problems)
    for problem in (
        "more than 0 decimal places",
        "input 'moon' is not known",
        "cuts must rise",
        "result must be",
    ):
        assert problem in told


def test_a_score_is_stale_after_ninety_days() -> None:
    score = lace()
    assert not score.is_stale(ON + timedelta(days=90))
    assert score.is_stale(ON + timedelta(days=91))
