"""Staff make another price of a product, and withdraw one that nobody knows of yet."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from catalog import price_decisions
from catalog.decisions import ChangedSince
from catalog.models import PriceVersion, Product
from catalog.queries import sellers
from customers.models import History
from customers.refusals import Refusal
from subscriptions.models import PriceAnnouncement, PriceDecision, Subscription
from subscriptions.periods import local_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator

    from catalog.price_content import PriceContent
    from customers.models import Person


class PriceChanged(Refusal):
    sentence = _("The price before it was changed meanwhile. Look at what it is now.")


class BeginsTooSoon(Refusal):
    """`earliest` is the first day on which this price may begin."""

    sentence = _("A price begins today at the earliest.")

    def __init__(self, earliest: dt.date) -> None:
        super().__init__(earliest)
        self.earliest = earliest


class BeginsTooSoonByUse(BeginsTooSoon):
    sentence = _(
        "What is charged by use has one price for a whole month, known 30 days before: it begins "
        "on the first of a month."
    )


class BeginsAlready(Refusal):
    sentence = _("Another price begins on that day already.")


class OtherMeters(Refusal):
    sentence = _(
        "In another currency something else is charged from that day on: what has no price in a "
        "customer’s currency would be free."
    )


class CostsTheSame(Refusal):
    sentence = _("That is what it costs before that day as well: nothing would change.")


class NotMadeByStaff(Refusal):
    sentence = _("This price came with the catalogue’s files, and would come again with them.")


class HasBegun(Refusal):
    sentence = _("This price has begun; a later one can take its place.")


class PriceIsKnown(Refusal):
    sentence = _("Customers were told of this price; a later one can take its place.")


class PriceIsGone(Refusal):
    sentence = _("This price was withdrawn meanwhile.")


def today(at: dt.datetime) -> dt.date:
    """The day that it is for the seller for whom it is latest."""
    return max((local_day(at, seller.zone) for seller in sellers()), default=at.date())


def check_price(content: PriceContent, *, used: Collection[str], at: dt.datetime) -> None:
    """Whether it could be made at `at`; `used` are the meters that counted anything.

    Raises BeginsTooSoon, OtherMeters, BeginsAlready, CostsTheSame; WrongPrice for components that
    cannot be.
    """
    with _refused(content):
        price_decisions.check_price(content, used=used, on=today(at))


@transaction.atomic
def make_price(
    content: PriceContent,
    *,
    instead_of: int | None,
    used: Collection[str],
    reason: str = "",
    by: Person,
    at: dt.datetime,
) -> PriceDecision:
    """The price, for who subscribes from its day on; others pay it when it is announced to them.

    What is charged by use costs everybody so from that month on. `instead_of` is the price before
    it that `by` saw. Raises PriceChanged, and as `check_price` does.
    """
    with _refused(content):
        price_decisions.make_price(content, instead_of=instead_of, used=used, on=today(at))
    return _decided(PriceDecision.What.MADE, content, reason=reason, by=by, at=at)


@transaction.atomic
def withdraw_price(price: PriceVersion, *, by: Person, at: dt.datetime) -> PriceDecision:
    """The price never was: it has not begun, and no customer was told of it.

    Raises PriceIsGone, NotMadeByStaff, HasBegun, PriceIsKnown.
    """
    # Whoever announces it, or writes to who uses what it is the price of, waits for this or is
    # seen here.
    prices = PriceVersion.objects.select_for_update(of=["self"]).with_components()
    held = prices.filter(pk=price.pk).first()
    if held is None:
        raise PriceIsGone
    obstacle = obstacle_to_withdrawal(held, on=today(at), known=known_of([held.pk]))
    if obstacle:
        raise obstacle
    content = held.content
    price_decisions.remove_price(held)
    return _decided(PriceDecision.What.WITHDRAWN, content, reason="", by=by, at=at)


def obstacle_to_withdrawal(
    price: PriceVersion, *, on: dt.date, known: Collection[int]
) -> Refusal | None:
    """Why the price stays; None when it can be withdrawn on `on`. `known` as of `known_of`."""
    if not price.by_staff:
        return NotMadeByStaff()
    if price.valid_from <= on:
        return HasBegun()
    return PriceIsKnown() if price.pk in known else None


def known_of(ids: Collection[int]) -> set[int]:
    """Those of these prices that customers were told of, or ordered at; one query."""
    told = History.objects.filter(subject_type="priceversion", subject_id=OuterRef("pk"))
    found = PriceVersion.objects.filter(
        Exists(PriceAnnouncement.objects.filter(price_version=OuterRef("pk")))
        | Exists(Subscription.objects.filter(price_version=OuterRef("pk")))
        | Exists(told),
        pk__in=ids,
    )
    return set(found.values_list("pk", flat=True))


@contextmanager
def _refused(content: PriceContent) -> Iterator[None]:
    """What the catalogue refuses, as a sentence for whoever makes the price."""
    try:
        yield
    except price_decisions.BeginsTooSoon as too_soon:
        by_use = price_decisions.is_charged_by_use(content.product)
        refusal = BeginsTooSoonByUse if by_use else BeginsTooSoon
        raise refusal(too_soon.earliest) from None
    except price_decisions.OtherMeters:
        raise OtherMeters from None
    except price_decisions.BeginsAlready:
        raise BeginsAlready from None
    except price_decisions.CostsTheSame:
        raise CostsTheSame from None
    except ChangedSince:
        raise PriceChanged from None


def _decided(
    what: PriceDecision.What, content: PriceContent, *, reason: str, by: Person, at: dt.datetime
) -> PriceDecision:
    decision: PriceDecision = PriceDecision.objects.create(
        product=Product.objects.get(code=content.product),
        currency=content.currency,
        valid_from=content.valid_from,
        what=what,
        components=[dict(component) for component in content.components],
        reason=reason,
        decided_by=by,
        decided_at=at,
    )
    return decision
