"""Passkeys: fingerprint, face or security key (Web Authentication Level 2, https://www.w3.org/TR/webauthn-2/)."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from careweave.record import Refusal

from .models import Account, SecondStep
from .sealing import seal, unseal
from .second_steps import PASSKEY, note

NOT_TAKEN = Refusal("That did not work. Try again, or use another way", "passkey")
_REQUIRED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class Door:
    """The address that a passkey is bound to: a passkey of one address is worth nothing at another."""

    host: str
    origin: str
    product: str

    @property
    def takes_passkeys(self) -> bool:
        """Browsers bind passkeys to names, never to bare network addresses."""
        try:
            ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            return True
        return False

    def server(self) -> Fido2Server:
        entity = PublicKeyCredentialRpEntity(name=self.product, id=self.host)
        return Fido2Server(entity, verify_origin=lambda origin: str(origin) == self.origin)


def begin_adding(account: Account, door: Door, *, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser needs to make a passkey, and what we must remember until it answers."""
    user = PublicKeyCredentialUserEntity(
        id=account.id.bytes, name=account.email or name, display_name=name or account.email
    )
    options, state = door.server().register_begin(
        user,
        credentials=[_credential(one) for one in account.second_steps.filter(kind=PASSKEY)],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_REQUIRED,
    )
    return dict(options), _plain(state)


def finish_adding(
    account: Account, door: Door, *, state: Mapping[str, Any], answer: Mapping[str, Any], name: str
) -> Refusal | None:
    """Keep the passkey whose answer fits what was asked."""
    try:
        made = door.server().register_complete(dict(state), dict(answer))
    except (ValueError, KeyError, TypeError, binascii.Error):
        return NOT_TAKEN
    credential = made.credential_data
    if credential is None:
        return NOT_TAKEN
    try:
        with transaction.atomic():
            account.second_steps.create(
                kind=PASSKEY,
                name=name[:100] or "Passkey",
                handle=credential.credential_id.hex(),
                sealed=seal(base64.b64encode(bytes(credential)).decode(), of="passkey"),
                count=made.counter,
                made_at=timezone.now(),
            )
            note(account, "sign-in-step-add", kind="passkey")
    except IntegrityError:
        return Refusal("This passkey is already in use", "passkey")
    return None


def begin_using(door: Door, account: Account | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask for a passkey: of one account, or of whoever holds one for this address."""
    held = [_credential(one) for one in account.second_steps.filter(kind=PASSKEY)] if account else None
    options, state = door.server().authenticate_begin(held, user_verification=_REQUIRED)
    return dict(options), _plain(state)


def finish_using(
    door: Door, *, state: Mapping[str, Any], answer: Mapping[str, Any], account: Account | None = None
) -> Account | Refusal:
    """Whose passkey answered; a copied one, whose count does not grow, is refused."""
    try:
        parsed = AuthenticationResponse.from_dict(dict(answer))
        held = (
            SecondStep.objects.select_related("account")
            .filter(kind=PASSKEY, handle=parsed.raw_id.hex(), account__is_active=True)
            .first()
        )
        if held is None or (account is not None and held.account_id != account.id):
            return NOT_TAKEN
        door.server().authenticate_complete(dict(state), [_credential(held)], parsed)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        return NOT_TAKEN
    count = parsed.response.authenticator_data.counter
    if (count or held.count) and count <= held.count:
        note(held.account, "sign-in-passkey-copied")
        return NOT_TAKEN
    held.count, held.used_at = count, timezone.now()
    held.save(update_fields=["count", "used_at"])
    return held.account


def _credential(step: SecondStep) -> AttestedCredentialData:
    return AttestedCredentialData(base64.b64decode(unseal(step.sealed, of="passkey") or ""))


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """As the session can keep it."""
    return {key: str(value) if value is not None else None for key, value in state.items()}
