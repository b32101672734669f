"""B33, the staff's half: one answer a round, without a name; refused twice, out of range and after the close."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from careweave.record import Refusal
from tests import factories as make
from tests.scenarios.test_place_pages import of_role, signed_in, text_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]


@pytest.fixture(autouse=True)
def no_rounds() -> None:
    from careweave.identity.models import StaffRound

    StaffRound.objects.all().delete()


def today() -> date:
    return timezone.localdate()


def opened(days: int = 14) -> Any:
    from careweave.identity import voices

    made = voices.open_round(
        role="analyst", by="staff:x", closes_on=today() + timedelta(days=days), today=today()
    )
    assert not isinstance(made, Refusal), made
    return made


def answer(found: Any, staff: Any, on: date | None = None, **given: str) -> Refusal | None:
    from careweave.identity import voices

    return voices.answer(
        found.id, by=staff.party, answers=given or {"one-person": "agree"}, today=on or today()
    )


def nurses(count: int) -> list[Any]:
    return [make.staff(f"Nurse {number}", "district-nurse", "RVC") for number in range(count)]


def reason(refused: Refusal | None) -> str:
    assert refused is not None
    return refused.reason


def test_b33_a_member_of_staff_answers_once_in_words_the_survey_has_and_in_time() -> None:
    from careweave.identity import voices

    asked, found = nurses(3), opened()
    late = make.staff("Came later", "gp", "Y90001")
    assert voices.open_for(asked[0].party, today()) and voices.open_for(late.party, today()) is None
    assert "Choose one" in reason(answer(found, asked[0], **{"one-person": "7"}))
    assert "no question pay" in reason(answer(found, asked[0], pay="agree"))
    assert "at least one" in reason(answer(found, asked[0], **{"one-person": ""}))
    assert answer(found, asked[0]) is None
    assert "answered already" in reason(answer(found, asked[0]))
    assert voices.open_for(asked[0].party, today()) is None
    assert "were not asked" in reason(answer(found, late))
    assert "closed" in reason(answer(found, asked[1], today() + timedelta(days=15)))
    closed = voices.close_round(found.id, role="analyst", by="staff:x", today=today())
    assert not isinstance(closed, Refusal) and closed.answered == 1
    assert "closed" in reason(answer(found, asked[2]))
    with pytest.raises(IntegrityError), transaction.atomic():  # the database keeps the box shut, too
        from careweave.identity.models import StaffAnswers

        StaffAnswers.objects.create(round_id=found.id, answers={"one-person": "agree"})


def test_b33_nothing_in_the_tables_joins_who_answered_with_what_was_answered() -> None:
    from careweave.identity.models import StaffAnswers, StaffAsked

    asked, found = nurses(12), opened()
    said = ["strongly-agree", "disagree", "agree"] * 4
    before: set[Any] = set()
    for each, code in zip(asked, said, strict=True):
        assert answer(found, each, **{"one-person": code}) is None
        now = set(StaffAnswers.objects.values_list("id", flat=True))
        assert not now & before  # no sheet keeps its key when another comes
        before = now
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text, answers->>'one-person' FROM identity_staffanswers ORDER BY ctid")
        rows = cursor.fetchall()
    assert len({transaction_id for transaction_id, _ in rows}) == 1
    assert sorted(code for _, code in rows) == sorted(said)
    shared = {f.name for f in StaffAnswers._meta.fields} & {f.name for f in StaffAsked._meta.fields}
    assert shared == {"id", "round"}  # and neither id is the other's: one is random, one a number
    assert {f.name for f in StaffAnswers._meta.fields} == {"id", "round", "answers"}


def test_b33_the_order_of_the_sheets_is_drawn() -> None:
    from careweave.identity.models import StaffAnswers

    asked, orders = nurses(8), set()
    items = ["worked-together", "one-person", "told-once", "had-a-say", "goals", "in-time", "in-charge"]
    for _ in range(3):
        no_rounds_left()
        found = opened()
        for each, item in zip(asked, [*items, "speak-up"], strict=True):
            assert answer(found, each, **{item: "agree"}) is None
        orders.add(tuple(next(iter(one)) for one in StaffAnswers.objects.values_list("answers", flat=True)))
    assert len(orders) > 1  # 8! orders: three alike by chance once in a billion


def no_rounds_left() -> None:
    from careweave.identity.models import StaffRound

    StaffRound.objects.all().delete()


def test_b33_nothing_is_counted_before_the_round_is_over() -> None:
    from careweave.identity import voices

    (waiting, *asked), found = nurses(7), opened()
    for each in asked:
        assert answer(found, each) is None
    assert voices.last_voices(today()) is None
    counted = voices.last_voices(today() + timedelta(days=15))
    assert counted is not None and counted.said == {("one-person", "agree"): 6}
    of_answers = '<td data-label="Answered">{}</td>'
    while_open = text_of(of_role("analyst"), "/place/voices")
    assert of_answers.format("Told when the round is over") in while_open, "whoever watches would see who has"
    text = text_of(signed_in(waiting, "district-nurse", "RVC"), "/day/working-together")
    assert f"{found.asked} colleagues are asked." in text and "so far" not in text
    voices.close_round(found.id, role="analyst", by="staff:x", today=today())
    assert of_answers.format(6) in text_of(of_role("analyst"), "/place/voices")


def test_b33_a_manager_or_an_analyst_opens_one_round_at_a_time() -> None:
    from careweave.identity import staffing, voices

    nurse, manager = nurses(1)[0], make.staff("Tom Reid", "coordinator", "RVC")
    make.organisation("Y90077", "practice")
    team = staffing.add_team(
        id="rounds", name="Team of rounds", organisation="RVC", manager=manager, telephone="01632 960101",
        out_of_hours="01632 960199", practices=("Y90077",),
    )  # fmt: skip
    assert not isinstance(team, Refusal)
    soon = today() + timedelta(days=7)
    no = voices.open_round(role="district-nurse", by=nurse.party, closes_on=soon, today=today())
    assert isinstance(no, Refusal) and "Only an analyst" in no.reason
    long = voices.open_round(role="analyst", by="staff:x", closes_on=soon + timedelta(days=99), today=today())
    assert isinstance(long, Refusal) and "92 days" in long.reason
    page = signed_in(manager, "coordinator", "RVC")
    assert "Open a round" in text_of(page, "/place/voices")
    sent = {"closes-day": soon.day, "closes-month": soon.month, "closes-year": soon.year}
    assert page.post("/place/voices", sent).status_code == 302
    again = voices.open_round(role="analyst", by="staff:x", closes_on=soon, today=today())
    assert isinstance(again, Refusal) and "open already" in again.reason
    (found,) = voices.rounds()
    assert page.post(f"/place/voices/{found.id}/close").status_code == 302
    assert voices.rounds()[0].closed_on == today()


def test_b33_one_click_from_my_day_to_the_questions() -> None:
    nurse = nurses(1)[0]
    page, found = signed_in(nurse, "district-nurse", "RVC"), opened()
    assert 'href="/day/working-together"' in text_of(page, "/day")
    text = text_of(page, "/day/working-together")
    assert text.count('type="radio"') == 60 and "I would rather not say" in text
    empty = page.post("/day/working-together", {"round": found.id}).content.decode()
    assert "Answer at least one question" in empty
    odd = page.post("/day/working-together", {"round": "?", "q-goals": "agree"}).content.decode()
    assert "This round is closed" in odd
    assert page.post("/day/working-together", {"round": found.id, "q-goals": "agree"}).status_code == 302
    again = page.post("/day/working-together", {"round": found.id, "q-goals": "disagree"}).content.decode()
    assert "You have answered already" in again
    assert "/day/working-together" not in text_of(page, "/day")
    assert of_role("analyst").get("/day/working-together").status_code in (302, 403, 404)
