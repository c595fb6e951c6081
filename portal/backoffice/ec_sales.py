"""The EC sales list of a quarter: to whom was sold with reverse charge, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from billing.queries.ec_sales import ec_sales as sales_of
from catalog.money import Money
from customers.models import Duty
from portal.access import staff_view
from portal.backoffice.answers import form_page, quarter_of
from portal.responses.lists import page_of
from portal.responses.tables import Column, table

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from billing.queries.ec_sales import SoldTo

TEMPLATE = "backoffice/ec_sales.html"

COLUMNS: tuple[Column[SoldTo], ...] = (
    (gettext_lazy("Country"), lambda each: each.country),
    (gettext_lazy("VAT number"), lambda each: each.vat_number),
    (gettext_lazy("Currency"), lambda each: each.net.currency),
    (gettext_lazy("Net"), lambda each: each.net.amount),
)


@staff_view(Duty.BILLING)
@require_safe
def ec_sales(request: HttpRequest) -> HttpResponseBase:
    asked = quarter_of(request, TEMPLATE)
    if isinstance(asked, HttpResponse):
        return asked
    found = sales_of(asked.of_seller, *asked.months)
    if request.GET.get("format") == "csv":
        return table(f"ec-sales-{asked.name}", COLUMNS, found)
    currencies = sorted({each.net.currency for each in found})
    context = {
        "seller": asked.of_seller,
        "page": page_of(request, found),
        "totals": [
            Money.total((each.net for each in found if each.net.currency == currency), currency)
            for currency in currencies
        ],
    }
    return form_page(request, TEMPLATE, asked, context)
