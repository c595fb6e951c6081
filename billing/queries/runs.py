"""Runs and how they went, for the back office."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Q, Sum

from billing.causes import BOUNDS, HELD_BY_STAFF, INVARIANT, finding, words_for, words_of_cause
from billing.models import BillingRun, Invoice, RunItem
from catalog.money import Currency, Money

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from billing.causes import Said
    from billing.querysets import BillingRunQuerySet, InvoiceQuerySet, RunItemQuerySet
    from catalog.models import Seller
    from customers.models import Organisation
    from subscriptions.periods import Month


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many organisations of a run have come how far."""

    pending: int
    invoiced: int
    nothing_due: int
    held: int
    failed: int

    @property
    def total(self) -> int:
        return self.pending + self.done

    @property
    def done(self) -> int:
        return self.invoiced + self.nothing_due + self.held + self.failed

    @property
    def percent(self) -> int:
        """0 to 100; a run without anybody is done."""
        return 100 * self.done // self.total if self.total else 100

    @property
    def needing_attention(self) -> int:
        return self.held + self.failed


def first_days_open() -> dict[int, dt.date]:
    """Per seller the first day whose usage is not invoiced yet: usage is billed in arrears.

    The newest run of a seller that was approved charges what was used before its month; one that
    waits for approval has charged nobody, and reads later what comes until then.
    """
    approved = BillingRun.objects.approved().order_by()
    return dict(approved.values_list("seller").annotate(Max("month")))


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """One run in a list."""

    run: BillingRun
    progress: Progress
    nets: tuple[Money, ...]  # what was invoiced, per currency, credit notes subtracted

    @property
    def id(self) -> int:
        return self.run.pk

    @property
    def seller(self) -> str:
        return self.run.seller.legal_name

    @property
    def month(self) -> dt.date:
        return self.run.month

    @property
    def is_finished(self) -> bool:
        return self.run.finished_at is not None

    @property
    def is_closed(self) -> bool:
        return self.run.closed_at is not None

    @property
    def waits_for_approval(self) -> bool:
        return self.run.approved_at is None


@dataclass(frozen=True, kw_only=True)
class ItemShown:
    """An organisation that needs a person's look, and why."""

    item: RunItem
    why: str

    @property
    def may_be_reviewed(self) -> bool:
        """Whether a bound holds it, that staff may let go."""
        return self.item.outcome == RunItem.Outcome.HELD and self.item.cause in BOUNDS

    @property
    def is_held_by_staff(self) -> bool:
        return self.item.cause == HELD_BY_STAFF

    @property
    def finding(self) -> str:
        """What `holds.review` wants confirmed."""
        return finding(self.item)


@dataclass(frozen=True, kw_only=True)
class CauseGroup:
    """Those of a run that are held, or failed, because of the same."""

    outcome: str
    cause: str
    words: str
    count: int
    unexplained: int


@dataclass(frozen=True, kw_only=True)
class RunTotal:
    """What was invoiced (credit notes subtracted) in one currency."""

    currency: str
    documents: int
    net: Money
    gross: Money


@dataclass(frozen=True, kw_only=True)
class RunDetail:
    run: BillingRun
    progress: Progress
    causes: tuple[CauseGroup, ...]
    totals: tuple[RunTotal, ...]
    invoices: InvoiceQuerySet


def every_run() -> BillingRunQuerySet:
    return BillingRun.objects.select_related(
        "seller", "started_by", "approved_by", "closed_by"
    ).newest_month_first()


def run_of(seller: Seller, month: Month) -> BillingRun | None:
    return every_run().of_seller(seller).filter(month=month.first_day).first()


def run_rows(runs: Iterable[BillingRun]) -> list[RunRow]:
    """The same runs with how they go and what they invoiced; two queries."""
    runs = list(runs)
    counted = RunItem.objects.filter(run__in=runs).order_by().values_list("run", "outcome")
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for run_id, outcome, count in counted.annotate(Count("pk")):
        found[run_id][outcome] = count
    nets = _nets(runs)
    return [
        RunRow(
            run=run,
            progress=_progress(found[run.pk]),
            nets=nets.get((run.seller_id, run.month), ()),
        )
        for run in runs
    ]


def _nets(runs: Sequence[BillingRun]) -> dict[tuple[int, dt.date], tuple[Money, ...]]:
    """By seller and month."""
    if not runs:
        return {}
    credit = Q(kind=Invoice.Kind.CREDIT_NOTE)
    of_runs = reduce(or_, (Q(seller=run.seller_id, month=run.month) for run in runs))
    sums = (
        Invoice.objects.filter(of_runs, origin=Invoice.Origin.RUN)
        .order_by("currency")
        .values_list("seller", "month", "currency")
        .annotate(
            owed=Sum("net", filter=~credit, default=0),
            given_back=Sum("net", filter=credit, default=0),
        )
    )
    found: dict[tuple[int, dt.date], tuple[Money, ...]] = {}
    for seller, month, currency, owed, given_back in sums:
        net = Money(owed - given_back, Currency(currency))
        found[seller, month] = (*found.get((seller, month), ()), net)
    return found


def progress(run: BillingRun) -> Progress:
    counted = RunItem.objects.filter(run=run).values_list("outcome").annotate(Count("pk"))
    return _progress(dict(counted.order_by()))


def _progress(found: Mapping[str, int]) -> Progress:
    return Progress(**{outcome.value: found.get(outcome.value, 0) for outcome in RunItem.Outcome})


def run_detail(run: BillingRun) -> RunDetail:
    """The run with what went wrong and what was invoiced; `invoices` is a queryset to page."""
    invoices = Invoice.objects.filter(
        seller=run.seller_id, month=run.month, origin=Invoice.Origin.RUN
    )
    return RunDetail(
        run=run,
        progress=progress(run),
        causes=tuple(_causes(run)),
        totals=tuple(_totals(invoices)),
        invoices=invoices.with_names().order_by("organisation__name", "pk"),
    )


def attention_of(run: BillingRun, *, text: str = "", cause: str = "") -> RunItemQuerySet:
    """Who is held or failed, by name, of all causes or of one; to page."""
    items = RunItem.objects.filter(run=run).needing_attention().matching(text)
    if cause:
        items = items.caused_by(cause)
    return items.with_names().order_by("organisation__name", "pk")


def items_shown(items: Iterable[RunItem], *, said: Said = str) -> list[ItemShown]:
    """`said` writes the amounts in their sentences."""
    return [ItemShown(item=item, why=words_for(item, said=said)) for item in items]


def items_of(run_id: int) -> RunItemQuerySet:
    return RunItem.objects.filter(run=run_id).with_names()


def items_needing_attention() -> RunItemQuerySet:
    """Held and failed in runs that are not closed, the longest waiting first."""
    items = RunItem.objects.needing_attention().in_open_runs()
    return items.with_names().order_by("done_at", "pk")


def items_parked_by_a_check() -> RunItemQuerySet:
    """What would have broken an invariant; the longest waiting first."""
    return items_needing_attention().filter(cause__startswith=INVARIANT)


def runs_awaiting_approval() -> BillingRunQuerySet:
    return BillingRun.objects.awaiting_approval().oldest_month_first()


def items_needing_attention_of(organisation: Organisation) -> RunItemQuerySet:
    """The newest month first."""
    return items_needing_attention().of(organisation).order_by("-run__month", "pk")


def _causes(run: BillingRun) -> Iterator[CauseGroup]:
    """The largest group first."""
    groups = (
        RunItem.objects.filter(run=run)
        .needing_attention()
        .order_by()
        .values("outcome", "cause")
        .annotate(count=Count("pk"), unexplained=Count("pk", filter=Q(explanation="")))
    )
    for group in groups.order_by("-count", "cause"):
        yield CauseGroup(words=words_of_cause(group["cause"]), **group)


def _totals(invoices: InvoiceQuerySet) -> list[RunTotal]:
    credit = Q(kind=Invoice.Kind.CREDIT_NOTE)
    sums = (
        invoices.order_by("currency")
        .values("currency")
        .annotate(
            documents=Count("pk"),
            net_owed=Sum("net", filter=~credit, default=0),
            net_given_back=Sum("net", filter=credit, default=0),
            gross_owed=Sum("gross", filter=~credit, default=0),
            gross_given_back=Sum("gross", filter=credit, default=0),
        )
    )
    return [
        RunTotal(
            currency=row["currency"],
            documents=row["documents"],
            net=Money(row["net_owed"] - row["net_given_back"], Currency(row["currency"])),
            gross=Money(row["gross_owed"] - row["gross_given_back"], Currency(row["currency"])),
        )
        for row in sums
    ]
