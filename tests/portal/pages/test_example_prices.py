"""No real price is public: wherever one of the demo's is shown, it says that it is an example."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import Duty, OutgoingMail
from portal.local.place import ROOT
from portal.templatetags.portal_ui import per_month
from subscriptions.operations import price_changes
from tests.factories.catalog import PriceVersionFactory
from tests.factories.customers import PersonFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX
from tests.factories.subscriptions import confirm_set_up
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from catalog.models import PriceVersion
    from customers.models import Person, Tenant
    from subscriptions.models import Subscription

MARK = re.compile(r"example prices?\b", re.IGNORECASE)


@pytest.fixture
def staff(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.SALES, Duty.OPERATIONS])


@pytest.fixture
def counted(order: Subscription, staff: Person) -> Subscription:
    """A sandbox for five that has started: its number of users can change."""
    return confirm_set_up(order, by=staff, at=NOON)


@pytest.fixture
def newer(subscription: Subscription) -> PriceVersion:
    price: PriceVersion = PriceVersionFactory(
        product=subscription.product,
        valid_from=dt.date(2026, 11, 1),
        component__unit_amount=Decimal(52),
    )
    return price


@pytest.mark.parametrize("name", ["overview", "subscription_list", "catalogue", "invoice_list"])
def test_pages_of_the_organisation(
    signed_in: Client, page: Callable[..., str], subscription: Subscription, name: str
) -> None:
    assert MARK.search(signed_in.get(page(name)).content.decode())


@pytest.mark.parametrize(
    "name",
    ["subscription_detail", "subscription_cancel", "subscription_quantities"],
)
def test_pages_of_a_subscription(
    signed_in: Client, page: Callable[..., str], counted: Subscription, name: str
) -> None:
    assert MARK.search(signed_in.get(page(name, counted.pk)).content.decode())


def test_pages_of_an_order_and_of_a_tenant(
    signed_in: Client, page: Callable[..., str], tenant: Tenant, subscription: Subscription
) -> None:
    chosen = f"?tenant={tenant.pk}&users_sales-premium=5&users_service-premium=0"
    for address in (
        page("product", SANDBOX),
        page("subscribe", SANDBOX),
        page("subscribe_review", SANDBOX) + chosen,
        page("subscribe_done", DEVELOPMENT_TOOLS, subscription.pk),
        page("tenant_detail", tenant.pk),
    ):
        answer = signed_in.get(address)

        assert answer.status_code == 200, address
        assert MARK.search(answer.content.decode()), address


def test_the_last_charge_of_a_cancellation(
    signed_in: Client, page: Callable[..., str], subscription: Subscription
) -> None:
    html = signed_in.get(page("subscription_cancel", subscription.pk)).content.decode()

    assert "€49.00 per month, excl. VAT · Example price" in html
    assert "It is an example price." in html


def test_pages_of_staff(
    browser_of: Callable[[Person], Client],
    staff: Person,
    newer: PriceVersion,
    subscription: Subscription,
    order: Subscription,
) -> None:
    browser = browser_of(staff)
    customer, tenant = subscription.organisation_id, subscription.tenant_id
    for name, *args in (
        ("customer", customer),
        ("tenant", tenant),
        ("delete_tenant", tenant),
        ("subscription", subscription.pk),
        ("orders",),
        ("order", order.pk),
        ("prices",),
        ("announce_price", newer.pk),
    ):
        html = browser.get(reverse(f"backoffice:{name}", args=args)).content.decode()

        assert MARK.search(html), name


def test_letters_about_another_price(staff: Person, newer: PriceVersion, owner: Person) -> None:
    announcement = price_changes.announce(
        newer, effective_on=dt.date(2027, 2, 1), by=staff, at=NOON
    )
    price_changes.withdraw(announcement, by=staff, at=NOON)

    letters = OutgoingMail.objects.filter(to=owner.email).exclude(subject__contains="started")
    about_prices = [each.body for each in letters if "€49.00" in each.body]
    assert len(about_prices) == 2
    assert all("It is an example price." in body for body in about_prices)


def test_a_real_price_has_no_mark() -> None:
    assert per_month("€ 49.00", is_example=False) == "€ 49.00"
    assert per_month("€ 49.00", is_example=True) == "€ 49.00 <small>Example price</small>"


def test_templates_write_what_a_subscription_costs_by_the_tag_or_say_what_it_is() -> None:
    """A new page that shows `per_month` and forgets the mark does not pass."""
    for file in (ROOT / "templates").rglob("*.html"):
        text = file.read_text()
        if re.search(r"\bper_month\b", text):
            assert "{% per_month " in text or "is_example" in text, file
