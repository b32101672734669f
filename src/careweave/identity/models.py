"""The directory: organisations (by ODS code), locality teams, staff with their roles, and accounts that sign in."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from .absence_models import Absence, Digest
from .delegated_models import DelegatedLimit, LimitReturn, LimitUse, TeamArea
from .free_places_models import FreePlaces
from .improving_models import ClinicalLead, VariationTask
from .languages_models import StaffLanguage
from .meetings_models import Meeting, MeetingAttendee, MeetingCase
from .sign_in_models import (
    IdentityCheck,
    KeptWords,
    Letter,
    LetterCode,
    LoginElsewhere,
    OpenSession,
    SecondStep,
)
from .voices_models import StaffAnswers, StaffAsked, StaffRound

__all__ = [
    "Absence",
    "Account",
    "ClinicalLead",
    "DelegatedLimit",
    "Digest",
    "FreePlaces",
    "IdentityCheck",
    "KeptWords",
    "Letter",
    "LetterCode",
    "LimitReturn",
    "LimitUse",
    "LoginElsewhere",
    "Meeting",
    "MeetingAttendee",
    "MeetingCase",
    "OpenSession",
    "Organisation",
    "SecondStep",
    "Staff",
    "StaffAnswers",
    "StaffAsked",
    "StaffLanguage",
    "StaffRole",
    "StaffRound",
    "Team",
    "TeamArea",
    "TeamPractice",
    "VariationTask",
]


class Organisation(models.Model):
    """A body that supplies data or gives care; `code` is its ODS code, or the council's or our own code."""

    class Kind(models.TextChoices):
        PRACTICE = "practice", "GP practice"
        HOSPITAL = "hospital", "Hospital trust"
        COMMUNITY = "community", "Community trust"
        MENTAL_HEALTH = "mental-health", "Mental health trust"
        COUNCIL = "council", "Council"
        HOUSING = "housing", "Housing association"
        VOLUNTARY = "voluntary", "Voluntary organisation"
        COMMISSIONER = "commissioner", "Commissioner"

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    telephone = models.CharField(max_length=30, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Staff(models.Model):
    """Someone who works or volunteers here. Never deleted: what they did keeps their name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    email = models.EmailField(unique=True)
    telephone = models.CharField(max_length=30, blank=True)
    caseload_limit = models.PositiveIntegerField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def party(self) -> str:
        return f"staff:{self.id}"


class Team(models.Model):
    """A locality team: one manager, one contact point, and at least one practice (checked when it is saved)."""

    id = models.SlugField(primary_key=True, max_length=60)
    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    manager = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="manages")
    telephone = models.CharField(max_length=30)
    out_of_hours = models.CharField(max_length=30)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(telephone=""), name="team_has_one_contact_point"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def party(self) -> str:
        return f"team:{self.id}"


class TeamPractice(models.Model):
    """A practice aligns to one team; a team has at least one (a deferred trigger says so in the database)."""

    practice = models.OneToOneField(Organisation, on_delete=models.PROTECT, primary_key=True)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="alignments")


class StaffRoles(models.QuerySet["StaffRole"]):
    def held(self) -> StaffRoles:
        """Roles that may be worked in today: begun, not ended, and approved where they needed to be."""
        today = timezone.localdate()
        open_still = Q(until__isnull=True) | Q(until__gt=today)
        return self.filter(open_still, waits=False, since__lte=today)


class StaffRole(models.Model):
    """One role of one person in one organisation, and where it applies in one team; one is worked in per session.

    `until` is the first day on which it is no longer held. A powerful role `waits` until a second person approves it.
    """

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="roles")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    given_by = models.CharField(max_length=100, blank=True)
    given_at = models.DateTimeField(null=True, blank=True)
    waits = models.BooleanField(default=False)
    approved_by = models.CharField(max_length=100, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    objects = StaffRoles.as_manager()

    @property
    def is_open(self) -> bool:
        return self.until is None or self.until > timezone.localdate()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by="")
                | (
                    ~Q(approved_by=models.F("given_by"))
                    & ~Q(approved_by=Concat(Value("staff:"), Cast("staff_id", CharField())))
                ),
                name="role_approved_by_someone_else",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")),
                name="role_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["staff", "role", "organisation", "team"],
                condition=Q(until__isnull=True),
                nulls_distinct=False,
                name="one_open_role_of_a_kind",
            ),
        ]


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email__iexact=username)


class Account(AbstractBaseUser):
    """What someone signs in with: a member of staff, or a person (or carer) for the portal; never both."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True, null=True, blank=True)  # someone with a letter may have none
    staff = models.OneToOneField(Staff, on_delete=models.PROTECT, null=True, blank=True)
    person_id = models.UUIDField(null=True, blank=True, unique=True)
    is_active = models.BooleanField(default=True)
    must_choose_password = models.BooleanField(default=False)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    wrong_codes_since = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    objects = AccountManager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(staff__isnull=True) ^ Q(person_id__isnull=True),
                name="account_of_staff_or_of_a_person",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


# Django finds an application's models through this module.
from .clients_models import (  # noqa: E402, F401
    AccessToken,
    AuthorizationCode,
    Client,
    Connection,
    Launch,
    RefreshToken,
    UsedAssertion,
)
