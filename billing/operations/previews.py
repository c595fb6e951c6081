"""The preview of a whole month, made by a worker and kept as rows that a page can search.

It asks what the run asks, of the same organisations, and of those that had a document last month,
or will have one: while the run of that month is not done, what it will issue is there already.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from billing.candidates import organisations_due
from billing.differences import ComparedLine, compared, differences
from billing.given_back import in_force
from billing.models import (
    BillingRun,
    Invoice,
    InvoiceLine,
    MonthPreview,
    PreviewRow,
    RunItem,
)
from billing.operations import runs
from billing.operations.previewed import foreseen_of
from billing.schedule import due_months
from catalog.money import Currency
from customers.bulk import any_of
from customers.models import Organisation
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from billing.differences import Difference
    from billing.drafts import DraftLine
    from billing.operations.previewed import Preview
    from catalog.models import Seller
    from customers.models import Person

CHUNK = 100  # organisations per transaction

type _Lines = Mapping[tuple[int, str], list[ComparedLine]]


@transaction.atomic
def ask(seller: Seller, month: Month, *, by: Person, at: dt.datetime) -> MonthPreview:
    """Have the month previewed, anew when it was before; a worker does it.

    Raises runs.TooFarAhead.
    """
    runs.refuse_too_far(seller, month, at)
    asked = {
        "asked_by": by,
        "asked_at": at,
        "total": len(_candidates(seller, month, at)),
        "done": 0,
        "reached": 0,
        "finished_at": None,
    }
    preview = MonthPreview.objects.update_or_create(
        seller=seller, month=month.first_day, defaults=asked
    )[0]
    PreviewRow.objects.filter(preview=preview).delete()
    return preview


@transaction.atomic
def work(preview_id: int, *, at: dt.datetime, limit: int = CHUNK) -> int:
    """Go through the next `limit` organisations; returns how many, 0 when none is left.

    Only of these is asked who is due: asked of everybody, each chunk would cost as much as all
    of them. One worker at a time has a preview: a second one that comes meanwhile finds nothing
    to do.
    """
    found = MonthPreview.objects.select_for_update(skip_locked=True, of=["self"])
    preview = found.unfinished().select_related("seller").filter(pk=preview_id).first()
    if preview is None:
        return 0
    seller, month = preview.seller, Month.of(preview.month)
    behind = Organisation.objects.filter(pk__gt=preview.reached).order_by("pk")
    ids = list(behind.values_list("pk", flat=True)[:limit])
    if not ids:
        preview.finished_at = at
        preview.total = preview.done
        preview.save(update_fields=["finished_at", "total"])
        return 0
    due = _candidates(seller, month, at, among=ids)
    organisations = Organisation.objects.filter(any_of("pk", due)).order_by("pk")
    previews = foreseen_of(organisations, seller=seller, month=month, at=at)
    before = _lines_of_last_month(previews, seller, month.previous)
    invoiced = _invoiced(seller, month, among=ids)
    PreviewRow.objects.bulk_create(
        row
        for each in previews
        for row in _rows(each, before, preview, is_invoiced=each.organisation.pk in invoiced)
    )
    preview.reached, preview.done = ids[-1], preview.done + len(due)
    preview.save(update_fields=["reached", "done"])
    return len(ids)


def complete(preview: MonthPreview, *, at: dt.datetime) -> MonthPreview:
    """Work until nothing is left."""
    while work(preview.pk, at=at):
        pass
    preview.refresh_from_db()
    return preview


def _candidates(
    seller: Seller, month: Month, at: dt.datetime, *, among: Sequence[int] | None = None
) -> set[int]:
    """As they are now, of `among` or of all: who comes while it goes on may be missed."""
    these = Q() if among is None else any_of("organisation", among)
    last_month = {"seller": seller, "month": month.previous.first_day}
    invoiced = Invoice.objects.filter(these, **last_month)
    run = BillingRun.objects.filter(**last_month)
    waiting = RunItem.objects.pending().filter(these, run__in=run)
    to_come = month.previous in due_months(seller, at)
    return {
        *organisations_due(seller, month, among=among),
        *invoiced.values_list("organisation", flat=True),
        *waiting.values_list("organisation", flat=True),
        *(organisations_due(seller, month.previous, among=among) if to_come else ()),
    }


def _invoiced(seller: Seller, month: Month, *, among: Sequence[int]) -> set[int]:
    """Who has what the run of the month made: what it charged is not due once more."""
    made = Invoice.objects.filter(
        any_of("organisation", among),
        seller=seller,
        month=month.first_day,
        origin=Invoice.Origin.RUN,
    )
    return set(made.values_list("organisation", flat=True))


def _rows(
    preview: Preview, before: _Lines, of: MonthPreview, *, is_invoiced: bool
) -> Iterator[PreviewRow]:
    """One per currency; one in the organisation's own when it failed. None when all is nothing."""
    organisation = preview.organisation
    now = _lines_now(preview)
    cause, detail = preview.problem
    currencies = {currency for pk, currency in before if pk == organisation.pk} | now.keys()
    if cause and not currencies:
        currencies = {organisation.currency}
    for currency in sorted(currencies):
        lines, last = now.get(currency, []), before.get((organisation.pk, currency), [])
        reasons = (
            ()  # what is not read is not gone, nor is what has been invoiced
            if preview.failure or is_invoiced
            else differences(
                last,
                lines,
                month=of.month,
                last_month=Month.of(of.month).previous.first_day,
                currency=Currency(currency),
            )
        )
        net, last_net = _net(lines), _net(last)
        drafts = [draft for draft in preview.drafts if draft.currency == currency]
        known = bool(drafts) or not cause
        yield PreviewRow(
            preview=of,
            organisation_id=organisation.pk,
            currency=currency,
            state=_state(preview),
            documents=len(drafts),
            change=_change(preview, last, lines, is_invoiced=is_invoiced, same=not reasons),
            cause=cause,
            detail=detail,
            net=net,
            vat=sum((draft.vat for draft in drafts), Decimal(0)) if known else None,
            gross=sum((draft.gross for draft in drafts), Decimal(0)) if known else None,
            last_net=last_net,
            reasons=[_as_json(reason) for reason in reasons],
        )


def _state(preview: Preview) -> PreviewRow.State:
    if preview.failure and not preview.parked:
        return PreviewRow.State.FAILED
    return PreviewRow.State.HELD if preview.problem[0] else PreviewRow.State.READY


def _change(
    preview: Preview,
    last: Sequence[ComparedLine],
    lines: Sequence[ComparedLine],
    *,
    is_invoiced: bool,
    same: bool,
) -> PreviewRow.Change:
    if preview.failure:
        return PreviewRow.Change.UNKNOWN
    if is_invoiced:
        return PreviewRow.Change.INVOICED
    if last and lines:
        return PreviewRow.Change.SAME if same else PreviewRow.Change.CHANGED
    return PreviewRow.Change.GONE if last else PreviewRow.Change.NEW


def _lines_now(preview: Preview) -> dict[str, list[ComparedLine]]:
    lines: dict[str, list[ComparedLine]] = defaultdict(list)
    for line in _due(preview):
        lines[line.subscription.currency.value].append(compared(line))
    return lines


def _due(preview: Preview) -> Iterable[DraftLine]:
    if preview.held:
        return preview.held.lines
    return (line for draft in preview.drafts for line in draft.lines)


def _lines_of_last_month(previews: Iterable[Preview], seller: Seller, month: Month) -> _Lines:
    """The lines of that month's documents, by organisation and currency: of what was issued anew,
    what stands in for it; of what is not done, what will be issued.
    """
    lines: dict[tuple[int, str], list[ComparedLine]] = defaultdict(list)
    ids = []
    for preview in previews:
        ids.append(preview.organisation.pk)
        for foreseen in preview.last_month:
            currency = foreseen.subscription.currency.value
            lines[preview.organisation.pk, currency].append(compared(foreseen))
    issued = in_force(
        InvoiceLine.objects.filter(
            invoice__seller=seller,
            invoice__month=month.first_day,
            invoice__organisation__in=ids,
        )
    )
    for line in issued.select_related("invoice").order_by("invoice", "position"):
        invoice = line.invoice
        lines[invoice.organisation_id, invoice.currency].append(
            ComparedLine(
                subscription_id=line.subscription_id,
                product_names=line.product_names,
                component=line.component,
                kind=line.kind,
                period_from=line.period_from,
                period_until=line.period_until,
                month_days=line.month_days,
                quantity=Decimal(line.quantity * invoice.sign),
                net=line.net * invoice.sign,
            )
        )
    return lines


def _net(lines: Iterable[ComparedLine]) -> Decimal:
    return sum((line.net for line in lines), Decimal(0))


def _as_json(difference: Difference) -> dict[str, object]:
    return {
        "reason": difference.reason.value,
        "product": dict(difference.product_names),
        "amount": difference.amount,
        "before": difference.before,
        "after": difference.after,
    }
