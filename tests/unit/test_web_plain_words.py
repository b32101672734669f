"""What has no words says so, and no page promises a telephone number that nobody answers."""

from __future__ import annotations

from careweave.web.frame import Brand
from careweave.web.presenters import facts


def test_a_code_without_words_is_never_a_bare_number() -> None:
    snomed = {"coding": [{"system": "http://snomed.info/sct", "code": "12345"}]}
    assert facts.words(snomed) == "no words came with this code (SNOMED 12345)"
    assert facts.words({"coding": [{"system": "urn:x", "code": "A1"}]}) == "no words came with this code (A1)"
    assert facts.words({"coding": [{"system": "urn:x", "code": "A1", "display": "Asthma"}]}) == "Asthma"
    assert (
        facts.coded("12345") == "no words came with this code (12345)" and facts.coded("Asthma") == "Asthma"
    )


def test_the_number_for_help_dials_and_a_place_without_one_promises_none() -> None:
    def brand(number: str) -> Brand:
        return Brand("Careweave", "Riverside", "", {}, number, False)

    assert brand("01632 960 123").help == '<a href="tel:01632960123">01632 960 123</a>'
    assert brand("your team").help == "your team"
    assert "<script" not in brand("<script>1").help
