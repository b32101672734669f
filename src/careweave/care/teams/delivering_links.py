"""The one-time link of a survey: made anew from the place's key whenever it is sent, and kept nowhere but as a digest."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode

from django.conf import settings

from careweave.configuration import key_bytes

SURVEY = "survey"  # a delivery of this format brings such a link
SURVEY_LETTER = "survey-letter"


def token_of(entity: str) -> str:
    """132 bits that nobody can guess; whoever holds them may answer this one survey, and read nothing."""
    made = hmac.new(key_bytes(settings.CONFIGURATION, "survey"), entity.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(made)[:22].decode()


def digest_of(token: str) -> bytes:
    """What the record keeps of it."""
    return hashlib.sha256(token.encode()).digest()


def link_of(entity: str) -> str:
    """The address as a message or a letter shows it."""
    return f"{settings.CONFIGURATION.base_url}/survey/{token_of(entity)}"
