"""The one-time link of a survey: made anew from the place's key whenever it is sent, and kept nowhere but as a digest."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

from careweave.configuration import key_bytes

SURVEY = "survey"  # a delivery of this format brings such a link
SURVEY_LETTER = "survey-letter"
_LETTERS = "23456789bcdfghjkmnpqrstvwxyz"  # no two look alike on paper, and no word comes of them
_GROUPS, _GROUP = 4, 4


def token_of(entity: str) -> str:
    """77 bits that nobody can guess, to be typed from paper: whoever has them may answer one survey, and read nothing."""
    made = hmac.new(key_bytes(settings.CONFIGURATION, "survey"), entity.encode(), hashlib.sha256).digest()
    number, letters = int.from_bytes(made), ""
    for _ in range(_GROUPS * _GROUP):
        number, at = divmod(number, len(_LETTERS))
        letters += _LETTERS[at]
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def digest_of(token: str) -> bytes:
    """What the record keeps of it; capitals, spaces and where the strokes stand make no difference."""
    typed = "".join(each for each in token.lower() if each.isalnum())
    return hashlib.sha256(typed.encode()).digest()


def link_of(entity: str) -> str:
    """The address as a message or a letter shows it."""
    return f"{settings.CONFIGURATION.base_url}/survey/{token_of(entity)}"
