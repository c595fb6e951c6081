"""What holds for each of these pages: who sees it, and in which language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import Organisation, Person, Role
from subscriptions.operations import orders
from tests.factories.customers import (
    AdviceQuestionFactory,
    MembershipFactory,
    OrganisationFactory,
    TenantFactory,
    TenantUserPlanFactory,
)
from tests.factories.subscriptions import AuthorisationFactory
from tests.kept import kept_until_the_end
from tests.portal.pages.with_catalogue.conftest import DUTCH, NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client
    from pytest_django import DjangoDbBlocker

    from customers.models import Membership

pytestmark = pytest.mark.django_db

PAGES = ("overview", "catalogue", "advisor", "advice_list", "tenant_list", "activity")

# Words that would be English on a Dutch page; names and data of the test hold none of them.
ENGLISH = (
    "Overview", "Subscriptions", "Catalogue", "Applications", "Invoices", "Advice", "Activity",
    "Example price", "Per month", "per month", "Running", "Search", "Show", "Customer", "started",
    "Nothing", "Your", "the", "Sign out", "Download", "Asked", "Kind", "Users", "Skip",
)  # fmt: skip


@pytest.fixture(scope="module")
def lived_in(catalogue: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Membership]:
    """Something to see on each page, and whose it is."""
    with kept_until_the_end(django_db_blocker, live_in) as owner:
        yield owner


def live_in() -> Membership:
    customer = OrganisationFactory(dutch=True, name="Voorbeeld B.V.", language="en")
    owner = MembershipFactory(organisation=customer, person__name="Els Bakker")
    for _each in range(2):
        tenant = TenantFactory(organisation=customer)
        TenantUserPlanFactory(tenant=tenant)
        orders.subscribe(
            customer, product_code="development-tools", tenant=tenant, by=owner.person, at=NOON
        )
        AuthorisationFactory(active=True, tenant=tenant)
        AuthorisationFactory(tenant=tenant)
        AdviceQuestionFactory(organisation=customer, asked_by=owner.person, question="Kan dat?")
    return owner


@pytest.fixture
def customer(lived_in: Membership, db: None) -> Organisation:
    """As nobody has changed it."""
    return Organisation.objects.get(pk=lived_in.organisation_id)


@pytest.fixture
def owner(lived_in: Membership, db: None) -> Person:
    return Person.objects.get(pk=lived_in.person_id)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", PAGES)
def test_every_role_sees_it(
    member: Callable[[Role], Membership],
    show: Callable[..., str],
    name: str,
    role: Role,
) -> None:
    member(role)

    assert "<h1>" in show(name)


@pytest.mark.parametrize("name", PAGES)
def test_a_consultant_of_the_partner_sees_it(
    client: Client, show: Callable[..., str], consultant: Person, name: str
) -> None:
    client.force_login(consultant)

    assert "Owner at Helpende Hand" in show(name)


@pytest.mark.parametrize("name", PAGES)
def test_who_was_not_let_in_finds_nothing(
    client: Client, customer: Organisation, outsider: Person, name: str
) -> None:
    client.force_login(outsider)

    assert client.get(reverse(f"pages:{name}", args=[customer.pk])).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_no_english_is_left_on_a_dutch_page(
    signed_in: Client, customer: Organisation, name: str
) -> None:
    address = reverse(f"pages:{name}", args=[customer.pk])

    assert english_in(signed_in.get(address, headers=DUTCH).content.decode()) == []


@pytest.mark.parametrize("code", ["development-tools", "databridge"])
def test_no_english_is_left_on_a_dutch_product_page(
    signed_in: Client, customer: Organisation, code: str
) -> None:
    address = reverse("pages:product", args=[customer.pk, code])

    assert english_in(signed_in.get(address, headers=DUTCH).content.decode()) == []


def english_in(html: str) -> list[str]:
    """English words in what people read: text, labels and titles, without the tags."""
    import re

    body = html[html.index("<body>") :]
    labels = " ".join(re.findall(r'(?:aria-label|data-label|placeholder|title)="([^"]*)"', body))
    text = f" {re.sub(r'<[^>]+>', ' ', body)} {labels} "
    words = set(re.findall(r"[A-Za-z]+", text))
    return [word for word in ENGLISH if word in words or (" " in word and word in text)]


def test_signed_in_pages_stay_in_no_cache(signed_in: Client, customer: Organisation) -> None:
    response = signed_in.get(reverse("pages:overview", args=[customer.pk]))

    assert response.headers["Cache-Control"] == "no-store, private"
