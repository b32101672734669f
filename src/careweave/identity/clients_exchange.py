"""Codes and refresh tokens become access tokens here: each is good once, and a second use ends the connection."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from careweave.record import Purpose, Refusal
from careweave.record.written_down import write_down

from .access_tokens import hash_of, issue, new_secret
from .clients_connections import acting_for, end_because
from .clients_models import AccessToken, AuthorizationCode, Client, Connection, Launch, RefreshToken
from .models import StaffRole
from .scopes import Scopes, parse

APP_LIVES = timedelta(hours=1)
SYSTEM_LIVES = timedelta(minutes=5)
OFFLINE_LIVES = timedelta(days=90)
ONLINE_LIVES = timedelta(hours=8)
BETWEEN_FORGETTING = 600  # seconds
_forgot = [0.0]
USED = "this was used before; the connection was ended, sign in again"


def exchanging() -> AbstractContextManager[None]:
    """One exchange, whole: the code or refresh token stays locked until what it became is stored."""
    held: AbstractContextManager[None] = transaction.atomic()
    return held


@dataclass(frozen=True)
class Issued:
    """What an app gets, told once."""

    access_token: str
    refresh_token: str
    expires_in: int
    scopes: Scopes
    connection: Connection


def code_of(secret: str, client: Client) -> AuthorizationCode | Refusal:
    """The code for this app, locked until the exchange is over. A second use ends what the first one began."""
    held = (
        AuthorizationCode.objects.select_for_update(of=("self",))
        .select_related("connection__client", "connection__account")
        .filter(hash=hash_of(secret), connection__client=client)
        .first()
    )
    if held is None:
        return Refusal("this code was not given to this app")
    if held.used_at is not None:
        end_because(held.connection, "a code was used twice")
        return Refusal(USED)
    if held.expires_at <= timezone.now() or not _is_open(held.connection):
        return Refusal("this code has expired; sign in again")
    return held


def spend_code(code: AuthorizationCode) -> Issued:
    """The first tokens of a connection."""
    AuthorizationCode.objects.filter(pk=code.pk).update(used_at=timezone.now())
    scopes = _scopes(code.connection.scopes)
    return _issue(code.connection, scopes, refresh=bool(scopes.others & {"offline_access", "online_access"}))


def holder_of(secret: str) -> str:
    """The id of the app that a refresh token was given to; an app with a key must still sign."""
    held = RefreshToken.objects.filter(hash=hash_of(secret)).values_list("connection__client_id", flat=True)
    return held.first() or ""


def refresh_of(secret: str, client: Client) -> RefreshToken | Refusal:
    """The refresh token of this app, locked until the exchange is over."""
    held = (
        RefreshToken.objects.select_for_update(of=("self",))
        .select_related("connection__client", "connection__account")
        .filter(hash=hash_of(secret), connection__client=client)
        .first()
    )
    if held is None:
        return Refusal("this refresh token was not given to this app")
    if held.used_at is not None:
        end_because(held.connection, "a refresh token was used twice")
        return Refusal(USED)
    if held.expires_at <= timezone.now() or not _is_open(held.connection):
        return Refusal("this refresh token has ended; sign in again")
    return held


def spend_refresh(token: RefreshToken, asked: str) -> Issued | Refusal:
    """New tokens for the old one; scopes may become fewer, never more."""
    held = _scopes(token.connection.scopes)
    scopes = held
    if asked:
        read = parse(asked)
        if not isinstance(read, Scopes):
            return Refusal(f"{read.scope}: {read.reason}", "scope")
        scopes = read.narrowed_to(held)
        if scopes != read:
            return Refusal("the connection does not reach that far; ask for less, or sign in again", "scope")
    RefreshToken.objects.filter(pk=token.pk).update(used_at=timezone.now())
    return _issue(token.connection, scopes, refresh=True, until=token.expires_at)


@transaction.atomic
def issue_to_system(client: Client, asked: str) -> Issued | Refusal:
    """A token for a system that works on its own: one purpose a token, no further than was registered."""
    read = parse(asked)
    if not isinstance(read, Scopes):
        return Refusal(f"{read.scope}: {read.reason}", "scope")
    scopes = read.narrowed_to(_scopes(client.scopes))
    if not scopes.rows:
        return Refusal(f"nothing of this was registered; registered is: {client.scopes}", "scope")
    purpose = _purpose(client, scopes)
    if isinstance(purpose, Refusal):
        return purpose
    held, _ = Connection.objects.get_or_create(
        client=client,
        account=None,
        purpose=purpose.value,
        ended_at=None,
        defaults={
            "actor": client.party,
            "role": "system",
            "organisation": client.organisation_id,
            "name": client.name,
            "scopes": client.scopes,
        },
    )
    return _issue(held, scopes, refresh=False, lives=SYSTEM_LIVES)


def _purpose(client: Client, scopes: Scopes) -> Purpose | Refusal:
    letters = {letter for row in scopes.rows.values() for letter in row}
    writes, reads = bool(letters & set("cud")), bool(letters & set("rs"))
    if writes and reads and client.sends and client.reads_for:
        return Refusal(
            "ask for writing (c, u, d) and for reading (r, s) in two tokens: each has one purpose", "scope"
        )
    if client.sends and (writes or not client.reads_for):
        return Purpose.INTAKE  # which also reads back what the organisation itself sent
    if reads and not writes and client.reads_for:
        return Purpose(client.reads_for)
    return Refusal("this system was not registered for that; ask an administrator", "scope")


def revoke(secret: str, client: Client) -> None:
    """The app gives a token back (RFC 7009); with a refresh token goes the whole connection. Others' are left alone."""
    digest, now = hash_of(secret), timezone.now()
    with transaction.atomic():
        held = AccessToken.objects.filter(hash=digest, connection__client=client, revoked_at=None).first()
        if held is not None:
            AccessToken.objects.filter(pk=held.pk).update(revoked_at=now)
            write_down(acting_for(held.connection), "token-revoke", client=client.id)
            return
        refresh = RefreshToken.objects.filter(hash=digest, connection__client=client).first()
        if refresh is not None and refresh.connection.ended_at is None:
            Connection.objects.filter(pk=refresh.connection_id).update(ended_at=now, ended_by=client.party)
            write_down(acting_for(refresh.connection), "app-disconnect", client=client.id)


def forget_spent() -> int:
    """Tokens and codes that ended more than a day ago go; called by the background work, done every ten minutes."""
    if time.monotonic() - _forgot[0] < BETWEEN_FORGETTING and _forgot[0]:
        return 0
    _forgot[0] = time.monotonic()
    long_ago = timezone.now() - timedelta(days=1)
    ended = (AccessToken, AuthorizationCode, RefreshToken, Launch)
    return sum(model.objects.filter(expires_at__lt=long_ago).delete()[0] for model in ended)


def _issue(
    connection: Connection,
    scopes: Scopes,
    *,
    refresh: bool,
    lives: timedelta = APP_LIVES,
    until: object = None,
) -> Issued:
    token = issue(connection, scopes=scopes.text, lifetime=lives)
    next_one = new_secret() if refresh else ""
    if next_one:
        offline = "offline_access" in _scopes(connection.scopes).others
        ends = until or timezone.now() + (OFFLINE_LIVES if offline else ONLINE_LIVES)
        RefreshToken.objects.create(hash=hash_of(next_one), connection=connection, expires_at=ends)
    write_down(
        acting_for(connection),
        "token-issue",
        [str(connection.patient)] if connection.patient else [],
        client=connection.client_id,
        scopes=scopes.text,
    )
    return Issued(token, next_one, int(lives.total_seconds()), scopes, connection)


def _is_open(connection: Connection) -> bool:
    """Nobody ended it, and whoever it acts for may still sign in, in the role in which they connected it."""
    account = connection.account
    if connection.ended_at is not None or (account is not None and not account.is_active):
        return False
    if account is None or account.staff_id is None:
        return True
    held = StaffRole.objects.held().filter(staff_id=account.staff_id, role=connection.role)
    return bool(held.filter(organisation_id=connection.organisation).exists())


def _scopes(text: str) -> Scopes:
    read = parse(text)
    return read if isinstance(read, Scopes) else Scopes()
