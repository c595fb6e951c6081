"""Who is billed: corrections that reach into what was billed already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from catalog.queries import seller_for
from customers.operations import organisations
from customers.refusals import Refusal
from subscriptions.locks import lock_organisation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from customers.models import Organisation, Person
    from customers.operations.organisations import BillingDetails


class SellerWouldChange(Refusal):
    """The new country belongs to another of our companies than the one that has invoiced."""

    sentence = _(
        "This customer has invoices of another of our companies. A company cannot credit what "
        "another has charged: end the subscriptions and register the customer anew."
    )


@transaction.atomic
def change_billing_details(
    organisation: Organisation,
    details: BillingDetails,
    *,
    by: Person,
    at: dt.datetime,
    as_seen: Callable[[Organisation], bool] | None = None,
) -> Organisation:
    """Correct who is billed, from the next invoice on.

    A country of another seller is refused once anything has been issued: credits would come
    from a company that never charged them, with another country's VAT.
    Raises SellerWouldChange, and what the correction itself refuses.
    """
    before = lock_organisation(organisation.pk)
    organisation = organisations.change_billing_details(
        before, details, by=by, at=at, as_seen=as_seen
    )
    moves = seller_for(organisation.country) != seller_for(before.country)
    if moves and Invoice.objects.of(organisation).exists():
        raise SellerWouldChange
    return organisation
