"""A big organisation, and many of them: every list asks the database as often as a short one, and
shows a page.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.metering.models import RefusedUsage
from billing.models import Invoice
from customers import clock
from customers.models import Duty, OutgoingMail, Role
from subscriptions import prices, queries
from subscriptions.operations import orders
from tests.factories.customers import (
    AdviceQuestionFactory,
    InvitationFactory,
    MembershipFactory,
    OrganisationFactory,
    OrganisationTokenFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
    TenantUserPlanFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, open_shop
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.factories.webhooks import DeliveryFactory
from tests.kept import kept_until_the_end
from tests.portal.gate.worlds import NOON, issued_invoice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_django import DjangoDbBlocker

    from customers.models import Organisation, Person
    from subscriptions.models import Subscription
    from subscriptions.prices import Priced

pytestmark = pytest.mark.django_db

OF_A_CUSTOMER = (
    "pages:overview",
    "pages:subscription_list",
    "pages:catalogue",
    "pages:tenant_list",
    "pages:application_list",
    "pages:offer_list",
    "pages:advisor",
    "pages:usage",
    "pages:invoice_list",
    "pages:advice_list",
    "pages:people",
    "pages:token_list",
    "pages:webhook_list",
    "pages:activity",
    "backoffice:customer",
    "backoffice:customer_history",
)
OF_EVERYBODY = (
    "backoffice:home",
    "backoffice:customers",
    "backoffice:orders",
    "backoffice:consents",
    "backoffice:authorisations",
    "backoffice:questions",
    "backoffice:invoices",
    "backoffice:mail",
    "backoffice:platform",
    "backoffice:platform_facts",
    "backoffice:webhooks",
    "backoffice:metering",
    "backoffice:refused_usage",
    "backoffice:prices",
)


@pytest.fixture
def customer(db: None) -> Organisation:
    return _open_for_business()


@pytest.fixture
def owner(customer: Organisation) -> Person:
    return MembershipFactory(organisation=customer, role=Role.OWNER).person


@pytest.fixture
def everybody(client: Client, customer: Organisation) -> Client:
    client.force_login(_who_sees_everything(customer))
    return client


def _open_for_business() -> Organisation:
    open_shop()
    return OrganisationFactory(dutch=True, name="Voorbeeld B.V.")


def _who_sees_everything(customer: Organisation) -> Person:
    """An owner who is staff with every duty."""
    person = PersonFactory(staff=True, duties=list(Duty.values))
    MembershipFactory(organisation=customer, person=person, role=Role.OWNER)
    return person


def fill(customer: Organisation, owner: Person, number: int) -> None:
    """So many of what an organisation may have many of."""
    for _each in range(number):
        tenant = TenantFactory(organisation=customer)
        TenantUserPlanFactory(tenant=tenant)
        orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON)
        orders.subscribe(  # waits for the vendor's yes
            customer,
            product_code=SANDBOX,
            tenant=tenant,
            quantities={"sales-premium": 1},
            by=owner,
            at=NOON,
        )
        AuthorisationFactory(active=True, tenant=tenant)
        AuthorisationFactory(active=True, tenant=tenant, application__standard=True)
        AuthorisationFactory(confirmed=True, confirmed_by=owner, tenant=tenant)
        AuthorisationFactory(tenant=tenant, application=ApplicationFactory(owner=customer))
        AdviceQuestionFactory(organisation=customer, asked_by=owner)
        MembershipFactory(organisation=customer, role=Role.READER)
        InvitationFactory(organisation=customer, expires_at=clock.now().replace(year=2100))
        PartnerAccessFactory(customer=customer)
        OrganisationTokenFactory(organisation=customer)
        DeliveryFactory(endpoint__organisation=customer)
        bill(customer)
        RefusedUsage.objects.create(
            application=AuthorisationFactory(tenant=tenant).application,
            organisation=customer,
            month=NOON.date().replace(day=1),
            day=NOON.date(),
            code="too_old",
            events=1,
            first_at=NOON,
            last_at=NOON,
        )
        OutgoingMail.objects.create(
            to="gone@example.com",
            subject="Your order",
            body="Text",
            created_at=NOON,
            attempts=7,
            last_error="550",
        )


def bill(customer: Organisation) -> None:
    """For the month after the last one, from January 2020 on."""
    earlier = Invoice.objects.of(customer).count()
    issued_invoice(customer, month=dt.date(2020 + earlier // 12, earlier % 12 + 1, 1))


def asked_for(client: Client, address: str) -> int:
    """How many queries a page takes, the second time."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@dataclass(frozen=True)
class Asked:
    """How many queries each page takes, by its name."""

    few: dict[str, int]  # with two of everything
    big: dict[str, int]  # seven
    many: dict[str, int]  # among three others that have two


@pytest.fixture(scope="module")
def asked(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Asked:
    """Counted once for all pages: to fill the portal takes longer than to look at them."""
    with kept_until_the_end(django_db_blocker, _count) as counted:
        return counted


def _count() -> Asked:
    customer, client = _open_for_business(), Client()
    owner = MembershipFactory(organisation=customer, role=Role.OWNER).person
    client.force_login(_who_sees_everything(customer))
    fill(customer, owner, 2)
    few = _of(customer, client) | _of_everybody(client)
    fill(customer, owner, 5)
    big = _of(customer, client)
    for _each in range(3):
        another = OrganisationFactory(dutch=True)
        fill(another, MembershipFactory(organisation=another).person, 2)
    return Asked(few, big, many=_of_everybody(client))


def _of(customer: Organisation, client: Client) -> dict[str, int]:
    return {name: asked_for(client, reverse(name, args=[customer.pk])) for name in OF_A_CUSTOMER}


def _of_everybody(client: Client) -> dict[str, int]:
    return {name: asked_for(client, reverse(name)) for name in OF_EVERYBODY}


@pytest.mark.parametrize("name", OF_A_CUSTOMER)
def test_of_a_big_organisation(asked: Asked, name: str) -> None:
    assert asked.big[name] == asked.few[name]


@pytest.mark.parametrize("name", OF_EVERYBODY)
def test_of_many_organisations(asked: Asked, name: str) -> None:
    assert asked.many[name] == asked.few[name]


@pytest.mark.parametrize(
    ("name", "page", "shown"),
    [
        pytest.param("pages:application_list", "page", 50, id="applications"),
        pytest.param("pages:invoice_list", "page", 50, id="invoices"),
        pytest.param("backoffice:customer", "tenants", 25, id="tenants, for staff"),
        pytest.param("backoffice:customer", "applications", 25, id="applications, for staff"),
    ],
)
def test_it_comes_in_pages(
    everybody: Client, customer: Organisation, name: str, page: str, shown: int
) -> None:
    for tenant in TenantFactory.create_batch(51, organisation=customer):
        AuthorisationFactory(active=True, tenant=tenant)
        bill(customer)
    address = reverse(name, args=[customer.pk])

    first = everybody.get(address).content.decode()
    last = everybody.get(f"{address}?{page}={-(-51 // shown)}").content.decode()

    assert f"?{page}=2" in first
    assert first.count("<tr") > last.count("<tr")


@pytest.mark.parametrize("name", ["pages:overview", "pages:subscription_list"])
def test_only_what_a_page_shows_is_priced(
    everybody: Client,
    customer: Organisation,
    owner: Person,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    for tenant in TenantFactory.create_batch(3, organisation=customer):
        orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON)
    monkeypatch.setattr("portal.pages.overview.LIVE_SHOWN", 2)
    monkeypatch.setattr("portal.pages.subscriptions.ROWS_OF_CUSTOMERS", 2)
    priced: list[Subscription] = []

    def remembered(rows: Iterable[Subscription], at: dt.datetime) -> list[Priced]:
        priced.extend(rows)
        return prices.priced(rows, at)

    monkeypatch.setattr(queries, "priced", remembered)

    assert everybody.get(reverse(name, args=[customer.pk])).status_code == 200

    assert len(priced) == 2


def test_what_one_built_comes_in_pages_of_its_own(
    everybody: Client, customer: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        ApplicationFactory(owner=customer, name=f"Built {number}")
    monkeypatch.setattr("portal.pages.applications.ROWS_OF_CUSTOMERS", 2)
    address = reverse("pages:application_list", args=[customer.pk])

    first = everybody.get(address).content.decode()
    second = everybody.get(address, {"built": 2}).content.decode()

    assert "Built 1" in first
    assert "Built 2" not in first
    assert "Built 2" in second
