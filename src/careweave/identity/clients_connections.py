"""What people let apps do: connecting one, seeing which are connected, and taking the permission back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from careweave.record import Actor, Gate, Purpose, Refusal
from careweave.record.written_down import write_down

from .access_tokens import hash_of, new_secret
from .clients_launches import OVER, spend_launch
from .clients_models import AccessToken, AuthorizationCode, Client, Connection, RefreshToken
from .models import Account
from .scopes import Scopes, parse

CODE_LIVES = timedelta(seconds=60)


@dataclass(frozen=True)
class Asked:
    """What an app asked for, checked, with the person it is about."""

    client: Client
    scopes: Scopes
    redirect_uri: str
    challenge: str
    nonce: str = ""
    patient: str | None = None
    launch: str = ""


@dataclass(frozen=True)
class Connected:
    """An app that acts for someone, as its page shows it."""

    id: str
    app: str
    organisation: str
    scopes: Scopes
    patient: str | None
    since: datetime
    last_token: datetime | None


@transaction.atomic
def connect(
    gate: Gate, *, account: Account, asked: Asked, signed_in_at: datetime | None = None
) -> str | Refusal:
    """Someone let an app act for them. Returns the code that the app exchanges for tokens; told once."""
    if asked.patient and gate.person(asked.patient) is None:
        return Refusal("This person's record is not open to you")
    if asked.launch and not spend_launch(asked.launch):
        return Refusal(OVER)
    held = Connection.objects.create(
        client=asked.client,
        account=account,
        actor=gate.actor.id,
        role=gate.actor.role,
        organisation=gate.actor.organisation,
        name=gate.actor.name,
        purpose=gate.purpose.value,
        patient=asked.patient,
        scopes=asked.scopes.text,
    )
    code = _code_of(held, asked, signed_in_at)
    about = [asked.patient] if asked.patient else []
    write_down(gate, "app-connect", about, client=asked.client.id, scopes=asked.scopes.text)
    return code


def _code_of(held: Connection, asked: Asked, signed_in_at: datetime | None) -> str:
    code = new_secret()
    AuthorizationCode.objects.create(
        hash=hash_of(code),
        connection=held,
        redirect_uri=asked.redirect_uri,
        challenge=asked.challenge,
        nonce=asked.nonce,
        signed_in_at=signed_in_at,
        expires_at=timezone.now() + CODE_LIVES,
    )
    return code


def connections_of(account: Account) -> list[Connected]:
    """The apps that can act for an account now, newest first; one whose tokens have all run out cannot."""
    now = timezone.now()
    access = AccessToken.objects.filter(connection=OuterRef("pk"), revoked_at=None, expires_at__gt=now)
    refresh = RefreshToken.objects.filter(connection=OuterRef("pk"), used_at=None, expires_at__gt=now)
    held = (
        Connection.objects.filter(account=account, ended_at=None, client__state="approved")
        .filter(Exists(access) | Exists(refresh))
        .annotate(last=Max("accesstoken__issued_at"))
        .select_related("client__organisation")
        .order_by("-since")
    )
    return [
        Connected(
            str(one.id),
            one.client.name,
            one.client.organisation.name,
            scopes if isinstance(scopes := parse(one.scopes), Scopes) else Scopes(),
            str(one.patient) if one.patient else None,
            one.since,
            one.last,
        )
        for one in held
    ]


@transaction.atomic
def disconnect(gate: Gate, *, account: Account, connection_id: str) -> Connected | Refusal:
    """The app can do nothing more for this account, from its next request."""
    shown = {one.id: one for one in connections_of(account)}.get(connection_id)
    if shown is None:
        return Refusal("This app is not connected any more")
    Connection.objects.filter(id=connection_id).update(ended_at=timezone.now(), ended_by=gate.actor.id)
    write_down(gate, "app-disconnect", [shown.patient] if shown.patient else [], app=shown.app)
    return shown


def end_because(connection: Connection, why: str) -> None:
    """Somebody used again what is good once: nobody can tell the thief from the owner, so both lose it."""
    Connection.objects.filter(id=connection.id, ended_at=None).update(
        ended_at=timezone.now(), ended_by="system:smart"
    )
    write_down(acting_for(connection), "app-stopped", why=why, client=connection.client_id)


def acting_for(connection: Connection) -> Gate:
    """The gate of whoever a connection acts as, to write down what is done under it."""
    actor = Actor(connection.actor, connection.role, connection.organisation, connection.name)
    return Gate(actor, Purpose(connection.purpose))
