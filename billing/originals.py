"""Which invoice charged what a credit gives back: where whom it was charged to, or when, counts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import F

from billing.documents.conversion import Line
from billing.given_back import SETTLEMENT, in_force
from billing.models import Invoice, InvoiceLine
from billing.vat import Category
from customers.bulk import any_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from billing.drafts import DraftLine


def charges_of(
    organisation_ids: Collection[int], *, since: dt.date
) -> Mapping[int, Sequence[Line]]:
    """What the invoices in force charged for days from `since` on, by organisation, the oldest
    first. One query.
    """
    charging = InvoiceLine.objects.filter(
        any_of("invoice__organisation", organisation_ids),
        invoice__kind=Invoice.Kind.INVOICE,
        net__gt=0,
        period_until__gt=since,
    ).exclude(kind=SETTLEMENT)
    found: dict[int, list[Line]] = defaultdict(list)
    for line in (
        in_force(charging)
        .annotate(owner=F("invoice__organisation"))
        .order_by("invoice", "position")
    ):
        found[line.owner].append(issued(line))
    return found


def newest_charging(credit: Line, charges: Sequence[Line]) -> Line | None:
    """The newest that charged some of the days of `credit`: the run takes off what was charged
    last first.
    """
    return next((charge for charge in reversed(charges) if credit.is_charged_by(charge)), None)


def newest_of(credits_: Iterable[Line], charges: Sequence[Line]) -> int | None:
    """The invoice whose buyer is named by what only credits: of several the newest. One with
    reverse charge comes first: what gives that back names the number that it was charged to.
    """
    found = (newest_charging(credit, charges) for credit in credits_)
    originals = [charge for charge in found if charge]
    reverse_charged = [each for each in originals if each.category == Category.REVERSE_CHARGE]
    return max((each.original for each in reverse_charged or originals), default=None)


def issued(line: InvoiceLine) -> Line:
    return Line(
        _whose(line.subscription_id, line.product_code, line.tenant_id),
        line.component,
        line.vat_category,
        line.vat_rate,
        line.period_from,
        line.period_until,
        line.net,
        line.invoice_id,
    )


def drafted(line: DraftLine) -> Line:
    subscription = line.subscription
    return Line(
        _whose(subscription.id, subscription.product_code, subscription.tenant_id),
        line.component.code,
        line.vat_category,
        line.vat_rate,
        line.period_from,
        line.period_until,
        line.net,
    )


def _whose(
    subscription_id: int | None, product_code: str, tenant_id: int | None
) -> tuple[int | str | None, ...]:
    return (subscription_id,) if subscription_id else (None, product_code, tenant_id)
