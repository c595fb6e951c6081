"""What the demo of one day is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from billing.invariants import every
from billing.metering.models import ApiCredential
from billing.models import Invoice, RunItem
from billing.queries import next_invoice
from billing.queries.names_of_use import names_of_use
from billing.queries.use_of_application import use_by_tenant
from customers import clock
from customers.models import AdviceQuestion, Organisation, OutgoingMail
from portal.demo import webhooks
from portal.demo.demo import load_demo
from portal.demo.events import WEBSHOP
from portal.webhooks.models import Endpoint
from portal.webhooks.operations import deliveries
from portal.webhooks.operations.dispatching import dispatch
from subscriptions.applications.models import Application, Authorisation
from subscriptions.models import Subscription
from subscriptions.periods import Month
from tests.kept import kept_until_the_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from portal.demo.queries import LoadedDemo
    from portal.operation_center.server import OperationCenter

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
HERE = {"WEBHOOKS_INTERNAL_NETWORKS": ["127.0.0.0/8"]}


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[LoadedDemo]:
    """Loaded once: that takes ten seconds, and these tests only look.

    There was a platform on this machine then; it does not listen there any more.
    """
    with kept_until_the_end(django_db_blocker, _load) as loaded:
        yield loaded


@override_settings(OPERATION_CENTER_URL="http://127.0.0.1:9", **HERE)
def _load() -> LoadedDemo:
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


def test_who_built_an_application_sees_where_it_used_how_much(demo: LoadedDemo) -> None:
    webshop = Application.objects.get(name=WEBSHOP)

    month = Month.of(NOW.date())
    found = use_by_tenant(webshop, month, "nl")
    assert {each.tenant for each in found} == {
        "Waterlelie (Cust24110)",
        "Waterlelie sandbox (Cust34506)",
    }
    names = names_of_use(Organisation.objects.get(name="Waterlelie Logistiek B.V."))
    assert WEBSHOP in names.clients.values()


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
    assert every.check_all(at=NOW) == []


def test_a_customer_and_a_developer_are_told_and_one_receiver_fails(
    demo: LoadedDemo, operation_center: OperationCenter
) -> None:
    with override_settings(**HERE):
        webhooks.move_to_platform(at=NOW)
        dispatch(at=NOW)
        deliveries.deliver_due(at=NOW, signed_at=clock.real_now())

    told = {
        (endpoint.organisation.name, endpoint.address.rpartition("/")[2]): (
            endpoint.deliveries.filter(delivered_at__isnull=False).exists(),
            endpoint.failing_since,
        )
        for endpoint in Endpoint.objects.select_related("organisation")
    }
    assert told == {
        ("Waterlelie Logistiek B.V.", "orders"): (True, None),
        ("Waterlelie Logistiek B.V.", "broken"): (False, NOW),
        ("Helder Advies B.V.", "developer"): (True, None),
    }
    assert operation_center.kept.heard(limit=1)


def test_the_platform_is_seen_to_have_reported(demo: LoadedDemo) -> None:
    used = ApiCredential.objects.get(application=None).last_used_at

    assert used is not None
    assert NOW - dt.timedelta(days=7) < used <= NOW
