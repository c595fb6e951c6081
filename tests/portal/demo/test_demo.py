from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from billing import invariants
from billing.models import Invoice, RunItem
from billing.queries import next_invoice
from customers.models import AdviceQuestion, Organisation, OutgoingMail
from portal.demo.demo import load_demo
from subscriptions.applications.models import Authorisation
from subscriptions.models import Subscription
from tests.factories.customers import OrganisationFactory

if TYPE_CHECKING:
    from portal.demo.queries import LoadedDemo

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def demo() -> LoadedDemo:
    return load_demo(at=NOW)


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


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC), id="a month's first moment"),
        pytest.param(dt.datetime(2027, 3, 31, 21, 59, tzinfo=dt.UTC), id="a month's last minute"),
        pytest.param(dt.datetime(2028, 2, 29, 12, 0, tzinfo=dt.UTC), id="29 February"),
    ],
)
def test_it_can_be_loaded_on_any_day(at: dt.datetime) -> None:
    load_demo(at=at)

    assert Subscription.objects.live().filter(ends_at__gt=at).count() == 1
    assert invariants.check_all(at=at) == []


def test_never_beside_real_customers() -> None:
    OrganisationFactory()

    with pytest.raises(CommandError, match="customers in this portal already"):
        call_command("load_demo")

    assert Organisation.objects.count() == 1
