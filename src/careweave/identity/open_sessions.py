"""Which sessions an account has open, so that they can be ended at once, here or by the provider they came from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import quote

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from .models import Account, OpenSession

LONGEST = timedelta(days=1)


def note(account: Account, session_key: str, *, issuer: str = "", sid: str = "") -> None:
    """A session has begun; what the account left open days ago is forgotten."""
    OpenSession.objects.filter(account=account, started_at__lt=timezone.now() - LONGEST).delete()
    OpenSession.objects.update_or_create(
        session_key=session_key,
        defaults={"account": account, "started_at": timezone.now(), "issuer": issuer, "sid": sid},
    )


def end_all(accounts: Iterable[Account], *, but: str = "") -> int:
    """End every session of these accounts at their next click, except the one that asks."""
    return _end(OpenSession.objects.filter(account__in=accounts).exclude(session_key=but))


def name_at_provider(sid: str, sub: str) -> str:
    """What a provider calls a session and its user; it may end either."""
    return f"{quote(sid, safe='')} {quote(sub, safe='')}"


def end_from(issuer: str, *, sid: str = "", sub: str = "") -> int:
    """End what a provider says is over: one session by its name, or all of a user."""
    found = OpenSession.objects.filter(issuer=issuer)
    if sid:
        return _end(found.filter(sid__startswith=f"{quote(sid, safe='')} "))
    return _end(found.filter(sid__endswith=f" {quote(sub, safe='')}")) if sub else 0


def _end(found: QuerySet[OpenSession]) -> int:
    keys = list(found.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    OpenSession.objects.filter(session_key__in=keys).delete()
    return len(keys)
