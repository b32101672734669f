"""careweave client add | approve | list | revoke | rotate-key"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from careweave.cli._place import ready_place
from careweave.cli._reporting import Report, Reporting
from careweave.configuration import ConfigurationError

if TYPE_CHECKING:
    from careweave.record import Gate

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
KINDS = ("app", "backend", "launcher", "resource-server")
BY = click.option("--by", default="", help="E-mail address of the administrator whose word this is.")


@click.group()
def command() -> None:
    """Say which apps and systems may act here (SMART on FHIR)."""


@command.command("add", cls=Reporting)
@click.option("--name", required=True, help="As people will read it.")
@click.option("--kind", type=click.Choice(KINDS), default="app", show_default=True)
@click.option("--organisation", required=True, help="Code of the organisation that answers for it.")
@click.option(
    "--used-by", type=click.Choice(("professionals", "people")), default=None, help="Who uses the app."
)
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where the app's users are sent back.")
@click.option("--launch-uri", default="", help="What opens the app from a person's page.")
@click.option("--scopes", default="", help="The most it may ever ask for.")
@click.option("--keys", type=FILE, help="Its public keys, a JWK set.")
@click.option("--keys-url", "jwks_url", default="", help="Or the https address of the set.")
@click.option("--sends", is_flag=True, help="The system writes what its organisation records.")
@click.option("--reads-for", default="", help="What the system reads for: identity, case-finding or system.")
@BY
def add(keys: Path | None, used_by: str | None, by: str, **details: Any) -> Report:
    """Register a program. An app is open at once; a system waits until a second administrator approves it."""
    ready_place()
    if details["kind"] != "app":
        _must_be_named(by)
    from careweave.identity.clients import Registration, register

    made = _accepted(
        register(_gate(by), asked=Registration(jwks=_read(keys), used_by=used_by or "", **details))
    )
    words = "in use" if made.is_open else f"waiting: careweave client approve {made.id} --by EMAIL"
    return Report({"client": made.id, "state": made.state}, [f"{made.name} is {made.id}, {words}."])


@command.command("approve", cls=Reporting)
@click.argument("client")
@BY
def approve_(client: str, by: str) -> Report:
    """Give the second word for a system; whoever asked for it cannot."""
    ready_place()
    from careweave.identity.clients import approve

    _must_be_named(by)
    made = _accepted(approve(_gate(by), client_id=client))
    return Report({"client": made.id, "state": made.state}, [f"{made.name} is in use."])


@command.command("list", cls=Reporting)
def list_() -> Report:
    """Every program that was ever registered, newest first."""
    ready_place()
    from careweave.identity.clients_models import Client

    found = [
        {
            "client": one.id,
            "name": one.name,
            "kind": one.kind,
            "organisation": one.organisation_id,
            "state": one.state,
            "scopes": one.scopes,
        }
        for one in Client.objects.order_by("-requested_at")
    ]
    lines = [f"{one['client']}  {one['state']:<9}  {one['kind']:<15}  {one['name']}" for one in found]
    return Report({"clients": found}, lines or ["No program is registered."])


@command.command("revoke", cls=Reporting)
@click.argument("client")
@BY
def revoke(client: str, by: str) -> Report:
    """End a program: from its next request it is nobody here, whatever tokens it holds."""
    ready_place()
    from careweave.identity.clients import end

    ended = _accepted(end(_gate(by), client_id=client))
    return Report({"client": ended.id, "state": ended.state}, [f"{ended.name} has no access any more."])


@command.command("rotate-key", cls=Reporting)
def rotate_key() -> Report:
    """Sign id_tokens with a new key; the last one stays published, for what it has signed."""
    ready_place()
    from careweave.identity.clients_keys import rotate

    return Report({"kid": (kid := rotate())}, [f"The new key is {kid}."])


def _must_be_named(by: str) -> None:
    if not by:
        raise ConfigurationError("Say whose word this is: --by, the e-mail address of an administrator.")


def _gate(by: str) -> Gate:
    from careweave.cli._acting import gate_of
    from careweave.identity.staffing import administering

    return gate_of(by, "administration", "administrator") if by else administering()


def _read(keys: Path | None) -> dict[str, Any] | None:
    if keys is None:
        return None
    try:
        found: dict[str, Any] = json.loads(keys.read_text(encoding="utf-8"))
    except ValueError:
        raise ConfigurationError(f"{keys} is not JSON. Give a JWK set of public keys.") from None
    return found


def _accepted(answer: Any) -> Any:
    from careweave.record import Refusal

    if isinstance(answer, Refusal):
        raise ConfigurationError(f"{answer.reason}.")
    return answer
