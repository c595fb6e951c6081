"""A price beside the one before it: what each part costs, and what somebody would pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from catalog.models import in_language
from catalog.money import Currency, Money
from catalog.price_content import rate_of
from catalog.pricing import charge
from portal.formatting import money_text, number_text
from portal.pages.presenters.subscriptions import language
from portal.templatetags.portal_formats import rate as rate_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catalog.price_content import PriceContent
    from catalog.pricing import Rate

type Component = Mapping[str, Any]


@dataclass(frozen=True)
class PartCompared:
    """One part in words, and what so many of it cost a month; None where it is not there.

    `formerly` is its name before, where that is another in some language.
    """

    name: str
    formerly: str
    now: str
    then: str
    differs: bool
    quantity: str
    costs_now: Money | None
    costs_then: Money | None


@dataclass(frozen=True)
class Compared:
    """The totals are of the worked example."""

    parts: tuple[PartCompared, ...]
    costs_now: Money
    costs_then: Money


def compare(
    before: PriceContent | None, after: PriceContent, *, units: int, users: int
) -> Compared:
    """In the order of the later one; what only the earlier one has comes last."""
    now = {each["code"]: each for each in before.components} if before else {}
    then = {each["code"]: each for each in after.components}
    parts = tuple(
        _compared(now.get(code), then.get(code), after.currency, units, users)
        for code in [*then, *(code for code in now if code not in then)]
    )
    currency = Currency(after.currency)
    return Compared(
        parts,
        Money.total((each.costs_now for each in parts if each.costs_now), currency),
        Money.total((each.costs_then for each in parts if each.costs_then), currency),
    )


def part_name(component: Component) -> str:
    """As the reader knows it."""
    return _label(component, language())


def component_words(component: Component, currency: str) -> str:
    """What it costs: "€604.00 per month", "10,000 included per user; €0.0004 each"."""
    rate = rate_of(component)
    if component["unit"] == "month":
        amount = money_text(rate.unit_amount, currency, language(), exact=True)
        return _("%(amount)s per month") % {"amount": amount}
    return rate_text(rate, currency)


def _compared(
    now: Component | None, then: Component | None, currency: str, units: int, users: int
) -> PartCompared:
    named = then or now or {}
    quantity = 1 if named["unit"] == "month" else units
    # Who has users of a plan in a sandbox is given nothing for the users of the tenant.
    counted = users if named["unit"] == "usage" else 0
    rates = [rate_of(each) if each else None for each in (now, then)]
    costs_now, costs_then = (_cost(rate, quantity, counted, currency) for rate in rates)
    formerly = _formerly(now, then) if now and then else ""
    return PartCompared(
        name=part_name(named),
        formerly=formerly,
        now=component_words(now, currency) if now else "–",
        then=component_words(then, currency) if then else "–",
        differs=rates[0] != rates[1] or bool(formerly),
        quantity=number_text(quantity, language()),
        costs_now=costs_now,
        costs_then=costs_then,
    )


def _formerly(now: Component, then: Component) -> str:
    """The names that are replaced, also those in a language that the reader does not see."""
    before = {spoken: _label(now, spoken) for spoken in now["texts"]}
    replaced = [name for spoken, name in before.items() if name != _label(then, spoken)]
    return ", ".join(dict.fromkeys(replaced))


def _label(component: Component, spoken: str) -> str:
    return str(in_language(component["texts"], spoken).get("label", component["code"]))


def _cost(rate: Rate | None, quantity: int, users: int, currency: str) -> Money | None:
    """Rounded as a line of an invoice is."""
    if rate is None:
        return None
    return Money(charge(rate, quantity, users=users), Currency(currency)).rounded()


def said_by(components: Iterable[Component], currency: str) -> list[tuple[str, str]]:
    """Name and words of each part."""
    return [(part_name(each), component_words(each, currency)) for each in components]
