"""A month's preview, for the back office: its rows to page and search, and what they sum to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q, Sum

from billing.causes import words_for
from billing.differences import Reason
from billing.models import MonthPreview, PreviewRow
from billing.queries.shown import name_in
from catalog.money import Currency, Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from billing.causes import Said
    from billing.querysets import MonthPreviewQuerySet, PreviewRowQuerySet
    from catalog.models import Seller
    from customers.models import Organisation
    from subscriptions.periods import Month

READY = Q(state=PreviewRow.State.READY)
FAILED = Q(state=PreviewRow.State.FAILED)
UNKNOWN = Q(change=PreviewRow.Change.UNKNOWN)
INVOICED = Q(change=PreviewRow.Change.INVOICED)


@dataclass(frozen=True, kw_only=True)
class PreviewTotal:
    """What would be issued in one currency, and what is held back; signed.

    `difference`: all that is due, held or not, less what last month's documents charged; without
    the `unknown`, of whom it is not known what is due, and without the `invoiced`, of whom it is
    no longer all.
    """

    currency: str
    documents: int
    net: Money
    gross: Money
    last_net: Money
    held: int
    failed: int
    unknown: int
    invoiced: int
    held_net: Money
    difference: Money


@dataclass(frozen=True, kw_only=True)
class ReasonShown:
    """`product` in the reader's language; quantities where they say something."""

    reason: Reason
    product: str
    amount: Money
    before: Decimal
    after: Decimal


@dataclass(frozen=True, kw_only=True)
class PreviewShown:
    """One row. VAT and total are None while unknown, and so is the net where it failed; `problem`
    is empty when all is well. Whom the run has invoiced has no difference: the net is what is left.
    """

    organisation: Organisation
    change: str
    is_failed: bool
    is_invoiced: bool
    problem: str
    is_credit_note: bool
    currency: Currency
    net: Money | None
    vat: Money | None
    gross: Money | None
    last_net: Money
    reasons: tuple[ReasonShown, ...]

    @property
    def difference(self) -> Money | None:
        return None if self.net is None or self.is_invoiced else self.net - self.last_net


def preview_of(seller: Seller, month: Month) -> MonthPreview | None:
    return every_preview().of_seller(seller).filter(month=month.first_day).first()


def every_preview() -> MonthPreviewQuerySet:
    return MonthPreview.objects.select_related("seller", "asked_by")


def preview_rows(preview: MonthPreview, *, text: str = "", kind: str = "") -> PreviewRowQuerySet:
    """By the customer's name; `text` and `kind` as the queryset's `matching` and `shown_as`."""
    rows = PreviewRow.objects.filter(preview=preview)
    return rows.matching(text).shown_as(kind).by_name()


def preview_shown(rows: Iterable[PreviewRow], *, said: Said = str) -> list[PreviewShown]:
    """`said` writes the amounts in the sentences about what is wrong."""
    return [_shown(row, said) for row in rows]


def preview_totals(preview: MonthPreview) -> list[PreviewTotal]:
    """Per currency, from the rows that are there; one query."""
    sums = (
        PreviewRow.objects.filter(preview=preview)
        .order_by("currency")
        .values("currency")
        .annotate(
            documents=Sum("documents", filter=READY, default=0),
            held=Count("pk", filter=~READY & ~FAILED),
            failed=Count("pk", filter=FAILED),
            unknown=Count("pk", filter=UNKNOWN),
            invoiced=Count("pk", filter=INVOICED),
            sum_net=Sum("net", filter=READY, default=Decimal(0)),
            sum_gross=Sum("gross", filter=READY, default=Decimal(0)),
            sum_last_net=Sum("last_net", default=Decimal(0)),
            sum_held_net=Sum("net", filter=~READY, default=Decimal(0)),
            sum_difference=Sum(
                F("net") - F("last_net"), filter=~(UNKNOWN | INVOICED), default=Decimal(0)
            ),
        )
    )
    return [
        PreviewTotal(
            currency=row["currency"],
            documents=row["documents"],
            held=row["held"],
            failed=row["failed"],
            unknown=row["unknown"],
            invoiced=row["invoiced"],
            net=Money(row["sum_net"], Currency(row["currency"])),
            gross=Money(row["sum_gross"], Currency(row["currency"])),
            last_net=Money(row["sum_last_net"], Currency(row["currency"])),
            held_net=Money(row["sum_held_net"], Currency(row["currency"])),
            difference=Money(row["sum_difference"], Currency(row["currency"])),
        )
        for row in sums
    ]


def _shown(row: PreviewRow, said: Said) -> PreviewShown:
    currency = Currency(row.currency)
    return PreviewShown(
        organisation=row.organisation,
        change=row.change,
        is_failed=row.state == PreviewRow.State.FAILED,
        is_invoiced=row.change == PreviewRow.Change.INVOICED,
        problem=words_for(row, said=said),
        is_credit_note=row.gross is not None and row.gross < 0,
        currency=currency,
        net=None if row.change == PreviewRow.Change.UNKNOWN else Money(row.net, currency),
        vat=None if row.vat is None else Money(row.vat, currency),
        gross=None if row.gross is None else Money(row.gross, currency),
        last_net=Money(row.last_net, currency),
        reasons=tuple(
            ReasonShown(
                reason=Reason(each["reason"]),
                product=name_in(each["product"], ""),
                amount=Money(Decimal(each["amount"]), currency),
                before=Decimal(each["before"]),
                after=Decimal(each["after"]),
            )
            for each in row.reasons
        ),
    )
