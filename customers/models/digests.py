from __future__ import annotations

from typing import ClassVar

from django.db import models

LONGEST_KEY = 250  # characters


class Waiting(models.Model):
    """Something that waits for the vendor's staff, for as long as it does.

    Its number is higher than that of whatever was noticed before; one that waits anew is another.
    """

    kind = models.CharField(max_length=20)  # the code of a list of what waits
    key = models.CharField(max_length=LONGEST_KEY)  # which one of that list
    noticed_at = models.DateTimeField()

    objects: ClassVar = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="waiting_is_noticed_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.key}"


class ToldWaiting(models.Model):
    """Up to which number of a kind somebody was told of what waits, and when last."""

    person = models.ForeignKey("customers.Person", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    up_to = models.BigIntegerField()
    at = models.DateTimeField()

    objects: ClassVar = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="told_waiting_once_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.kind} up to {self.up_to}"
