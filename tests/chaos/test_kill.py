"""Workers die at random in the middle of their work, and nobody can tell afterwards.

`make chaos`; CHAOS_SEED repeats the choices of an earlier run, though not its timing.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from functools import partial
from random import Random, SystemRandom
from typing import TYPE_CHECKING

import pytest

from billing.invariants import every
from billing.models import BillingRun, Invoice, RunItem
from billing.operations import runs
from catalog.models import Seller
from customers import clock
from customers.models import History, OutgoingMail
from subscriptions.applications.models import Authorisation
from subscriptions.models import Subscription
from subscriptions.periods import Month
from tests.chaos.crowd import forgive_in_the_database, gather, leave_together
from tests.chaos.killer import Killer
from tests.factories.billing import local
from tests.factories.shop import open_shop
from tests.factories.usage import open_metered_services
from tests.journeys.steps import (
    all_mail_is_sent,
    eventually,
    invoiced,
    the_story_begins,
    time_passes_until,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from billing.drafts import Draft
    from customers.models import Person
    from tests.fixtures.worker import CeleryProcess

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.worker,
    pytest.mark.skipif(sys.platform != "linux", reason="finds a worker's children in /proc"),
]

CUSTOMERS = 1_000
KILLS = 50  # in each run
DECEMBER = Month(2026, 12)
EVE = local("2026-11-30", "23:00")
MIDNIGHT = local("2026-12-01", "00:00")

# A document to the cent and the day, signed as owed: whose, kind, currency, gross, lines.
type Document = tuple[int, str, str, Decimal, tuple[object, ...]]


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("CHAOS_SEED") or SystemRandom().randrange(10**6))


@pytest.mark.parametrize("workers", [2, 4])
def test_a_run_under_fire(
    workers: int,
    seed: int,
    start_worker: Callable[..., CeleryProcess],
    start_beat: Callable[..., CeleryProcess],
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_shop()
    open_metered_services()
    crowd = gather(CUSTOMERS)
    promised = sorted(_promised_but_to(crowd.failing.pk))
    already_there = Invoice.objects.count()
    the_story_begins(EVE)

    def start() -> CeleryProcess:
        return start_worker(
            concurrency=1, ready=False, BILLING_CHUNK="4", WORKERS_PER_RUN=str(workers)
        )

    killer = Killer(Random(seed), start, workers=[start() for _worker in range(workers)])
    for process in [*killer.workers, start_beat(ready=False)]:
        process.wait_until_ready()
    time_passes_until(MIDNIGHT)
    eventually("a run of December", RunItem.objects.filter(run__month=DECEMBER.first_day).exists)
    killer.kill_while(lambda: RunItem.objects.pending().count(), times=KILLS, within=400)
    shots = killer.kills
    eventually("the end of the run", lambda: invoiced(str(DECEMBER)), seconds=240)
    eventually("mail", all_mail_is_sent, seconds=240)
    _say(capsys, seed, killer, f"{workers} workers, {shots} while items were pending")

    assert shots == KILLS
    assert len(promised) > CUSTOMERS * 0.9
    assert sum(len(lines) for *_document, lines in promised) > len(promised) * 2
    issued = list(Invoice.objects.filter(month=DECEMBER.first_day).prefetch_related("lines"))
    assert sorted(_as_document(invoice) for invoice in issued) == promised
    assert Invoice.objects.count() == already_there + len(promised)
    _numbers_have_no_gap()
    assert not RunItem.objects.pending().exists()
    assert not BillingRun.objects.unfinished().exists()
    unlucky = RunItem.objects.needing_attention().values_list("organisation_id", "outcome")
    assert sorted(unlucky) == [(crowd.held.pk, "held"), (crowd.failing.pk, "failed")]
    _every_mail_was_written_once()
    assert every.check_all(at=clock.now()) == []

    # The fault is mended, and the one that failed gets the next number.
    forgive_in_the_database()
    failed = RunItem.objects.get(outcome="failed")
    assert runs.retry(failed, by=_somebody_of(crowd.failing.pk), at=clock.now()) == 1
    eventually("the last invoice", lambda: invoiced(str(DECEMBER)))
    _numbers_have_no_gap()
    assert Invoice.objects.count() == already_there + len(promised) + 1


def test_ends_under_fire(
    seed: int,
    start_worker: Callable[..., CeleryProcess],
    start_beat: Callable[..., CeleryProcess],
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_shop()
    ids = leave_together(200, ordered=local("2026-11-16"), cancelled=local("2026-11-20"))
    the_story_begins(EVE)
    ending = Subscription.objects.filter(pk__in=ids)
    beat = start_beat()
    killer = Killer(Random(seed), lambda: start_worker(ready=False), workers=[start_worker()])
    time_passes_until(MIDNIGHT)

    def waiting() -> int:
        return ending.exclude(status="ended").count()

    for _round in range(3):
        eventually("some more ends", partial(_fewer, waiting, than=waiting()))
        beat.kill()
        killer.kill_while(waiting, times=3, within=5)
        killer.kill_whole(killer.workers[0])
        beat = start_beat()
    eventually("every end", lambda: waiting() == 0)
    eventually("the run", lambda: invoiced(str(DECEMBER)))
    eventually("mail", all_mail_is_sent, seconds=240)  # a killed attempt has two minutes
    _say(capsys, seed, killer, f"{len(ids)} ends; the scheduler 3 times")

    assert killer.kills > 0
    assert set(ending.values_list("status", "ends_at")) == {("ended", MIDNIGHT)}
    assert set(Authorisation.objects.values_list("status", "deactivation", "closed_at")) == {
        ("deactivated", "licence_ended", MIDNIGHT)
    }
    told = Counter(History.objects.values_list("verb", flat=True))
    assert told["subscription.ended"] == told["authorisation.deactivated"] == len(ids)
    _every_mail_was_written_once()
    _numbers_have_no_gap()
    assert every.check_all(at=clock.now()) == []


def _fewer(waiting: Callable[[], int], *, than: int) -> bool:
    return waiting() < than or not than


def _promised_but_to(failing: int) -> Iterable[Document]:
    """What the preview shows on the eve of the month."""
    for seller in Seller.objects.in_order():
        for preview in runs.preview_month(seller, DECEMBER, at=EVE):
            if preview.organisation.pk != failing:
                for draft in preview.drafts:
                    yield _as_promised(preview.organisation.pk, draft)


def _as_promised(organisation_id: int, draft: Draft) -> Document:
    lines = tuple(
        (
            line.subscription.id,
            line.component.code,
            line.period_from,
            line.period_until,
            line.quantity,
            line.net,
            line.vat_category,
            line.vat_rate,
        )
        for line in draft.lines
    )
    return organisation_id, draft.kind.value, draft.currency.value, draft.gross, lines


def _as_document(invoice: Invoice) -> Document:
    sign = invoice.sign
    lines = tuple(
        (
            line.subscription_id,
            line.component,
            line.period_from,
            line.period_until,
            line.quantity * sign,
            line.net * sign,
            line.vat_category,
            line.vat_rate,
        )
        for line in invoice.lines.all()
    )
    return invoice.organisation_id, invoice.kind, invoice.currency, invoice.gross * sign, lines


def _numbers_have_no_gap() -> None:
    series: dict[tuple[int, str, int], list[int]] = {}
    for invoice in Invoice.objects.order_by("sequence"):
        key = (invoice.seller_id, invoice.kind, invoice.series_year)
        series.setdefault(key, []).append(invoice.sequence)
    for numbers in series.values():
        assert numbers == list(range(1, len(numbers) + 1))


def _every_mail_was_written_once() -> None:
    letters = Counter(OutgoingMail.objects.values_list("to", "subject", "body"))
    assert [letter for letter, times in letters.items() if times > 1] == []
    assert not OutgoingMail.objects.filter(sent_at__isnull=True).exists()
    announced = OutgoingMail.objects.filter(body__contains="/invoices/").count()
    assert announced == Invoice.objects.count()


def _somebody_of(organisation_id: int) -> Person:
    subscription: Subscription = Subscription.objects.filter(organisation=organisation_id)[0]
    return subscription.ordered_by


def _say(capsys: pytest.CaptureFixture[str], seed: int, killer: Killer, done: str) -> None:
    with capsys.disabled():
        sys.stdout.write(
            f"\n  seed {seed}: {killer.kills} kills"
            f" ({killer.children_killed} children, {killer.workers_killed} workers,"
            f" {killer.lost} in the middle of a task); {done}\n"
        )
