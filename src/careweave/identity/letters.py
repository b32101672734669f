"""People without a telephone or an app: checked face to face, then a printed letter with codes that work once each."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from careweave.record import Gate, Purpose, Refusal, Refused
from careweave.record.written_down import write_down

from .models import Account, IdentityCheck, Letter, LetterCode
from .sealing import digest
from .second_steps import PLAIN, note
from .sign_in_rules import rules
from .staffing import give_portal_account

NOT_RIGHT = Refusal("The code or the date of birth is not right. Check both and try again", "code")
USED = Refusal("That code has been used. Use the next one on your letter", "code")
_EVER = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True)
class Printed:
    """What the letter shows, once; nothing of it is kept."""

    letter: Letter
    codes: tuple[str, ...]
    expires_on: date


def seen_options() -> list[tuple[str, str]]:
    """What may be seen, for the form."""
    return [(one["key"], one["words"]) for one in rules()["seen"]]


def check_identity(gate: Gate, *, person_id: str, seen: Sequence[str], place: str) -> IdentityCheck | Refusal:
    """Record that someone who looks after a person saw who they are: what was seen, by whom, when, where."""
    _must_look_after(gate, person_id)
    refusal = _check_refusal(seen, place)
    if refusal:
        return refusal
    with gate.transaction():
        made = IdentityCheck.objects.create(
            person_id=person_id,
            seen=sorted(seen),
            place=place,
            checked_by=gate.actor.id,
            organisation=gate.actor.organisation,
            checked_at=timezone.now(),
        )
        write_down(gate, "identity-check", [person_id], seen=sorted(seen), place=place)
    return made


def _must_look_after(gate: Gate, person_id: str) -> None:
    """Whoever hands someone the key of a record must look after them; a suggestion or a trace is not enough."""
    record = gate.person(person_id)
    kinds = rules()["letter"]["kinds"]
    if record is None or gate.purpose is not Purpose.DIRECT_CARE or record.kinds.isdisjoint(kinds):
        raise gate.door.refuse("only those who look after someone check who they are", act="identity-check")
    if f"person:{record.id}" == gate.actor.id:
        raise Refused("nobody checks themselves")


def _check_refusal(seen: Sequence[str], place: str) -> Refusal | None:
    options = {one["key"]: one["proves"] for one in rules()["seen"]}
    known = [key for key in dict.fromkeys(seen) if key in options]
    if not known:
        return Refusal("Tick what you saw", "seen")
    if not any(options[key] == "alone" for key in known) and len(known) < 2:
        return Refusal("This proves who someone is only together with another. Tick one more", "seen")
    if place not in rules()["places"]:
        return Refusal("Choose where you met", "place")
    return None


def print_letter(gate: Gate, *, check: IdentityCheck, birth_date: str) -> Printed | Refusal:
    """Make a letter on the strength of a check of today by the same person; an older letter stops working."""
    _must_look_after(gate, str(check.person_id))
    if check.checked_by != gate.actor.id or check.checked_at < timezone.now() - timedelta(hours=12):
        return Refusal("Check who they are again today, then print the letter", "seen")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", birth_date):
        return Refusal("The whole date of birth must be known first: it is asked for with the code", "seen")
    rule, now = rules()["letter"], timezone.now()
    with gate.transaction():
        end_letters(gate, person_id=str(check.person_id), because="a newer letter")
        letter = Letter.objects.create(
            check_of=check,
            person_id=check.person_id,
            reference=_fresh_reference(),
            birth_digest=digest(f"{check.person_id} {birth_date}", of="birth date"),
            made_at=now,
            expires_at=now + timedelta(days=rule["days"]),
        )
        codes = tuple(_code(letter, number) for number in range(1, rule["codes"] + 1))
        _portal_account(check)
        write_down(gate, "letter-print", [str(check.person_id)], letter=str(letter.id))
    return Printed(letter, codes, timezone.localtime(letter.expires_at).date())


def end_letters(gate: Gate, *, person_id: str, because: str) -> int:
    """Stop every open letter of a person: a newer one, a lost one, or one that someone else has seen."""
    open_now = Letter.objects.filter(person_id=person_id, ended_at=None)
    ended = open_now.update(ended_at=timezone.now(), ended_because=because)
    if ended:
        write_down(gate, "letter-end", [person_id], because=because)
    return ended


def open_with(*, code: str, birth_date: date | None) -> Account | Refusal:
    """The account that a code and a date of birth open; a few tries with one of them wrong close the letter."""
    reference, secret = _split(code)
    with transaction.atomic():
        letter = Letter.objects.select_for_update().filter(reference=reference).first()
        match, is_born = _matching(letter, secret, birth_date)
        if letter is None or letter.ended_at or letter.expires_at <= timezone.now():
            return NOT_RIGHT
        if match is None or not is_born:
            return _wrong(letter) if match or is_born else NOT_RIGHT  # blind guessing closes nobody's letter
        if match.used_at:
            return USED
        account = Account.objects.filter(person_id=letter.person_id, is_active=True).first()
        if account is None:
            return NOT_RIGHT
        _use(letter, match)
        note(account, "letter-use", number=match.number)
        return account


def opens_again(account: Account, code: str) -> bool:
    """Unlocking one's own page with the next code; the date of birth was given when the session began."""
    reference, secret = _split(code)
    with transaction.atomic():
        letter = Letter.objects.select_for_update().filter(reference=reference, person_id=account.person_id)
        held = letter.filter(ended_at=None, expires_at__gt=timezone.now()).first()
        match = held.codes.filter(digest=_digest(held, secret), used_at=None).first() if held else None
        if held is None or match is None:
            if held:
                _wrong(held)
            return False
        _use(held, match)
        return True


def has_open(account: Account) -> bool:
    """Whether a letter could unlock this account's page."""
    return Letter.objects.filter(
        person_id=account.person_id, ended_at=None, expires_at__gt=timezone.now()
    ).exists()


def letters_of(person_id: str) -> list[Letter]:
    """Every letter made for someone, newest first, for those who look after them."""
    rows = Letter.objects.filter(person_id=person_id).select_related("check_of").prefetch_related("codes")
    return list(rows.order_by("-made_at"))


def _matching(letter: Letter | None, secret: str, birth_date: date | None) -> tuple[LetterCode | None, bool]:
    """The same work whether or not there is such a letter, so that the answer's time tells nothing."""
    known = letter or Letter(person_id="00000000-0000-0000-0000-000000000000", reference="----")
    born = digest(f"{known.person_id} {birth_date}", of="birth date")
    code = LetterCode.objects.filter(letter_id=known.id, digest=_digest(known, secret)).first()
    return code, secrets.compare_digest(born, known.birth_digest)


def _wrong(letter: Letter) -> Refusal:
    letter.wrong_tries += 1
    if letter.wrong_tries >= rules()["letter"]["wrong_tries"]:
        letter.ended_at, letter.ended_because = timezone.now(), "too many wrong tries"
    letter.save()
    return NOT_RIGHT


def _use(letter: Letter, code: LetterCode) -> None:
    code.used_at = timezone.now()
    code.save()
    letter.wrong_tries = 0
    letter.save()


def _portal_account(check: IdentityCheck) -> None:
    """Someone who has no account yet gets one that only letters open."""
    if not Account.objects.filter(person_id=check.person_id).exists():
        give_portal_account(person_id=str(check.person_id), email="")


def _code(letter: Letter, number: int) -> str:
    secret = "".join(secrets.choice(PLAIN) for _ in range(8))
    LetterCode.objects.create(letter=letter, number=number, digest=_digest(letter, secret))
    return f"{letter.reference}-{secret[:4]}-{secret[4:]}"


def _digest(letter: Letter, secret: str) -> str:
    return digest(f"{letter.id} {secret}", of="letter")


def _split(code: str) -> tuple[str, str]:
    plain = _EVER.sub("", code.upper())
    return plain[:4], plain[4:]


def _fresh_reference() -> str:
    while True:
        reference = "".join(secrets.choice(PLAIN) for _ in range(4))
        if not Letter.objects.filter(reference=reference).exists():
            return reference


def used_of(letter: Letter) -> int:
    """How many of its codes were used."""
    return sum(1 for code in letter.codes.all() if code.used_at)


def state_of(letter: Letter, now: datetime) -> str:
    """Whether it still opens anything, in words."""
    if letter.ended_at:
        return f"Stopped: {letter.ended_because}"
    return "Run out" if letter.expires_at <= now else "Works"
