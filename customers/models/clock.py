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
