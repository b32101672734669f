"""What the matcher reads out of names, dates, addresses and the columns of plain files."""

from __future__ import annotations

from pathlib import Path

import pytest

from careweave.identity.matching.addresses import plain_phone, plain_postcode, split_address
from careweave.identity.matching.dates import month_comes_first, read_birth_date
from careweave.identity.matching.files import FileProblem, read_people, split_full_name
from careweave.identity.matching.headings import fields_of, read_headings
from careweave.identity.matching.names import (
    fold,
    is_newborn_placeholder,
    loose_spelling,
    name_words,
    sound_of,
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("19081209", "19081209"),
        ("1971-06-24", "19710624"),
        ("24/06/1971", "19710624"),
        ("24.6.1971", "19710624"),
        ("24 June 1971", "19710624"),
        ("June 24, 1971", "19710624"),
        ("1971-06-24T00:00:00Z", "19710624"),
        ("24061971", "19710624"),
        ("24/06/71", "19710624"),
        ("06/24/1971", "19710624"),
        ("1971", "19710000"),
        ("1971-30-02", "19710230"),
        ("3 avril 1980", "19800403"),
        ("", None),
        ("unknown", None),
        ("0000-00-00", None),
    ],
)
def test_birth_dates_in_many_forms(text: str, read: str | None) -> None:
    assert read_birth_date(text) == read


def test_the_order_of_day_and_month_is_read_off_the_whole_column() -> None:
    assert month_comes_first(["03/04/1980", "06/24/1971"])
    assert not month_comes_first(["03/04/1980", "24/06/1971"])
    assert read_birth_date("03/04/1980", month_first=True) == "19800304"


def test_names_are_folded() -> None:
    assert fold("Łukasz MÜLLER-Straße") == "lukasz muller-strasse"
    assert fold("Ольга") == "olga"
    assert name_words("Mr. Pieter van der Berg") == ["pieter", "berg"]
    assert name_words("O'Brien") == name_words("O Brien") == name_words("O’Brien") == ["obrien"]
    assert name_words("Mc Donald") == ["mcdonald"]
    assert name_words("al-Hassan") == ["hassan"]
    assert name_words("Unknown") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("muller", "mueller"),
        ("kowalska", "kowalski"),
        ("macdonald", "mcdonald"),
        ("phillips", "fillips"),
        ("ivanova", "ivanov"),
    ],
)
def test_spellings_that_languages_swap(one: str, other: str) -> None:
    assert loose_spelling(one) == loose_spelling(other)


def test_names_that_sound_alike_share_a_key() -> None:
    assert sound_of("catherine") == sound_of("kathryn")
    assert sound_of("smith") == sound_of("smyth")


def test_newborn_placeholders() -> None:
    assert all(
        map(is_newborn_placeholder, ["Baby", "BABY GIRL", "Twin 2", "Infant of Mary", "Male", "Baby Smith"])
    )
    assert not any(map(is_newborn_placeholder, ["Bailey", "", None, "Ann"]))


def test_addresses_and_numbers() -> None:
    assert split_address(None, "12a Mill Ln., Riverside") == ("12a", "milllane")
    assert split_address("12", "Mill Lane") == ("12", "milllane")
    assert plain_postcode(" rv3 4ab") == "rv34ab"
    assert plain_postcode("ZZ99 3VZ") is None
    assert plain_phone("+44 7700 900123") == plain_phone("07700 900 123")


def test_headings_in_many_words_and_languages() -> None:
    headings = [
        "Forename",
        "Last Name",
        "DateOfBirth",
        "NHS No",
        "Post Code",
        "Sex",
        "E-mail",
        "Vorname",
        "rec_id",
        "ward",
    ]
    columns = {heading: ["x"] for heading in headings}
    columns |= {"E-mail": ["a@example.org"], "DateOfBirth": ["1971-06-24"], "ward": ["North"]}
    fields = fields_of(columns, read_headings())
    wanted = [
        "given",
        "family",
        "birth_date",
        "nhs_number",
        "postcode",
        "gender",
        "email",
        "attribute",
        "record_id",
        "attribute",
    ]
    assert [fields[heading] for heading in headings] == wanted


def test_headings_that_say_nothing_are_read_from_the_values() -> None:
    columns = {
        "f1": ["a@example.org"] * 4,
        "f2": ["9434765919", "9449305552"] * 2,
        "f3": ["SW1A 1AA", "M1 1AE"] * 2,
        "f4": ["M", "F"] * 2,
    }
    assert list(fields_of(columns, read_headings()).values()) == ["email", "nhs_number", "postcode", "gender"]


def test_full_names_are_split() -> None:
    assert split_full_name("SMITH, John Paul") == ("John Paul", "SMITH")
    assert split_full_name("John Paul Smith") == ("John Paul", "Smith")
    assert split_full_name("王小明") == ("小明", "王")


def test_leading_spaces_in_headings_and_values(tmp_path: Path) -> None:
    people = read_people(
        [_csv(tmp_path, "rec_id, given_name, surname\nrec-1-org, ann, smith\nrec-1-dup-0, , smith\n")],
        "rec_id",
    )
    assert [record.given for record in people.records] == ["ann", None]
    assert set(people.truth.values()) == {"1"}


def test_m_is_a_woman_where_h_is_a_man(tmp_path: Path) -> None:
    people = read_people([_csv(tmp_path, "nombre,sexo\nJuan,H\nAna,M\n")], None)
    assert [record.gender for record in people.records] == ["male", "female"]


def test_the_truth_is_never_in_a_record(tmp_path: Path) -> None:
    people = read_people([_csv(tmp_path, "name,person\nAnn Smith,secret-1\nAnn Smith,secret-1\n")], "person")
    assert "secret" not in repr(people.records)


def test_row_numbers_of_two_files_are_not_identifiers(tmp_path: Path) -> None:
    names = [
        f"{given} {family}"
        for given in ("Ann", "Bob", "Cyd", "Dan")
        for family in ("Ash", "Birch", "Cole", "Dunn")
    ]
    left = _csv(
        tmp_path,
        "patient_id,name,truth\n" + "".join(f"{n},{name},{n}\n" for n, name in enumerate(names)),
        "a.csv",
    )
    right = _csv(
        tmp_path,
        "patient_id,name,truth\n" + "".join(f"{n},{name},{name}\n" for n, name in enumerate(reversed(names))),
        "b.csv",
    )
    assert not any(record.identifiers for record in read_people([left, right], "truth").records)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a,b\n1,2,3\n", "line 2 has 3 fields, the header has 2"),
        (b"a,a\n1,2\n", "twice"),
        (b'a,b\n"1,2\n', "line"),
        ("a,b\nJosé,2\n".encode("latin-1"), "not UTF-8"),
        ("a,b\nJosé,2\n".encode("utf-16"), "not UTF-8"),
        (b"a,b\n\x00,2\n", "null characters"),
        (b"a,b\n1,2\n", "has no column 'truth'"),
    ],
)
def test_files_that_cannot_be_read_are_refused_in_words(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(FileProblem, match=problem):
        read_people([path], "truth")


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="does not exist"):
        read_people([tmp_path / "nobody.csv"], None)


def _csv(folder: Path, text: str, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
