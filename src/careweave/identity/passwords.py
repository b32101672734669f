"""What may be a password: long, not on the list of the most used, not the place's own words; nothing else (NCSC)."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from careweave.record import Refusal

from .models import Account
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
