"""Makes the documents of issued invoices, each on its own: what fails or is held stops no other."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext_lazy as _

from billing.documents import accounting, delivery, editions
from billing.documents.accounting import RateMissing
from billing.documents.models import Document, Rendering, VatEvidence
from billing.documents.rendering import render
from billing.documents.validation import broken_rules, rule_versions
from billing.models import Invoice
from billing.vat import is_member
from billing.vies.queries import answer_for, is_asked
from customers.bulk import any_of
from customers.identity import (
    registration_number_is_well_formed,
    vat_number_is_well_formed,
)
from customers.refusals import Refusal
from customers.turns import each_alone, next_attempt_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from billing.documents.rendering import Rendered
    from billing.querysets import InvoiceQuerySet
    from customers.models import Person

log = structlog.get_logger(__name__)

# How long to wait after the first failure, the second, …; then a person is needed.
RETRY_AFTER = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=10),
    dt.timedelta(hours=1),
    dt.timedelta(hours=6),
)
# How long an attempt may take. What has not come back by then took its worker along.
ATTEMPT_TAKES = dt.timedelta(minutes=2)
# Invoices that a transaction still open may hold while later ones are taken up already.
OVERTAKEN = 50_000

EXCHANGE_RATE_MISSING = "exchange_rate_missing"


class NothingToRetry(Refusal):
    sentence = _("These documents have been made meanwhile.")


class WorkerLost(Exception):
    """Every attempt ended its worker: no further one is made."""


class _Hold(Exception):
    """A person must do something first. The first word says what."""

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.detail = detail


def waiting(at: dt.datetime, *, limit: int) -> int:
    """Take up what was issued; how many invoices wait for their documents, counted to `limit`."""
    take_up(at, limit=limit)
    return Rendering.objects.due_at(at)[:limit].count()


def make_due(at: dt.datetime, *, limit: int = 100) -> int:
    """Take up what was issued, then make the documents of up to `limit` invoices.

    Returns with how many it dealt, whatever came of them. Each is claimed first, so that one that
    ends its worker has used up an attempt and the others get their turn.
    """
    take_up(at, limit=limit)
    done = 0
    while done < limit and (claimed := _claim_next(at)):
        _attempt(claimed, at=at)
        done += 1
    return done


def take_up(at: dt.datetime, *, limit: int = 100) -> int:
    """Let the documents of up to `limit` invoices without any wait to be made.

    Looks no further back than transactions of the present can have been overtaken: every minute
    it would find that all invoices ever have theirs. `take_up_overtaken` looks at all.
    """
    newest = Rendering.objects.aggregate(newest=Max("invoice_id"))["newest"] or 0
    return _take_up(_without_any(after=newest - OVERTAKEN)[:limit], at)


def take_up_overtaken(*, at: dt.datetime) -> int:
    """The same for all invoices ever; returns how many had none."""
    return _take_up(_without_any(), at)


def _without_any(*, after: int = 0) -> InvoiceQuerySet:
    """By id, from after that one; said of both tables, so that neither is read from its start."""
    having = Rendering.objects.filter(invoice=OuterRef("pk"), invoice_id__gt=after)
    return Invoice.objects.filter(~Exists(having), pk__gt=after).order_by("pk")


def _take_up(without: Iterable[Invoice], at: dt.datetime) -> int:
    taken = Rendering.objects.bulk_create(
        [Rendering(invoice=invoice, next_attempt_at=at) for invoice in without],
        ignore_conflicts=True,  # another worker was first
    )
    return len(taken)


def tell_untold(*, at: dt.datetime, limit: int = 100) -> int:
    """Write about up to `limit` invoices that nobody could be sent when their documents were made.

    Only where somebody reads them now. Returns how many were told; one that fails stops no other.
    """
    waiting = Rendering.objects.untold().with_readers().oldest_first()
    return each_alone(
        list(waiting.values_list("pk", flat=True)[:limit]),
        lambda pk: _tell(pk, at=at),
        trouble="an invoice was not sent on",
        named=lambda pk: {"rendering": pk},
    )


@transaction.atomic
def _tell(rendering_id: int, *, at: dt.datetime) -> int:
    locked = Rendering.objects.untold().select_for_update(of=["self"]).select_related("invoice")
    rendering = locked.filter(pk=rendering_id).first()
    if rendering is None:
        return 0
    delivery.tell(rendering, rendering.documents.order_by("pk"), at=at)
    rendering.save(update_fields=["told_at"])
    return int(rendering.told_at is not None)


@transaction.atomic
def retry(rendering: Rendering, *, by: Person, at: dt.datetime) -> Rendering:
    """Let documents that are held or have failed be made anew, all attempts ahead.

    Raises NothingToRetry.
    """
    rendering = Rendering.objects.select_for_update().get(pk=rendering.pk)
    if rendering.status not in (Rendering.Status.HELD, Rendering.Status.FAILED):
        raise NothingToRetry
    rendering.status = Rendering.Status.PENDING
    rendering.attempts, rendering.next_attempt_at = 0, at
    rendering.retried_by, rendering.retried_at = by, at
    rendering.save()
    return rendering


@transaction.atomic
def retry_all(*, by: Person, at: dt.datetime) -> int:
    """The same with all that are held or have failed; returns how many. Raises NothingToRetry."""
    waiting = Rendering.objects.needing_attention().select_for_update().order_by("pk")
    ids = list(waiting.values_list("pk", flat=True))
    if not ids:
        raise NothingToRetry
    Rendering.objects.filter(any_of("pk", ids)).update(
        status=Rendering.Status.PENDING,
        attempts=0,
        next_attempt_at=at,
        retried_by=by,
        retried_at=at,
    )
    return len(ids)


@transaction.atomic
def _claim_next(at: dt.datetime) -> Rendering | None:
    """The next one that is due, its attempt counted; nobody else takes it meanwhile."""
    due = Rendering.objects.due_at(at).select_for_update(skip_locked=True)
    rendering: Rendering | None = due.first()
    if rendering:
        rendering.attempts += 1
        rendering.next_attempt_at = at + ATTEMPT_TAKES
        rendering.save(update_fields=["attempts", "next_attempt_at"])
    return rendering


@transaction.atomic
def _attempt(claimed: Rendering, *, at: dt.datetime) -> None:
    """Make them, if that is still this attempt's to do, and write down what came of it."""
    ours = Rendering.objects.filter(pk=claimed.pk, attempts=claimed.attempts)
    locked = ours.select_for_update(of=["self"]).select_related("invoice__corrects")
    rendering = locked.first()
    if rendering is None:
        return
    try:
        with transaction.atomic():
            _make(rendering, at=at)
    except SoftTimeLimitExceeded:  # the attempt counts, as of one that ends its worker
        raise
    except _Hold as hold:
        rendering.status, rendering.next_attempt_at = Rendering.Status.HELD, None
        rendering.cause, rendering.detail = hold.cause, hold.detail
    except Exception as failure:
        log.exception("documents not made", invoice=rendering.invoice.number)
        rendering.status = Rendering.Status.FAILED
        rendering.next_attempt_at = next_attempt_at(rendering.attempts, at, after=RETRY_AFTER)
        rendering.cause, rendering.detail = type(failure).__name__, str(failure)
    rendering.save()


def _make(rendering: Rendering, *, at: dt.datetime) -> None:
    """Render, judge, keep and send on: all of it, or nothing."""
    if rendering.attempts > len(RETRY_AFTER) + 1:
        raise WorkerLost("each attempt ended its worker")
    invoice = rendering.invoice
    try:
        rendering.exchange_rate = accounting.state(invoice)
    except RateMissing as missing:
        raise _Hold(EXCHANGE_RATE_MISSING, str(missing)) from missing
    rendering.edition = editions.NEWEST
    rendered = render(invoice, edition=rendering.edition)
    _hold_if_invalid(rendered)
    documents = _keep(rendering, rendered, at=at)
    rendering.status, rendering.next_attempt_at = Rendering.Status.READY, None
    rendering.cause = rendering.detail = ""
    rendering.validated_at, rendering.rules = at, rule_versions()
    _keep_evidence(invoice)
    if rendering.told_at is None:
        delivery.send(rendering, documents, rendered.data, at=at)


def _hold_if_invalid(rendered: Rendered) -> None:
    for kind in (Document.Kind.UBL, Document.Kind.CII):
        broken = broken_rules(
            kind.value, rendered.content(kind.value), is_german=rendered.data.is_german
        )
        if broken:
            raise _Hold(broken[0].rule, "\n".join(f"{kind}: {each.text}" for each in broken))


def _keep(rendering: Rendering, rendered: Rendered, *, at: dt.datetime) -> list[Document]:
    return Document.objects.bulk_create(
        Document(
            rendering=rendering,
            kind=kind,
            language=rendered.language,
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            made_at=at,
        )
        for kind in Document.Kind
        for content in [rendered.content(kind.value)]
    )


def _keep_evidence(invoice: Invoice) -> None:
    """What the decision about the VAT was made upon, at the instant it was made.

    What is kept already stays.
    """
    VatEvidence.objects.bulk_create(_evidence(invoice), ignore_conflicts=True)


def _evidence(invoice: Invoice) -> Iterator[VatEvidence]:
    buyer = invoice.buyer_snapshot
    country, vat_number = buyer["country"], buyer["vat_number"]
    registration_number = buyer["registration_number"]
    if vat_number:
        yield VatEvidence(
            invoice=invoice,
            method=VatEvidence.Method.FORM,
            number=vat_number,
            country=country,
            valid=vat_number_is_well_formed(country, vat_number),
            checked_at=invoice.issued_at,
        )
    # In the union and at home nothing follows from it.
    abroad = country != invoice.seller_snapshot["country"]
    if registration_number and abroad and not is_member(country, invoice.issued_on):
        yield VatEvidence(
            invoice=invoice,
            method=VatEvidence.Method.REGISTRATION,
            number=registration_number,
            country=country,
            valid=registration_number_is_well_formed(country, registration_number),
            checked_at=invoice.issued_at,
        )
    # What the register had said by then, with the number under which it can be asked again.
    answer = answer_for(invoice) if vat_number and is_asked() else None
    if answer:
        yield VatEvidence(
            invoice=invoice,
            method=VatEvidence.Method.VIES,
            number=answer.vat_number,
            country=answer.country,
            valid=answer.is_valid,
            checked_at=answer.asked_at,
            consultation_number=answer.consultation_number,
        )
