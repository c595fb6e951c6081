"""The page for cancelling a sandbox tells of the tenant that came with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.actors import PLATFORM
from customers.models import TenantState
from subscriptions.operations import orders, suspensions
from subscriptions.operations.tenants import change_state
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import AuthorisationFactory, confirm_set_up
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Person, Tenant
    from subscriptions.models import Subscription

    type Address = Callable[..., str]


@pytest.fixture
def paid(order: Subscription, owner: Person) -> Subscription:
    return confirm_set_up(order, by=owner, at=NOON)


@pytest.fixture
def sandbox(paid: Subscription) -> Tenant:
    assert paid.delivered_tenant is not None
    return paid.delivered_tenant


@pytest.fixture
def tools(sandbox: Tenant, owner: Person) -> Subscription:
    return orders.subscribe(
        sandbox.organisation, product_code=DEVELOPMENT_TOOLS, tenant=sandbox, by=owner, at=NOON
    )


def sent(client: Client, address: str) -> dict[str, str]:
    form = client.get(address).context["form"]
    return {name: str(form[name].value()) for name in ("when", "fingerprint")}


def test_it_does_not_say_that_what_is_in_the_sandbox_stays(
    signed_in: Client, page: Address, paid: Subscription, sandbox: Tenant, tools: Subscription
) -> None:
    AuthorisationFactory(active=True, tenant=sandbox, application__name="Webshop sync")
    AuthorisationFactory(
        active=True, tenant=sandbox, status="needs_reapproval", application__name="Wide"
    )

    html = signed_in.get(page("subscription_cancel", paid.pk)).content.decode()

    for text in (
        f"After that the platform takes {sandbox.label} away",
        "The platform decides when, and tells us when it is done; there is no fixed day for it.",
        "Until then the sandbox is there, and what works in it goes on as long as it has",
        "1 application works in it and stops when it is taken away at the latest: Webshop sync",
        "1 application is shut out of it already, and goes with it: Wide",
        "I understand that Webshop sync will stop working.",
        "goes on, and is charged, until it is cancelled or the sandbox is deleted.",
        "€49.00",
        "Ends on 30 November 2026 at 23:59\xa0CET.",
        "One last invoice: €13.07, excl. VAT, on 1 December 2026",  # of the tools, 8 days of 30
        "Also cancel what was ordered for the sandbox itself: Development Tools.",
        "What is in Productie (Cust10001) stays",
        "What is outside the sandbox goes on: other subscriptions and everything in the CRM",
    ):
        assert text in html
    assert "Data and scripts stay" not in html
    assert "Nothing that was made or stored is deleted." not in html
    assert "The other subscriptions and everything in the CRM go on" not in html


@pytest.mark.parametrize("state", [TenantState.RUNNING, TenantState.SUSPENDED])
def test_suspended_its_page_says_that_the_sandbox_will_stop_unless_it_has(
    signed_in: Client,
    page: Address,
    paid: Subscription,
    sandbox: Tenant,
    owner: Person,
    state: TenantState,
) -> None:
    change_state(sandbox, state, by=PLATFORM, at=NOON)
    suspensions.suspend(paid, reason="Unpaid", by=owner, at=NOON)

    html = signed_in.get(page("subscription_detail", paid.pk)).content.decode()

    said = "The sandbox that came with it stops when the platform suspends that as well."
    assert (said in html) == (state == TenantState.RUNNING)


def test_of_an_empty_sandbox_nothing_is_asked(
    signed_in: Client, page: Address, paid: Subscription, sandbox: Tenant
) -> None:
    html = signed_in.get(page("subscription_cancel", paid.pk)).content.decode()

    assert f"After that the platform takes {sandbox.label} away" in html
    assert "with_sandbox" not in html
    assert "Ordered for the sandbox itself" not in html


def test_both_are_cancelled_with_one_confirmation(
    signed_in: Client, page: Address, paid: Subscription, tools: Subscription
) -> None:
    address = page("subscription_cancel", paid.pk)

    done = signed_in.post(address, sent(signed_in, address) | {"with_sandbox": "on"}, follow=True)

    paid.refresh_from_db()
    tools.refresh_from_db()
    assert paid.ends_at == tools.ends_at is not None
    said = "What was ordered for the sandbox is cancelled as well: Development Tools."
    assert said in done.content.decode()


def test_unless_it_is_ticked_what_it_has_goes_on(
    signed_in: Client, page: Address, paid: Subscription, tools: Subscription
) -> None:
    address = page("subscription_cancel", paid.pk)

    signed_in.post(address, sent(signed_in, address))

    paid.refresh_from_db()
    tools.refresh_from_db()
    assert paid.ends_at is not None
    assert tools.ends_at is None


def test_other_products_say_that_data_stays(
    signed_in: Client, page: Address, subscription: Subscription
) -> None:
    html = signed_in.get(page("subscription_cancel", subscription.pk)).content.decode()

    assert "Data and scripts stay" in html
    assert "the platform takes" not in html
