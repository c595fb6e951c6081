"""The prices of a product in a currency: what they are and were, and another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.metering.queries import meters_used
from catalog.metered import first_day
from catalog.price_decisions import price_before
from customers import clock
from customers.models import Duty
from customers.refusals import Refusal
from portal.access import person_of, staff_view
from portal.backoffice.answers import confirming, form_page, whose_task
from portal.backoffice.forms_prices import MakePriceForm, PriceForm, mark_of
from portal.backoffice.price_comparison import compare, said_by
from portal.formatting import day_text
from portal.pages.presenters.products import product_names
from portal.pages.presenters.subscriptions import language
from portal.responses.forms import done, read_or_submit, refused
from portal.responses.lists import page_of
from subscriptions import price_queries
from subscriptions.operations import catalogue_prices
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from typing import Any

    from django.http import HttpRequest, HttpResponse

    from catalog.price_content import PriceContent
    from subscriptions.price_queries import PriceListed


@staff_view()
@require_safe
def product_prices(request: HttpRequest, product_code: str, currency: str) -> HttpResponse:
    listed = _prices_or_404(product_code, currency, clock.now())
    decisions = page_of(request, price_queries.decisions_about_prices(product_code, currency))
    context = {
        **_named(product_code, currency),
        "rows": [(each, said_by(each.price.content.components, currency)) for each in listed],
        "by_use": _is_by_use(listed),
        "page": decisions,
        "decisions": [(each, said_by(each.components, currency)) for each in decisions],
        "not_mine": whose_task(request, Duty.SALES),
    }
    return render(request, "backoffice/product_prices.html", context)


@staff_view(Duty.SALES)
@read_or_submit
def new_price(request: HttpRequest, product_code: str, currency: str) -> HttpResponse:
    """What it is to cost is in the address, so that what was seen is what is made."""
    return _new_price(request, product_code, currency)


def _new_price(
    request: HttpRequest, product_code: str, currency: str, *, refusal: Refusal | None = None
) -> HttpResponse:
    """After a `refusal` it is shown as it is now, with the reason that was typed."""
    at = clock.now()
    listed = _prices_or_404(product_code, currency, at)
    form = PriceForm(
        request.GET or None,
        start=_start(listed).price.content,
        valid_from=_first_possible(listed, at),
    )
    context: dict[str, Any] = {**_named(product_code, currency), "choose": form}
    if not form.is_valid():
        return render(request, "backoffice/new_price.html", context)
    used = meters_used()
    try:
        catalogue_prices.check_price(form.content, used=used, at=at)
    except Refusal as problem:
        form.add_error("valid_from", _sentence(problem))
        status = 409 if refusal else 200
        return render(request, "backoffice/new_price.html", context, status=status)
    before = price_before(*form.content.begins)
    seen = mark_of(form.content, before.pk if before else None)
    confirm = confirming(request, MakePriceForm, refusal, seen=seen)
    if confirm.is_valid():
        try:
            if confirm.cleaned_data["seen"] != seen:
                raise catalogue_prices.PriceChanged
            catalogue_prices.make_price(
                form.content,
                instead_of=before.pk if before else None,
                used=used,
                reason=confirm.cleaned_data["reason"],
                by=person_of(request),
                at=at,
            )
        except Refusal as told:
            return _new_price(request, product_code, currency, refusal=told)
        sentence = _("The price is made: it is valid from %(day)s.")
        sentence %= {"day": day_text(form.content.valid_from, language())}
        return done(request, sentence, "backoffice:product_prices", product_code, currency)
    context |= _shown(form, listed, before.content if before else None)
    status = 409 if refusal else 422
    return form_page(request, "backoffice/new_price.html", confirm, context, status=status)


@staff_view(Duty.SALES)
@require_POST
def withdraw_new_price(request: HttpRequest, price_id: int) -> HttpResponse:
    price = get_object_or_404(price_queries.price_versions(), pk=price_id)
    back = ("backoffice:product_prices", price.product.code, price.currency)
    try:
        catalogue_prices.withdraw_price(price, by=person_of(request), at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal, *back)
    return done(request, _("The price is withdrawn: it never was."), *back)


def _prices_or_404(product_code: str, currency: str, at: dt.datetime) -> list[PriceListed]:
    listed = price_queries.prices_of(product_code, currency, at)
    if not listed:
        raise Http404
    return listed


def _start(listed: list[PriceListed]) -> PriceListed:
    """The one that holds now; where none has begun, the first that will."""
    return next((each for each in listed if each.has_begun), listed[-1])


def _is_by_use(listed: list[PriceListed]) -> bool:
    return any(each.unit == "usage" for each in _start(listed).price.components.all())


def _first_possible(listed: list[PriceListed], at: dt.datetime) -> dt.date:
    """The first of a month: where a month has one price, the first that is late enough."""
    day = catalogue_prices.today(at)
    return first_day(day) if _is_by_use(listed) else Month.of(day).next.first_day


def _named(product_code: str, currency: str) -> dict[str, str]:
    name = product_names().get(product_code, product_code)
    return {
        "product": name,
        "product_code": product_code,
        "currency": currency,
        "title": f"{name}, {currency}",
    }


def _shown(
    form: PriceForm, listed: list[PriceListed], before: PriceContent | None
) -> dict[str, Any]:
    """The new price beside the one before it, who pays what, and what comes after it."""
    begins = form.content.valid_from
    later = [each.price for each in listed if each.price.valid_from > begins]
    return {
        "content": form.content,
        "compared": compare(before, form.content, **form.worked_example),
        "users": form.worked_example["users"],
        "by_use": form.is_by_use,
        "paying": [each for each in listed if each.subscriptions or each.has_begun],
        "later": later[-1] if later else None,
        "first_by_staff": not any(each.price.by_staff for each in listed),
    }


def _sentence(refusal: Refusal) -> str:
    if isinstance(refusal, catalogue_prices.BeginsTooSoon):
        day = day_text(refusal.earliest, language())
        return f"{refusal} " + _("The first day possible is %(day)s.") % {"day": day}
    return str(refusal)
