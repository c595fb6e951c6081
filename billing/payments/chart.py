"""The accounts as bookkeepers number them. Pure.

Dutch custom: 13.. what customers owe, 15.. VAT, 80.. revenue. A product and a VAT rate get an
account of their own, so that each can be mapped to one in the bookkeeping that reads the export.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from billing.payments.posting import Account

if TYPE_CHECKING:
    from billing.payments.posting import Posting

RECEIVABLES, VAT_PAYABLE, REVENUE = "1300", "1500", "8000"
NAMES = {
    Account.RECEIVABLES: _("Receivables"),
    Account.VAT_PAYABLE: _("VAT payable"),
    Account.REVENUE: _("Revenue"),
}
LONGEST = 35  # characters of an account number in an audit file


@dataclass(frozen=True, slots=True, order=True)
class LedgerAccount:
    """`about` is the product or VAT code that it is for, where it is for one."""

    number: str
    account: Account
    about: str = ""

    @property
    def name(self) -> str:
        """What it is called in the reader's language."""
        return f"{NAMES[self.account]} {self.about}".strip()

    @property
    def is_on_balance(self) -> bool:
        """On the balance sheet; otherwise in profit and loss."""
        return self.account is not Account.REVENUE


def account_of(posting: Posting) -> LedgerAccount:
    match posting.account:
        case Account.RECEIVABLES:
            return LedgerAccount(RECEIVABLES, posting.account)
        case Account.VAT_PAYABLE:
            code = vat_code(posting.vat_category, posting.vat_rate)
            return LedgerAccount(f"{VAT_PAYABLE}-{code}", posting.account, code)
        case Account.REVENUE:
            number = _fitting(f"{REVENUE}-{posting.product_code}")
            return LedgerAccount(number, posting.account, posting.product_code)


def vat_code(category: str, rate: Decimal | None) -> str:
    """Category and rate in one: S-21, AE-0."""
    return f"{category}-{(rate or Decimal(0)).normalize():f}"


def _fitting(number: str) -> str:
    """A longer one keeps its beginning, and stays different from others that begin so."""
    if len(number) <= LONGEST:
        return number
    return f"{number[: LONGEST - 9]}-{hashlib.sha256(number.encode()).hexdigest()[:8]}"
