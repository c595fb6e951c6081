from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from billing.documents.models import Document, Rendering, Transmission
from customers import clock
from tests.factories.documents import ISSUED, issued, kept_document

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

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


@pytest.fixture
def given_up(db: None, settings: Settings) -> Transmission:
    settings.PEPPOL_ACCESS_POINT = "billing.documents.peppol.local_directory"
    pdf = kept_document(issued(name="Voorbeeld B.V."))
    ubl = Document.objects.create(
        rendering=pdf.rendering,
        kind=Document.Kind.UBL,
        language="en",
        content=b"<Invoice/>",
        sha256="1" * 64,
        made_at=ISSUED,
    )
    return Transmission.objects.create(
        document=ubl,
        sender="0106:12345678",
        receiver="9930:DE999999903",
        created_at=ISSUED,
        attempts=7,
        last_error="TimeoutError: the access point is away",
    )


def test_what_peppol_did_not_take_waits_for_billing(
    client: Client, billing: Person, given_up: Transmission
) -> None:
    client.force_login(billing)

    home = client.get(reverse("backoffice:home")).content.decode()
    page = client.get(reverse("backoffice:documents")).content.decode()

    assert "E-invoices given up over Peppol" in home
    assert reverse("backoffice:documents") + "#peppol" in home
    invoice = given_up.document.rendering.invoice
    for text in (invoice.number, "Voorbeeld B.V.", given_up.receiver, given_up.last_error):
        assert text in page
    assert reverse("backoffice:carry_again", args=[given_up.pk]) in page


def test_it_is_sent_again_once(client: Client, billing: Person, given_up: Transmission) -> None:
    client.force_login(billing)
    address = reverse("backoffice:carry_again", args=[given_up.pk])

    said = client.post(address, follow=True).content.decode()
    again = client.post(address, follow=True).content.decode()

    number = given_up.document.rendering.invoice.number
    assert f"The e-invoice {number} is sent again in a moment." in said
    assert "Given up over Peppol" not in said
    assert "This e-invoice is on its way, or has been sent meanwhile." in again
    given_up.refresh_from_db()
    assert given_up.attempts == 0
    assert given_up.next_attempt_at is not None
    assert given_up.next_attempt_at <= clock.now()


def test_all_are_sent_again_at_once(
    client: Client, billing: Person, given_up: Transmission
) -> None:
    client.force_login(billing)
    address = reverse("backoffice:carry_all_again")
    page = client.get(reverse("backoffice:documents")).content.decode()

    said = client.post(address, follow=True).content.decode()
    again = client.post(address, follow=True).content.decode()

    assert address in page
    assert "E-invoices that are sent again in a moment: 1." in said
    assert address not in said
    assert "This e-invoice is on its way, or has been sent meanwhile." in again
    given_up.refresh_from_db()
    assert given_up.next_attempt_at is not None


def test_all_documents_are_made_anew_at_once(client: Client, billing: Person) -> None:
    held = Rendering.objects.create(invoice=issued(), status="held", cause="BR-CO-10")
    client.force_login(billing)
    address = reverse("backoffice:retry_all_documents")
    page = client.get(reverse("backoffice:documents")).content.decode()

    said = client.post(address, follow=True).content.decode()
    again = client.post(address, follow=True).content.decode()

    assert address in page
    assert "Invoices whose documents are made anew in a moment: 1." in said
    assert address not in said
    assert "These documents have been made meanwhile." in again
    held.refresh_from_db()
    assert (held.status, held.retried_by) == ("pending", billing)


def test_others_read_it_and_send_nothing(
    client: Client, sales: Person, given_up: Transmission
) -> None:
    client.force_login(sales)
    address = reverse("backoffice:carry_again", args=[given_up.pk])

    page = client.get(reverse("backoffice:documents")).content.decode()

    assert given_up.last_error in page
    assert address not in page
    assert reverse("backoffice:carry_all_again") not in page
    assert client.post(address).status_code == 403


@pytest.mark.parametrize(
    ("stands", "shown", "unsaid"),
    [
        ({"next_attempt_at": ISSUED, "attempts": 0}, ["Waiting", "Next attempt"], "Receipt"),
        ({"sent_at": ISSUED, "receipt": "AP-4711"}, ["Sent", "AP-4711"], "Last answer"),
        ({}, ["Given up", "TimeoutError: the access point is away", "#peppol"], "Receipt"),
    ],
    ids=["waiting", "sent", "given up"],
)
def test_the_invoice_says_how_its_e_invoice_fares(
    client: Client,
    sales: Person,
    given_up: Transmission,
    stands: dict[str, object],
    shown: list[str],
    unsaid: str,
) -> None:
    Transmission.objects.update(**stands)
    pdf_only = issued()
    kept_document(pdf_only)
    client.force_login(sales)

    def page(of: int) -> str:
        return client.get(reverse("backoffice:invoice", args=[of])).content.decode()

    _before, card = page(given_up.document.rendering.invoice_id).split('id="peppol"')
    assert [words for words in [*shown, given_up.receiver] if words not in card] == []
    assert unsaid not in card
    assert 'id="peppol"' not in page(pdf_only.pk)
