"""What staff read before they order for a customer who asks: a product a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.pages.presenters import catalogue
from portal.pages.presenters.products import product_names
from portal.pages.presenters.refusals import explain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catalog.queries import CatalogueEntry
    from portal.pages.presenters.catalogue import Having, Price
    from subscriptions.queries import Offer

MOST_REASONS = 3  # of many tenants; where it is ordered says it of each


@dataclass(frozen=True)
class ForSale:
    code: str
    name: str
    summary: str
    price: Price | None
    having: tuple[Having, ...]
    why_not: tuple[str, ...]  # empty where it can be ordered somewhere


def for_sale(
    entries: Iterable[CatalogueEntry],
    offers: Iterable[Offer],
    having: Mapping[str, tuple[Having, ...]],
) -> list[ForSale]:
    """`offers` belong to `entries`, in their order."""
    names = product_names()
    return [
        ForSale(
            code=entry.code,
            name=entry.name,
            summary=entry.summary,
            price=catalogue.price(entry.price),
            having=having.get(entry.code, ()),
            why_not=_why_not(offer, names),
        )
        for entry, offer in zip(entries, offers, strict=True)
    ]


def _why_not(offer: Offer, names: Mapping[str, str]) -> tuple[str, ...]:
    if offer.price is None:
        return (_("There is no price in the customer's currency."),)
    if not offer.places:
        return (_("There is no tenant to order it for. Register one first."),)
    if any(place.can_order for place in offer.places):
        return ()
    reasons = dict.fromkeys(
        str(explained)
        for place in offer.places
        for explained in explain(place.refusals, names, for_caller=True)
    )
    return tuple(reasons)[:MOST_REASONS]
