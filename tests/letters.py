"""Which letters were written, sent or not: to be compared as lists."""

from __future__ import annotations

from customers.models import OutgoingMail


def subjects(to: str | None = None) -> list[str]:
    """In the order in which they were written; of one receiver alone, where an address is given."""
    letters = OutgoingMail.objects.order_by("pk")
    if to is not None:
        letters = letters.filter(to=to)
    return list(letters.values_list("subject", flat=True))


def receivers(words: str = "") -> list[str]:
    """Of the letters with these words in their subject, one address for each, in alphabet."""
    letters = OutgoingMail.objects.filter(subject__contains=words).order_by("to")
    return list(letters.values_list("to", flat=True))
