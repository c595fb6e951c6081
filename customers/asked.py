"""What a customer asked the vendor's staff to do for it: who asked, on which day, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    import datetime as dt

DETAIL = "asked"  # where the history keeps it
LONGEST_NAME = 150


class Means(TextChoices):
    """As it stands in a sentence: “asked for it by telephone”."""

    TELEPHONE = "telephone", _("by telephone")
    EMAIL = "email", _("by e-mail")
    LETTER = "letter", _("by letter")
    IN_PERSON = "in_person", _("in person")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Somebody at the customer, by name; they need not have an account."""

    by: str
    on: dt.date
    means: Means

    @property
    def details(self) -> dict[str, object]:
        """For the details of a history entry."""
        return {DETAIL: {"by": self.by, "on": self.on, "means": self.means.value}}
