"""What every refusal of an operation has in common: a sentence that a person may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from django.utils.functional import Promise


class Refusal(Exception):
    """Base of the named refusals; nothing was changed. `str()` gives the sentence, translated."""

    sentence: ClassVar[str | Promise]

    def __str__(self) -> str:
        return str(self.sentence)
