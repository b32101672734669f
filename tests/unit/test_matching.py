"""Which records are one person: the rules and guards, one awkward case each."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from careweave.identity.matching import Decided, Linkage, MatchRecord, link_records
from careweave.identity.matching.superseded import present_numbers
from tests.unit.matching_samples import NUMBERS

HOME = {"address": "12 Mill Lane", "postcode": "RV3 4AB"}
JOE = {"given": "Joseph", "family": "Buckley", "birth_date": "1948-03-12", "gender": "male"}
AMY = {"given": "Amy", "family": "Hart", "birth_date": "2015-06-09", "gender": "female"}


def record(id: str, **facts: Any) -> MatchRecord:
    return MatchRecord(id=id, **({"source": id.split("-")[0]} | facts))


def link(*records: MatchRecord, decisions: tuple[Decided, ...] = ()) -> Linkage:
    return link_records(records, on=date(2026, 11, 22), decisions=decisions)


def together(linkage: Linkage, *ids: str) -> bool:
    return len({linkage.persons[id] for id in ids}) == 1


def asked(linkage: Linkage, one: str, other: str) -> str:
    """The guard behind the question whether two records are one person, or '-' if nobody is asked."""
    found = [pair.guard for pair in linkage.for_review if {pair.left, pair.right} == {one, other}]
    return found[0] if found else "-"


def test_the_same_number_name_and_birth_date_are_one_person() -> None:
    linkage = link(
        record("gp-1", **JOE, nhs_number=NUMBERS[0]), record("trust-1", **JOE, nhs_number=NUMBERS[0])
    )
    assert together(linkage, "gp-1", "trust-1")
    assert (linkage.links[0].stage, linkage.links[0].rule) == ("nhs-number", "number-birth-date-and-name")


@pytest.mark.parametrize("birth_date", ["1948-12-03", "1948-03-13", "1949-03-12", "1948-03-21"])
def test_a_number_bears_a_birth_date_that_is_partly_wrong(birth_date: str) -> None:
    other = JOE | {"birth_date": birth_date}
    assert together(
        link(record("gp-1", **JOE, nhs_number=NUMBERS[0]), record("x-1", **other, nhs_number=NUMBERS[0])),
        "gp-1",
        "x-1",
    )


def test_day_and_month_swapped_without_a_number_at_the_same_home() -> None:
    linkage = link(record("gp-1", **JOE, **HOME), record("x-1", **JOE | {"birth_date": "1948-12-03"}, **HOME))
    assert together(linkage, "gp-1", "x-1")
    assert "Birth date: day and month swapped" in [each.words for each in linkage.links[0].evidence]


@pytest.mark.parametrize(
    ("given", "family"),
    [
        ("Joe", "Buckley"),
        ("Josef", "Buckley"),
        ("Joesph", "Buckley"),
        ("Joseph", "Bucklye"),
        ("JOSEPH", "BUCKLEY"),
        ("Joseph Alan", "Buckley"),
        ("Buckley", "Joseph"),
        ("Joseph", "Buckley-Jones"),
    ],
)
def test_names_written_otherwise_at_the_same_home(given: str, family: str) -> None:
    other = JOE | {"given": given, "family": family}
    assert together(link(record("gp-1", **JOE, **HOME), record("x-1", **other, **HOME)), "gp-1", "x-1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("José", "García"), ("Jose", "Garcia Lopez")),
        (("Jürgen", "Müller"), ("Juergen", "Mueller")),
        (("Mohammed", "Hussain"), ("Muhammad", "Hussein")),
        (("Katarzyna", "Kowalska"), ("Kasia", "Kowalski")),
        (("Xiao Ming", "Wang"), ("Wang", "Xiaoming")),
        (("Mohammed Ali", "Khan"), ("Ali", "Khan")),
        (("Sinéad", "O'Brien"), ("Sinead", "O Brien")),
        (("Ahmad", "al-Hassan"), ("Ahmed", "Hassan")),
        (("Łukasz", "Wiśniewski"), ("Lukasz", "Wisniewski")),
        (("Ольга", "Иванова"), ("Olga", "Ivanova")),
        (("Harpreet Kaur", "Gill"), ("Harpreet", "Kaur")),
        (("Pieter", "van der Berg"), ("Pieter", "Berg")),
    ],
)
def test_names_of_many_languages(one: tuple[str, str], other: tuple[str, str]) -> None:
    facts = {"birth_date": "1971-06-24"} | HOME
    left = record("gp-1", given=one[0], family=one[1], **facts)
    right = record("x-1", given=other[0], family=other[1], **facts)
    assert together(link(left, right), "gp-1", "x-1")


def test_a_surname_changed_on_marriage_with_the_same_number() -> None:
    ann = {"given": "Anita", "birth_date": "1990-02-03", "gender": "female", "nhs_number": NUMBERS[0]}
    assert together(
        link(record("gp-1", **ann, family="Shah"), record("x-1", **ann, family="Mistry")), "gp-1", "x-1"
    )


def test_a_surname_changed_on_marriage_at_the_same_home_without_a_number() -> None:
    ann = {"given": "Anita", "birth_date": "1990-02-03", "gender": "female"} | HOME
    assert together(
        link(record("gp-1", **ann, family="Shah"), record("x-1", **ann, family="Mistry")), "gp-1", "x-1"
    )


def test_a_superseded_number_where_all_else_agrees() -> None:
    left, right = (
        record("gp-1", **JOE, **HOME, nhs_number=NUMBERS[0]),
        record("x-1", **JOE, **HOME, nhs_number=NUMBERS[1]),
    )
    linkage = link(left, right)
    assert together(linkage, "gp-1", "x-1")
    assert linkage.links[0].rule == "superseded-number"


def test_different_numbers_and_homes_ask_a_person() -> None:
    away = {"address": "4 Castle Road", "postcode": "RV19 2ZZ"}
    linkage = link(
        record("gp-1", **JOE, **HOME, nhs_number=NUMBERS[0]),
        record("x-1", **JOE, **away, nhs_number=NUMBERS[1]),
    )
    assert not together(linkage, "gp-1", "x-1")


def test_a_number_with_a_bad_check_digit_is_no_number() -> None:
    wrong = NUMBERS[0][:9] + str((int(NUMBERS[0][9]) + 1) % 10)
    linkage = link(record("gp-1", **JOE, nhs_number=wrong), record("x-1", **AMY, nhs_number=wrong))
    assert not together(linkage, "gp-1", "x-1")


def test_two_systems_with_equal_local_ids_are_two_people() -> None:
    linkage = link(record("gp-1", **JOE, **HOME, local_id="1001"), record("x-1", **AMY, local_id="1001"))
    assert not together(linkage, "gp-1", "x-1")


@pytest.mark.parametrize("name", ["Emma", "Ami", "Thomas", "Ann", "Mya"])
def test_twins_are_never_joined(name: str) -> None:
    linkage = link(record("gp-1", **AMY, **HOME), record("trust-1", **AMY | {"given": name}, **HOME))
    assert not together(linkage, "gp-1", "trust-1")
    assert asked(linkage, "gp-1", "trust-1").startswith("twins")


@pytest.mark.parametrize("name", ["Emma", "Ami", "Thomas"])
def test_twins_with_one_number_by_mistake_are_never_joined(name: str) -> None:
    linkage = link(
        record("gp-1", **AMY, **HOME, nhs_number=NUMBERS[0]),
        record("trust-1", **AMY | {"given": name}, **HOME, nhs_number=NUMBERS[0]),
    )
    assert not together(linkage, "gp-1", "trust-1")
    assert asked(linkage, "gp-1", "trust-1").startswith("twins")


def test_twins_with_alike_names_and_numbers_of_their_own_are_never_joined() -> None:
    linkage = link(
        record("gp-1", **AMY | {"given": "Jonathan"}, **HOME, nhs_number=NUMBERS[0]),
        record("trust-1", **AMY | {"given": "Johnathon"}, **HOME, nhs_number=NUMBERS[1]),
    )
    assert not together(linkage, "gp-1", "trust-1")


def test_brothers_called_mohammed_are_two_people() -> None:
    facts = {"family": "Khan", "birth_date": "2012-05-05"} | HOME
    linkage = link(
        record("gp-1", given="Mohammed Ali", **facts), record("gp-2", given="Mohammed Hassan", **facts)
    )
    assert not together(linkage, "gp-1", "gp-2")


def test_twins_stay_apart_through_a_record_without_a_first_name() -> None:
    nameless = {"family": "Hart", "birth_date": "2015-06-09"} | HOME
    linkage = link(
        record("gp-1", **AMY, **HOME),
        record("gp-2", **AMY | {"given": "Emma"}, **HOME),
        record("council-1", **nameless),
        record("trust-1", **AMY | {"given": "A"}, **HOME),
    )
    assert not together(linkage, "gp-1", "gp-2")


def test_a_mothers_number_on_her_baby_asks_a_person() -> None:
    mother = {"given": "Marie", "family": "Hart", "birth_date": "1994-01-20", "nhs_number": NUMBERS[0]} | HOME
    baby = {"given": "Baby", "family": "Hart", "birth_date": "2026-10-30", "nhs_number": NUMBERS[0]} | HOME
    linkage = link(record("gp-1", **mother), record("trust-1", **baby))
    assert not together(linkage, "gp-1", "trust-1")
    assert asked(linkage, "gp-1", "trust-1") == "mother-and-baby"


def test_mother_and_baby_stay_apart_through_others() -> None:
    mother = {"given": "Marie", "family": "Hart", "birth_date": "1994-01-20", "nhs_number": NUMBERS[0]} | HOME
    baby = {"given": "Lily", "family": "Hart", "birth_date": "2026-10-30"} | HOME
    linkage = link(
        record("gp-1", **mother),
        record("gp-2", **baby, nhs_number=NUMBERS[1]),
        record("trust-1", **baby | {"given": "Baby Girl"}, nhs_number=NUMBERS[0]),
        record("trust-2", **baby, nhs_number=NUMBERS[0]),
        record("x-1", family="Hart", nhs_number=NUMBERS[0], **HOME),
    )
    assert not together(linkage, "gp-1", "gp-2")
    assert not together(linkage, "gp-1", "trust-2")


@pytest.mark.parametrize("placeholder", ["Baby", "Baby Girl", "Infant of Marie", "Twin 1", "Female"])
def test_a_newborn_without_a_name_is_joined_by_number_and_birth_date_only(placeholder: str) -> None:
    born = {"family": "Smith", "birth_date": "2026-10-30", "gender": "female"} | HOME
    named = record("gp-1", given="Olivia", **born, nhs_number=NUMBERS[0])
    assert together(
        link(named, record("trust-1", given=placeholder, **born, nhs_number=NUMBERS[0])), "gp-1", "trust-1"
    )
    without = link(named, record("trust-1", given=placeholder, **born))
    assert not together(without, "gp-1", "trust-1")
    assert asked(without, "gp-1", "trust-1") == "newborn"


def test_newborn_twins_with_numbers_of_their_own_are_two_people() -> None:
    born = {"given": "Baby Smith", "family": "Smith", "birth_date": "2026-10-30"} | HOME
    assert not together(
        link(record("t-1", **born, nhs_number=NUMBERS[0]), record("t-2", **born, nhs_number=NUMBERS[1])),
        "t-1",
        "t-2",
    )


def test_father_and_son_of_one_name_at_one_address_are_two_people() -> None:
    linkage = link(
        record("gp-1", **JOE, **HOME), record("gp-2", **JOE | {"birth_date": "1975-08-30"}, **HOME)
    )
    assert not together(linkage, "gp-1", "gp-2")
    assert asked(linkage, "gp-1", "gp-2") == "generations"


def test_sisters_with_alike_names_are_two_people() -> None:
    linkage = link(
        record("gp-1", **AMY, **HOME),
        record("gp-2", **AMY | {"given": "Aimee", "birth_date": "2018-11-17"}, **HOME),
    )
    assert not together(linkage, "gp-1", "gp-2")


def test_a_decision_joins_what_guards_keep_apart_and_holds_for_their_other_records() -> None:
    records = (
        record("gp-1", **AMY, **HOME, nhs_number=NUMBERS[0]),
        record("trust-1", **AMY, nhs_number=NUMBERS[0]),
        record("x-1", **AMY | {"given": "Emma"}, **HOME),
    )
    linkage = link(*records, decisions=(Decided("gp-1", "x-1", "same"),))
    assert together(linkage, "gp-1", "x-1", "trust-1")


def test_a_decision_parts_for_ever_also_through_others() -> None:
    records = tuple(
        record(f"{source}-1", **JOE, **HOME, nhs_number=NUMBERS[0]) for source in ("gp", "trust", "x", "y")
    )
    linkage = link(*records, decisions=(Decided("trust-1", "gp-1", "different"),))
    assert not together(linkage, "gp-1", "trust-1")
    assert asked(linkage, "gp-1", "trust-1") == "-"


def test_contradicting_decisions_keep_records_apart() -> None:
    decisions = (Decided("gp-1", "x-1", "same"), Decided("x-1", "gp-1", "different"))
    assert not together(link(record("gp-1", **JOE), record("x-1", **JOE), decisions=decisions), "gp-1", "x-1")


def test_every_link_says_why_in_words() -> None:
    linkage = link(record("gp-1", **JOE, **HOME), record("x-1", **JOE | {"given": "Joe"}, **HOME))
    words = [each.words for each in linkage.links[0].evidence]
    assert "First name: another form of the same name" in words
    assert "Surname: the same" in words
    assert "NHS number: missing" in words


def test_nothing_to_link_is_no_error() -> None:
    assert link().persons == {}
    assert link(record("gp-1")).persons == {"gp-1": "gp-1"}


def test_two_records_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="the same id"):
        link(record("gp-1", **JOE), record("gp-1", **AMY))


def test_a_superseded_number_is_read_as_the_one_that_replaced_it() -> None:
    """The practice says so; the hospital's row has neither a name nor the new number."""
    linkage = link(
        record("gp-1", **JOE, nhs_number=NUMBERS[0], former_nhs_numbers=(NUMBERS[5],)),
        record("trust-1", birth_date=JOE["birth_date"], nhs_number=NUMBERS[5]),
    )
    assert together(linkage, "gp-1", "trust-1")
    assert "NHS number: one superseded by the other" in {each.words for each in linkage.links[0].evidence}


def test_a_superseded_number_that_two_people_claim_is_nobodys() -> None:
    assert present_numbers(NUMBERS[:2], [(NUMBERS[5],), (NUMBERS[5],)]) == {}
    assert present_numbers(NUMBERS[:2], [(NUMBERS[1],), (NUMBERS[0],)]) == {}
    assert present_numbers(NUMBERS[:2], [(NUMBERS[1],), (NUMBERS[2],)]) == dict.fromkeys(
        NUMBERS[1:3], NUMBERS[0]
    )


def test_a_row_without_a_name_goes_where_its_number_goes_past_a_mistaken_number() -> None:
    linkage = link(
        record("gp-1", **JOE, **HOME, nhs_number=NUMBERS[0]),
        record("council-1", **JOE, **HOME, nhs_number=NUMBERS[5]),
        record("trust-1", birth_date=JOE["birth_date"], nhs_number=NUMBERS[0]),
    )
    assert len(set(linkage.persons.values())) == 1


def test_a_row_without_a_name_and_with_another_number_is_never_joined() -> None:
    """Twins live at one postcode: the row may be the brother's."""
    linkage = link(
        record("gp-1", **JOE, **HOME, nhs_number=NUMBERS[0]),
        record("trust-1", birth_date=JOE["birth_date"], nhs_number=NUMBERS[5], postcode=HOME["postcode"]),
    )
    assert not together(linkage, "gp-1", "trust-1")


def test_a_number_with_two_wrong_digits_is_one_mistyped_number() -> None:
    linkage = link(
        record("gp-1", **JOE, nhs_number="9997526090"), record("trust-1", **JOE, nhs_number="9997226097")
    )
    assert together(linkage, "gp-1", "trust-1")


def test_numbers_given_out_one_after_another_are_not_mistyped() -> None:
    """As twins' are: the last digit counts on, and the check digit goes with it."""
    other = JOE | {"given": "Jos"}
    linkage = link(
        record("gp-1", **JOE, nhs_number=NUMBERS[0]), record("trust-1", **other, nhs_number=NUMBERS[1])
    )
    assert not together(linkage, "gp-1", "trust-1")


@pytest.mark.parametrize("gender", ["male", "female"])
def test_two_of_one_household_are_not_joined_because_a_birth_date_is_missing(gender: str) -> None:
    facts = {"family": "Jackson", "phone": "0161 496 0101"} | HOME
    linkage = link(
        record("gp-1", given="Christopher", gender="male", birth_date="1992-04-21", **facts),
        record("x-1", given="Kayleigh", gender=gender, **facts),
    )
    assert not together(linkage, "gp-1", "x-1")


def test_a_first_name_and_a_street_in_common_join_nobody() -> None:
    facts = {"postcode": "RV3 1JA", "gender": "male"}
    linkage = link(
        record(
            "gp-1",
            given="Samuel",
            family="Wilson",
            birth_date="1990-10-23",
            address="31 Holly Street",
            **facts,
        ),
        record(
            "x-1",
            given="Samuel",
            family="Oladipo",
            birth_date="1990-01-27",
            address="41 Holly Street",
            **facts,
        ),
    )
    assert not together(linkage, "gp-1", "x-1")


def test_two_namesakes_born_on_one_day_are_not_joined_through_a_record_without_a_number() -> None:
    george = {"given": "George", "family": "Ward", "birth_date": "1999-11-23", "gender": "male"}
    away = {"address": "66 Queen Lane", "postcode": "RV9 1YL"}
    linkage = link(
        record("gp-1", **george, **HOME, nhs_number=NUMBERS[0]),
        record("gp-2", **george, **away, nhs_number=NUMBERS[50]),
        record("council-1", **george, **HOME),
    )
    assert not together(linkage, "gp-1", "gp-2")
    assert together(linkage, "gp-1", "council-1")


def test_two_formal_names_with_one_short_form_are_two_names() -> None:
    facts = {"family": "Morgan", "birth_date": "1979-10-23"} | HOME
    linkage = link(
        record("gp-1", given="Emily", nhs_number=NUMBERS[0], **facts),
        record("x-1", given="Amelia", nhs_number=NUMBERS[0], **facts),
    )
    assert not together(linkage, "gp-1", "x-1")
    short = link(record("gp-1", given="Emily", **facts), record("x-1", given="Millie", **facts))
    assert together(short, "gp-1", "x-1")
