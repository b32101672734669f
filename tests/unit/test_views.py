"""A place's own views: what a view may show of a resource, how it is written, and what is refused."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from careweave.warehouse.pseudonyms import open_key, uses
from careweave.warehouse.views.definition import ViewError, read_view
from careweave.warehouse.views.writing import load_view, write_view
from tests.unit.warehouse_record import ON, FakeGate, condition, id_of, patient

JOE = patient(
    "RVR",
    "9",
    name=[{"family": "Bell", "given": ["Joe"]}],
    identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    address=[{"postalCode": "RV1 2AB", "line": ["1 Weir Street"]}],
    gender="male",
)


def view(resource: str, *columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resource": resource, "status": "active", "select": [{"column": list(columns)}], **more}


def column(path: str, name: str = "", **more: Any) -> dict[str, Any]:
    return {"path": path, "name": name or path.replace(".", "_"), **more}


def written(home: Path, told: dict[str, Any], *bodies: dict[str, Any], out: str = "out.csv") -> Path:
    gate = FakeGate()
    for body in bodies:
        gate.put("joe", "RVR", body)
    (home / "view.json").write_text(json.dumps(told), encoding="utf-8")
    key = open_key(home / "keys", by="system:warehouse")
    write_view(gate, load_view(home / "view.json"), home / out, key=key, by="system:warehouse", on=ON)
    return home / out


def cells(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_no_path_leads_to_a_name(tmp_path: Path) -> None:
    paths = [
        "name.family.first()",
        "identifier.value.first()",
        "address.postalCode.first()",
        "birthDate",
        "gender",
        "id",
    ]
    told = view("Patient", *(column(path, f"c{n}") for n, path in enumerate(paths)))
    (row,) = cells(written(tmp_path, told, JOE))
    assert [row[f"c{n}"] for n in range(5)] == ["", "", "", "1941-03", "male"]
    assert row["c5"] and row["c5"] != JOE["id"]


def test_rows_of_two_views_join_by_pseudonym_and_the_use_is_on_record(tmp_path: Path) -> None:
    fall = condition("RVR", "9", "W19", note=[{"text": "Joe fell"}], recorder={"display": "Dr Cole"})
    people = written(tmp_path, view("Patient", column("getResourceKey()", "person")), JOE, out="p.parquet")
    told = view(
        "Condition",
        column("subject.getReferenceKey(Patient)", "person"),
        column("code.coding.code.first()", "code"),
    )
    falls = written(tmp_path, told, fall, out="c.parquet")
    assert pq.read_table(people).to_pylist() == [{"person": pq.read_table(falls).to_pylist()[0]["person"]}]
    assert pq.read_table(falls).to_pylist()[0]["code"] == "W19"
    assert [use.act for use in uses(tmp_path / "keys")] == ["made", "viewed", "viewed"]


def test_words_that_people_write_are_in_no_view(tmp_path: Path) -> None:
    fall = condition("RVR", "9", "W19", note=[{"text": "Joe fell"}])
    fall["code"]["text"] = "Joe Bell fell at home"
    told = view(
        "Condition",
        column("note.text.first()", "note"),
        column("code.text", "text"),
        column("code.coding.display", "term"),
    )
    fall["code"]["coding"][0]["display"] = "Unspecified fall"
    (row,) = cells(written(tmp_path, told, fall))
    assert row == {"note": "", "text": "", "term": "Unspecified fall"}


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (view("Patient", column("id", "a"), column("gender", "a")), "there twice"),
        (view("Patient", column("name.soundex()", "a")), "not a function"),
        (view("Patient", column("name.where(", "a")), "where"),
        (view("Patient", column("%who", "a")), "%who is not among"),
        (view("Patient", column("id", "a; drop")), "cannot be the name"),
        (
            {
                "resource": "Patient",
                "select": [{"forEach": "name", "repeat": ["name"], "column": [column("use")]}],
            },
            "one select",
        ),
        (
            {
                "resource": "Patient",
                "select": [{"unionAll": [{"column": [column("id")]}, {"column": [column("gender")]}]}],
            },
            "unionAll",
        ),
    ],
)
def test_a_view_that_cannot_be_read_says_why(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ViewError, match=why):
        read_view(told)


def test_what_no_cell_can_hold_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ViewError, match="more than one thing"):
        written(tmp_path, view("Condition", column("code", "code")), condition("RVR", "9", "W19"))
    with pytest.raises(ViewError, match="2 values"):
        both = condition("RVR", "9", "W19")
        both["code"]["coding"].append({"code": "1912002"})
        written(tmp_path, view("Condition", column("code.coding.code", "code")), both)
    with pytest.raises(ViewError, match=r"\.csv or \.parquet"):
        written(tmp_path, view("Condition", column("id")), out="out.xls")
    assert not list(tmp_path.glob("*out*"))


def test_a_cell_is_no_formula(tmp_path: Path) -> None:
    told = view("Condition", column("code.coding.code.first()", "code"))
    (row,) = cells(written(tmp_path, told, condition("RVR", "9", "=1+1")))
    assert row["code"] == "'=1+1"


def test_the_id_in_a_view_is_that_of_the_warehouse(tmp_path: Path) -> None:
    (row,) = cells(written(tmp_path, view("Patient", column("id")), JOE))
    key = open_key(tmp_path / "keys", by="system:warehouse")
    assert row["id"] == key.pseudonym(id_of("RVR", "Patient", "9"))
