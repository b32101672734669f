"""What a bearer token lets its holder do: opaque, random, kept as a hash, and looked up anew at each request.

Nothing is cached: a token that was revoked, a connection that was ended, a program that was closed and a role that
someone lost all count at the next request.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database
from django.utils import timezone

from careweave.record import Actor, Purpose

from .clients_models import AccessToken, Client, Connection
from .scopes import Scopes, parse

LONGEST = 200
APP = "app:"
_PEOPLE = frozenset({"person", "carer"})
_LOOK_UP = """
SELECT t.expires_at, t.scopes, k.actor, k.role, k.organisation, k.name, k.purpose, k.patient, k.client_id
FROM identity_accesstoken t
JOIN identity_connection k ON k.id = t.connection_id
JOIN identity_client c ON c.id = k.client_id
LEFT JOIN identity_account a ON a.id = k.account_id
CROSS JOIN (SELECT (statement_timestamp() AT TIME ZONE 'Europe/London')::date AS today) d
WHERE t.hash = %s AND t.revoked_at IS NULL AND t.expires_at > statement_timestamp()
  AND k.ended_at IS NULL AND c.state = 'approved' AND (k.account_id IS NULL OR a.is_active)
  AND (a.staff_id IS NULL OR EXISTS (
      SELECT 1 FROM identity_staffrole r WHERE r.staff_id = a.staff_id AND r.role = k.role
        AND r.organisation_id = k.organisation AND NOT r.waits AND r.since <= d.today
        AND (r.until IS NULL OR r.until > d.today)))
"""


@dataclass(frozen=True)
class TokenGrant:
    """Who acts through a token, for what, and how far: the gate decides, the scopes only narrow.

    `patient` is the person to whose records a token with patient/ scopes is limited; None limits nothing.
    """

    actor: Actor
    purpose: Purpose
    scopes: Scopes
    patient: str | None
    client: str
    expires: datetime


def check(token: str) -> TokenGrant | None:
    """The grant of a token that is good now, by one look-up under its hash; None for any other text."""
    if not token or len(token) > LONGEST or not token.isascii():
        return None
    with database.cursor() as cursor:
        cursor.execute(_LOOK_UP, [hash_of(token)])
        row = cursor.fetchone()
    if row is None:
        return None
    expires, text, actor, role, organisation, name, purpose, patient, client = row
    scopes = parse(text)
    if not isinstance(scopes, Scopes):
        return None  # written by a later version of the program, which knew more scopes
    limited = str(patient) if patient and scopes.context == "patient" else None
    if (
        role in _PEOPLE
    ):  # they act for no organisation: what stands there in the audit is the app that they let in
        organisation = f"{APP}{client}"
    return TokenGrant(
        Actor(actor, role, organisation, name), Purpose(purpose), scopes, limited, client, expires
    )


def app_behind(organisation: str) -> str:
    """The name of the app that an audit row of a person or a carer names; '' when it was their own page."""
    if not organisation.startswith(APP):
        return ""
    name = Client.objects.filter(id=organisation.removeprefix(APP)).values_list("name", flat=True).first()
    return str(name or "an app")


def new_secret() -> str:
    """256 random bits that only their holder will know."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """What is kept of a secret: enough to know it again, useless to who reads the table."""
    return hashlib.sha256(secret.encode()).digest()


def issue(connection: Connection, *, scopes: str, lifetime: timedelta) -> str:
    """A new token under a connection; it is told once."""
    token = new_secret()
    AccessToken.objects.create(
        hash=hash_of(token), connection=connection, scopes=scopes, expires_at=timezone.now() + lifetime
    )
    return token
