from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from tests.factories.documents import issued, kept_document

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person


def test_staff_see_which_invoices_nobody_can_be_sent_and_what_to_do(
    client: Client, billing: Person
) -> None:
    invoice = issued()
    kept_document(invoice)
    client.force_login(billing)

    page = client.get(reverse("backoffice:documents")).content.decode()
    home = client.get(reverse("backoffice:home")).content.decode()

    assert "Nobody to send to" in page
    assert invoice.number in page
    assert reverse("backoffice:customer", args=[invoice.organisation_id]) in page
    assert "no owner or billing contact whose account works" in page
    assert "Invoices with nobody to send them to" in home


def test_where_everything_was_sent_nothing_is_said_of_it(client: Client, billing: Person) -> None:
    client.force_login(billing)

    page = client.get(reverse("backoffice:documents")).content.decode()

    assert "All documents are made" in page
    assert "Nobody to send to" not in page
