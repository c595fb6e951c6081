"""What was issued in a period, less what was credited: for what a seller declares of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, F, Min, Q, When

from billing.models import Invoice

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import Expression

    from catalog.models import Seller
    from subscriptions.periods import Month


def documents_of(seller: Seller, first: Month, until: Month) -> Q:
    """Rows of documents dated from `first` to before `until`."""
    return Q(
        invoice__seller=seller,
        invoice__issued_on__gte=first.first_day,
        invoice__issued_on__lt=until.first_day,
    )


def first_invoiced_on() -> dt.date | None:
    """By whichever seller."""
    first: dt.date | None = Invoice.objects.aggregate(on=Min("issued_on"))["on"]
    return first


def signed(column: str) -> Expression:
    """A credit note gives back what its own amounts say."""
    is_credit_note = When(invoice__kind=Invoice.Kind.CREDIT_NOTE, then=-F(column))
    return Case(is_credit_note, default=F(column))
