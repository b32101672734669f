"""Rounds of the staff survey: who answered is in one table, the answers in another, and nothing joins them (ADR 21)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class StaffRound(models.Model):
    """One asking of everyone who works here: from the day it is opened to the day it closes or is closed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.SlugField(max_length=60)
    version = models.CharField(max_length=20)
    opened_by = models.CharField(max_length=100)
    opened_on = models.DateField()
    closes_on = models.DateField()
    closed_by = models.CharField(max_length=100, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-opened_on", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["survey"], condition=Q(closed_on__isnull=True), name="one_open_round_of_a_survey"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closed_by="")
                | (Q(closed_on__isnull=False) & ~Q(closed_by="")),
                name="a_round_is_closed_by_someone",
            ),
            models.CheckConstraint(condition=Q(closes_on__gt=F("opened_on")), name="a_round_lasts_a_day"),
        ]


class StaffAsked(models.Model):
    """Someone who is asked in a round, and whether they have answered: never when, and never what."""

    round = models.ForeignKey(StaffRound, on_delete=models.CASCADE, related_name="asked")
    staff = models.ForeignKey("identity.Staff", on_delete=models.PROTECT, related_name="+")
    has_answered = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "staff"], name="asked_once_a_round"),
        ]


class StaffAnswers(models.Model):
    """One sheet of answers, without team or trade; all sheets of a round are laid down anew, mixed, with each new one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(StaffRound, on_delete=models.CASCADE, related_name="sheets")
    answers = models.JSONField()
