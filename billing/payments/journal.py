"""The journal of a month: what a seller's bookkeeping takes over. Reads the ledger alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from billing.payments.chart import LedgerAccount, account_of
from billing.payments.models import LedgerEntry, Posting
from billing.payments.posting import Account
from billing.payments.posting import Posting as Posted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from catalog.models import Seller
    from subscriptions.periods import Month

NOTHING = Decimal(0)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A document and its lines; the customer as named on it."""

    number: str
    kind: str
    entered_on: dt.date
    currency: str
    customer_number: str
    customer_name: str
    customer_vat_number: str
    lines: tuple[JournalLine, ...]


@dataclass(frozen=True, slots=True)
class Journal:
    seller: Seller
    month: Month
    entries: tuple[JournalEntry, ...]


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """What a month brought to one account, in one currency."""

    account: LedgerAccount
    currency: str
    debit: Decimal
    credit: Decimal


def journal(seller: Seller, month: Month) -> Journal:
    """Everything entered in that month, in the order of the books; two queries."""
    rows = Posting.objects.filter(entry__in=LedgerEntry.objects.of_month(seller, month)).order_by(
        "entry__entered_on", "entry_id", "pk"
    )
    lines = {
        entry_id: tuple(
            _line(Posted(Account(account), amount, product, category, rate))
            for _entry, account, amount, product, category, rate in of_it
        )
        for entry_id, of_it in groupby(
            rows.values_list(
                "entry_id", "account", "amount", "product_code", "vat_category", "vat_rate"
            ),
            key=itemgetter(0),
        )
    }
    documents = LedgerEntry.objects.of_month(seller, month).values_list(
        "pk",
        "invoice__number",
        "invoice__kind",
        "entered_on",
        "currency",
        "invoice__buyer_snapshot",
    )
    return Journal(
        seller,
        month,
        tuple(
            JournalEntry(
                number=number,
                kind=kind,
                entered_on=entered_on,
                currency=currency,
                customer_number=buyer["customer_number"],
                customer_name=buyer["name"],
                customer_vat_number=buyer["vat_number"],
                lines=lines.get(pk, ()),
            )
            for pk, number, kind, entered_on, currency, buyer in documents
        ),
    )


def totals(entries: Iterable[JournalEntry]) -> list[AccountTotal]:
    """Debit and credit per account and currency, by account number."""
    sums: dict[tuple[str, LedgerAccount], tuple[Decimal, Decimal]] = {}
    for entry in entries:
        for line in entry.lines:
            key = (entry.currency, line.account)
            debit, credit = sums.get(key, (NOTHING, NOTHING))
            sums[key] = (debit + line.debit, credit + line.credit)
    return [
        AccountTotal(account, currency, debit, credit)
        for (currency, account), (debit, credit) in sorted(sums.items())
    ]


def _line(posting: Posted) -> JournalLine:
    return JournalLine(account_of(posting), posting.amount, posting.vat_category, posting.vat_rate)
