"""A customer with the real catalogue, and somebody signed in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from catalog.loading import load_catalogue
from customers.models import Membership, Organisation, Role, Tenant
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
)
from tests.kept import kept_until_the_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client
    from pytest_django import DjangoDbBlocker

    from customers.models import Person

# The instant everything in a test is done at; pages are looked at by the real clock, later.
NOON = dt.datetime(2026, 11, 2, 11, 0, tzinfo=dt.UTC)
DUTCH = {"accept-language": "nl"}


@pytest.fixture(scope="package")
def catalogue(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Loaded once: reading the files costs more than most of these tests do."""
    with kept_until_the_end(django_db_blocker, lambda: load_catalogue(on=NOON.date())):
        yield


@pytest.fixture
def customer(catalogue: None, db: None) -> Organisation:
    return OrganisationFactory(dutch=True, name="Voorbeeld B.V.", language="en")


@pytest.fixture
def tenant(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, name="Hoofdkantoor", identifier="Cust11111")


@pytest.fixture
def owner(customer: Organisation) -> Person:
    return MembershipFactory(
        organisation=customer, role=Role.OWNER, person__name="Els Bakker"
    ).person


@pytest.fixture
def signed_in(client: Client, owner: Person) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def member(client: Client, customer: Organisation) -> Callable[[Role], Membership]:
    """Sign somebody in who has this role at the customer."""

    def sign_in(role: Role) -> Membership:
        membership = MembershipFactory(organisation=customer, role=role)
        client.force_login(membership.person)
        return membership

    return sign_in


@pytest.fixture
def partner(customer: Organisation) -> Organisation:
    """A partner that the customer lets in and asks for advice."""
    partner = OrganisationFactory(is_partner=True, name="Helpende Hand")
    PartnerAccessFactory(customer=customer, partner=partner)
    customer.partner = partner
    customer.save()
    return partner


@pytest.fixture
def consultant(partner: Organisation) -> Person:
    return MembershipFactory(organisation=partner, person__name="Kees Raad").person


@pytest.fixture
def outsider(db: None) -> Person:
    """Somebody with an account who was let in nowhere."""
    return PersonFactory()


@pytest.fixture
def show(client: Client, customer: Organisation) -> Callable[..., str]:
    """The HTML of a page of the customer, in English unless told otherwise."""

    def get(name: str, *more: object, query: str = "", language: str = "en") -> str:
        address = reverse(f"pages:{name}", args=[customer.pk, *more])
        response = client.get(address + query, headers={"accept-language": language})
        assert response.status_code == 200, (address, response.status_code)
        return str(response.content.decode())

    return get
