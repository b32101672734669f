"""People without a telephone or an app: a face-to-face check, a printed letter, codes that work once."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from careweave.record import Refusal, Refused
from tests import factories as make
from tests.fixtures.database import Database
from tests.journeys.place import Place

pytestmark = pytest.mark.database
BORN = date(1941, 3, 4)


@pytest.fixture(scope="module")
def place(database: Database) -> Place:
    from tests.journeys import place as places

    return places.build()


@pytest.fixture
def letter(place: Place) -> Any:
    return printed(place)


def printed(place: Place, key: str = "gp", role: str = "gp") -> Any:
    from careweave.identity import letters

    gate = place.gate(key, role, "Y90001")
    check = letters.check_identity(gate, person_id=place.joe, seen=["known"], place="home")
    assert not isinstance(check, Refusal), check
    made = letters.print_letter(gate, check=check, birth_date=BORN.isoformat())
    assert not isinstance(made, Refusal), made
    return made


def use(code: str, born: date = BORN, client: Client | None = None) -> Any:
    browser = client or Client(HTTP_HOST="localhost")
    parts = {"born-day": born.day, "born-month": born.month, "born-year": born.year}
    return browser.post("/my/letter", {"code": code, **parts})


def test_a_code_opens_ones_own_care_once(place: Place, letter: Any) -> None:
    client = Client(HTTP_HOST="localhost")
    answer = use(letter.codes[0].lower().replace("-", " "), client=client)
    assert answer.status_code == 302 and answer.headers["Location"] == "/my"
    assert client.session["actor"]["id"] == f"person:{place.joe}"
    again = use(letter.codes[0])
    assert again.status_code == 422
    assert "That code has been used. Use the next one on your letter." in again.content.decode()
    assert use(letter.codes[1]).status_code == 302


def test_wrong_code_wrong_date_and_unknown_letter_are_answered_alike(place: Place, letter: Any) -> None:
    wrong = letter.codes[0][:-1] + ("B" if letter.codes[0][-1] != "B" else "C")
    pages = [
        use(wrong),
        use(letter.codes[0], date(1941, 3, 5)),
        use("BBBB-BBBB-BBBB"),
        use("x"),
    ]
    plain = {re.sub(r'value="[^"]*"', "", page.content.decode()) for page in pages}
    assert len(plain) == 1 and "The code or the date of birth is not right" in plain.pop()


def test_five_wrong_tries_close_the_letter(place: Place, letter: Any) -> None:
    for _ in range(5):
        use(letter.codes[0], date(1950, 1, 1))
    assert use(letter.codes[0]).status_code == 422
    letter.letter.refresh_from_db()
    assert letter.letter.ended_because == "too many wrong tries"


def test_a_thief_of_the_letter_and_a_guesser_who_knows_the_birthday_get_five_tries(place: Place) -> None:
    for tries in (
        lambda made: use(made.codes[0], date(1950, 1, 1)),
        lambda made: use(made.codes[0][:5] + "BBBBBBBB"),
    ):
        made = printed(place)
        for _ in range(5):
            tries(made)
        assert use(made.codes[0]).status_code == 422


def test_blind_guessing_closes_nobodys_letter(place: Place, letter: Any) -> None:
    for _ in range(7):
        use(letter.codes[0][:5] + "BBBBBBBB", date(1950, 1, 1))
    assert use(letter.codes[0]).status_code == 302


def test_a_letter_runs_out(place: Place, letter: Any) -> None:
    from careweave.identity.models import Letter

    early = timezone.now() - timedelta(days=100)
    Letter.objects.filter(id=letter.letter.id).update(
        made_at=early, expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert use(letter.codes[0]).status_code == 422


def test_a_newer_letter_ends_the_older(place: Place) -> None:
    older, newer = printed(place), printed(place)
    assert use(older.codes[0]).status_code == 422
    assert use(newer.codes[0]).status_code == 302


def test_a_lost_letter_is_stopped_at_once(place: Place, letter: Any) -> None:
    from careweave.identity import letters

    letters.end_letters(place.gate("gp", "gp", "Y90001"), person_id=place.joe, because="lost")
    assert use(letter.codes[0]).status_code == 422


def test_two_documents_that_prove_little_prove_enough_together(place: Place) -> None:
    from careweave.identity import letters

    gate = place.gate("gp", "gp", "Y90001")
    for seen, words in (
        (["bill"], "Tick one more"),
        ([], "Tick what you saw"),
        (["king"], "Tick what you saw"),
    ):
        refused = letters.check_identity(gate, person_id=place.joe, seen=seen, place="home")
        assert isinstance(refused, Refusal) and words in refused.reason
    refused = letters.check_identity(gate, person_id=place.joe, seen=["bill", "bus-pass"], place="moon")
    assert isinstance(refused, Refusal) and refused.field == "place"
    made = letters.check_identity(gate, person_id=place.joe, seen=["bill", "bus-pass"], place="home")
    assert not isinstance(made, Refusal)


def test_what_was_seen_by_whom_and_when_is_recorded_and_no_number(place: Place, letter: Any) -> None:
    check = letter.letter.check_of
    assert (check.seen, check.place) == (["known"], "home")
    assert check.checked_by == place.staff["gp"].party
    assert check.checked_at <= timezone.now()
    looks = make.own_gate(place.joe).who_looked(place.joe)
    assert {"identity-check", "letter-print"} <= {look.act for look in looks}


@pytest.mark.parametrize(
    ("key", "role", "organisation"),
    [("stranger", "gp", "Y90009"), ("nurse", "district-nurse", "RVC"), ("admin", "administrator", "RVC")],
)
def test_only_those_who_look_after_someone_check_them(
    place: Place, key: str, role: str, organisation: str
) -> None:
    from careweave.identity import letters

    gate = place.gate(key, role, organisation)
    with pytest.raises(Refused):
        letters.check_identity(gate, person_id=place.joe, seen=["passport"], place="home")


def test_a_letter_needs_a_check_of_today_by_the_same_person(place: Place) -> None:
    from careweave.identity import letters
    from careweave.identity.models import IdentityCheck

    gate = place.gate("gp", "gp", "Y90001")
    check = letters.check_identity(gate, person_id=place.joe, seen=["passport"], place="home")
    assert isinstance(check, IdentityCheck)
    check.checked_at -= timedelta(hours=13)
    assert isinstance(letters.print_letter(gate, check=check, birth_date="1941-03-04"), Refusal)
    check.checked_at, check.checked_by = timezone.now(), "staff:someone-else"
    assert isinstance(letters.print_letter(gate, check=check, birth_date="1941-03-04"), Refusal)


def test_codes_and_birth_date_cannot_be_read_from_the_database(place: Place, letter: Any) -> None:
    from careweave.identity.models import Letter, LetterCode

    row = Letter.objects.get(id=letter.letter.id)
    stored = f"{row.reference} {row.birth_digest} " + " ".join(
        LetterCode.objects.values_list("digest", flat=True)
    )
    assert not any(code.replace("-", "")[4:] in stored for code in letter.codes)
    assert "1941" not in stored


def test_the_database_keeps_one_open_letter_a_person(place: Place, letter: Any) -> None:
    from careweave.identity.models import Letter

    twin = Letter.objects.get(id=letter.letter.id)
    twin.pk, twin.reference = None, "ZZZZ"
    twin.id = "00000000-0000-4000-8000-000000000001"
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_the_paper_is_one_side_with_codes_telephone_and_address(place: Place) -> None:
    from careweave.web import directory

    place.staff["gp"].telephone = "01632 960204"
    place.staff["gp"].save()
    directory.forget()
    client = Client(HTTP_HOST="localhost")
    client.post("/sign-in", {"email": place.emails["gp"], "password": "correct horse battery", "next": ""})
    page = f"/people/{place.joe}/letter"
    assert client.get(page).status_code == 200
    assert client.post(page, {"place": "home"}).status_code == 422
    answer = client.post(page, {"seen": ["passport"], "place": "surgery"})
    assert answer.headers["Content-Type"] == "application/pdf"
    paper = PdfReader(io.BytesIO(answer.content))
    text = paper.pages[0].extract_text()
    assert len(paper.pages) == 1
    codes = re.findall(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b", text)
    assert len(codes) == 8
    assert "Keep this safe. It opens your care record." in text and "12 Weir Road" in text
    assert "01632 960204" in text.replace("\n", "") and "/my/letter" in text
    assert use(codes[7]).status_code == 302
    for stranger in ("stranger", "nurse"):
        other = Client(HTTP_HOST="localhost")
        other.post(
            "/sign-in", {"email": place.emails[stranger], "password": "correct horse battery", "next": ""}
        )
        assert other.get(page).status_code == 404
        assert other.post(page, {"seen": ["passport"], "place": "home"}).status_code == 404


def test_a_letter_also_unlocks_ones_own_page(place: Place, letter: Any) -> None:
    client = Client(HTTP_HOST="localhost")
    use(letter.codes[0], client=client)
    client.post("/lock", {"back": "/my"})
    assert client.get("/my").headers["Location"] == "/locked"
    assert client.post("/locked", {"letter": letter.codes[0]}).status_code == 422
    assert client.post("/locked", {"letter": letter.codes[1]}).headers["Location"] == "/my"
