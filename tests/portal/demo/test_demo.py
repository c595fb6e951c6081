"""What the demo of one day is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing import invariants
from billing.models import Invoice, RunItem
from billing.queries import next_invoice
from customers.models import AdviceQuestion, Organisation, OutgoingMail
from portal.demo.demo import load_demo
from subscriptions.applications.models import Authorisation
from subscriptions.models import Subscription
from tests.kept import kept_until_the_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from portal.demo.queries import LoadedDemo

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[LoadedDemo]:
    """Loaded once: that takes ten seconds, and these tests only look."""
    with kept_until_the_end(django_db_blocker):
        yield load_demo(at=NOW)


def test_a_portal_in_use(demo: LoadedDemo) -> None:
    dutch = Organisation.objects.get(name="Waterlelie Logistiek B.V.")

    assert (demo.customers, demo.subscriptions, demo.invoices, demo.held) == (7, 10, 14, 1)
    assert [invoice.month.month for invoice in Invoice.objects.of(dutch).order_by("month")] == [
        8,
        9,
        10,
        11,
    ]
    assert Invoice.objects.filter(lines__kind="credit").get().month == dt.date(2026, 11, 1)
    assert {invoice.currency for invoice in Invoice.objects.all()} == {"EUR", "NOK"}
    assert next_invoice(dutch, NOW).documents


def test_everybody_finds_something_to_do(demo: LoadedDemo) -> None:
    assert Subscription.objects.requested().count() == 1
    assert Subscription.objects.live().filter(ends_at__gt=NOW).count() == 1
    assert Authorisation.objects.filter(status="requested").count() == 1
    assert Authorisation.objects.filter(status="confirmed").count() == 1
    assert Authorisation.objects.filter(status="active").count() == 3
    assert AdviceQuestion.objects.unanswered().count() == 1
    assert RunItem.objects.needing_attention().count() > 0
    assert not OutgoingMail.objects.filter(sent_at=None).exists()


def test_it_keeps_every_promise(demo: LoadedDemo) -> None:
    assert invariants.check_all(at=NOW) == []
