"""What a team's desk may decide by itself: the area it answers for, and what it may spend at once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class TeamArea(models.Model):
    """The first letters and digits of a postcode, without spaces: people there without a known practice are this team's."""

    prefix = models.CharField(max_length=8, primary_key=True)
    team = models.ForeignKey("identity.Team", on_delete=models.CASCADE, related_name="areas")

    def __str__(self) -> str:
        return self.prefix


class DelegatedLimit(models.Model):
    """What a team may commit without asking, from a day to a day, in whole pence, and for which services."""

    team = models.ForeignKey("identity.Team", on_delete=models.PROTECT, related_name="limits")
    pence = models.PositiveBigIntegerField()
    services = models.JSONField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="limit_ends_after_it_starts"
            ),
        ]


class LimitUse(models.Model):
    """One commitment from a limit: never changed, never deleted, and never more in all than the limit (migration 0008)."""

    limit = models.ForeignKey(DelegatedLimit, on_delete=models.PROTECT, related_name="uses")
    pence = models.PositiveBigIntegerField()
    request = models.UUIDField(unique=True)
    used_by = models.CharField(max_length=100)
    used_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pence__gt=0), name="limit_use_is_something"),
        ]


class LimitReturn(models.Model):
    """A commitment that was reversed: its limit has the room again. Written once, by a fact that names the first."""

    use = models.OneToOneField(
        LimitUse, on_delete=models.PROTECT, primary_key=True, related_name="given_back"
    )
    request = models.UUIDField(unique=True)
    returned_by = models.CharField(max_length=100)
    returned_at = models.DateTimeField(auto_now_add=True)
