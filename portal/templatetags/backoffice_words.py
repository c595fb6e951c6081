"""The back office's words as filters: names for what the database keeps as codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.conf import settings
from django.utils.translation import get_language

from billing.causes import words_for
from portal.backoffice import reasons, words
from portal.formatting import number_text
from portal.pages.presenters import subscriptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from billing.models import RunItem
    from billing.queries.previews import ReasonShown
    from catalog.models import PriceComponent, ProductVersion
    from customers.models import Organisation
    from subscriptions.prices import Position

register = template.Library()


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@register.filter
def label(thing: ProductVersion | PriceComponent) -> str:
    """The name of a product version or a price component, in the reader's language."""
    return thing.name_in(_language())


@register.filter
def country(code: str) -> str:
    return words.country_name(code, _language())


@register.filter
def language(code: str) -> str:
    return words.language_name(code, _language())


@register.filter
def postal_address(organisation: Organisation) -> str:
    return words.postal_address(organisation)


@register.filter
def position_label(position: Position) -> str:
    """ "Sales Premium · 5 × € 70.00"."""
    return subscriptions.position_label(position)


@register.filter
def position_quantity(position: Position) -> str:
    """ "Sales Premium × 5", for a narrow column."""
    name = position.component.name_in(_language())
    return f"{name} × {number_text(position.quantity, _language())}"


@register.filter
def named(code: str, names: Mapping[str, str]) -> str:
    """The name of a product by its code."""
    return names.get(code, code)


@register.filter
def why(item: RunItem) -> str:
    """Why an item of a billing run was held or failed."""
    return words_for(item)


@register.filter
def reason_words(reason: ReasonShown) -> str:
    """Why a month differs from the last one, with the amount."""
    return reasons.reason_words(reason)


@register.filter
def change_words(change: str) -> str:
    return reasons.change_words(change)
