"""The back office's words as filters: names for what the database keeps as codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import get_language

from billing.causes import words_for
from portal.backoffice import reasons, words
from portal.backoffice.account_words import account_words as accounts_in_words
from portal.countries import country_name
from portal.formatting import number_text
from portal.pages.presenters import subscriptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from billing.models import RunItem
    from billing.payments.chart import LedgerAccount
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
    return country_name(code, _language())


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
    return words_for(item, said=subscriptions.money)


@register.filter
def reason_words(reason: ReasonShown) -> str:
    """Why a month differs from the last one, with the amount, which stays on one line."""
    return format_html('{} <span class="nowrap">({})</span>', *reasons.reason_parts(reason))


@register.filter
def account_words(account: LedgerAccount, product_names: Mapping[str, str]) -> str:
    """An account of the journal, with the names of products."""
    return accounts_in_words(account, product_names)


@register.filter
def change_words(change: str) -> str:
    return reasons.change_words(change)
