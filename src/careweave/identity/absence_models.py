"""When staff are away and who stands in for them; and on which day each was sent their digest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Absence(models.Model):
    """Someone is away from the first to the last day, both included. One that was ended early keeps its row."""

    staff = models.ForeignKey("identity.Staff", on_delete=models.PROTECT, related_name="absences")
    deputy = models.ForeignKey("identity.Staff", on_delete=models.PROTECT, related_name="stands_in")
    starts_on = models.DateField()
    ends_on = models.DateField()
    said_at = models.DateTimeField(auto_now_add=True)
    said_by = models.CharField(max_length=100)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(staff=models.F("deputy")), name="someone_else_stands_in"),
        ]
        indexes: ClassVar = [models.Index(fields=["staff", "ends_on"])]


class Digest(models.Model):
    """The digest of one day is settled for one member of staff, sent or with nothing to say; never sent twice."""

    staff = models.ForeignKey("identity.Staff", on_delete=models.PROTECT, related_name="digests")
    day = models.DateField()
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "day"], name="one_digest_a_day"),
        ]
