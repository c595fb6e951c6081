"""From the choice in the form to what is read: invoice and credit note in the buyer's language."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from billing.documents import operations, queries
from billing.documents.models import Document, Rendering
from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from customers.models import Duty, Organisation, OutgoingMail
from subscriptions.operations import orders
from tests.factories.billing import local
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.pdf_text import text_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

ORDERED = local("2026-11-20")
ISSUED = local("2026-12-01", "00:05")
CREDITED = local("2026-12-05")


@dataclass(frozen=True)
class Read:
    """Who the buyer is, and what stands on its two documents."""

    buyer: dict[str, str | bool]
    names: tuple[str, str]  # of the lines, in both electronic invoices too
    invoice: tuple[str, ...]
    credit_note: tuple[str, ...]


READ = {
    "de": Read(
        {"german": True},
        ("Entwicklungstools · Lizenz", "Domainübergreifende Identitätsverwaltung (SCIM) · Lizenz"),
        ("Rechnung", "Dezember 2026", "Bitte zahlen Sie bis zum 31. Dezember 2026.", "Zu zahlen"),
        ("Rechnungskorrektur", "Korrigiert", "Sie müssen nichts tun.", "Zu Ihren Gunsten"),
    ),
    "sv": Read(
        {"unregistered": True, "vat_number": "SE123456789701"},
        ("Utvecklingsverktyg · Licens", "Identitetshantering över domäner (SCIM) · Licens"),
        ("Faktura", "december 2026", "Vänligen betala senast 31 december 2026.", "Att betala"),
        ("Kreditfaktura", "Korrigerar", "Ni behöver inte göra något.", "Att få tillbaka"),
    ),
    "da": Read(
        {
            "german": True,
            "country": "DK",
            "vat_number": "DK13585628",
            "city": "København",
        },
        ("Udviklingsværktøjer · Licens", "Cross-domain identity management (SCIM) · Licens"),
        ("Faktura", "december 2026", "Betal venligst senest 31. december 2026.", "At betale"),
        ("Kreditnota", "Korrigerer", "De behøver ikke at gøre noget.", "Til gode"),
    ),
    "no": Read(
        {"norwegian": True},
        ("Utviklingsverktøy · Lisens", "Kryssdomene-identitetshåndtering (SCIM) · Lisens"),
        ("Faktura", "desember 2026", "Vennligst betal innen 15. desember 2026.", "Å betale"),
        ("Kreditnota", "Korrigerer", "Du trenger ikke å gjøre noe.", "Til gode"),
    ),
}


@pytest.mark.parametrize("language", READ)
def test_the_language_that_was_chosen_is_read_on_both_documents(
    catalogue: None, client: Client, language: str
) -> None:
    read = READ[language]
    customer = OrganisationFactory(**read.buyer, name="Buyer", language="nl")
    owner = MembershipFactory(organisation=customer, person__language="nl").person
    client.force_login(owner)

    _choose(client, customer, language)
    for code, tenant in (
        ("development-tools", TenantFactory(organisation=customer)),
        ("scim", None),
    ):
        orders.subscribe(customer, product_code=code, tenant=tenant, by=owner, at=ORDERED)
    runs.run_due(at=ISSUED)
    invoice = Invoice.objects.with_names().get()
    _choose(client, customer, "en")  # from the next one on
    credit_note = _credited(invoice)
    operations.make_due(CREDITED)

    for document, words in ((invoice, read.invoice), (credit_note, read.credit_note)):
        assert document.language == language
        assert Rendering.objects.get(invoice=document).status == "ready"  # and so it is valid
        kept = {each.kind: bytes(each.content) for each in Document.objects.of(document)}
        printed = text_of(kept["pdf"])
        assert [each for each in (*words, *read.names) if each not in printed] == []
        for kind in ("ubl", "cii"):
            assert [name for name in read.names if name not in kept[kind].decode()] == []
        assert queries.translations_of(document) == ["nl", "en"]
        translation = queries.translation_file(document, "nl")
        assert translation
        assert "Ontwikkeltools" in text_of(translation.content)
    letters = OutgoingMail.objects.filter(to=owner.email, subject__contains="staat klaar")
    assert letters.count() == 2  # in the reader's language


def _choose(client: Client, customer: Organisation, language: str) -> None:
    address = reverse("pages:change_organisation", args=[customer.pk])
    form = client.get(address).context["form"]
    answer = client.post(address, form.initial | {"invoice_language": language})
    assert answer.status_code == 302


def _credited(invoice: Invoice) -> Invoice:
    """All of it, by hand."""
    choice = Choice(CreditProposal.Scope.WHOLE)
    proposal = credit_notes.request_credit(
        invoice,
        choice,
        reason="Not wanted",
        confirmed=credit_notes.preview(invoice, choice).invoice.gross,
        by=PersonFactory(staff=True, duties=[Duty.BILLING]),
        at=CREDITED,
    )
    if proposal.credit_note is None:
        proposal = credit_notes.approve(
            proposal,
            confirmed=proposal.gross,
            by=PersonFactory(staff=True, duties=[Duty.BILLING]),
            at=CREDITED + dt.timedelta(minutes=1),
        )
    assert proposal.credit_note
    return proposal.credit_note
