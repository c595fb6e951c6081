from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock, heartbeat
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription


@pytest.mark.parametrize(
    ("duty", "mine", "others"),
    [
        pytest.param("sales", "Orders to confirm", "Consents to grant", id="sales"),
        pytest.param("app_manager", "Consents to grant", "Orders to confirm", id="app manager"),
        pytest.param(
            "billing", "Held and failed in billing runs", "Orders to confirm", id="billing"
        ),
        pytest.param(
            "operations", "Mail that was not delivered", "Consents to grant", id="operations"
        ),
    ],
)
def test_my_tasks_come_first(
    client: Client,
    request: pytest.FixtureRequest,
    order: Subscription,
    consent: Authorisation,
    duty: str,
    mine: str,
    others: str,
) -> None:
    client.force_login(request.getfixturevalue(duty))

    html = client.get(reverse("backoffice:home")).content.decode()

    first, _heading, second = html.partition("What waits for others")
    assert mine in first
    assert others in second.partition("Latest billing runs")[0]


def test_numbers_lead_to_their_lists(
    client: Client, sales: Person, order: Subscription, consent: Authorisation
) -> None:
    client.force_login(sales)

    html = client.get(reverse("backoffice:home")).content.decode()

    assert f'href="{reverse("backoffice:orders")}">See the orders</a>' in html
    assert '<span class="nav__count">1</span>' in html


def test_that_nobody_works_is_said(client: Client, sales: Person) -> None:
    client.force_login(sales)
    url = reverse("backoffice:home")

    never = client.get(url).content.decode()
    heartbeat.beat(at=clock.real_now())
    lately = client.get(url).content.decode()
    heartbeat.beat(at=clock.real_now() - dt.timedelta(hours=1))
    late = client.get(url).content.decode()

    assert "No worker has answered the scheduler yet." in never
    assert "No worker" not in lately
    assert "No worker has answered the scheduler since" in late


def test_staff_without_a_duty_is_told_so(client: Client, shop: None) -> None:
    client.force_login(PersonFactory(staff=True))

    html = client.get(reverse("backoffice:home")).content.decode()

    assert "You have no duty in the back office" in html


def test_the_navigation_marks_where_one_is(
    client: Client, sales: Person, order: Subscription
) -> None:
    client.force_login(sales)

    html = client.get(reverse("backoffice:order", args=[order.pk])).content.decode()

    current = f'href="{reverse("backoffice:orders")}" aria-current="page"'
    assert current in html
    assert html.count('aria-current="page"') <= 2  # the navigation, and the breadcrumb's end
