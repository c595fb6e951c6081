"""Who is left out of a run until a person has looked: by staff, by a bound, by a check that fails.

Asked of what would be issued, before it is; a preview and the run get the same answer.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Q
from msgspec import Struct
from msgspec.structs import replace

from billing.bounds import Seen, bounds_in, broken_bounds, seen
from billing.causes import HELD_BY_STAFF, INVARIANT
from billing.drafts import HoldCause
from billing.invariants.of_drafts import DRAFT_RULES
from billing.models import BillingHold, Invoice, ItemReview, sign_of
from billing.policies import policy_of
from catalog.money import Currency
from customers.bulk import any_of
from customers.turns import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from billing.bounds import Bounds
    from billing.drafts import Draft
    from billing.operations.previewed import Preview
    from catalog.models import Seller
    from customers.values import AnyCustomer
    from subscriptions.periods import Month


class Parked(Struct, frozen=True):
    """`cause` is a code for `billing.causes`; `detail` says what was found.

    Of a bound also what there was to look at, and in which currency.
    """

    cause: str
    detail: str = ""
    seen: Seen | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a number of organisations, by organisation id. `bounds` are in the seller's
    `currency`.
    """

    held_by_staff: Mapping[int, str]
    last_nets: Mapping[tuple[int, str], Decimal]
    reviewed: Mapping[tuple[int, str, str], list[Seen]]
    bounds: Bounds
    currency: Currency


def with_parked(previews: Sequence[Preview], *, seller: Seller, month: Month) -> list[Preview]:
    """The same previews, each with why it is left out, if it is; four queries, however many."""
    due = [preview for preview in previews if preview.outcome != ()]
    if not due:
        return list(previews)
    known = _known(due, seller, month)
    return [replace(preview, parked=_parked(preview, seller, known)) for preview in previews]


def last_nets(
    organisation_ids: Iterable[int], *, seller: Seller, month: Month
) -> dict[tuple[int, str], Decimal]:
    """Net issued for the month before `month`, by organisation and currency, credits taken off."""
    nets: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    # The seller is looked at here: PostgreSQL, asked for it too, may read all that it ever issued.
    issued = Invoice.objects.filter(
        any_of("organisation", organisation_ids), month=month.previous.first_day
    )
    for seller_id, organisation_id, currency, kind, net in issued.order_by().values_list(
        "seller", "organisation", "currency", "kind", "net"
    ):
        if seller_id == seller.pk:
            nets[organisation_id, currency] += sign_of(kind) * net
    return dict(nets)


def _known(previews: Sequence[Preview], seller: Seller, month: Month) -> _Known:
    due = [preview.organisation.pk for preview in previews]
    nets = last_nets(due, seller=seller, month=month)
    for preview in previews:
        for line in preview.last_month:  # will be issued before
            key = (preview.organisation.pk, line.subscription.currency.value)
            nets[key] = nets.get(key, Decimal(0)) + line.net
    holds = BillingHold.objects.applying_to(month.first_day).filter(any_of("organisation", due))
    return _Known(
        held_by_staff=dict(holds.order_by("-pk").values_list("organisation", "reason")),
        last_nets=nets,
        reviewed=_reviewed(due, seller, month),
        bounds=policy_of(seller).bounds,
        currency=Currency(seller.currency),
    )


def _reviewed(
    due: list[int], seller: Seller, month: Month
) -> dict[tuple[int, str, str], list[Seen]]:
    """What was looked at and let go, by organisation, bound and currency."""
    of_this_run = Q(item__run__seller=seller, item__run__month=month.first_day)
    reviews = ItemReview.objects.filter(of_this_run, any_of("item__organisation", due))
    found: dict[tuple[int, str, str], list[Seen]] = defaultdict(list)
    for organisation_id, cause, currency, net, gross, lines in reviews.order_by().values_list(
        "item__organisation", "cause", "currency", "net", "gross", "lines"
    ):
        if net is not None and gross is not None and lines is not None:
            found[organisation_id, cause, currency].append(Seen(net, gross, lines))
    return found


def _parked(preview: Preview, seller: Seller, known: _Known) -> Parked | None:
    pk = preview.organisation.pk
    if preview.outcome != () and pk in known.held_by_staff:
        return Parked(HELD_BY_STAFF, known.held_by_staff[pk])
    for draft in preview.drafts:
        if fault := _fault(draft, seller, preview.organisation):
            return fault
    for currency, same in groupby(preview.drafts, key=attrgetter("currency")):
        if unusual := _unusual(list(same), currency, pk, known):
            return unusual
    return None


def _fault(draft: Draft, seller: Seller, organisation: AnyCustomer) -> Parked | None:
    """A check that itself fails is no better than a breach: nothing is issued on its word."""
    for code, rule in DRAFT_RULES.items():
        try:
            breach = next(rule.check_draft(draft, seller=seller, organisation=organisation), "")
        except SoftTimeLimitExceeded:  # the worker's time is over; nothing is wrong with the draft
            raise
        except Exception as failure:  # noqa: BLE001 - one customer never stops the run
            breach = said(failure)
        if breach:
            return Parked(f"{INVARIANT}{code}", breach)
    return None


def _unusual(
    drafts: Sequence[Draft], currency: Currency, organisation_id: int, known: _Known
) -> Parked | None:
    last = known.last_nets.get((organisation_id, currency.value))
    now = seen(drafts)
    bounds = bounds_in(currency, known.bounds, of=known.currency)
    for cause in broken_bounds(now, last, bounds):
        reviewed = known.reviewed.get((organisation_id, cause.value, currency.value), ())
        if not any(each.covers(now, cause) for each in reviewed):
            return Parked(cause.value, _found(cause, now, currency, last), now, currency.value)
    return None


def _found(cause: HoldCause, now: Seen, currency: Currency, last: Decimal | None) -> str:
    """Figures only: they read the same in every language."""
    if cause is HoldCause.TOO_MANY_LINES:
        return str(now.lines)
    if cause is HoldCause.GIVES_BACK_TOO_MUCH:
        return f"{-now.given_back:.2f} {currency}"
    return f"{last or 0:.2f} → {now.net:.2f} {currency}"
