"""A small Riverside is written once; these tests read it as a stranger would."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from careweave.demonstration import cast, named_people, organisations, teams
from careweave.demonstration.formats import Feed, feeds
from careweave.demonstration.place import Summary, files_of, write_place

ON = date(2026, 11, 22)
PEOPLE = 2_000
NHS = "https://fhir.nhs.uk/Id/nhs-number"
NO_NUMBERS = {"RVH01", "RVV01"}
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return write_place(tmp_path_factory.mktemp("riverside"), people=PEOPLE, as_at=ON)


def read_csv(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def read_lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def csv_feeds(folder: Path) -> Iterator[tuple[Feed, Path, Rows]]:
    for sent in files_of(folder):
        if sent.format != "fhir":
            yield feeds()[sent.feed], sent.path, read_csv(sent.path)


def faulty_keys(folder: Path) -> set[str]:
    return {row["key"] for row in read_csv(folder / "truth" / "malformed.csv")}


def good(rows: Rows, feed: Feed, faulty: set[str]) -> Rows:
    return [row for row in rows if not {row[column] for column in feed.key} & faulty]


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_writes_the_same_bytes_with_any_number_of_workers(tmp_path: Path) -> None:
    write_place(tmp_path / "one", people=400, seed=5, as_at=ON)
    write_place(tmp_path / "two", people=400, seed=5, as_at=ON, workers=2)
    write_place(tmp_path / "other", people=400, seed=6, as_at=ON)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert digest(tmp_path / "one") != digest(tmp_path / "other")


def test_writing_again_replaces_what_was_written_and_nothing_else(tmp_path: Path) -> None:
    write_place(tmp_path, people=1_200, as_at=ON)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    write_place(tmp_path, people=300, as_at=ON)
    assert not (tmp_path / "Y90003").exists()
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_every_file_has_the_columns_that_its_format_says(place: Summary) -> None:
    seen = set()
    for feed, path, rows in csv_feeds(place.folder):
        assert rows, path
        assert tuple(rows[0]) == feed.columns
        assert all(None not in row and None not in row.values() for row in rows)
        seen.add(feed.id)
    assert seen == {feed.id for feed in feeds().values() if feed.format != "fhir"}


def test_keys_name_one_row_for_ever(place: Summary) -> None:
    for feed, path, rows in csv_feeds(place.folder):
        keys = Counter(tuple(row[column] for column in feed.key) for row in rows)
        assert max(keys.values()) == 1, path


def test_dates_are_in_the_form_that_the_feed_names(place: Summary) -> None:
    forms = {"iso": r"\d{4}-\d\d-\d\d", "uk": r"\d\d/\d\d/\d{4}"}
    for feed, path, rows in csv_feeds(place.folder):
        form = forms[feed.dates.split("_")[0]] + r"( \d\d:\d\d|T\d\d:\d\d)?"
        columns = [
            name for name in feed.columns if re.search(r"date$|Date|_at$", name) and name != "record_updated"
        ]
        for row in rows:
            for column in columns:
                assert not row[column] or re.fullmatch(form, row[column]), (path, column, row[column])


def test_practices_send_every_type_with_ids_of_their_own(place: Summary) -> None:
    first: dict[str, set[str]] = {}
    for code in place.practices:
        for kind in feeds()["gp"].types:
            resources = read_lines(place.folder / code / f"{kind}.ndjson.gz")
            ids = [each["id"] for each in resources]
            assert len(ids) == len(set(ids))
            assert {each["resourceType"] for each in resources} == {kind}
            assert all(each["meta"]["lastUpdated"] for each in resources)
            if kind == "Patient":
                first[code] = set(ids)
    assert len(set.intersection(*first.values())) > 200  # equal local ids in different systems


def test_every_reference_of_a_practice_finds_its_patient(place: Summary) -> None:
    for code in place.practices:
        patients = {f"Patient/{each['id']}" for each in read_lines(place.folder / code / "Patient.ndjson.gz")}
        for kind in feeds()["gp"].types:
            for each in read_lines(place.folder / code / f"{kind}.ndjson.gz"):
                if kind != "Patient":
                    assert (each.get("subject") or each.get("patient"))["reference"] in patients


def test_every_nhs_number_is_a_test_number_and_the_bad_ones_are_listed(place: Summary) -> None:
    faulty = faulty_keys(place.folder)
    for feed, _, rows in csv_feeds(place.folder):
        column = next((name for name in feed.columns if name.lower().replace(" ", "_") == "nhs_number"), None)
        for row in rows if column else ():
            number = row[column or ""]
            if number:
                assert number.startswith("999")
                assert valid(number) or {row[name] for name in feed.key} & faulty
    for code in place.practices:
        for each in read_lines(place.folder / code / "Patient.ndjson.gz"):
            for number in (one["value"] for one in each.get("identifier", ()) if one["system"] == NHS):
                assert number.startswith("999")
                assert valid(number) or each["id"] in faulty


def valid(number: str) -> bool:
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    return str(0 if rest == 11 else rest) == number[9]


def test_the_hospital_sends_no_name_where_a_number_was_traced(place: Summary) -> None:
    rows = read_csv(place.folder / "RVR" / "admissions.csv") + read_csv(
        place.folder / "RVR" / "emergency.csv"
    )
    named = [row for row in rows if row["family_name"]]
    assert named
    assert len(named) < len(rows) / 3
    for row in rows:
        assert bool(row["family_name"]) == (row["nhs_number_status"] != "01")
        assert row["postcode"]


def test_each_fault_is_where_the_truth_says(place: Summary) -> None:
    listed = read_csv(place.folder / "truth" / "malformed.csv")
    assert {row["fault"] for row in listed} == {
        "bad-check-digit",
        "30-february",
        "future-birth-date",
        "unknown-code",
    }
    assert {row["file"].split("/")[0] for row in listed} >= {
        "RVR",
        "900",
        "RVC",
        "RVM",
        "RVH01",
        "RVV01",
        "Y90001",
    }
    for row in listed:
        path = place.folder / row["file"]
        if path.suffix == ".gz":
            assert read_lines(path)[int(row["line"]) - 1]["id"] == row["key"]
        else:
            line = path.read_text(encoding="utf-8").splitlines()[int(row["line"]) - 1]
            assert row["key"] in line


def test_the_truth_knows_every_record_of_every_feed_and_no_other(place: Summary) -> None:
    faulty, found = faulty_keys(place.folder), set()
    for feed, _, rows in csv_feeds(place.folder):
        found |= {(feed.source, row[feed.patient]) for row in good(rows, feed, faulty)}
    for code in place.practices:
        patients = read_lines(place.folder / code / "Patient.ndjson.gz")
        found |= {(code, each["id"]) for each in patients if each["id"] not in faulty}
    found |= {("RVR", path.stem) for path in (place.folder / "RVR" / "inpatients").glob("*.json")}
    told = {(row["source"], row["local_id"]) for row in read_csv(place.folder / "truth" / "records.csv")}
    assert told == found


def test_everyone_is_in_the_table_of_persons_once(place: Summary) -> None:
    persons = pq.read_table(place.folder / "truth" / "persons.parquet").to_pylist()
    assert len(persons) == PEOPLE
    assert len({row["person_id"] for row in persons}) == PEOPLE
    told = {row["person_id"] for row in read_csv(place.folder / "truth" / "records.csv")}
    assert told <= {row["person_id"] for row in persons}
    assert {row["key"] for row in persons} - {""} == {person.key for person in named_people(ON)}
    alive = {row["person_id"] for row in persons if row["death_date"] is None and not row["key"]}
    assert {row["person_id"] for row in read_csv(place.folder / "truth" / "outcomes.csv")} == alive


def test_nothing_happens_after_death(place: Summary) -> None:
    persons = pq.read_table(place.folder / "truth" / "persons.parquet").to_pylist()
    died = {row["person_id"]: row["death_date"] for row in persons if row["death_date"]}
    assert died
    who = {
        (row["source"], row["local_id"]): died[row["person_id"]]
        for row in read_csv(place.folder / "truth" / "records.csv")
        if row["person_id"] in died
    }
    columns = {"admissions": "admission_date", "emergency": "arrival_at", "community": "contact_at"}
    columns |= {"mental-health": "contact_at", "cld": "Event Start Date"}
    for feed, _, rows in csv_feeds(place.folder):
        for row in rows if feed.id in columns else ():
            death = who.get((feed.source, row[feed.patient]))
            if death:
                assert day_of(row[columns[feed.id]]) <= death
    for code in place.practices:
        for each in read_lines(place.folder / code / "Encounter.ndjson.gz"):
            death = who.get((code, each["subject"]["reference"].split("/")[1]))
            assert not death or date.fromisoformat(each["period"]["start"][:10]) <= death


def day_of(text: str) -> date:
    form = "%Y-%m-%d" if text[4] == "-" else "%d/%m/%Y"
    return datetime.strptime(text[:10], form).date()  # noqa: DTZ007


def test_nobody_leaves_hospital_before_they_came_or_lies_in_two_beds(place: Summary) -> None:
    faulty, stays = faulty_keys(place.folder), defaultdict(set)
    for row in read_csv(place.folder / "RVR" / "admissions.csv"):
        if row["spell_id"] in faulty:
            continue
        stays[row["local_patient_id"]].add((row["admission_date"], row["discharge_date"] or "9999"))
        if row["discharge_date"]:
            assert row["admission_date"] < row["discharge_date"]
            ready = row["discharge_ready_date"]
            assert not ready or row["admission_date"][:10] <= ready <= row["discharge_date"][:10]
            assert (row["discharge_method"] == "4") == (row["discharge_destination"] == "79")
    for spells in stays.values():
        ordered = sorted(spells)
        assert all(one[1] <= other[0] for one, other in pairwise(ordered))


def test_a_stay_is_told_by_message_or_by_file_but_never_by_both(place: Summary) -> None:
    told = set()
    for path in (place.folder / "RVR" / "inpatients").glob("*.json"):
        bundle = json.loads(path.read_text(encoding="utf-8"))
        urls = {entry["fullUrl"] for entry in bundle["entry"]}
        for entry in bundle["entry"]:
            resource = entry["resource"]
            assert entry["request"] == {
                "method": "PUT",
                "url": f"{resource['resourceType']}/{resource['id']}",
            }
            reference = (resource.get("subject") or resource.get("patient") or {}).get("reference")
            assert reference is None or reference in urls
            told |= {resource["id"].removeprefix("enc-")} if resource["id"].startswith("enc-") else set()
    assert told
    assert not told & {row["spell_id"] for row in read_csv(place.folder / "RVR" / "admissions.csv")}


STORIES = {
    "joe": {"Y90001", "RVR", "RVC", "RVM", "900", "RVH01", "RVV01"},
    "annie": {"Y90001", "900", "RVH01"},
    "mrs-smith": {"Y90001", "RVR", "RVC", "900", "RVH01"},
    "colin": {"Y90001", "900"},
    "colins-father": {"Y90001", "RVC", "900"},
    "jacqueline": {"Y90001", "RVC"},
    "marie": {"Y90001"},
    "maries-mother": {"Y90001", "RVR", "RVC", "900"},
}


def test_the_people_of_the_stories_are_where_their_sources_put_them(place: Summary) -> None:
    persons = pq.read_table(place.folder / "truth" / "persons.parquet").to_pylist()
    keys = {row["person_id"]: row["key"] for row in persons if row["key"]}
    found = defaultdict(set)
    for row in read_csv(place.folder / "truth" / "records.csv"):
        if row["person_id"] in keys:
            found[keys[row["person_id"]]].add(row["source"])
    assert dict(found) == STORIES


def test_joe_is_as_the_story_tells(place: Summary) -> None:
    joe = next(
        each for each in read_lines(place.folder / "Y90001" / "Patient.ndjson.gz") if each["id"] == "5001"
    )
    assert joe["birthDate"] == "1941-03-04"
    assert joe["identifier"][0]["value"] == "9990000018"
    assert {"use": "nickname", "given": ["Joe"]} in joe["name"]
    problems = {
        each["code"]["coding"][0]["display"]: each["onsetDateTime"]
        for each in read_lines(place.folder / "Y90001" / "Condition.ndjson.gz")
        if each["subject"]["reference"] == "Patient/5001"
    }
    assert problems["Urinary tract infectious disease"] == "2026-11-16"
    assert {"Alzheimer's disease", "Recurrent falls"} <= set(problems)
    visits = [row for row in read_csv(place.folder / "RVV01" / "visits.csv") if row["member_ref"] == "N001"]
    assert [row["visit_at"] for row in visits if row["happened"] == "planned"] == ["26/11/2026 14:00"]
    assert [row["volunteer_name"] for row in visits][:1] == ["Grace Mensah"]


def test_the_cast_has_one_of_each_role_and_every_practice_one_team() -> None:
    members = {member.key: member for member in cast(ON)}
    roles = {member.role for member in members.values()}
    assert roles == {
        "coordinator", "gp", "practice-nurse", "district-nurse", "social-care-worker", "community-matron",
        "community-mental-health", "hospital-clinician", "volunteer", "voluntary-worker", "person", "carer",
        "governance-lead", "analyst", "administrator", "data-clerk",
    }  # fmt: skip
    assert all(
        re.fullmatch(r"01632 960\d{3}|07700 900\d{3}", member.telephone) for member in members.values()
    )
    for practices in (
        ["Y90001"],
        [f"Y{90001 + place}" for place in range(4)],
        [f"Y{90001 + place}" for place in range(37)],
    ):
        zones = teams(practices, ON)
        assert sorted(code for zone in zones for code in zone.practices) == sorted(practices)
        assert all(zone.practices and zone.manager in members for zone in zones)
    assert {"RVR", "RVC", "RVM", "900", "RVH01", "RVV01", "Y90001"} <= {
        each.code for each in organisations(on=ON)
    }


def test_a_place_too_small_for_its_stories_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least"):
        write_place(tmp_path, people=50, as_at=ON)


def test_other_days_of_the_year_work_too(tmp_path: Path) -> None:
    for day in (date(2024, 2, 29), date(2027, 1, 1), date(2025, 3, 31)):
        assert write_place(tmp_path, people=300, as_at=day).total > 3_000
