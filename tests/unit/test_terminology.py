"""A licensed SNOMED CT release: what is taken from it, and what is said when it is none."""

import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from careweave.warehouse.engine import Engine
from careweave.warehouse.expressions.score import score_tables
from careweave.warehouse.facts import scores_of
from careweave.warehouse.scores import load_score
from careweave.warehouse.tables import CONDITION, EVENT, PERSON, declared_tables
from careweave.warehouse.terminology.loading import load_release, loaded_release
from careweave.warehouse.terminology.release import TerminologyError

UK, INTERNATIONAL, OPCS = "999002271000000101", "447562003", "1891651000000103"
COMPONENT = "id\teffectiveTime\tactive\tmoduleId"
MAP = f"{COMPONENT}\trefsetId\treferencedComponentId\tmapGroup\tmapPriority\tmapRule\tmapAdvice\tmapTarget\tcorrelationId"


def write(folder: Path, name: str, header: str, rows: Iterable[str]) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [header, *(f"{number}\t20260101\t1\t0\t{row}" for number, row in enumerate(rows))]
    file.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")


def target(
    refset: str, concept: str, code: str, *, group: int = 1, priority: int = 1, rule: str = "TRUE"
) -> str:
    return f"{refset}\t{concept}\t{group}\t{priority}\t{rule}\tALWAYS {code}\t{code}\t447561005"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "SnomedCT_Made_Up_20260101"
    terminology, maps = "Snapshot/Terminology", "Snapshot/Refset/Map"
    concepts = ["44054006", "73211009", "26929004", "1912002", "10", "11"]
    (folder / terminology).mkdir(parents=True)
    lines = [f"{concept}\t20260101\t1\t0\t900000000000074008" for concept in concepts]
    (folder / f"{terminology}/sct2_Concept_Snapshot_INT_20260101.txt").write_text(
        "\n".join([f"{COMPONENT}\tdefinitionStatusId", *lines]), encoding="utf-8"
    )
    write(
        folder,
        f"{terminology}/sct2_Description_Snapshot-en_INT_20260101.txt",
        f"{COMPONENT}\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId",
        ['44054006\ten\t900000000000003001\tA "quoted term\t0', "44054006\ten\t900000000000013009\tT2DM\t0"],
    )
    write(
        folder,
        f"{terminology}/sct2_Relationship_Snapshot_INT_20260101.txt",
        f"{COMPONENT}\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId",
        ["44054006\t73211009\t0\t116680003\t0\t0", "44054006\t1\t1\t363698007\t0\t0"],
    )
    write(
        folder,
        f"{maps}/der2_iisssciRefset_ExtendedMapUKCLSnapshot_GB1000000_20260101.txt",
        f"{MAP}\tmapBlock",
        [
            target(UK, "44054006", "E119", rule="") + "\t0",
            target(UK, "26929004", "G309D", rule="") + "\t0",
            target(UK, "26929004", "F009A", group=2, rule="") + "\t0",
            target(UK, "26929004", "F03X", group=2, rule="") + "\t1",
            target(UK, "10", "#NC", rule="") + "\t0",
            target(OPCS, "11", "C151", rule="") + "\t0",
        ],
    )
    write(
        folder,
        f"{maps}/der2_iisssccRefset_ExtendedMapSnapshot_INT_20260101.txt",
        f"{MAP}\tmapCategoryId",
        [
            target(INTERNATIONAL, "44054006", "E11.8") + "\t0",
            target(INTERNATIONAL, "1912002", "W10.9", rule="IFA 248153007 | Male (finding) |") + "\t0",
            target(INTERNATIONAL, "1912002", "W19.9", priority=2, rule="OTHERWISE TRUE") + "\t0",
        ],
    )
    return folder


def test_the_map_holds_what_follows_from_the_concept_alone(release: Path, tmp_path: Path) -> None:
    loaded = load_release(release, tmp_path / "terminology")
    current = tmp_path / "terminology" / "current"
    pairs = {
        (row["concept"], row["icd10"]) for row in pq.read_table(current / "icd10_map.parquet").to_pylist()
    }
    assert pairs == {("44054006", "E119"), ("26929004", "G309D"), ("26929004", "F009A"), ("1912002", "W199")}
    assert (loaded.release, loaded.concepts, loaded.parents, loaded.mapped, loaded.unmapped) == (
        "20260101",
        6,
        1,
        3,
        1,
    )
    assert pq.read_table(current / "parent.parquet").to_pylist() == [
        {"concept": "44054006", "parent": "73211009"}
    ]
    assert pq.read_table(current / "term.parquet")["term"].to_pylist() == ['A "quoted term']


def test_a_zip_is_as_good_as_a_folder(release: Path, tmp_path: Path) -> None:
    packed = tmp_path / "release.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in release.rglob("*.txt"):
            archive.write(file, f"made_up/{file.relative_to(release)}")
    assert load_release(packed, tmp_path / "terminology").mapped == 3
    told = loaded_release(tmp_path / "terminology")
    assert told and told["release"] == "20260101"


def test_a_new_release_takes_the_place_of_the_old(release: Path, tmp_path: Path) -> None:
    for _ in range(2):
        load_release(release, tmp_path / "terminology")
    assert len(list((tmp_path / "terminology").glob("release-*"))) == 1
    assert (tmp_path / "terminology" / "current" / "icd10_map.parquet").exists()


def test_what_is_no_release_is_refused_with_the_reason(release: Path, tmp_path: Path) -> None:
    folder = tmp_path / "terminology"
    load_release(release, folder)
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.zip").write_text("hello")
    for path, words in (
        ("nowhere", "is not there"),
        ("empty", "no Snapshot files"),
        ("note.zip", "neither a folder nor a zip"),
    ):
        with pytest.raises(TerminologyError, match=words):
            load_release(tmp_path / path, folder)
    next(release.rglob("*Relationship*")).unlink()
    with pytest.raises(TerminologyError, match="lacks the relationships"):
        load_release(release, folder)
    assert loaded_release(folder), "the release before stays in use"


def test_a_file_with_other_columns_is_refused_by_name(release: Path, tmp_path: Path) -> None:
    file = next(release.rglob("*Concept*"))
    file.write_text(file.read_text().replace("active", "state"))
    with pytest.raises(
        TerminologyError, match=r"sct2_Concept_Snapshot_INT_20260101\.txt lacks the columns active"
    ):
        load_release(release, tmp_path / "terminology")


def test_a_release_without_a_map_to_icd10_is_refused(release: Path, tmp_path: Path) -> None:
    for file in release.rglob("*Map*.txt"):
        file.write_text(file.read_text().replace(UK, OPCS).replace(INTERNATIONAL, OPCS))
    with pytest.raises(TerminologyError, match="no map to ICD-10"):
        load_release(release, tmp_path / "terminology")


def test_with_the_map_a_gp_record_has_a_score(release: Path, tmp_path: Path) -> None:
    load_release(release, tmp_path / "terminology")
    on, charlson, engine = date(2026, 11, 26), load_score("charlson", date(2026, 11, 26)), Engine()
    gp = {"person": "joe", "system": "snomed", "role": "problem", "source": "Y90001"}
    engine.fill("person", pa.Table.from_pylist([{"person": "joe", "age": 85}], PERSON))
    engine.fill(
        "condition",
        pa.Table.from_pylist([{**gp, "code": code} for code in ("44054006", "26929004")], CONDITION),
    )
    engine.fill("event", EVENT.empty_table())
    engine.attach("icd10_map", tmp_path / "terminology" / "current" / "icd10_map.parquet")
    answers = []
    for is_loaded in (False, True):
        made = score_tables(declared_tables(is_loaded), charlson, on)
        told = scores_of(charlson, on, engine.rows(made.totals), engine.rows(made.drivers), is_loaded)
        answers.append((told["joe"].value, told["joe"].why_not))
    assert answers == [(None, "the diagnoses are in SNOMED CT, and no map to ICD-10 is loaded"), (2, "")]
