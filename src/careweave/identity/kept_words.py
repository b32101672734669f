"""Words typed into a form whose session ended first: sealed, and shown again to the same account alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from .models import Account, KeptWords
from .sealing import seal, unseal
from .sign_in_rules import rules

MOST = 200_000
NEVER = ("csrfmiddlewaretoken", "password", "new_password", "code", "passkey", "_page", "_action")
Fields = list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Kept:
    """What was typed, where, and when it could not be saved."""

    page: str
    action: str
    fields: Fields
    at: datetime

    @property
    def words(self) -> list[str]:
        """What a person would recognise as theirs."""
        return [value for _, values in self.fields for value in values if len(value.strip()) > 3]


def keep(account: Account, *, page: str, action: str, fields: Mapping[str, Sequence[str]]) -> bool:
    """Keep them in place of what was kept before; nothing that is a secret, and nothing empty."""
    kept: Fields = [(name, list(values)) for name, values in fields.items() if name not in NEVER]
    size = sum(len(value) for _, values in kept for value in values)
    if not any(value.strip() for _, values in kept for value in values) or size > MOST:
        return False
    KeptWords.objects.update_or_create(
        account=account,
        defaults={
            "page": page[:500],
            "action": action[:500],
            "sealed": seal(kept, of="kept words"),
            "kept_at": timezone.now(),
        },
    )
    return True


def page_of(account: Account) -> str:
    """The page with words that are not saved yet; empty when there is none."""
    row = _row(account)
    return row.page if row else ""


def kept(account: Account) -> Kept | None:
    """What is kept for this account; nobody else can ask."""
    row = _row(account)
    fields = unseal(row.sealed, of="kept words") if row else None
    if row is None or fields is None:
        return None
    return Kept(row.page, row.action, [(name, values) for name, values in fields], row.kept_at)


def forget(account: Account) -> None:
    """They were saved, or thrown away."""
    KeptWords.objects.filter(account=account).delete()


def _row(account: Account) -> KeptWords | None:
    oldest = timezone.now() - timedelta(hours=rules()["kept_words"]["hours"])
    KeptWords.objects.filter(kept_at__lt=oldest).delete()
    return KeptWords.objects.filter(account=account).first()
