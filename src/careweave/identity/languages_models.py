"""Which languages a member of staff speaks with people, besides English."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class StaffLanguage(models.Model):
    """One language, as BCP 47 has it (`ur`, `pl`)."""

    staff = models.ForeignKey("identity.Staff", on_delete=models.CASCADE, related_name="languages")
    language = models.SlugField(max_length=12)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "language"], name="staff_language_once"),
        ]

    def __str__(self) -> str:
        return self.language
