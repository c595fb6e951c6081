"""Entering documents in the ledger, in the transaction that issues them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from msgspec import Struct

from billing.payments.models import LedgerEntry, Posting
from billing.payments.posting import Document, postings_of
from customers.bulk import copy_rows, take_ids

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from catalog.models import Seller


class Entered(Struct, frozen=True):
    """A document to enter, and whose it is."""

    invoice_id: int
    organisation_id: int
    currency: str
    document: Document


def enter(
    documents: Sequence[Entered], *, seller: Seller, entered_on: dt.date, at: dt.datetime
) -> None:
    """Enter documents of one seller on a day: an entry each, with its postings.

    Raises Unbalanced, and IntegrityError for a document that was entered before.
    """
    with connection.cursor() as cursor:
        ids = take_ids(cursor, LedgerEntry, len(documents))
        copy_rows(
            cursor,
            LedgerEntry,
            ("id", "invoice_id", "organisation_id", "currency"),
            (
                (pk, each.invoice_id, each.organisation_id, each.currency)
                for pk, each in zip(ids, documents, strict=True)
            ),
            same={"seller_id": seller.pk, "entered_on": entered_on, "at": at},
        )
        copy_rows(
            cursor,
            Posting,
            ("entry_id", "account", "amount", "product_code", "vat_category", "vat_rate"),
            (
                (
                    pk,
                    str(posting.account),
                    str(posting.amount),
                    posting.product_code,
                    posting.vat_category,
                    None if posting.vat_rate is None else str(posting.vat_rate),
                )
                for pk, each in zip(ids, documents, strict=True)
                for posting in postings_of(each.document)
            ),
        )
