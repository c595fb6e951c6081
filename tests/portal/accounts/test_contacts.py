"""Whoever an application names agrees by a click, behind the link in their mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from subscriptions.applications import contacts
from subscriptions.applications.models import ContactAddress
from tests.factories.customers import LONG_AGO, OrganisationFactory

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact() -> ContactAddress:
    return ContactAddress.objects.create(
        owner=OrganisationFactory(name="Webshop Makers"),
        address="errors@example.com",
        asked_at=LONG_AGO,
    )


def test_a_click_agrees_and_opening_the_link_does_not(
    client: Client, contact: ContactAddress
) -> None:
    link = reverse("contact_address", args=[contacts.token_of(contact)])

    opened = client.get(link).text

    contact.refresh_from_db()
    assert contact.confirmed_at is None
    assert "Webshop Makers wants errors@example.com to hear" in opened
    done = client.post(link, follow=True).text
    contact.refresh_from_db()
    assert contact.confirmed_at is not None
    assert "is sent to errors@example.com" in done


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_lost_its_end(client: Client, contact: ContactAddress, method: str) -> None:
    link = reverse("contact_address", args=[contacts.token_of(contact)[:-1]])

    answer = getattr(client, method)(link)

    assert (answer.status_code, "Open it from the mail again." in answer.text) == (410, True)
    contact.refresh_from_db()
    assert contact.confirmed_at is None
