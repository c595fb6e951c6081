"""What staff look for is found from every page, and what is meant alone is opened at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from tests.factories.customers import OrganisationFactory
from tests.factories.documents import issued

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation

SEARCH = reverse("backoffice:search")


@pytest.fixture
def desk(client: Client, sales: Person) -> Client:
    client.force_login(sales)
    return client


def test_each_is_opened_by_what_it_is_called(
    desk: Client, customer: Organisation, tenant: Tenant, consent: Authorisation
) -> None:
    invoice = issued()
    application = consent.application
    meant = {
        "voorbeeld": ("customer", customer.pk),
        customer.customer_number: ("customer", customer.pk),
        tenant.identifier.lower(): ("tenant", tenant.pk),
        invoice.number: ("invoice", invoice.pk),
        application.name: ("application", application.pk),
    }

    for text, (page, pk) in meant.items():
        answer = desk.get(SEARCH, {"q": f" {text} "})
        assertRedirects(
            answer, reverse(f"backoffice:{page}", args=[pk]), fetch_redirect_response=False
        )


def test_of_several_each_is_listed(desk: Client, customer: Organisation) -> None:
    OrganisationFactory(dutch=True, name="Voorbeeld Zuid B.V.")

    found = desk.get(SEARCH, {"q": "voorbeeld"}).context["found"]

    assert [each.name for each in found] == [
        "Voorbeeld B.V.",
        "Voorbeeld Zuid B.V.",
    ]


@pytest.mark.parametrize("text", ["", "nobody at all", "\0"])
def test_what_is_not_there_is_said(desk: Client, customer: Organisation, text: str) -> None:
    assert "Nothing was found" in desk.get(SEARCH, {"q": text}).content.decode()


def test_every_page_has_it(desk: Client) -> None:
    assert f'action="{SEARCH}"' in desk.get(reverse("backoffice:orders")).content.decode()
