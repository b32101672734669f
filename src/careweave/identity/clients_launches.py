"""An app opened from the person page: the person goes with it, once, for that app and that account alone."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from careweave.record import Gate, Refusal
from careweave.record.written_down import write_down

from .access_tokens import hash_of, new_secret
from .clients_models import Client, Launch
from .models import Account

LIVES = timedelta(minutes=5)
ASKED_FOR = 60  # seconds
_asked: dict[str, tuple[float, bool]] = {}
OVER = "This launch is over. Open the app again from the person's page"


def launchable(used_by: str) -> list[Client]:
    """The apps that can be opened from a person's page, by name."""
    found = Client.objects.filter(kind="app", state="approved", used_by=used_by).exclude(launch_uri="")
    return list(found.select_related("organisation").order_by("name", "id"))


@transaction.atomic
def launch(gate: Gate, *, account: Account, client: Client, person_id: str) -> str | Refusal:
    """The `launch` value that the app hands back when it asks to be let in."""
    if gate.person(person_id) is None:
        return Refusal("This person's record is not open to you")
    secret = new_secret()
    Launch.objects.create(
        hash=hash_of(secret),
        client=client,
        account=account,
        patient=person_id,
        expires_at=timezone.now() + LIVES,
    )
    write_down(gate, "app-launch", [person_id], client=client.id)
    return secret


def launched_person(secret: str, *, client: Client, account: Account) -> str | Refusal:
    """The person of an open launch of this app by this account; looking does not use it up."""
    held = Launch.objects.filter(hash=hash_of(secret), client=client, account=account).first()
    if held is None or held.used_at is not None or held.expires_at <= timezone.now():
        return Refusal(OVER)
    return str(held.patient)


def spend_launch(secret: str) -> bool:
    """Used up; False when someone was quicker."""
    now = timezone.now()
    return bool(
        Launch.objects.filter(hash=hash_of(secret), used_at=None, expires_at__gt=now).update(used_at=now)
    )


def can_launch() -> bool:
    """Whether any app can be opened from a person's page: asked at most once a minute, for a link on that page."""
    at, answer = _asked.get("professionals", (0.0, False))
    if time.monotonic() - at > ASKED_FOR or not at:
        answer = (
            Client.objects.filter(kind="app", state="approved", used_by="professionals")
            .exclude(launch_uri="")
            .exists()
        )
        _asked["professionals"] = (time.monotonic(), answer)
    return answer
