"""Net and VAT of a quarter by treatment, for the seller's VAT return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from billing.queries.vat_return import vat_return as return_of
from billing.vat import Category
from customers.models import Duty
from portal.access import staff_view
from portal.backoffice.answers import form_page, quarter_of
from portal.formatting import day_text
from portal.pages.presenters.subscriptions import language
from portal.responses.tables import Column, table

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from billing.queries.vat_return import Declared, VatReturn

TREATMENTS = {
    Category.STANDARD: gettext_lazy("VAT charged"),
    Category.REVERSE_CHARGE: gettext_lazy("Reverse charge"),
    Category.OUTSIDE_SCOPE: gettext_lazy("Outside the scope of VAT"),
    Category.EXPORT: gettext_lazy("Export, free of VAT"),
}

TEMPLATE = "backoffice/vat_return.html"

COLUMNS: tuple[Column[Declared], ...] = (
    (gettext_lazy("VAT category"), lambda row: row.category),
    (gettext_lazy("VAT rate"), lambda row: row.rate),
    (gettext_lazy("Currency"), lambda row: row.net.currency),
    (gettext_lazy("Net"), lambda row: row.net.amount),
    (gettext_lazy("VAT"), lambda row: row.vat.amount),
    (
        gettext_lazy("VAT in the seller's currency"),
        lambda row: None if row.in_accounts is None else row.in_accounts.amount,
    ),
    (
        gettext_lazy("Net in the seller's currency"),
        lambda row: None if row.net_in_accounts is None else row.net_in_accounts.amount,
    ),
)


@staff_view(Duty.BILLING)
@require_safe
def vat_return(request: HttpRequest) -> HttpResponseBase:
    asked = quarter_of(request, TEMPLATE)
    if isinstance(asked, HttpResponse):
        return asked
    found = return_of(asked.of_seller, *asked.months)
    if request.GET.get("format") == "csv":
        return table(f"vat-{asked.name}", COLUMNS, found.rows)
    context = {
        "seller": asked.of_seller,
        "rows": [(treatment(row.category), row) for row in found.rows],
        "found": found,
        "missing": _words_of_missing(found),
    }
    return form_page(request, TEMPLATE, asked, context)


def treatment(category: str) -> str:
    """The code of a VAT category in words."""
    return str(TREATMENTS[Category(category)])


def _words_of_missing(found: VatReturn) -> str:
    """ "NOK on 1 November 2026, NOK on 1 December 2026"."""
    return ", ".join(
        _("%(currency)s on %(day)s")
        % {"currency": each.currency, "day": day_text(each.on, language())}
        for each in found.missing
    )
