"""New prices for those who subscribed already: announced in time, taken back while possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import clock
from customers.models import Duty
from portal.access import person_of, staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.forms_prices import AnnouncePriceForm
from portal.backoffice.price_comparison import said_by
from portal.formatting import day_text
from portal.pages.presenters.products import product_names
from portal.pages.presenters.subscriptions import language
from portal.responses.forms import done, filled_in, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from subscriptions import price_queries
from subscriptions.operations import price_changes
from subscriptions.periods import Month
from subscriptions.prices import full_month, priced

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from catalog.models import PriceVersion
    from customers.refusals import Refusal


@staff_view()
@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    context = {
        "newer": price_queries.newer_prices(clock.now()),
        "every": [
            (each, *(_words(price) for price in (each.now, each.then)))
            for each in price_queries.priced_products(clock.now())
        ],
        "announced": price_queries.announcements(clock.now().date()),
        "untold": page_of(request, price_queries.told_nobody(clock.now())),
        "product_names": product_names(),
        "not_mine": whose_task(request, Duty.SALES),
    }
    return render(request, "backoffice/prices.html", context)


@staff_view(Duty.SALES)
@read_or_submit
def announce_price(request: HttpRequest, price_id: int) -> HttpResponse:
    """Who will pay what instead of what they pay now, before anybody is told: from the first
    possible day on.
    """
    at = clock.now()
    price = get_object_or_404(price_queries.price_versions(), pk=price_id)
    proposed = _first_possible(price, at)
    form = AnnouncePriceForm(request.POST or None, initial={"effective_on": proposed})

    def announce() -> HttpResponse:
        price_changes.announce(price, **form.cleaned_data, by=person_of(request), at=at)
        sentence = _("Announced: every owner and billing contact gets a letter.")
        return done(request, sentence, "backoffice:prices")

    def context() -> dict[str, object]:
        page = page_of(request, price_queries.paying_earlier(price, on=proposed))
        rows = [
            (each, full_month(price, {p.component.code: p.quantity for p in each.positions}).total)
            for each in priced(page.object_list, at)
        ]
        product = product_names()[price.product.code]
        return {"price": price, "page": page, "rows": rows, "product": product}

    return filled_in(
        request,
        "backoffice/announce_price.html",
        form,
        context,
        then=announce,
        blamed="effective_on",
        said=_sentence,
    )


@staff_view(Duty.SALES)
@require_POST
@refusals_told_at("backoffice:prices")
def withdraw_price(request: HttpRequest, announcement_id: int) -> HttpResponse:
    found = get_object_or_404(price_queries.every_announcement(), pk=announcement_id)
    price_changes.withdraw(found, by=person_of(request), at=clock.now())
    return done(
        request,
        _("Taken back: every owner and billing contact gets a letter."),
        "backoffice:prices",
    )


def _words(price: PriceVersion | None) -> list[tuple[str, str]]:
    return said_by(price.content.components, price.currency) if price else []


def _first_possible(price: PriceVersion, at: dt.datetime) -> dt.date:
    """The first of a month: invoices are easier to read when nothing changes within one."""
    earliest = price_changes.first_day(price, at=at)
    return earliest if earliest.day == 1 else Month.of(earliest).next.first_day


def _sentence(refusal: Refusal) -> str:
    if isinstance(refusal, price_changes.TooSoon):
        day = day_text(refusal.earliest, language())
        return f"{refusal} " + _("The first day possible is %(day)s.") % {"day": day}
    if isinstance(refusal, price_changes.EarlierPriceBeginsLater):
        day = day_text(refusal.on, language())
        return f"{refusal} " + _("The earlier price begins on %(day)s.") % {"day": day}
    return str(refusal)
