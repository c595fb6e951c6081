from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import Role
from subscriptions.lifecycle import Status
from subscriptions.operations import orders, quantity_changes, suspensions
from tests.factories.customers import MembershipFactory, OrganisationFactory, TenantFactory
from tests.factories.shop import SANDBOX
from tests.factories.subscriptions import cancel_as_read, confirm_set_up
from tests.portal.pages.conftest import NOON
from tests.portal.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from customers.models import Membership, Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

    type Address = Callable[..., str]


def test_an_empty_list_says_the_next_step(signed_in: Client, page: Address) -> None:
    html = read(signed_in, page("subscription_list"))

    assert "No subscriptions yet" in html
    assert page("catalogue") in html


def test_the_list_names_product_tenant_status_and_price(
    signed_in: Client, page: Address, subscription: Subscription, application: Authorisation
) -> None:
    html = read(signed_in, page("subscription_list"))

    for text in ("Development Tools", "Productie (Cust10001)", "Active", "€49.00"):
        assert text in html
    assert "1 application lives on it" in html


def test_filters_are_in_the_address(
    signed_in: Client,
    page: Address,
    subscription: Subscription,
    order: Subscription,
    tenant: Tenant,
) -> None:
    requested = read(signed_in, f"{page('subscription_list')}?status=requested")
    nothing = read(signed_in, f"{page('subscription_list')}?status=ended&tenant={tenant.pk}")
    product = read(signed_in, f"{page('subscription_list')}?product={SANDBOX}")

    assert page("subscription_detail", order.pk) in requested
    assert page("subscription_detail", subscription.pk) not in requested
    assert "No subscription fits these choices" in nothing
    assert page("subscription_detail", subscription.pk) not in product


def test_the_list_as_csv(signed_in: Client, page: Address, subscription: Subscription) -> None:
    response = signed_in.get(f"{page('subscription_list')}?format=csv")

    lines = response.content.decode("utf-8-sig").splitlines()
    assert response["Content-Type"].startswith("text/csv")
    assert lines[1] == (
        "Development Tools,Productie (Cust10001),Active,2026-11-23T12:00+01:00,,,49.00,EUR"
    )


def test_the_detail_tells_all_there_is(
    signed_in: Client, page: Address, subscription: Subscription, application: Authorisation
) -> None:
    html = read(signed_in, page("subscription_detail", subscription.pk))

    for text in (
        "Active since 23 November 2026 at 12:00\xa0CET, until you cancel.",
        "Els Bakker",
        "€49.00",
        "Price of 1 January 2020",
        "It is an example price.",
        "Webshop sync",
        "Available now",
        "Development Tools on Productie started",
    ):
        assert text in html
    assert page("subscription_cancel", subscription.pk) in html
    assert page("subscription_quantities", subscription.pk) not in html  # a licence counts nobody


def test_a_suspended_one_says_why(
    signed_in: Client, page: Address, subscription: Subscription, owner: Person
) -> None:
    suspensions.suspend(subscription, reason="Unpaid invoice", by=owner, at=NOON)

    html = read(signed_in, page("subscription_detail", subscription.pk))

    assert "Reason: Unpaid invoice" in html
    assert "Not available at this moment." in html


def test_an_ended_one_can_be_ordered_again_with_what_it_brings_back(
    signed_in: Client, page: Address, subscription: Subscription, application: Authorisation
) -> None:
    cancel_as_read(subscription, at=NOON)

    html = read(signed_in, page("subscription_detail", subscription.pk))

    again = f"{page('subscribe', 'development-tools')}?tenant={subscription.tenant_id}"
    assert f'href="{again}"' in html
    assert "it brings back without new consent: Webshop sync." in html
    assert "Not available at this moment." in html


@pytest.mark.parametrize(
    ("role", "may_order", "may_cancel"),
    [
        pytest.param(Role.OWNER, True, True, id="owner"),
        pytest.param(Role.TENANT_ADMINISTRATOR, True, True, id="tenant-administrator"),
        pytest.param(Role.BILLING_CONTACT, False, False, id="billing-contact"),
        pytest.param(Role.DEVELOPER, False, False, id="developer"),
        pytest.param(Role.READER, False, False, id="reader"),
    ],
)
def test_everybody_looks_and_who_may_changes(
    page: Address,
    subscription: Subscription,
    order: Subscription,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
    role: Role,
    may_order: bool,
    may_cancel: bool,
) -> None:
    client = browser_of(member_of(role))

    assert client.get(page("subscription_list")).status_code == 200
    html = read(client, page("subscription_detail", subscription.pk))
    assert (page("subscription_cancel", subscription.pk) in html) is may_cancel
    ordered = read(client, page("subscription_detail", order.pk))
    assert (page("subscription_withdraw", order.pk) in ordered) is may_order
    answer = client.get(page("subscription_cancel", subscription.pk))
    assert answer.status_code == (200 if may_cancel else 403)
    assert client.post(page("subscription_withdraw", order.pk)).status_code == (
        302 if may_order else 403
    )


def test_a_partner_who_was_let_in_looks_and_orders(
    page: Address,
    subscription: Subscription,
    partner_of_customer: Membership,
    browser_of: Callable[[Person], Client],
) -> None:
    client = browser_of(partner_of_customer.person)

    assert "Development Tools" in read(client, page("subscription_list"))
    assert client.get(page("subscription_cancel", subscription.pk)).status_code == 200


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("get", "subscription_detail"),
        ("get", "subscription_quantities"),
        ("post", "subscription_quantities"),
        ("get", "subscription_cancel"),
        ("post", "subscription_cancel"),
        ("post", "subscription_withdraw"),
        ("post", "subscription_withdraw_cancellation"),
    ],
)
def test_what_is_not_yours_is_not_there(
    client: Client,
    page: Address,
    subscription: Subscription,
    method: str,
    name: str,
) -> None:
    stranger = MembershipFactory(organisation=OrganisationFactory(dutch=True))
    client.force_login(stranger.person)
    own = page(name, subscription.pk).replace(
        f"/organisations/{subscription.organisation_id}/",
        f"/organisations/{stranger.organisation_id}/",
    )

    for address in (page(name, subscription.pk), own):
        assert getattr(client, method)(address).status_code == 404


def test_an_order_is_withdrawn_and_a_second_time_refused(
    signed_in: Client, page: Address, order: Subscription
) -> None:
    waiting = read(signed_in, page("subscription_detail", order.pk))
    first = signed_in.post(page("subscription_withdraw", order.pk), follow=True)
    second = signed_in.post(page("subscription_withdraw", order.pk), follow=True)

    order.refresh_from_db()
    assert "Requested on 23 November 2026 at 12:00" in waiting
    assert order.status == Status.WITHDRAWN
    assert "The order is withdrawn. Nothing is charged." in first.content.decode()
    assert "This is no longer possible" in second.content.decode()


def test_a_sandbox_is_a_tenant_of_its_own(
    signed_in: Client, page: Address, order: Subscription, app_manager: Person
) -> None:
    waiting = read(signed_in, page("subscription_detail", order.pk))
    confirm_set_up(order, by=app_manager, at=NOON)

    shown = read(signed_in, page("subscription_detail", order.pk))
    order.refresh_from_db()
    cancel_as_read(order, at=NOON)
    over = read(signed_in, page("subscription_detail", order.pk))

    sandbox = order.organisation.tenants.get(kind="sandbox")
    assert "The sandbox" not in waiting
    for text in (shown, over):
        assert sandbox.label in text
        assert reverse("pages:tenant_detail", args=[order.organisation_id, sandbox.pk]) in text
    assert "you order for the sandbox." in shown
    assert "The platform decides when it goes" in over


def seen_in(html: str) -> dict[str, str]:
    """What the page says was seen."""
    found = re.search(r'name="seen" value="([0-9a-f]{32})"', html)
    assert found is not None
    return {"seen": found[1]}


def test_users_change_after_their_price_was_shown(
    signed_in: Client, page: Address, order: Subscription, app_manager: Person
) -> None:
    confirm_set_up(order, by=app_manager, at=NOON)
    address = page("subscription_quantities", order.pk)
    numbers = {"users_sales-premium": "8", "users_service-premium": "0"}

    shown = signed_in.get(address, numbers).content.decode()
    assert "€240.00" in shown
    assert "€290.40" in shown  # with 21% of VAT
    assert "€90.00 more per month, excl. VAT." in shown
    assert "On the invoice of 1 December 2026, with this change:" in shown
    assert "23–30 November 2026: 8 of 30 days × 8 × €30.00" in shown
    assert orders.quantities_at(order, NOON)["sales-premium"] == 5

    answer = signed_in.post(address, seen_in(shown) | numbers)

    assert answer.status_code == 302
    order.refresh_from_db()
    assert orders.quantities_at(order, NOON) == {"sales-premium": 8, "service-premium": 0}


def test_each_field_has_its_price_and_unused_plans_are_folded_away(
    signed_in: Client, page: Address, order: Subscription, app_manager: Person
) -> None:
    confirm_set_up(order, by=app_manager, at=NOON)
    address = page("subscription_quantities", order.pk)

    html = signed_in.get(address).content.decode()
    asked = {"users_sales-premium": "5", "users_service-premium": "2"}
    asking = signed_in.get(address, asked).content.decode()

    had, others = html.split("<details>\n            <summary>Plans without users")
    assert ("users_sales-premium" in had, "users_service-premium" in had) == (True, False)
    assert "users_service-premium" in others
    assert "€30.00 per user per month" in had
    assert "<details open>\n            <summary>Plans without" in asking


def test_of_two_owners_the_second_sees_what_the_first_did(
    signed_in: Client, page: Address, order: Subscription, app_manager: Person
) -> None:
    confirm_set_up(order, by=app_manager, at=NOON)
    address = page("subscription_quantities", order.pk)
    mine = {"users_sales-premium": "5", "users_service-premium": "2"}
    shown = signed_in.get(address, mine).content.decode()
    quantity_changes.change(order, quantities={"sales-premium": 8}, by=app_manager, at=NOON)

    refused = signed_in.post(address, seen_in(shown) | mine)
    unseen = signed_in.post(address, mine)

    for answer in (refused, unseen):
        assert answer.status_code == 409
        assert "has changed since you opened this page" in answer.content.decode()
    assert orders.quantities_at(order, NOON) == {"sales-premium": 8, "service-premium": 0}


def test_a_second_click_is_answered_as_the_first_was(
    signed_in: Client, page: Address, order: Subscription, app_manager: Person
) -> None:
    confirm_set_up(order, by=app_manager, at=NOON)
    address = page("subscription_quantities", order.pk)
    numbers = {"users_sales-premium": "8", "users_service-premium": "0"}
    asked = seen_in(signed_in.get(address, numbers).content.decode()) | numbers

    answers = [signed_in.post(address, asked, follow=True) for _click in range(2)]

    for answer in answers:
        assert "The number of users is changed, from now on." in answer.content.decode()
    assert order.quantities.filter(quantity=8).count() == 1


@pytest.mark.parametrize(
    ("numbers", "status", "sentence"),
    [
        pytest.param(
            {"users_sales-premium": "0", "users_service-premium": "0"},
            422,
            "Choose how many users you need",
            id="nobody",
        ),
        pytest.param(
            {"users_sales-premium": "-1", "users_service-premium": "0"},
            422,
            "greater than or equal to 0",
            id="negative",
        ),
        pytest.param(
            {"users_sales-premium": "a few", "users_service-premium": "0"},
            422,
            "whole number",
            id="words",
        ),
        pytest.param(
            {"users_sales-premium": "5", "users_service-premium": "0"},
            409,
            "These are the quantities you have already.",
            id="the-same",
        ),
    ],
)
def test_numbers_that_cannot_be_are_refused(
    signed_in: Client,
    page: Address,
    order: Subscription,
    app_manager: Person,
    numbers: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    confirm_set_up(order, by=app_manager, at=NOON)

    seen = {"seen": quantity_changes.state_of_quantities(order, NOON)}
    answer = signed_in.post(page("subscription_quantities", order.pk), seen | numbers)

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    order.refresh_from_db()
    assert orders.quantities_at(order, NOON)["sales-premium"] == 5


def test_the_list_asks_the_database_the_same_number_of_times_however_long(
    signed_in: Client,
    page: Address,
    customer: Organisation,
    owner: Person,
    subscription: Subscription,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    noon: time_machine.Traveller,
) -> None:
    for _each in range(5):
        orders.subscribe(
            customer,
            product_code="development-tools",
            tenant=TenantFactory(organisation=customer),
            by=owner,
            at=NOON,
        )

    with django_assert_max_num_queries(25):
        signed_in.get(page("subscription_list"))
