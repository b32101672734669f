"""Meetings of staff: when, who is asked and who came, in what order cases are taken; never about whom."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q


class Meeting(models.Model):
    """A case conference of one team; the people it is about are in the record alone, behind the gate."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey("identity.Team", on_delete=models.PROTECT, related_name="meetings")
    kind = models.CharField(max_length=80)  # which of definitions/conferences
    starts = models.DateTimeField()
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "starts"], name="one_meeting_of_a_team_at_a_time"),
            models.CheckConstraint(
                condition=Q(locked_at__isnull=True, locked_by="")
                | (Q(locked_at__isnull=False) & ~Q(locked_by="")),
                name="papers_locked_by_someone",
            ),
        ]


class MeetingAttendee(models.Model):
    """Someone who works here and is asked to come. `copy` is the number of their papers."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendees")
    party = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=40)
    organisation = models.CharField(max_length=12)
    copy = models.PositiveSmallIntegerField()
    arrived_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    @property
    def is_here(self) -> bool:
        return self.arrived_at is not None and self.left_at is None

    class Meta:
        ordering: ClassVar = ["copy"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "party"], name="asked_to_a_meeting_once"),
            models.UniqueConstraint(fields=["meeting", "copy"], name="one_paper_of_a_number"),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(arrived_at__isnull=False), name="left_after_arriving"
            ),
        ]


class MeetingCase(models.Model):
    """A place on the agenda. `case` names an entry of the record, which only the gate opens."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="cases")
    number = models.PositiveSmallIntegerField()
    order = models.PositiveSmallIntegerField()
    case = models.UUIDField(unique=True)
    started_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveIntegerField(default=0)  # spent before it was put off to later
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "number"], name="one_case_of_a_number"),
        ]
