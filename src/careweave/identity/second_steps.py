"""Second steps of signing in: six-digit codes (RFC 6238), recovery codes, and how many wrong tries are let pass."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import pyotp
from django.db import transaction
from django.utils import timezone

from careweave.record import Actor, Gate, Purpose, Refusal
from careweave.record.written_down import write_down

from .models import Account, SecondStep
from .sealing import digest, seal, unseal
from .sign_in_rules import rules

APP, PASSKEY, RECOVERY = SecondStep.Kind.APP, SecondStep.Kind.PASSKEY, SecondStep.Kind.RECOVERY
STEP_SECONDS = 30
RECOVERY_CODES = 10
# No letter or digit that can be taken for another, on paper or over the telephone.
PLAIN = "BCDFGHJKMNPQRTVWXY346789"


def has_any(account: Account) -> bool:
    """Whether a password alone does not open this account."""
    return account.second_steps.filter(kind__in=(APP, PASSKEY)).exists()


def steps_of(account: Account) -> list[SecondStep]:
    """The passkeys and the app of an account, oldest first."""
    return list(account.second_steps.filter(kind__in=(APP, PASSKEY)).order_by("made_at"))


def recovery_codes_left(account: Account) -> int:
    return account.second_steps.filter(kind=RECOVERY, used_at=None).count()


def new_app_secret() -> str:
    """What the app and we will both know: 160 random bits in letters that can also be typed."""
    return pyotp.random_base32()


def app_address(account: Account, secret: str, *, product: str) -> str:
    """What the square on the page says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.email or "account", issuer_name=product)


def add_app(account: Account, *, secret: str, code: str, now: datetime | None = None) -> Refusal | None:
    """Keep the app once it has shown that it makes the right code; a former one is replaced."""
    step = _step_of(secret, code, now or timezone.now())
    if step is None:
        return Refusal("That code is not right. Wait for the next one and try again", "code")
    with transaction.atomic():
        account.second_steps.filter(kind=APP).delete()
        account.second_steps.create(
            kind=APP,
            handle=f"app {account.id}",
            sealed=seal(secret, of="app"),
            count=step,
            made_at=timezone.now(),
        )
        note(account, "sign-in-step-add", kind="app")
    return None


def new_recovery_codes(account: Account) -> list[str]:
    """Ten codes for the day the telephone is lost, shown once; older ones stop working."""
    codes = ["-".join(_letters(4) for _ in range(3)) for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        account.second_steps.filter(kind=RECOVERY).delete()
        for code in codes:
            account.second_steps.create(
                kind=RECOVERY, handle=_recovery_handle(account, code), made_at=timezone.now()
            )
        note(account, "sign-in-step-add", kind="recovery")
    return codes


def remove(account: Account, *, step_id: int) -> None:
    """Take away one passkey or the app; recovery codes go with the last."""
    with transaction.atomic():
        gone, _ = account.second_steps.filter(id=step_id).exclude(kind=RECOVERY).delete()
        if not has_any(account):
            account.second_steps.all().delete()
        if gone:
            note(account, "sign-in-step-remove")


def check_code(account: Account, code: str, *, now: datetime | None = None) -> Refusal | None:
    """A code from the app or from the recovery list, each good once; after five wrong ones a pause."""
    moment = now or timezone.now()
    with transaction.atomic():
        held = Account.objects.select_for_update().get(id=account.id)
        until = paused_until(held, moment)
        if until:
            return Refusal(f"Too many tries. Try again at {_clock(until)}", "code")
        if _use_app(held, code, moment) or _use_recovery(held, code, moment):
            held.wrong_codes = 0
            held.save(update_fields=["wrong_codes"])
            return None
        _count_wrong(held, moment)
        note(held, "sign-in-code-wrong")
    return Refusal("That code is not right. Each code works once: wait for the next one", "code")


def paused_until(account: Account, now: datetime) -> datetime | None:
    """Until when codes are not looked at; tries in between do not lengthen it."""
    tries = rules()["tries"]
    if account.wrong_codes < tries["codes"] or account.wrong_codes_since is None:
        return None
    until = account.wrong_codes_since + timedelta(minutes=tries["pause_minutes"])
    return until if until > now else None


def note(account: Account, act: str, **detail: Any) -> None:
    """Write an act of signing in down, as its owner's."""
    write_down(gate_of(account), act, account=str(account.id), **detail)


def gate_of(account: Account) -> Gate:
    """Someone at the door: nobody's record is open to this role."""
    party = f"staff:{account.staff_id}" if account.staff_id else f"person:{account.person_id}"
    return Gate(Actor(party, "at-the-door"), Purpose.ADMINISTRATION)


def _count_wrong(held: Account, now: datetime) -> None:
    pause = timedelta(minutes=rules()["tries"]["pause_minutes"])
    if held.wrong_codes_since is None or held.wrong_codes_since + pause <= now:
        held.wrong_codes, held.wrong_codes_since = 0, now
    held.wrong_codes += 1
    held.save(update_fields=["wrong_codes", "wrong_codes_since"])


def _use_app(account: Account, code: str, now: datetime) -> bool:
    app = account.second_steps.filter(kind=APP).first()
    secret = unseal(app.sealed, of="app") if app else None
    step = _step_of(secret, code, now) if secret else None
    if (
        app is None or step is None or step <= app.count
    ):  # a code that was used, or is older, is worth nothing
        return False
    app.count, app.used_at = step, now
    app.save(update_fields=["count", "used_at"])
    return True


def _use_recovery(account: Account, code: str, now: datetime) -> bool:
    found = account.second_steps.filter(
        kind=RECOVERY, handle=_recovery_handle(account, code), used_at=None
    ).update(used_at=now)
    if found:
        note(account, "sign-in-recovery-code", left=recovery_codes_left(account))
    return bool(found)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which half minute a code belongs to: this one, the one before or the one after."""
    typed = "".join(ch for ch in code if ch.isdigit())
    this = int(now.timestamp()) // STEP_SECONDS
    if len(typed) != 6:
        return None
    app = pyotp.TOTP(secret)
    steps = (this - 1, this, this + 1)
    return next((s for s in steps if secrets.compare_digest(app.at(s * STEP_SECONDS), typed)), None)


def _recovery_handle(account: Account, code: str) -> str:
    plain = "".join(ch for ch in code.upper() if ch in PLAIN)
    return digest(f"{account.id} {plain}", of="recovery")


def _letters(count: int) -> str:
    return "".join(secrets.choice(PLAIN) for _ in range(count))


def _clock(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"
