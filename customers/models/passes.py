from __future__ import annotations

from django.db import models


class Pass(models.Model):
    """How far a pass over everybody has come; see `customers/passes.py`. One row per work."""

    work = models.CharField(primary_key=True, max_length=60)
    # The number of the last row that was taken up; zero: the next turn begins at the first.
    after = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)  # last time that the end was reached
    # When a turn began last; noted where staff read whether the pass still goes on.
    moved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.work} after {self.after}"
