"""What the overview says of an application that was deactivated, and of its way back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from catalog.decisions import decide_policies
from catalog.policies import Policies
from customers import clock
from subscriptions.operations import orders, suspensions
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.pages.with_catalogue.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation, Person, Tenant

pytestmark = pytest.mark.django_db

COMES_BACK = "A new subscription brings it back."
ASKED_AGAIN = "With a new subscription it asks for your consent again."


@pytest.mark.parametrize(
    ("gone_since", "capabilities", "tone", "sentence", "other"),
    [
        pytest.param(29, [], "bad", COMES_BACK, ASKED_AGAIN, id="comes back"),
        pytest.param(31, [], "info", ASKED_AGAIN, COMES_BACK, id="too long ago"),
        pytest.param(29, ["webhooks"], "info", ASKED_AGAIN, COMES_BACK, id="can do more"),
    ],
)
def test_what_was_deactivated_says_whether_it_comes_back(
    signed_in: Client,
    show: Callable[..., str],
    tenant: Tenant,
    gone_since: int,
    capabilities: list[str],
    tone: str,
    sentence: str,
    other: str,
) -> None:
    closed_at = clock.now() - dt.timedelta(days=gone_since)
    AuthorisationFactory(
        active=True,
        tenant=tenant,
        status="deactivated",
        deactivation="ended",
        closed_at=closed_at,
        restore_until=closed_at + dt.timedelta(days=30),
        application__name="Stille",
        application__version__capabilities=capabilities,
    )

    html = show("overview")

    assert sentence in html
    assert other not in html
    assert ("Subscribe again" in html) == (sentence == COMES_BACK)
    before = html[: html.index("Stille does not work")]
    assert f"symbol--{tone}" in before[before.rindex("symbol symbol--") :]


def test_what_a_new_subscription_brings_back_leads_to_it(
    signed_in: Client, show: Callable[..., str], tenant: Tenant
) -> None:
    AuthorisationFactory(
        active=True,
        tenant=tenant,
        status="deactivated",
        deactivation="ended",
        closed_at=clock.now(),
        restore_until=clock.now() + dt.timedelta(days=30),
    )

    html = show("overview")

    order = reverse("pages:subscribe", args=[tenant.organisation_id, "development-tools"])
    assert f'href="{order}?tenant={tenant.pk}"' in html
    assert "Subscribe again" in html


def test_what_an_order_brings_back_that_waits_for_us_is_not_to_be_ordered_again(
    signed_in: Client,
    show: Callable[..., str],
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> None:
    confirmed_first = Policies.parse({"needs_confirmation": True})
    decide_policies("development-tools", confirmed_first, instead_of=1)
    orders.subscribe(
        customer, product_code="development-tools", tenant=tenant, by=owner, at=clock.now()
    )
    AuthorisationFactory(
        active=True,
        tenant=tenant,
        status="deactivated",
        deactivation="ended",
        closed_at=clock.now(),
    )

    html = show("overview")

    assert "It comes back once we have confirmed the order." in html
    assert "Subscribe again" not in html


def test_what_was_agreed_to_while_it_was_suspended_comes_back_when_that_is_over(
    signed_in: Client,
    show: Callable[..., str],
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> None:
    subscription = orders.subscribe(
        customer, product_code="development-tools", tenant=tenant, by=owner, at=NOON
    )
    suspensions.suspend(subscription, reason="unpaid", by=owner, at=NOON)
    closed_at = NOON + dt.timedelta(hours=1)
    AuthorisationFactory(
        active=True,
        tenant=tenant,
        status="deactivated",
        deactivation="licence_missing",
        closed_at=closed_at,
        restore_until=closed_at + dt.timedelta(hours=1),
        application__name="Stille",
    )

    html = show("overview")

    assert "It comes back when the subscription is resumed." in html
    assert COMES_BACK not in html
    assert ASKED_AGAIN not in html
