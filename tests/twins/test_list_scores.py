"""The frailty index and the Cambridge score: lists that a place loads, exact bands, and the tables against the twin."""

import csv
import gzip
import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careweave.definitions import DefinitionError
from careweave.definitions.loading import forget_definitions
from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.score import score_tables
from careweave.warehouse.facts import facts_of, scores_of
from careweave.warehouse.scores import Diagnosis, Facts, ListScore, Medicine, load_score, score_person
from careweave.warehouse.tables import SCHEMAS, declared_tables

ON = date(2026, 11, 26)
EFI_CODES = Path(__file__).parents[3] / "shared" / "data" / "clinical-scores" / "efi_deficit_codes.csv.gz"
ABOUT = """id = "{id}"
version = "made-up-1"
title = "A made-up list for tests"
author = "Tests"
checked_by = "nobody"
source = "Made up: no real release"
valid_from = 2020-01-01
review_on = 2030-01-01
codes = "{id}.csv"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place's own definitions."""
    monkeypatch.setenv("CAREWEAVE_DEFINITIONS", str(tmp_path))
    (tmp_path / "code-lists").mkdir()
    forget_definitions()
    yield tmp_path
    forget_definitions()


def load_list(place: Path, id: str, rows: list[tuple[str, str, str]], column: str = "list") -> None:
    folder = place / "code-lists"
    extra = "" if column == "list" else f'list_column = "{column}"\n'
    (folder / f"{id}.toml").write_text(ABOUT.format(id=id) + extra)
    with (folder / f"{id}.csv").open("w", newline="") as file:
        csv.writer(file).writerows([(column, "system", "code"), *rows])
    forget_definitions()


def made_up(score: ListScore) -> list[tuple[str, str, str]]:
    """Two codes a condition, one in each coding."""
    coded = [item.id for item in score.items if not item.medicines_from]
    return [
        row
        for number, id in enumerate(coded)
        for row in ((id, "snomed", str(1000 + number)), (id, "icd10", f"Z{number:02d}"))
    ]


def list_score(id: str) -> ListScore:
    score = load_score(id, ON)
    assert isinstance(score, ListScore)
    return score


def with_deficits(count: int, medicines: int = 0, **more: Any) -> Facts:
    coded = tuple(Diagnosis(str(1000 + n), "snomed", date(2020, 1, 1), "Y90001") for n in range(count))
    taken = tuple(Medicine(str(n), date(2026, 1, 1), None, True, "active") for n in range(medicines))
    none = Diagnosis("9999", "snomed", date(2020, 1, 1), "Y90001")
    return Facts(**{"age": 80, "diagnoses": (*coded, none), "medicines": taken} | more)


def test_without_the_places_list_there_is_no_score(place: Path) -> None:
    for id in ("frailty-index", "cambridge-multimorbidity", "cambridge-multimorbidity-20"):
        score = score_person(list_score(id), with_deficits(9), ON)
        assert (score.value, score.band) == (None, "")
        assert (
            score.why_not == f"the list of codes {id} is not loaded (a licensed release that the place loads)"
        )


@pytest.mark.parametrize(
    ("deficits", "medicines", "value", "band"),
    [
        (0, 0, "0", "fit"),
        (4, 0, "0.1111", "fit"),
        (4, 4, "0.1111", "fit"),
        (4, 5, "0.1389", "mild"),  # five medicines are a deficit
        (8, 0, "0.2222", "mild"),
        (9, 0, "0.25", "moderate"),
        (12, 0, "0.3333", "moderate"),
        (13, 0, "0.3611", "severe"),
        (35, 5, "1", "severe"),
    ],
)
def test_the_frailty_index_is_a_share_of_36(
    place: Path, deficits: int, medicines: int, value: str, band: str
) -> None:
    load_list(place, "frailty-index", made_up(list_score("frailty-index")))
    score = score_person(list_score("frailty-index"), with_deficits(deficits, medicines), ON)
    assert (score.value, score.band) == (Decimal(value), band)
    assert len(score.drivers) == deficits + (medicines >= 5)


def test_the_index_says_what_it_lacks(place: Path) -> None:
    load_list(place, "frailty-index", made_up(list_score("frailty-index")))
    efi = list_score("frailty-index")
    unknown = score_person(efi, with_deficits(3, has_medicines=False), ON)
    assert unknown.missing == ("medicines (none could be read)",)
    assert score_person(efi, with_deficits(3, age=64), ON).why_not == "made for people aged 65 and over"
    assert score_person(efi, Facts(80), ON).why_not == "no source has sent a coded diagnosis"
    other = Facts(80, (Diagnosis("x", "other", ON),))
    assert score_person(efi, other, ON).why_not == "no diagnosis is in the coding of the list"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (lambda rows: rows[2:], "activity-limitation is missing"),
        (lambda rows: rows[2:], "has codes for 34 of 35 conditions"),
        (lambda rows: [*rows, ("height", "snomed", "1")], "'height' is not known"),
        (lambda rows: [*rows, ("falls", "snomed", "")], "a row of falls has no code"),
    ],
)
def test_a_list_that_is_not_the_36_deficits_is_refused_by_name(
    place: Path, changed: Any, problem: str
) -> None:
    load_list(place, "frailty-index", changed(made_up(list_score("frailty-index"))))
    with pytest.raises(DefinitionError) as caught:
        list_score("frailty-index")
    assert any(one.endswith(problem) for one in caught.value.problems)
    assert all("code-lists/frailty-index.toml" in one for one in caught.value.problems)


@pytest.mark.skipif(
    not EFI_CODES.is_file(), reason="no list of the 36 deficits here: NOT read as a place would"
)
def test_a_real_list_of_deficits_is_read_whole(place: Path) -> None:
    with gzip.open(EFI_CODES, "rt", encoding="utf-8") as file:
        rows = [(row["deficit"], row["system"], row["code"]) for row in csv.DictReader(file)]
    load_list(place, "frailty-index", rows, column="deficit")
    listed = list_score("frailty-index").listed
    assert listed is not None and len({id for id, _, _ in listed}) == 35
    assert len(listed) == len({row for row in rows if row[1] == "snomed"})


def test_the_cambridge_score_adds_the_published_weights(place: Path) -> None:
    load_list(place, "cambridge-multimorbidity", made_up(list_score("cambridge-multimorbidity")))
    score = list_score("cambridge-multimorbidity")
    weights = {item.id: Decimal(item.units) / 100 for item in score.items}
    assert (weights["dementia"], weights["prostate"], sum(weights.values())) == (
        Decimal("2.46"), Decimal("0.01"), Decimal("21.79"),
    )  # fmt: skip
    found = score_person(score, with_deficits(4), ON)  # dementia, cancer, lung disease, irregular heartbeat
    assert (found.value, found.band) == (Decimal("6.67"), "highest fifth")
    assert found.missing[0] == "two of the 37 conditions (their weights are not at hand)"
    twenty = list_score("cambridge-multimorbidity-20")
    assert sum(item.units for item in twenty.items) == 1633


def test_the_tables_agree_with_the_twin_of_lists(place: Path) -> None:
    ids = ("frailty-index", "cambridge-multimorbidity")
    without = list_score("frailty-index")
    for id in ids:
        load_list(place, id, made_up(list_score(id)))
    engine = Engine(threads=1)
    for name, schema in SCHEMAS.items():
        engine.fill(name, schema.empty_table())
    scores = [without, *(list_score(id) for id in ids)]
    made = {}
    for score in scores:
        tables = score_tables(declared_tables(False), score, ON)
        made[score.id, score.list_version] = [
            compiled(engine, each) for each in (tables.totals, tables.drivers)
        ]

    @settings(max_examples=12, deadline=None)
    @given(seed=st.integers(0, 2**32))
    def agrees(seed: int) -> None:
        rows = drawn(random.Random(seed))
        for name, each in rows.items():
            engine.fill(name, pa.Table.from_pylist(each, SCHEMAS[name]))
        facts = facts_of(rows["person"], rows["condition"], [], medications=rows["medication"])
        for score in scores:
            totals, drivers = (
                engine.backend.con.sql(sql).to_arrow_table().to_pylist()
                for sql in made[score.id, score.list_version]
            )
            plain = {id: score_person(score, each, ON) for id, each in facts.items()}
            assert scores_of(score, ON, totals, drivers, False) == plain

    agrees()


def compiled(engine: Engine, expression: Any) -> str:
    engine.run(expression)
    return engine.backend.compile(expression)


def drawn(chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    people = [{"person": f"p{n}", "age": chance.choice([None, 64, 65, 90, 90])} for n in range(25)]
    days = [None, date(2020, 1, 1), date(2026, 11, 26), date(2026, 11, 27), date(2025, 1, 1)]
    conditions = []
    for _ in range(chance.randrange(300)):
        system = chance.choice(["snomed", "snomed", "icd10", "other"])
        number = chance.randrange(45)
        conditions.append(
            {
                "person": f"p{chance.randrange(25)}",
                "system": system,
                "code": f"z{number:02d}.1" if system == "icd10" else str(1000 + number),
                "role": chance.choice(["problem", "diagnosis", "reason"]),
                "start": chance.choice(days),
                "source": chance.choice(["RVR", "Y90001"]),
                "event": None,
            }
        )
    medicines = [
        {
            "person": f"p{chance.randrange(10)}",
            "code": str(chance.randrange(8)),
            "status": chance.choice(["active", "active", "stopped", "on-hold"]),
            "start": chance.choice(days),
            "ended": chance.choice([None, None, *days]),
            "is_repeat": None,
        }
        for _ in range(chance.choice([0, 120]))
    ]
    return {"person": people, "condition": conditions, "medication": medicines}
