"""Who looks into a practice's figures, and what they were asked and found; about practices, never about a person."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q


class ClinicalLead(models.Model):
    """The clinician who looks into a practice's figures with the practice."""

    practice = models.OneToOneField("identity.Organisation", on_delete=models.PROTECT, primary_key=True)
    staff = models.ForeignKey("identity.Staff", on_delete=models.PROTECT, related_name="leads")
    named_by = models.CharField(max_length=100)
    named_at = models.DateTimeField()


class VariationTask(models.Model):
    """One figure of one practice that chance does not explain, and its lead's answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    measure = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    practice = models.ForeignKey("identity.Organisation", on_delete=models.PROTECT, related_name="variation")
    period = models.CharField(max_length=10)  # the quarter that the figure ends in, as 2026-Q3
    seen = models.TextField()  # the figure in words, as it stood
    lead = models.ForeignKey("identity.Staff", on_delete=models.PROTECT, related_name="variation_tasks")
    raised_at = models.DateTimeField()
    due_on = models.DateField()
    answer = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)
    answered_by = models.CharField(max_length=100, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_on", "measure", "practice_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["measure", "practice", "period"], name="one_task_of_an_outlier"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="", reason="", answered_by="")
                | (Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(reason="") & ~Q(answered_by="")),
                name="variation_answered_by_someone",
            ),
        ]
