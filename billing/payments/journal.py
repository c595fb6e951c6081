"""The journal of a month: what a seller's bookkeeping takes over. Reads the ledger alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Collate

from billing.payments.chart import LedgerAccount, account_of
from billing.payments.models import LedgerEntry, Posting
from billing.payments.posting import Account
from billing.payments.posting import Posting as Posted
from customers.snapshots import ROWS_AT_ONCE

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from billing.payments.querysets import LedgerEntryQuerySet
    from catalog.models import Seller
    from subscriptions.periods import Month

NOTHING = Decimal(0)
NUMBER, NAME, VAT_NUMBER = (
    KeyTextTransform(key, "invoice__buyer_snapshot")
    for key in ("customer_number", "name", "vat_number")
)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """`amount` is a debit when positive and a credit when negative; `vat_rate` in per cent."""

    account: LedgerAccount
    amount: Decimal
    vat_category: str
    vat_rate: Decimal | None

    @property
    def debit(self) -> Decimal:
        return max(self.amount, NOTHING)

    @property
    def credit(self) -> Decimal:
        return max(-self.amount, NOTHING)

    @property
    def vat_row(self) -> tuple[str, Decimal | None] | None:
        """Category and rate of the VAT that it is; None for other lines."""
        if self.account.account is not Account.VAT_PAYABLE:
            return None
        return self.vat_category, self.vat_rate


@dataclass(frozen=True, slots=True)
class Customer:
    """As named on a document."""

    number: str
    name: str
    vat_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A document and its lines.

    `corrects` is the number of the invoice that a correction or reissue is of; what a run or a
    reissue credits may be of others, and of several.
    """

    invoice_id: int
    number: str
    kind: str
    origin: str
    corrects: str | None
    entered_on: dt.date
    due_on: dt.date
    currency: str
    customer: Customer
    lines: tuple[JournalLine, ...]


@dataclass(frozen=True, slots=True)
class Sums:
    """Of the lines on one account with one treatment of VAT, in one currency."""

    account: LedgerAccount
    currency: str
    vat_category: str
    vat_rate: Decimal | None
    lines: int
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """What a month brought to one account, in one currency."""

    account: LedgerAccount
    currency: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class CurrencySum:
    """What a month brought to all accounts together, in one currency."""

    currency: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Journal:
    """Everything entered in a month: counted already, the rest read as it is asked for.

    In a snapshot the two agree, whatever is entered meanwhile. `only` that currency, where one is
    named.
    """

    seller: Seller
    month: Month
    documents: int
    sums: tuple[Sums, ...]
    only: str = ""

    @property
    def currencies(self) -> tuple[str, ...]:
        """Those that it has amounts in, the seller's first; the seller's where it has none."""
        used = {each.currency for each in self.sums} or {self.only or self.seller.currency}
        return tuple(sorted(used, key=lambda each: (each != self.seller.currency, each)))

    def customers(self) -> Iterator[Customer]:
        """Each once, by number, as named on the last document of the month."""
        latest = (
            self._of_month()
            .annotate(customer=Collate(NUMBER, "C"))
            .order_by("customer", "-entered_on", "-pk")
            .distinct("customer")
        )
        for row in latest.values_list("customer", NAME, VAT_NUMBER).iterator(ROWS_AT_ONCE):
            yield Customer(*row)

    def entries(self) -> Iterator[JournalEntry]:
        """In the order of the books; one query."""
        rows = (
            self._of_month()
            .order_by("entered_on", "pk", "postings__pk")
            .values_list(
                *("pk", *DOCUMENT.values()),
                *(NUMBER, NAME, VAT_NUMBER),
                *(f"postings__{name}" for name in POSTED),
            )
        )
        for _entry, of_it in groupby(rows.iterator(ROWS_AT_ONCE), key=itemgetter(0)):
            lines = list(of_it)
            _pk, *said = lines[0][: -len(POSTED)]
            yield JournalEntry(
                **dict(zip(DOCUMENT, said, strict=False)),
                customer=Customer(*said[len(DOCUMENT) :]),
                # An invoice of nothing has an entry and no postings.
                lines=tuple(_line(*line[-len(POSTED) :]) for line in lines if line[-1] is not None),
            )

    def _of_month(self) -> LedgerEntryQuerySet:
        return _entries(self.seller, self.month, self.only)


# What an entry is made of, and of a posting what a line is.
DOCUMENT = {
    "invoice_id": "invoice_id",
    "number": "invoice__number",
    "kind": "invoice__kind",
    "origin": "invoice__origin",
    "corrects": "invoice__corrects__number",
    "entered_on": "entered_on",
    "due_on": "invoice__due_on",
    "currency": "currency",
}
POSTED = ("account", "product_code", "vat_category", "vat_rate", "amount")


def journal(seller: Seller, month: Month, *, only: str = "") -> Journal:
    """That month's, or what of it is in one currency, counted; two queries."""
    of_month = _entries(seller, month, only)
    counted = (
        Posting.objects.filter(entry__in=of_month)
        .order_by()
        .values_list("entry__currency", *POSTED[:-1])
        .annotate(
            lines=Count("pk"),
            debit=Sum("amount", filter=Q(amount__gt=0), default=NOTHING),
            credit=Sum(-F("amount"), filter=Q(amount__lt=0), default=NOTHING),
        )
    )
    sums = (
        Sums(_account(account, product, category, rate), currency, category, rate, *summed)
        for currency, account, product, category, rate, *summed in counted
    )
    return Journal(seller, month, of_month.count(), tuple(sums), only)


def _entries(seller: Seller, month: Month, only: str) -> LedgerEntryQuerySet:
    found: LedgerEntryQuerySet = LedgerEntry.objects.of_month(seller, month)
    return found.filter(currency=only) if only else found


def totals(sums: Iterable[Sums]) -> list[AccountTotal]:
    """Debit and credit per account and currency, by account number."""
    per_account: dict[tuple[str, LedgerAccount], tuple[Decimal, Decimal]] = {}
    for each in sums:
        key = (each.currency, each.account)
        debit, credit = per_account.get(key, (NOTHING, NOTHING))
        per_account[key] = (debit + each.debit, credit + each.credit)
    return [
        AccountTotal(account, currency, debit, credit)
        for (currency, account), (debit, credit) in sorted(per_account.items())
    ]


def sums_of(per_account: Iterable[AccountTotal]) -> list[CurrencySum]:
    """Debit and credit of all accounts per currency, which are the same."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for each in per_account:
        debit, credit = sums.get(each.currency, (NOTHING, NOTHING))
        sums[each.currency] = (debit + each.debit, credit + each.credit)
    return [CurrencySum(currency, *both) for currency, both in sorted(sums.items())]


def _line(
    account: str, product: str, category: str, rate: Decimal | None, amount: Decimal
) -> JournalLine:
    return JournalLine(_account(account, product, category, rate), amount, category, rate)


def _account(account: str, product: str, category: str, rate: Decimal | None) -> LedgerAccount:
    return account_of(Posted(Account(account), NOTHING, product, category, rate))
