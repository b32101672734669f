"""Two records side by side: each field says in a word how alike they are."""

from careweave.web.presenters import same_person
from tests.unit.web_samples import patient


def tags(one: dict, other: dict) -> dict[str, str]:  # type: ignore[type-arg]
    return {row.field: row.tag for row in same_person.compare(one, other)}


def test_equal_but_for_capitals_is_the_same() -> None:
    shouted = patient(name=[{"use": "official", "family": "HARPER", "given": ["JOSEPH"]}])
    assert tags(patient(), shouted)["Surname"] == "Same"


def test_a_slip_of_the_keyboard_is_nearly_the_same() -> None:
    slipped = patient(name=[{"use": "official", "family": "Harpur", "given": ["Jospeh"]}])
    found = tags(patient(), slipped)
    assert (found["Surname"], found["First names"]) == ("Nearly the same", "Nearly the same")


def test_twins_differ_in_the_first_name() -> None:
    twin = patient(name=[{"use": "official", "family": "Harper", "given": ["Robert"]}])
    found = tags(patient(), twin)
    assert (found["First names"], found["Born"], found["NHS number"]) == ("Different", "Same", "Same")


def test_what_one_record_lacks_is_missing_and_never_blank() -> None:
    bare = {"resourceType": "Patient"}
    rows = same_person.compare(patient(), bare)
    assert {row.tag for row in rows} == {"Missing"}
    assert all(row.other == "Not known" for row in rows)


def test_evidence_reads_as_sentences() -> None:
    evidence = [{"words": "same NHS number"}, {"words": "different first names: twins?"}]
    assert same_person.evidence_words(evidence) == "Same NHS number. Different first names: twins?."
