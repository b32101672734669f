"""Registering programs: who asks, who lets in, and how a program's time here ends. A system needs two people's word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from careweave.record import Gate, Purpose, Refusal
from careweave.record.parties import join, leave
from careweave.record.written_down import write_down

from .clients_jwks import key_set
from .clients_models import Client, Connection
from .models import Organisation
from .scopes import Scopes, parse

# What a system may be let read for; each purpose opens what the access rules say for a job of the system.
READS_FOR = ("identity", "case-finding", "system")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_ADDRESS = re.compile(r"[\x21-\x7e]{1,500}").fullmatch


@dataclass(frozen=True)
class Registration:
    """What someone asks to register, as they wrote it."""

    name: str
    kind: str
    organisation: str
    used_by: str = ""
    redirect_uris: Sequence[str] = ()
    launch_uri: str = ""
    scopes: str = ""
    jwks: Mapping[str, Any] | None = field(default=None, repr=False)
    jwks_url: str = ""
    reads_for: str = ""
    sends: bool = False


@transaction.atomic
def register(gate: Gate, *, asked: Registration) -> Client | Refusal:
    """An app that people sign in to is open at once; anything that acts by itself waits for a second person."""
    _administer(gate, "register")
    refusal = _refusal(asked)
    if refusal:
        return refusal
    client = _written(gate, asked)
    client.save(force_insert=True)
    write_down(gate, "client-register", client=client.id, kind=client.kind, organisation=asked.organisation)
    return client


def _written(gate: Gate, asked: Registration) -> Client:
    client = Client(
        name=asked.name.strip(),
        kind=asked.kind,
        organisation_id=asked.organisation,
        used_by=asked.used_by,
        redirect_uris=list(asked.redirect_uris),
        launch_uri=asked.launch_uri,
        scopes=asked.scopes.strip(),
        jwks=asked.jwks,
        jwks_url=asked.jwks_url,
        reads_for=asked.reads_for,
        sends=asked.sends,
        requested_by=gate.actor.id,
    )
    if client.kind == Client.Kind.APP:
        client.state, client.approved_by, client.approved_at = "approved", gate.actor.id, timezone.now()
    return client


@transaction.atomic
def approve(gate: Gate, *, client_id: str) -> Client | Refusal:
    """The second word. Whoever asked cannot give it: the database holds to that as well."""
    _administer(gate, "approve")
    client = Client.objects.select_for_update().filter(id=client_id, state="requested").first()
    if client is None:
        return Refusal("Nothing with this id waits for approval")
    if client.requested_by == gate.actor.id:
        return Refusal("Another administrator must approve this: you asked for it")
    client.state, client.approved_by, client.approved_at = "approved", gate.actor.id, timezone.now()
    client.save()
    if client.sends:
        join(gate, actor=client.party, party=f"org:{client.organisation_id}")
    write_down(gate, "client-approve", client=client.id)
    return client


@transaction.atomic
def end(gate: Gate, *, client_id: str) -> Client | Refusal:
    """From its next request the program is nobody here, whatever tokens it holds."""
    _administer(gate, "end")
    client = Client.objects.select_for_update().filter(id=client_id).exclude(state="ended").first()
    if client is None:
        return Refusal("No open program has this id")
    now = timezone.now()
    client.state, client.ended_by, client.ended_at = "ended", gate.actor.id, now
    client.save()
    Connection.objects.filter(client=client, ended_at=None).update(ended_at=now, ended_by=gate.actor.id)
    leave(gate, actor=client.party)
    write_down(gate, "client-end", client=client.id)
    return client


def open_client(client_id: str) -> Client | None:
    """A registered program that is in use."""
    if not 0 < len(client_id) <= 40 or not client_id.isascii() or not client_id.isprintable():
        return None
    return Client.objects.filter(id=client_id, state="approved").first()


def _administer(gate: Gate, act: str) -> None:
    if gate.purpose is not Purpose.ADMINISTRATION or gate.actor.role not in ("administrator", "system"):
        raise gate.door.refuse("only administration registers programs", act=f"client-{act}")


def _refusal(asked: Registration) -> Refusal | None:
    if not 0 < len(asked.name.strip()) <= 100 or not asked.name.isprintable():
        return Refusal("Enter a name of up to 100 letters, as people will read it", "name")
    if not Organisation.objects.filter(code=asked.organisation, closed_on=None).exists():
        return Refusal("Choose an open organisation that answers for the program", "organisation")
    if asked.kind not in Client.Kind.values:
        return Refusal("Choose what kind of program it is", "kind")
    keys = _keys_refusal(asked)
    if keys or asked.kind in (Client.Kind.LAUNCHER, Client.Kind.RESOURCE_SERVER):
        return keys
    return _app_refusal(asked) if asked.kind == Client.Kind.APP else _backend_refusal(asked)


def _keys_refusal(asked: Registration) -> Refusal | None:
    if asked.jwks is None and not asked.jwks_url:
        return None if asked.kind == Client.Kind.APP else Refusal("Give the system's public keys", "jwks")
    if asked.jwks is None:
        fits = _ADDRESS(asked.jwks_url) and urlsplit(asked.jwks_url).scheme == "https"
        return None if fits else Refusal("Keys are fetched from an https address only", "jwks_url")
    read = key_set(asked.jwks)
    return (
        Refusal(f"{read.reason[:1].upper()}{read.reason[1:]}", "jwks") if isinstance(read, Refusal) else None
    )


def _app_refusal(asked: Registration) -> Refusal | None:
    if asked.used_by not in Client.UsedBy.values:
        return Refusal("Choose who uses the app", "used_by")
    if not asked.redirect_uris:
        return Refusal("Give the address to which people are sent back", "redirect_uris")
    for uri in asked.redirect_uris:
        if not is_safe_address(uri, own_scheme=True):
            return Refusal(
                f"{uri!r} is not an https address in full, without # and without *", "redirect_uris"
            )
    if asked.launch_uri and not is_safe_address(asked.launch_uri, own_scheme=False):
        return Refusal("The address that opens the app must be https, in full", "launch_uri")
    return _scopes_refusal(asked.scopes, ("patient", "user"))


def _backend_refusal(asked: Registration) -> Refusal | None:
    if asked.reads_for and asked.reads_for not in READS_FOR:
        return Refusal("Choose what the system reads for", "reads_for")
    if not asked.sends and not asked.reads_for:
        return Refusal("Say whether the system sends records, reads them, or both", "reads_for")
    return _scopes_refusal(asked.scopes, ("system",))


def _scopes_refusal(text: str, contexts: tuple[str, ...]) -> Refusal | None:
    read = parse(text)
    if not isinstance(read, Scopes):
        return Refusal(f"Scope {read.scope!r}: {read.reason}", "scopes")
    if read.context not in contexts:
        wanted = " or ".join(f"{context}/…" for context in contexts)
        return Refusal(f"Name at least one scope that begins {wanted}", "scopes")
    return None


def is_safe_address(uri: str, *, own_scheme: bool) -> bool:
    """Where a browser may be sent: https, this computer itself, or (RFC 8252) a scheme such as com.example.app."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    if not _ADDRESS(uri) or any(sign in uri for sign in '#*\\"<>') or parts.username or parts.password:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme == "http":
        return parts.hostname in _LOOPBACK
    return own_scheme and bool(re.fullmatch(r"[a-z0-9]+(\.[a-z0-9-]+)+", parts.scheme)) and not parts.netloc
