"""What signing in keeps: second steps, open sessions, logins elsewhere, words not yet saved, and letters."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

ACCOUNT = "identity.Account"


class SecondStep(models.Model):
    """A passkey, an app that makes codes, or one recovery code. Secrets are sealed with a key outside the database."""

    class Kind(models.TextChoices):
        APP = "app", "App that makes codes"
        PASSKEY = "passkey", "Passkey"
        RECOVERY = "recovery", "Recovery code"

    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="second_steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=100, blank=True)
    handle = models.CharField(max_length=1400, unique=True)
    sealed = models.TextField(blank=True)
    count = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(kind="app"), name="one_app_of_an_account"
            ),
        ]


class OpenSession(models.Model):
    """A session of an account, so that a leaver's are all ended at once; `sid` is the provider's name for it."""

    session_key = models.CharField(max_length=40, primary_key=True)
    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="open_sessions")
    started_at = models.DateTimeField()
    issuer = models.CharField(max_length=300, blank=True)
    sid = models.CharField(max_length=300, blank=True)


class LoginElsewhere(models.Model):
    """Who a user of another provider (CIS2, NHS login) is here. A user that is not listed is nobody."""

    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="logins_elsewhere")
    linked_at = models.DateTimeField()
    linked_by = models.CharField(max_length=100)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_account_of_a_login_elsewhere"),
        ]


class KeptWords(models.Model):
    """Words that their writer could not save before the session ended, sealed, for the same account alone."""

    account = models.OneToOneField(ACCOUNT, on_delete=models.CASCADE, primary_key=True)
    page = models.CharField(max_length=500)
    action = models.CharField(max_length=500)
    sealed = models.TextField()
    kept_at = models.DateTimeField()


class IdentityCheck(models.Model):
    """Who checked face to face that someone is who they say: what was seen, never a document's number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_id = models.UUIDField()
    seen = models.JSONField()
    place = models.CharField(max_length=40)
    checked_by = models.CharField(max_length=100)
    organisation = models.CharField(max_length=12, blank=True)
    checked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(seen=[]), name="identity_check_saw_something"),
        ]


class Letter(models.Model):
    """A printed letter whose codes open one person's own record; the codes themselves are not kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    check_of = models.ForeignKey(IdentityCheck, on_delete=models.PROTECT, related_name="letters")
    person_id = models.UUIDField()
    reference = models.CharField(max_length=4, unique=True)
    birth_digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person_id"], condition=Q(ended_at=None), name="one_open_letter_of_a_person"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="letter_expires_after_it_is_made"
            ),
        ]


class LetterCode(models.Model):
    """One code of a letter as a keyed digest; used once."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="codes")
    number = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)
