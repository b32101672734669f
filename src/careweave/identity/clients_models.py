"""Programs that act here: what was registered, who let them in, and the tokens they hold (only hashes are kept)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q


def random_id() -> str:
    return uuid.uuid4().hex


class Client(models.Model):
    """A program that was registered here, for an organisation that answers for it."""

    class Kind(models.TextChoices):
        APP = "app", "An app that someone uses"
        BACKEND = "backend", "A system that works on its own"
        LAUNCHER = "launcher", "A system that opens a person here"
        RESOURCE_SERVER = "resource-server", "A server that asks what a token may do"

    class State(models.TextChoices):
        REQUESTED = "requested", "Waits for a second administrator"
        APPROVED = "approved", "In use"
        ENDED = "ended", "Ended"

    class UsedBy(models.TextChoices):
        PROFESSIONALS = "professionals", "Professionals"
        PEOPLE = "people", "People and their carers"

    id = models.CharField(max_length=40, primary_key=True, default=random_id, editable=False)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    organisation = models.ForeignKey("identity.Organisation", on_delete=models.PROTECT)
    used_by = models.CharField(max_length=20, choices=UsedBy.choices, blank=True)
    redirect_uris = models.JSONField(default=list)
    launch_uri = models.CharField(max_length=500, blank=True)
    scopes = models.TextField(blank=True)
    jwks = models.JSONField(null=True)
    jwks_url = models.CharField(max_length=500, blank=True)
    reads_for = models.CharField(max_length=20, blank=True)
    sends = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    requested_by = models.CharField(max_length=80)
    requested_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(approved_by=""), name="client_was_approved_by_someone"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(kind="app") | ~Q(approved_by=F("requested_by")),
                name="two_people_let_a_system_in",
            ),
            models.CheckConstraint(
                condition=Q(kind="app") | Q(jwks__isnull=False) | ~Q(jwks_url=""),
                name="a_system_has_a_key",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def party(self) -> str:
        return f"system:{self.id}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.APPROVED


class Connection(models.Model):
    """What a program was let do, as whom; when it ends, every token under it ends with it.

    A program that works on its own has no account, and one connection for each purpose.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="connections")
    account = models.ForeignKey("identity.Account", on_delete=models.PROTECT, null=True)
    actor = models.CharField(max_length=80)
    role = models.CharField(max_length=40)
    organisation = models.CharField(max_length=12, blank=True)
    name = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=20)
    patient = models.UUIDField(null=True)
    scopes = models.TextField()
    since = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "purpose"],
                condition=Q(account__isnull=True, ended_at__isnull=True),
                name="one_open_connection_of_a_system",
            ),
        ]


class Hashed(models.Model):
    """Something random that only its holder knows; here lies its SHA-256."""

    hash = models.BinaryField(max_length=32, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True


class AuthorizationCode(Hashed):
    """Good for one exchange within a minute, by the app and for the address it was given to."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    redirect_uri = models.CharField(max_length=500)
    challenge = models.CharField(max_length=128)
    nonce = models.CharField(max_length=255, blank=True)
    signed_in_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)


class AccessToken(Hashed):
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    scopes = models.TextField()
    issued_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)


class RefreshToken(Hashed):
    """Good for one exchange; a second one ends the connection, because someone else has it too."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    used_at = models.DateTimeField(null=True)


class UsedAssertion(models.Model):
    """A signed statement that was accepted once, kept until it has expired."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE)
    hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "hash"], name="an_assertion_is_used_once"),
        ]


class Launch(Hashed):
    """The person a professional had open when they started an app; good once, for that app and that account."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE)
    account = models.ForeignKey("identity.Account", on_delete=models.CASCADE)
    patient = models.UUIDField()
    used_at = models.DateTimeField(null=True)
