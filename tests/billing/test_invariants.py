"""Each rule finds what breaks it. Triggers are off here: they would refuse most of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
import pytest
from django.db import connection

from billing import invariants
from billing.invariants import every
from billing.models import BillingRun, Invoice, InvoiceLine, InvoiceVat, NumberSeries, RunItem
from billing.operations import runs
from customers.models import History
from subscriptions.applications.models import Authorisation
from subscriptions.lifecycle import Status
from subscriptions.models import Quantity, Subscription
from tests.factories.billing import local, subscriber
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from catalog.models import Seller

AT = local("2026-12-01", "00:05")


@pytest.fixture
def billed(seller: Seller) -> Subscription:
    _customer, subscription = subscriber(local("2026-11-23"))
    runs.run_due(at=AT)
    return subscription


def broken_rules() -> set[str]:
    return {breach.rule for breach in every.check_all(at=AT)}


def _overlapping_end() -> None:
    """A second subscription at the same place, ended by its status and not by its times."""
    twin = Subscription.objects.get()
    twin.pk = None
    twin.status, twin.cancelled_at, twin.ends_at = Status.ENDED, AT, local("2026-12-31")
    twin.save()
    assert twin.starts_at
    Quantity.objects.create(
        subscription=twin, component="licence", quantity=1, effective_at=twin.starts_at
    )


def test_all_is_well(billed: Subscription) -> None:
    checked = list(every.check_rules(at=AT))

    assert len(checked) == len(every.RULES)
    assert [each.breaches for each in checked if each.breaches] == []


def test_a_check_that_fails_is_a_breach_and_the_next_rule_is_checked(
    billed: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*, at: dt.datetime) -> Iterator[str]:
        yield "Invoice 1"
        raise ValueError("no such month")

    monkeypatch.setattr(invariants.live, "check", fail)

    checked = list(every.check_rules(at=AT))

    assert len(checked) == len(every.RULES)
    assert [each for each in checked if each.breaches] == [
        every.Checked(invariants.live.RULE, ("Invoice 1", "ValueError: no such month"), "live")
    ]


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        pytest.param(
            lambda: InvoiceLine.objects.filter(period_from="2026-12-01").delete(),
            invariants.billed,
            id="a month is missing",
        ),
        pytest.param(
            lambda: InvoiceLine.objects.filter(period_from="2026-12-01").update(
                period_from="2026-12-02"
            ),
            invariants.billed,
            id="a day is missing",
        ),
        pytest.param(
            lambda: InvoiceLine.objects.filter(period_from="2026-11-23").update(
                period_from="2026-12-01", period_until="2026-12-02", kind="adjustment"
            ),
            invariants.months,
            id="a day is charged twice",
        ),
        pytest.param(
            lambda: InvoiceLine.objects.filter(period_from="2026-12-01").update(net=48),
            invariants.months,
            id="a wrong amount",
        ),
        pytest.param(
            lambda: InvoiceLine.objects.update(net=1), invariants.sums, id="lines and total"
        ),
        pytest.param(lambda: InvoiceVat.objects.update(vat=1), invariants.sums, id="wrong VAT"),
        pytest.param(
            lambda: InvoiceLine.objects.update(vat_rate=9), invariants.treatment, id="wrong rate"
        ),
        pytest.param(
            lambda: InvoiceVat.objects.update(category="O"), invariants.scope, id="O among others"
        ),
        pytest.param(lambda: Invoice.objects.update(sequence=2), invariants.numbers, id="a gap"),
        pytest.param(
            lambda: NumberSeries.objects.update(last=7), invariants.numbers, id="a lost number"
        ),
        pytest.param(
            lambda: RunItem.objects.update(outcome="pending", done_at=None),
            invariants.finished,
            id="somebody waits in a finished run",
        ),
        pytest.param(
            lambda: History.objects.filter(verb="subscription.started").delete(),
            invariants.told,
            id="no history",
        ),
        pytest.param(
            lambda: History.objects.filter(verb="invoice.issued").delete(),
            invariants.told,
            id="no history of an invoice",
        ),
        pytest.param(
            lambda: Authorisation.objects.update(status="active"),
            invariants.told,
            id="active, and nothing says so",
        ),
        pytest.param(
            lambda: Subscription.objects.update(status="suspended"),
            invariants.told,
            id="suspended, and the last that was told is something else",
        ),
        pytest.param(_overlapping_end, invariants.live, id="twice at the same moment"),
    ],
)
def test_breaches_are_found(
    billed: Subscription, damage: Callable[[], object], rule: object
) -> None:
    AuthorisationFactory(tenant=billed.tenant, confirmed=True)
    with pgtrigger.ignore():
        damage()

    assert rule.RULE in broken_rules()  # type: ignore[attr-defined]


def test_an_application_without_its_licence(seller: Seller) -> None:
    AuthorisationFactory(active=True)

    assert invariants.applications.RULE in broken_rules()


def test_a_subscription_that_no_run_asked(billed: Subscription) -> None:
    with pgtrigger.ignore():
        InvoiceLine.objects.all().delete()
    RunItem.objects.all().delete()

    assert invariants.billed.RULE in broken_rules()


def test_who_is_held_is_no_breach(seller: Seller) -> None:
    subscriber(local("2026-11-23"), city="")
    runs.run_due(at=AT)

    assert BillingRun.objects.get().finished_at == AT
    assert broken_rules() == set()


def test_triggers_switched_off(billed: Subscription) -> None:
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_invoiceline DISABLE TRIGGER USER")

    assert broken_rules() == {invariants.frozen.RULE}
