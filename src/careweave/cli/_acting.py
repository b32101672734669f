"""The gate of a named user, for commands that show what that user may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careweave.configuration import ConfigurationError

if TYPE_CHECKING:
    from careweave.record import Gate


def gate_of(user: str, purpose: str, role: str = "") -> Gate:
    """The gate of an account (by e-mail), in the named role or else its first; raises when there is no such thing."""
    from careweave.identity.models import Account
    from careweave.identity.staffing import actor_of, roles_of
    from careweave.record import Actor, Gate, Purpose

    account = Account.objects.filter(email__iexact=user, is_active=True).select_related("staff").first()
    if account is None:
        raise ConfigurationError(f"Nobody signs in as {user}. Use the e-mail address of an account.")
    try:
        wanted = Purpose(purpose)
    except ValueError:
        known = ", ".join(each.value for each in Purpose)
        raise ConfigurationError(f"{purpose} is not a purpose. Use one of: {known}.") from None
    if account.staff is None:
        return Gate(Actor(f"person:{account.person_id}", role or "person"), wanted)
    held = [each for each in roles_of(account) if not role or each.role == role]
    if not held:
        raise ConfigurationError(f"{user} has no role {role}." if role else f"{user} has no role yet.")
    return Gate(actor_of(account, held[0]), wanted)
