"""Where postcodes lie, from files that a place loads: what is taken, and what is refused with what to do."""

import csv
from datetime import date
from pathlib import Path

import pytest

from careweave.demonstration.areas import SOURCE
from careweave.demonstration.place import write_place
from careweave.warehouse.areas import Area, AreasError, areas_in, load_areas, source_of_areas


def written(folder: Path, name: str, *lines: str) -> Path:
    file = folder / name
    file.write_text("\n".join(lines), encoding="utf-8-sig")
    return file


def test_postcodes_and_deprivation_may_come_in_two_files(tmp_path: Path) -> None:
    postcodes = written(tmp_path, "onspd.csv", "pcds,lsoa21cd", "RV1 2AB,E01000001", "RV1 2AC,E01000009")
    deprivation = written(tmp_path, "imd.csv", "lsoa21_code,IMD_decile,IMD_rank", "E01000001,3,9000")
    loaded = load_areas(postcodes, deprivation, tmp_path / "reference")
    assert (loaded.postcodes, loaded.with_deprivation) == (2, 1)
    found = areas_in(tmp_path / "reference")
    assert found["RV12AB"] == Area("E01000001", 3, None) and found["RV12AC"].decile is None
    assert source_of_areas(tmp_path / "reference") == "onspd.csv"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("code,lsoa", "x,y"), "no column for the postcode"),
        (("postcode,lsoa,decile", "RV1 2AB,E01,11"), "from 1 .most deprived. to 10"),
        (("postcode,lsoa",), "no postcode"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_the_last_one(
    tmp_path: Path, lines: tuple[str, ...], told: str
) -> None:
    load_areas(written(tmp_path, "a.csv", "postcode,lsoa", "RV1 2AB,E01"), None, tmp_path / "reference")
    with pytest.raises(AreasError, match=told):
        load_areas(written(tmp_path, "b.csv", *lines), None, tmp_path / "reference")
    assert list(areas_in(tmp_path / "reference")) == ["RV12AB"]


def test_nothing_is_known_where_nothing_was_loaded(tmp_path: Path) -> None:
    assert areas_in(tmp_path) == {} and source_of_areas(tmp_path) == ""


def test_riversides_areas_are_made_up_and_say_so(tmp_path: Path) -> None:
    write_place(tmp_path, people=200, as_at=date(2026, 11, 1))
    with (tmp_path / "areas.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["source"] for row in rows} == {SOURCE}
    assert all(row["lsoa"].startswith("RV") for row in rows)
    assert load_areas(tmp_path / "areas.csv", None, tmp_path / "reference").source == SOURCE
    deciles = {area.decile for area in areas_in(tmp_path / "reference").values()}
    assert len(deciles) > 3 and None not in deciles
