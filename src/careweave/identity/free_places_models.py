"""How many places an organisation said were free, each time it said so."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class FreePlaces(models.Model):
    """One count of one alternative to hospital; the latest counts, the earlier ones stay."""

    alternative = models.SlugField(max_length=100)
    organisation = models.ForeignKey("identity.Organisation", on_delete=models.PROTECT)
    free = models.PositiveIntegerField()
    said_by = models.CharField(max_length=100)
    said_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["alternative", "-said_at"], name="free_places_latest")]

    def __str__(self) -> str:
        return f"{self.alternative}: {self.free}"
