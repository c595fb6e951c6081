"""Where one is, and how much waits: on every page of the back office."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from portal.backoffice.navigation import item_of, staff_navigation
from portal.backoffice.urls import urlpatterns
from portal.backoffice.waiting import KINDS, waiting
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from django.test import Client

    from billing.models import BillingRun
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription


@pytest.mark.parametrize("page", [pattern.name for pattern in urlpatterns])
def test_every_page_has_its_place(page: str) -> None:
    [view] = (pattern.callback for pattern in urlpatterns if pattern.name == page)

    item = item_of(page, view.__module__.rpartition(".")[2])

    assert get_resolver().resolve(reverse(f"backoffice:{item}")).url_name == item


@pytest.mark.parametrize(
    ("page", "module", "item"),
    [
        pytest.param("orders", "orders", "orders", id="itself"),
        pytest.param("confirm_order", "orders", "orders", id="of-its-module"),
        pytest.param("invoice_line", "invoices", "invoices", id="a-line"),
        pytest.param("bring_forward", "consents", "consents", id="an-earlier-end"),
        pytest.param("tenant", "customer_actions", "customers", id="of-another-module"),
        pytest.param("credit", "credit_notes", "invoices", id="on-an-invoice"),
        pytest.param("credit_proposal", "credit_notes", "credits", id="to-approve"),
        pytest.param("credits", "credit_notes", "credits", id="itself-in-another-module"),
    ],
)
def test_where_a_page_belongs(page: str, module: str, item: str) -> None:
    assert item_of(page, module) == item


def test_items_stand_in_groups_that_say_what_waits_in_them(
    order: Subscription, consent: Authorisation
) -> None:
    request = RequestFactory().get("/")
    request.user = PersonFactory(staff=True)
    request.resolver_match = get_resolver().resolve(reverse("backoffice:invoices"))

    groups = staff_navigation(request)

    assert [(group.label, group.count) for group in groups] == [
        ("", 0),
        ("Work", 2),
        ("Customers", 0),
        ("Money", 0),
        ("Platform", 0),
        ("Set-up", 0),
    ]
    assert [group.label for group in groups if group.is_current] == ["Money"]
    codes = [item.url for group in groups for item in group.items]
    assert reverse("admin:index") in codes
    assert reverse("backoffice:staff") not in codes  # for who has the duty
    assert len(codes) == len(set(codes))


def test_each_list_is_counted(
    order: Subscription, consent: Authorisation, finished: BillingRun
) -> None:
    request = RequestFactory().get("/")
    request.user = PersonFactory(staff=True)
    counts = waiting(request)

    assert counts == {kind.code: kind.rows().count() for kind in KINDS}
    assert (counts["orders"], counts["consents"], counts["runs"], counts["mail"]) == (1, 1, 1, 0)


@pytest.mark.parametrize("page", ["home", "customers"])
def test_a_page_counts_what_waits_in_one_statement(
    client: Client, order: Subscription, page: str
) -> None:
    client.force_login(PersonFactory(staff=True))
    address = reverse(f"backoffice:{page}")
    client.get(address)

    with CaptureQueriesContext(connection) as asked:
        html = client.get(address).content.decode()

    assert '<span class="nav__count">1</span>' in html
    counting = [each["sql"] for each in asked if "UNION ALL" in each["sql"]]
    assert len(counting) == 1
    # Who is there, the clock, which days are over, what waits, and what the page shows of itself:
    # the first order, and whether anybody works.
    assert len(asked) <= 11
