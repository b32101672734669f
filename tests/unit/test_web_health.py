"""What sources say about health stands side by side; none is dropped and each has its source and date."""

from careweave.web.presenters import health
from careweave.web.presenters.facts import Line
from careweave.web.presenters.health import Health
from tests.unit.web_samples import SOURCES, condition, joe, medicine


def shown(resources: list) -> Health:  # type: ignore[type-arg]
    return health.health(resources, SOURCES.names, may_miss=False)


def line(lines: tuple[Line, ...], heading: str) -> Line:
    return next(one for one in lines if one.heading == heading)


def test_two_doses_of_one_medicine_stand_together_and_differ() -> None:
    both = line(shown(joe()).medicines.lines, "Bisoprolol 2.5mg tablets")
    assert both.differ
    assert [(fact.detail, fact.source.text) for fact in both.facts] == [
        ("One each morning", "Mill Lane Surgery, 2 October 2026"),
        ("Two each morning", "Riverside Hospital, 12 November 2026"),
    ]


def test_the_same_from_two_sources_does_not_differ() -> None:
    same = [medicine("Donepezil", "1", "One at night", source, "2026-10-02") for source in ("Y90001", "RVR")]
    (one,) = shown(same).medicines.lines
    assert not one.differ and len(one.facts) == 2


def test_a_finished_medicine_is_kept_among_the_past() -> None:
    past = shown(joe()).medicines.past
    assert [one.heading for one in past] == ["Nitrofurantoin 100mg capsules"]
    assert past[0].facts[0].detail == "One twice a day · Finished"


def test_a_condition_that_one_source_calls_over_differs_and_stays_in_sight() -> None:
    both = [
        condition("Depression", "35489007", "Y90001", "2026-01-01"),
        condition("Depression", "35489007", "RVM", "2026-06-01", "resolved"),
    ]
    (one,) = shown(both).conditions.lines
    assert one.differ and [fact.active for fact in one.facts] == [True, False]


def test_a_condition_says_since_when_and_who_said_it() -> None:
    one = line(shown(joe()).conditions.lines, "Hypertension")
    assert (one.facts[0].detail, one.facts[0].source.text) == (
        "since 2011",
        "Mill Lane Surgery, 1 February 2011",
    )


def test_an_entry_made_by_mistake_is_struck_through_and_not_counted() -> None:
    wrong = condition("Gout", "90560007", "Y90001", "2026-01-01")
    wrong.body["verificationStatus"] = {"coding": [{"code": "entered-in-error"}]}
    conditions = shown([wrong]).conditions
    assert conditions.lines == () and conditions.past[0].facts[0].struck


def test_parts_without_data_say_so() -> None:
    nothing = shown([])
    assert nothing.allergies.empty == "Allergies: not known"
    assert nothing.medicines.empty == "No medicines have been sent by anyone."


def test_a_dose_without_words_is_read_from_its_parts() -> None:
    dosage = {
        "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablets"}}],
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "route": {"text": "Oral"},
        "asNeededBoolean": True,
    }
    assert health.dose_words([dosage]) == "2 tablets twice a day oral when needed"
