"""What every refusal of an operation has in common: a sentence that a person may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


class Refusal(Exception):
    """Base of the named refusals; nothing was changed. `str()` gives the sentence, translated."""

    sentence: ClassVar[str | Promise]

    def __str__(self) -> str:
        return str(self.sentence)


class ChangedMeanwhile(Refusal):
    """Somebody would put back what a colleague, or the platform, has changed since they read it."""

    sentence = _("Somebody has changed it meanwhile. Read it again before you change it.")
