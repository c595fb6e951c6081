"""The accounts of the journal as staff read them; its files keep the codes that are mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from billing.payments.chart import NAMES
from billing.payments.posting import Account
from portal.backoffice.vat_return import treatment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from billing.payments.chart import LedgerAccount


def account_words(account: LedgerAccount, product_names: Mapping[str, str]) -> str:
    """ "Revenue: Development Tools", "VAT payable: VAT charged, 21%"."""
    match account.account:
        case Account.REVENUE:
            about = product_names.get(account.about, account.about)
        case Account.VAT_PAYABLE:
            category, _dash, rate = account.about.partition("-")
            about = f"{treatment(category)}, {rate}%"
        case _:
            return account.name
    # Translators: an account of the books, and what it is for
    return _("%(account)s: %(about)s") % {"account": NAMES[account.account], "about": about}
