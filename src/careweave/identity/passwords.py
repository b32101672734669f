"""What may be a password: long, not on the list of the most used, not the place's own words; nothing else (NCSC)."""

from __future__ import annotations

import re
import secrets
import unicodedata
from itertools import pairwise

from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from careweave.record import Gate, Purpose, Refusal
from careweave.record.written_down import write_down

from . import open_sessions
from .models import Account, Staff
from .role_waiting import is_beyond_one
from .second_steps import PLAIN
from .sign_in_rules import rules


class LongAndUncommon:
    """Django's validator by our rules; its list of the 20,000 most used passwords is in the program."""

    def __init__(self) -> None:
        self.common = CommonPasswordValidator()

    def validate(self, password: str, user: Account | None = None) -> None:
        rule = rules()["password"]
        if len(password) < rule["least"]:
            raise ValidationError(
                f"A password needs at least {rule['least']} letters or signs. Three words that only you would put "
                "together are easy to remember."
            )
        if len(password) > rule["most"]:
            raise ValidationError(f"Keep the password under {rule['most']} letters.")
        if len(set(password)) < rule["different"] or _is_a_row(password):
            raise ValidationError("This password repeats itself. Use more different letters.")
        self.common.validate(_bare(password), user)
        self.common.validate(password, user)
        self._own_words(password, user, rule["words_too_easy"])

    def _own_words(self, password: str, user: Account | None, easy: list[str]) -> None:
        """What is left after the place's words and one's own names are taken out must still be something."""
        left = _bare(password)
        own = re.split(r"[^a-z]+", f"{user.email or ''} {_name(user)}".lower()) if user else []
        for word in (*easy, *(part for part in own if len(part) > 2)):
            left = left.replace(word, "")
        if len(left) < 5:
            raise ValidationError(
                "This password is too easy to guess. Add words that have nothing to do with here."
            )

    def get_help_text(self) -> str:
        return f"At least {rules()['password']['least']} letters or signs."


def choose_password(account: Account, password: str, *, must_choose: bool = False) -> Refusal | None:
    """Set a new password, unless it is a weak one; pasting and any sign is welcome."""
    refusal = weakness(password, account)
    if refusal:
        return refusal
    account.set_password(password)
    account.must_choose_password = must_choose
    account.save()
    return None


def weakness(password: str, account: Account) -> Refusal | None:
    """Why this is not a password; None when it is one."""
    try:
        validate_password(unicodedata.normalize("NFKC", password), account)
    except ValidationError as weak:
        return Refusal(" ".join(weak.messages), "password")
    return None


def start_afresh(gate: Gate, *, staff: Staff) -> str | Refusal:
    """A first password for someone who lost theirs or their second step; nobody does it for a powerful colleague."""
    if gate.purpose is not Purpose.ADMINISTRATION:
        raise gate.door.refuse("only an administrator lets someone start afresh", act="start-afresh")
    if is_beyond_one(gate, staff):
        return Refusal("They hold a powerful role. Whoever runs this server does it: careweave account reset")
    account = Account.objects.get(staff=staff)
    password = "-".join("".join(secrets.choice(PLAIN.lower()) for _ in range(4)) for _ in range(4))
    with gate.transaction():
        account.second_steps.all().delete()
        account.set_password(password)
        account.must_choose_password = True
        account.save()
        open_sessions.end_all([account])
        write_down(gate, "start-afresh", staff=str(staff.id))
    return password


def _bare(password: str) -> str:
    """Without case, and with signs that stand for letters turned back: P4ssw0rd is password."""
    turned = password.lower().translate(str.maketrans("01345$@!7", "oleassait"))
    return "".join(ch for ch in turned if ch.isalpha())


def _is_a_row(password: str) -> bool:
    """12345678901234 or abcdefghijklm: each letter follows the one before."""
    steps = {ord(b) - ord(a) for a, b in pairwise(password)}
    return len(steps - {-9, 9}) <= 1


def _name(user: Account) -> str:
    return user.staff.name if user.staff else ""
