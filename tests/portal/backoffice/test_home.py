from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from billing.invariants import every
from billing.operations import breaches
from customers import clock, heartbeat
from customers.models import Duty
from subscriptions.applications.models import Authorisation
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person
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


def test_that_nobody_works_is_said(
    client: Client, sales: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_hour_ago = clock.real_now() - dt.timedelta(hours=1)
    monkeypatch.setattr(heartbeat, "STARTED_AT", an_hour_ago)
    client.force_login(sales)
    url = reverse("backoffice:home")

    never = client.get(url).content.decode()
    heartbeat.beat(at=clock.real_now())
    lately = client.get(url).content.decode()
    heartbeat.beat(at=an_hour_ago)
    late = client.get(url).content.decode()

    assert "No worker has answered the scheduler yet." in never
    assert "No worker" not in lately
    assert "No worker has answered the scheduler since" in late


def test_in_its_first_minutes_the_portal_waits_for_its_workers(
    client: Client, sales: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "STARTED_AT", clock.real_now() - dt.timedelta(minutes=1))
    client.force_login(sales)

    html = client.get(reverse("backoffice:home")).content.decode()

    assert "The portal has just started" in html
    assert "Nothing is done in the background" not in html


def test_a_worker_that_fell_silent_before_the_start_is_late(
    client: Client, sales: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "STARTED_AT", clock.real_now() - dt.timedelta(minutes=1))
    heartbeat.beat(at=clock.real_now() - dt.timedelta(hours=1))
    client.force_login(sales)

    html = client.get(reverse("backoffice:home")).content.decode()

    assert "No worker has answered the scheduler since" in html


def test_a_fault_of_ours_comes_first_then_what_waits_longest(
    client: Client, order: Subscription, consent: Authorisation
) -> None:
    broken = every.Checked("The ledger balances.", ("entry 17",), "ledger")
    breaches.note(broken, at=clock.now())
    long_ago = order.requested_at - dt.timedelta(days=30)
    Authorisation.objects.filter(pk=consent.pk).update(confirmed_at=long_ago)
    client.force_login(PersonFactory(staff=True, duties=list(Duty)))

    page = client.get(reverse("backoffice:home"))

    assert [task.kind.label for task in page.context["my_tasks"]] == [
        "Rules that do not hold",
        "Consents to grant",
        "Orders to confirm",
    ]
    html = page.content.decode()
    assert html.count("kpi--bad") == 1
    quiet = html.partition("What can wait here:")[2].partition("</p>")[0]
    assert "Questions to answer" in quiet
    assert "Orders to confirm" not in quiet


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
