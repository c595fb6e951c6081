"""What use costs is said before anybody uses it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from catalog.models import ProductVersion
from catalog.queries import measured
from customers.models import Role, UserPlan
from tests.factories.customers import TenantFactory, TenantUserPlanFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Membership, Organisation, Tenant

pytestmark = pytest.mark.django_db

TOOLS = "development-tools"
CALLS = "10,000 included per user; €0.0004 each up to 1,000,000; €0.0003 each above that"


def _card(html: str) -> str:
    found = re.findall(r'<section[^>]*aria-labelledby="measured".*?</section>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", "".join(found)).split())


@pytest.mark.usefixtures("signed_in")
def test_the_product_says_what_its_use_costs(
    show: Callable[..., str], customer: Organisation
) -> None:
    html = show("product", TOOLS)

    card = _card(html)
    for text in ("Measured: API usage", CALLS, "€0.00005 each", "Example price", "Excluding VAT"):
        assert text in card, text
    assert reverse("pages:usage", args=[customer.pk]) in html


@pytest.mark.usefixtures("signed_in")
def test_the_review_says_what_the_tenants_users_make_of_it(
    show: Callable[..., str], tenant: Tenant
) -> None:
    TenantUserPlanFactory(tenant=tenant, users=12)
    TenantUserPlanFactory(tenant=tenant, plan=UserPlan.SERVICE_PREMIUM, users=3)

    card = _card(show("subscribe_review", TOOLS, query=f"?tenant={tenant.pk}"))

    assert f"{CALLS} Hoofdkantoor has 15 users: 150,000 included per month" in card


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("trait", ["on_premise", "sandbox"])
def test_nothing_is_said_where_use_costs_nothing(
    show: Callable[..., str], customer: Organisation, trait: str
) -> None:
    free = TenantFactory(organisation=customer, **{trait: True})

    assert not _card(show("subscribe_review", TOOLS, query=f"?tenant={free.pk}"))


@pytest.mark.usefixtures("signed_in")
def test_what_is_not_measured_says_nothing_of_it(show: Callable[..., str]) -> None:
    assert not _card(show("product", "scim"))


def test_who_may_not_follow_usage_is_not_led_to_it(
    show: Callable[..., str], customer: Organisation, member: Callable[[Role], Membership]
) -> None:
    member(Role.READER)

    html = show("product", TOOLS)

    assert _card(html)
    assert reverse("pages:usage", args=[customer.pk]) not in html


def test_a_month_has_the_price_of_its_first_day(catalogue: None) -> None:
    version = ProductVersion.objects.of(TOOLS).current().get()

    def found_on(day: dt.date) -> list[str]:
        found = measured(version, "en", currency="EUR", on=day)
        return [each.code for each in found]

    assert found_on(dt.date(2025, 12, 31)) == []
    assert found_on(dt.date(2026, 1, 1)) == ["api-usage"]
