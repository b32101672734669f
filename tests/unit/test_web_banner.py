"""The person banner says who this is, what can harm today, who is in charge and what is shared."""

from datetime import date

from careweave.web.presenters import banner
from careweave.web.presenters.banner import Banner, InCharge
from tests.unit.web_samples import JOE, SOURCES, allergy, concept, encounter, held, joe, patient

TODAY = date(2026, 11, 26)


def shown(resources: list, **more: object) -> Banner:  # type: ignore[type-arg]
    facts = {"may_miss": False, **more}
    return banner.banner(JOE, resources, SOURCES.names, today=TODAY, **facts)  # type: ignore[arg-type]


def test_first_line_names_the_person_with_age_and_number() -> None:
    one = shown(joe())
    assert (
        one.first_line
        == "HARPER, Joseph (known as Joe) · Born 4 March 1941 (85 years) · NHS number 999 000 0018"
    )
    assert (one.sex, one.telephone, one.address) == (
        "Male",
        "01632 960312",
        "12 Weir Road, Riverside, ZZ99 3WR",
    )


def test_allergies_alerts_and_communication_are_tags_in_words() -> None:
    one = shown(joe())
    assert one.allergies == ("Allergy: penicillin, rash",)
    assert one.communication == ("Hard of hearing: speak to the left side",)
    assert one.alerts == ("Visit in pairs: dog loose in the yard",)


def test_no_known_allergies_names_who_said_so_and_when() -> None:
    nil = allergy("No known allergy", "716186003", "Y90001", "2026-10-02")
    assert shown([held(patient(), id=JOE), nil]).allergies == (
        "No known allergies (Mill Lane Surgery, 2 October 2026)",
    )


def test_an_allergy_beside_none_known_says_that_sources_differ() -> None:
    nil = allergy("No known allergy", "716186003", "Y90001", "2026-10-02")
    real = allergy("Penicillin allergy", "91936005", "RVR", "2026-11-12", "rash")
    assert shown([held(patient(), id=JOE), nil, real]).allergies == (
        "Allergy: Penicillin, rash",
        "Sources differ",
    )


def test_allergies_that_nobody_sent_are_not_known_rather_than_none() -> None:
    assert shown([held(patient(), id=JOE)]).allergies == ("Allergies: not known",)


def test_whoever_may_miss_an_allergy_is_never_told_that_there_is_none_or_that_nobody_knows() -> None:
    nobody = [held(patient(), id=JOE)]
    nil = allergy("No known allergy", "716186003", "Y90001", "2026-10-02")
    real = allergy("Penicillin allergy", "91936005", "RVR", "2026-11-12", "rash")
    assert shown(nobody, may_miss=True).allergies == ("Allergies: none shown to you, so ask",)
    assert shown([*nobody, nil], may_miss=True).allergies == (
        "No known allergies (Mill Lane Surgery, 2 October 2026)",
        "You may not see all allergies: ask",
    )
    assert shown([*nobody, real], may_miss=True).allergies[-1] == "You may not see all allergies: ask"


def test_a_page_that_does_not_say_who_reads_claims_nothing() -> None:
    one = banner.banner(JOE, [held(patient(), id=JOE)], SOURCES.names, today=TODAY)
    assert one.allergies == ("Allergies: none shown to you, so ask",)


def test_a_person_may_have_no_number_no_birth_date_and_no_address() -> None:
    bare = held({"resourceType": "Patient", "name": [{"text": "A man at the shelter"}]}, id=JOE)
    one = shown([bare])
    assert (one.nhs_number, one.born, one.age) == ("not known yet", "on a date not known", None)
    assert (one.surname, one.address) == ("SURNAME NOT KNOWN", "Address not known")


def test_a_patient_without_any_name_still_has_a_banner() -> None:
    assert shown([held({"resourceType": "Patient"}, id=JOE)]).name == "Name not known"


def test_who_is_in_hospital_is_told_with_ward_and_day() -> None:
    stay = encounter("IMP", "2026-11-24T16:00", "RVR", status="in-progress")
    stay.body["location"] = [{"location": {"display": "Ward 7"}}]
    assert shown([held(patient(), id=JOE), stay]).in_hospital == "In hospital: Ward 7, since 24 November 2026"


def test_one_who_died_is_not_shown_as_in_hospital_and_keeps_the_age_at_death() -> None:
    stay = encounter("IMP", "2026-11-24T16:00", "RVR", status="in-progress")
    died = held(patient(deceasedDateTime="2026-01-02"), id=JOE)
    one = shown([died, stay])
    assert (one.died, one.age, one.in_hospital) == ("2 January 2026", 84, "")


def test_the_places_own_entry_goes_before_what_sources_sent() -> None:
    other = held(patient(name=[{"use": "official", "family": "Harpur", "given": ["Jo"]}]), "RVR")
    assert shown([other, held(patient(), "careweave", id=JOE)]).surname == "HARPER"


def test_sharing_says_whether_parts_are_held_back() -> None:
    assert shown(joe(), held_back=True).sharing == "Sharing: some parts held back"
    assert shown(joe()).sharing == "Sharing: everything"


def test_in_charge_is_kept_with_both_numbers() -> None:
    one = shown(joe(), in_charge=InCharge("Priya Shah", "01632 960101", "01632 960199"))
    assert one.in_charge is not None and one.in_charge.out_of_hours == "01632 960199"


def test_a_mistyped_flag_or_an_old_one_is_no_alert() -> None:
    old = held({"resourceType": "Flag", "status": "inactive", "code": concept("Dog")}, "900")
    assert shown([held(patient(), id=JOE), old]).alerts == ()
