"""The EC sales list of a quarter: to whom was sold with reverse charge, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.queries.ec_sales import ec_sales as sales_of
from billing.queries.of_period import first_invoiced_on
from catalog.money import Money
from customers import clock
from customers.models import Duty
from portal.access import staff_view
from portal.backoffice.answers import form_page, page_of
from portal.backoffice.forms import QuarterForm
from portal.pages.csv_export import csv_response

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from billing.queries.ec_sales import SoldTo


@staff_view(Duty.BILLING)
@require_safe
def ec_sales(request: HttpRequest) -> HttpResponseBase:
    form = QuarterForm(request.GET.dict(), on=clock.now().date(), since=first_invoiced_on())
    if not form.is_valid():
        return form_page(request, "backoffice/ec_sales.html", form, {})
    seller, quarter = form.cleaned_data["seller"], form.cleaned_data["quarter"]
    found = sales_of(seller, *form.months)
    if request.GET.get("format") == "csv":
        return _as_csv(f"ec-sales-{seller.code}-{quarter}", found)
    currencies = sorted({each.net.currency for each in found})
    context = {
        "seller": seller,
        "page": page_of(request, found),
        "totals": [
            Money.total((each.net for each in found if each.net.currency == currency), currency)
            for currency in currencies
        ],
    }
    return form_page(request, "backoffice/ec_sales.html", form, context)


def _as_csv(name: str, found: list[SoldTo]) -> HttpResponseBase:
    header = [_("Country"), _("VAT number"), _("Currency"), _("Net")]
    rows = ([each.country, each.vat_number, each.net.currency, each.net.amount] for each in found)
    return csv_response(name, header, rows)
