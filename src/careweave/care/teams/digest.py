"""The daily e-mail to staff: how much is late, due or new, in numbers alone, and where to sign in; no personal data."""

from __future__ import annotations

import logging
import time as watch
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from careweave.definitions import load_definition
from careweave.identity import absences
from careweave.identity.models import Digest, Staff, StaffRole
from careweave.record.counting import Waits, waits_for
from careweave.record.relations import VOLUNTEER

from .clocks import working_hours
from .telling import KINDS
from .working_time import LONDON

log = logging.getLogger("careweave.work")
AT_A_TIME = 100
TRY_AGAIN_AFTER = 600.0
_not_before = 0.0


def send_digests(now: datetime | None = None) -> int:
    """Send today's digest to everyone who has not had it; nothing before its hour, on a free day, or without a server."""
    global _not_before
    local = (now or timezone.now()).astimezone(LONDON)
    if not settings.CONFIGURATION.mail_server or watch.monotonic() < _not_before or not _is_time(local):
        return 0
    waiting = _not_had_it(local)
    counts = (
        waits_for([one.party for one in waiting], today=local.date(), categories=list(KINDS))
        if waiting
        else {}
    )
    try:
        return sum(_send(one, counts.get(one.party, Waits()), local) for one in waiting)
    except OSError as error:  # the mail server does not answer: the rest of the work goes on
        _not_before = watch.monotonic() + TRY_AGAIN_AFTER
        log.error("The daily digest could not be sent and is tried again in ten minutes: %s", error)
        return 0


def _is_time(local: datetime) -> bool:
    at = load_definition("calendar", "england", local.date()).content["digest_at"]
    return local.time() >= at and working_hours(local.date()).is_working(local.date())


def _not_had_it(local: datetime) -> list[Staff]:
    """A hundred of those who work here, are not away, and whose digest of today is not settled."""
    held = StaffRole.objects.held().exclude(role=VOLUNTEER).values("staff_id")
    had = Digest.objects.filter(day=local.date()).values("staff_id")
    return list(
        Staff.objects.filter(id__in=held, left_on__isnull=True).exclude(id__in=had).order_by("id")[:AT_A_TIME]
    )


def _send(staff: Staff, waits: Waits, local: datetime) -> bool:
    """The row and the message together: when the server refuses, the row goes too and it is tried again."""
    try:
        with transaction.atomic():
            Digest.objects.create(staff=staff, day=local.date())
            if waits.is_nothing or absences.away_on(staff.party, local.date()):
                return False
            send_mail(subject(waits), text(waits), settings.DEFAULT_FROM_EMAIL, [staff.email])
    except IntegrityError:  # another worker is sending it
        return False
    return True


def subject(waits: Waits) -> str:
    """“My day: 3 late, 2 today”."""
    return f"My day: {waits.late} late, {waits.today} today"


def text(waits: Waits) -> str:
    """Numbers and an address; who it is about is seen after signing in."""
    lines = (
        (waits.late, "late"),
        (waits.today, "to do today"),
        (waits.messages, "waiting for your answer"),
        (waits.news, "news about people you look after"),
    )
    told = "\n".join(f"  {count:>3}  {words}" for count, words in lines if count)
    place = settings.CONFIGURATION
    return (
        f"Your list in {place.product_name} this morning:\n\n{told}\n\n"
        f"Sign in to see it: {place.base_url}/day\n\n"
        "This message holds no names and no health information. Please do not answer it.\n"
    )
