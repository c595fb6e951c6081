from __future__ import annotations

from django.db import models


class ClockShift(models.Model):
    """How far the demo's clock runs ahead of the real one: at most one row, none in production."""

    only = models.BooleanField(primary_key=True, default=True)
    ahead_by = models.DurationField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(only=True), name="clock_shift_is_one_row")
        ]

    def __str__(self) -> str:
        return str(self.ahead_by)


class Heartbeat(models.Model):
    """When a worker answered the scheduler last, by the real clock: at most one row."""

    only = models.BooleanField(primary_key=True, default=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(only=True), name="heartbeat_is_one_row")
        ]

    def __str__(self) -> str:
        return str(self.at)
