"""Ordering in words: where it can be had, what it costs and when, what comes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.formatting import day_text, month_text
from portal.pages.presenters.invoices import VatLine, line_name, line_why, vat_lines
from portal.pages.presenters.refusals import Explained, explain
from portal.pages.presenters.subscriptions import (
    instant,
    language,
    money,
    names_listed,
    place_name,
    place_within,
    product_name,
)
from portal.pages.presenters.tools import given
from subscriptions.lifecycle import Status
from subscriptions.periods import Month
from subscriptions.prices import full_month

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from billing.queries import OrderPreview
    from catalog.models import PriceVersion
    from catalog.policies import Policies
    from customers.models import Organisation, Tenant
    from portal.pages.presenters.tools import ToolGiven
    from subscriptions.operations.orders import NotEligible
    from subscriptions.queries import Gains, Held, Offer


# What `done` has words for.
DONE = (Status.REQUESTED, Status.ACTIVE)


@dataclass(frozen=True)
class Obstructed:
    """A place where it cannot be had, and why; with the subscription that is there already."""

    name: str
    obstacles: list[Explained]
    subscription_id: int | None


@dataclass(frozen=True)
class ChoicePage:
    product: str
    summary: str
    title: str
    price_lines: list[tuple[str, str, str]]  # what, per what, how much
    is_example: bool


@dataclass(frozen=True)
class ReviewPage:
    product: str
    title: str
    place: str
    is_example: bool
    needs_confirmation: bool
    capabilities: list[ToolGiven]
    back_unasked: str
    asked_again: str
    starts: str
    ends: str
    button: str


@dataclass(frozen=True)
class Cost:
    """The money before the click: today, the first invoice line by line, every month after it."""

    today: str
    first_invoice_on: str
    lines: list[tuple[str, str, str]]  # what, why this amount, how much
    net: str
    vat: list[VatLine]
    gross: str  # empty while the VAT is not known
    later: str  # "From January 2027 on, per month, excl. VAT"
    per_month: str
    per_month_gross: str


@dataclass(frozen=True)
class DonePage:
    product: str
    place: str
    title: str
    text: str
    is_waiting: bool


def choice(offer: Offer) -> ChoicePage:
    texts = offer.version.text_in(language())
    product = offer.version.name_in(language())
    price = offer.price
    return ChoicePage(
        product=product,
        summary=str(texts.get("summary", "")),
        title=_("Subscribe to %(product)s") % {"product": product},
        price_lines=[
            (c.name_in(language()), str(c.get_unit_display()), money(c.charge(1)))
            for c in price.components.all()
        ]
        if price
        else [],
        is_example=bool(price and price.example),
    )


def obstructed(offer: Offer, caller: Organisation | None) -> list[Obstructed]:
    """For the customer or, of a `caller`, for staff."""
    whole = caller.name if caller else _("Your organisation")
    return [
        Obstructed(
            place.tenant.label if place.tenant else whole,
            explain(place.refusals, for_caller=caller is not None),
            place.subscription_id,
        )
        for place in offer.places
        if not place.can_order
    ]


def review(
    offer: Offer,
    tenant: Tenant | None,
    gains: Gains,
    organisation: str,
    *,
    for_caller: bool,
) -> ReviewPage:
    version = offer.version
    product = version.name_in(language())
    policy = version.policy
    return ReviewPage(
        product=product,
        title=(
            _("Review the order of %(product)s")
            if for_caller
            else _("Review your order of %(product)s")
        )
        % {"product": product},
        place=tenant.label
        if tenant
        else _("All tenants of %(organisation)s") % {"organisation": organisation},
        is_example=bool(offer.price and offer.price.example),
        needs_confirmation=policy.needs_confirmation,
        capabilities=given(version, tenant, gains.capabilities),
        back_unasked=names_listed(a.application.name for a in gains.back_unasked),
        asked_again=names_listed(a.application.name for a in gains.asked_again),
        starts=_("We set it up first. It starts when we confirm it, and nothing is charged before.")
        if policy.needs_confirmation
        else _("It starts at once, when you click."),
        ends=_how_it_ends(policy, for_caller=for_caller),
        button=_("Order %(product)s") % {"product": product}
        if policy.needs_confirmation
        else _("Subscribe to %(product)s") % {"product": product},
    )


def cost(preview: OrderPreview) -> Cost:
    document = preview.first_invoice
    month = Month.of(preview.first_invoice_on).next
    words = {"month": month_text(month.first_day, language())}
    gross = preview.per_month_gross
    return Cost(
        today=money(preview.today),
        first_invoice_on=day_text(preview.first_invoice_on, language()),
        lines=[(line_name(line), line_why(line), money(line.net)) for line in document.lines]
        if document
        else [],
        net=money(document.net if document else preview.today),
        vat=vat_lines(document) if document else [],
        gross=money(document.gross) if document and document.gross else "",
        later=_("From %(month)s on, per month, excl. VAT") % words,
        per_month=money(preview.per_month),
        per_month_gross=_("%(amount)s incl. VAT") % {"amount": money(gross)} if gross else "",
    )


def coming_price(price: PriceVersion | None, quantities: Mapping[str, int]) -> str:
    """What the same order will cost from a later day on; empty while no other price is known."""
    if price is None:
        return ""
    whole = {
        component.code: quantities.get(component.code, 0) if component.is_counted else 1
        for component in price.components.all()
    }
    words = {
        "day": day_text(price.valid_from, language()),
        "amount": money(full_month(price, whole).total),
    }
    return (
        _("Who orders from %(day)s on pays %(amount)s per month for the same, excl. VAT.") % words
    )


def done(held: Held, zone: ZoneInfo) -> DonePage:
    """Of an order that waits, or has started; of no other it is true."""
    subscription = held.subscription
    words = {"product": product_name(subscription), "place": place_name(subscription)}
    within = words | {"place": place_within(subscription)}
    if held.status is Status.REQUESTED:
        return DonePage(
            **words,
            title=_("%(product)s is ordered") % words,
            text=_("We set it up on %(place)s and confirm it by e-mail. Nothing is charged before.")
            % within,
            is_waiting=True,
        )
    starts_at = subscription.starts_at
    since = instant(starts_at, zone) if starts_at else ""
    return DonePage(
        **words,
        title=_("You have subscribed to %(product)s") % words,
        text=_("It works on %(place)s since %(at)s.") % (within | {"at": since}),
        is_waiting=False,
    )


def not_eligible(refusal: NotEligible, *, for_caller: bool) -> str:
    """The refusal and every reason with its way out, as one text above the form."""
    reasons = explain(refusal.refusals, for_caller=for_caller)
    return " ".join([str(refusal), *map(str, reasons)])


def _how_it_ends(policy: Policies, *, for_caller: bool) -> str:
    yours, theirs = _ways_to_end(policy)
    return theirs if for_caller else yours


def _ways_to_end(policy: Policies) -> tuple[str, str]:
    """As the customer reads it, and staff whom it called."""
    if not policy.cancel_at_month_end:
        return (
            _("You can cancel at any time; unused days are credited."),
            _("They can cancel at any time; unused days are credited."),
        )
    if policy.notice_days:
        return _with_notice(policy)
    if policy.cancel_now:
        return (
            _(
                "You can cancel at any time: to the end of the month, or at once with unused days "
                "credited."
            ),
            _(
                "They can cancel at any time: to the end of the month, or at once with unused days "
                "credited."
            ),
        )
    return (
        _("You can cancel at any time, to the end of the month."),
        _("They can cancel at any time, to the end of the month."),
    )


def _with_notice(policy: Policies) -> tuple[str, str]:
    """The same two."""
    days = policy.notice_days
    if policy.cancel_now:
        yours = ngettext(
            "You can cancel to the end of any month, %(days)s day ahead, or at once with unused "
            "days credited.",
            "You can cancel to the end of any month, %(days)s days ahead, or at once with unused "
            "days credited.",
            days,
        )
        theirs = ngettext(
            "They can cancel to the end of any month, %(days)s day ahead, or at once with unused "
            "days credited.",
            "They can cancel to the end of any month, %(days)s days ahead, or at once with unused "
            "days credited.",
            days,
        )
    else:
        yours = ngettext(
            "You can cancel to the end of any month, %(days)s day ahead.",
            "You can cancel to the end of any month, %(days)s days ahead.",
            days,
        )
        theirs = ngettext(
            "They can cancel to the end of any month, %(days)s day ahead.",
            "They can cancel to the end of any month, %(days)s days ahead.",
            days,
        )
    return yours % {"days": days}, theirs % {"days": days}
