from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from billing.documents import accounting
from billing.documents.einvoice.references import printed
from billing.documents.models import Document
from billing.documents.operations import make_due
from billing.documents.reading import invoice_data
from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from catalog.models import Seller
from customers import clock
from customers.models import Duty, Organisation, Role
from subscriptions.operations import cancellations, orders
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.documents import CASES, euro_in_kroner, issued
from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM
from tests.factories.subscriptions import cancel_as_read
from tests.portal.pages.conftest import NOON
from tests.portal.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from django.test import Client

    from customers.models import Membership, Person
    from subscriptions.models import Subscription

    type Address = Callable[..., str]

pytestmark = pytest.mark.usefixtures("credits_go")

FIRST_OF_DECEMBER = dt.datetime(2026, 12, 1, 5, 0, tzinfo=dt.UTC)
FIRST_OF_JANUARY = dt.datetime(2027, 1, 1, 5, 0, tzinfo=dt.UTC)
WHOLE = Choice(CreditProposal.Scope.WHOLE)
DUTCH = {"accept-language": "nl"}


@pytest.fixture
def invoice(subscription: Subscription, noon: time_machine.Traveller) -> Invoice:
    """Of December, with the part of November: made by the run."""
    noon.move_to(FIRST_OF_DECEMBER)
    runs.run_due(at=FIRST_OF_DECEMBER)
    return Invoice.objects.get(organisation=subscription.organisation)


@pytest.fixture
def credit_note(
    invoice: Invoice,
    subscription: Subscription,
    owner: Person,
    noon: time_machine.Traveller,
) -> Invoice:
    """December was paid and not used from the 11th on."""
    at = dt.datetime(2026, 12, 10, 11, 0, tzinfo=dt.UTC)
    found = cancellations.consequences(subscription, when=CancelWhen.NOW, at=at)
    cancellations.cancel(
        subscription, when=CancelWhen.NOW, confirmed=found.fingerprint, by=owner, at=at
    )
    noon.move_to(FIRST_OF_JANUARY)
    runs.run_due(at=FIRST_OF_JANUARY)
    return Invoice.objects.get(kind=Invoice.Kind.CREDIT_NOTE)


def test_before_the_first_one_the_page_says_when_it_comes(
    signed_in: Client, page: Address, subscription: Subscription
) -> None:
    html = read(signed_in, page("invoice_list"))

    assert "No invoices yet" in html
    assert "The first one comes on 1 December 2026: €62.07, excl. VAT" in html


def test_a_credit_note_and_an_invoice_to_come_are_both_said(
    signed_in: Client,
    page: Address,
    invoice: Invoice,
    subscription: Subscription,
    owner: Person,
    noon: time_machine.Traveller,
) -> None:
    """It left the Union: the credit of unused days and what is charged now stand apart."""
    customer = invoice.organisation
    noon.move_to(dt.datetime(2026, 12, 16, 11, 0, tzinfo=dt.UTC))
    orders.subscribe(customer, product_code=SCIM, tenant=None, by=owner, at=clock.now())
    cancel_as_read(subscription, at=clock.now())
    Organisation.objects.filter(pk=customer.pk).update(country="GB", vat_number="GB999999973")
    signed_in.force_login(owner)  # two weeks later

    html = read(signed_in, page("invoice_list"))

    assert "€23.71, excl. VAT, is credited on 1 January 2027, as things are now." in html
    assert "On 1 January 2027: €150.10, excl. VAT, as things are now." in html


def test_vat_is_said_in_kroner_once_the_documents_state_it(
    signed_in: Client, page: Address, customer: Organisation
) -> None:
    euro_in_kroner(on=dt.date(2026, 10, 30))
    invoice = issued(CASES["NO to NO, in euros"], organisation=customer)
    address = page("invoice_detail", invoice.pk)
    before = read(signed_in, address)
    with transaction.atomic():
        accounting.state(invoice)

    after = read(signed_in, address)

    assert "VAT in NOK" not in before
    assert "VAT in NOK" in after
    assert "NOK\xa0507.09" in after


def test_without_anything_there_is_nothing_to_say(signed_in: Client, page: Address) -> None:
    html = read(signed_in, page("invoice_list"))

    assert "As soon as a subscription is charged, its invoice is here." in html


def test_the_document_says_all_that_the_law_asks_for(
    browser_of: Callable[[Person], Client], owner: Person, page: Address, invoice: Invoice
) -> None:
    html = read(browser_of(owner), page("invoice_detail", invoice.pk))

    for text in (
        f"Invoice {invoice.number}",
        "Example Software B.V.",
        "NL004495445B01",
        "Voorbeeld B.V.",
        "Voorbeeldkade 1",
        "1234 AB Voorbeeldstad",
        "Netherlands",
        "1 December 2026",
        "15 December 2026",
        "Productie (Cust10001)",
        "23–30 November 2026: 8 of 30 days × €49.00",
        "€13.07",
        "€49.00",
        "€62.07",
        "21%",
        "€13.03",
        "€75.10",
        "NL91ABNA0417164300",
        "The prices on this document are example prices.",
    ):
        assert text in html


def test_the_pdf_in_the_language_that_is_not_the_buyers(
    signed_in: Client, page: Address, invoice: Invoice
) -> None:
    address = page("invoice_detail", invoice.pk)
    assert "PDF translated into" not in read(signed_in, address)
    make_due(FIRST_OF_DECEMBER)
    [other] = {"nl", "en"} - {invoice.language}

    html = read(signed_in, address)

    translated = page("invoice_translation", invoice.pk, other)
    assert html.count("PDF translated into") == 1
    assert f'href="{translated}"' in html
    answer = signed_in.get(translated)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert f"{invoice.number}-translation-{other}.pdf" in answer.headers["Content-Disposition"]
    assert answer.content == signed_in.get(translated).content
    assert (
        signed_in.get(page("invoice_translation", invoice.pk, invoice.language)).status_code == 404
    )


def test_each_row_has_its_pdf_once_it_is_made(
    signed_in: Client, page: Address, invoice: Invoice
) -> None:
    before = read(signed_in, page("invoice_list"))
    make_due(FIRST_OF_DECEMBER)
    pdf = Document.objects.get(rendering__invoice=invoice, kind="pdf")

    html = read(signed_in, page("invoice_list"))

    address = page("invoice_document", invoice.pk, pdf.pk)
    assert f'href="{address}"' in html
    assert address.removesuffix(f"{pdf.pk}/") not in before


def test_what_is_to_be_paid_stands_first_and_other_formats_a_click_away(
    signed_in: Client, page: Address, invoice: Invoice
) -> None:
    make_due(FIRST_OF_DECEMBER)

    html = read(signed_in, page("invoice_detail", invoice.pk))

    first, _document = html.split("Seller</h2>")
    head, others = first.split("<details>\n      <summary>Other formats")
    for each in ("€75.10", "15 December 2026", "Download as PDF"):
        assert each in head
    assert "E-invoice (UBL)" not in head
    for each in ("E-invoice (UBL)", "E-invoice (CII)", "PDF translated into"):
        assert others.count(each) == 1


def test_nothing_is_to_be_paid_of_a_credit_note(
    browser_of: Callable[[Person], Client], owner: Person, page: Address, credit_note: Invoice
) -> None:
    html = read(browser_of(owner), page("invoice_detail", credit_note.pk))

    first, _document = html.split("Seller</h2>")
    assert "Total to your credit" in first
    assert "€40.16" in first
    assert "Due date" not in first


def test_what_to_name_when_paying_is_what_the_documents_say(
    browser_of: Callable[[Person], Client],
    owner: Person,
    page: Address,
    invoice: Invoice,
    credit_note: Invoice,
) -> None:
    signed_in = browser_of(owner)
    data = invoice_data(invoice, language="nl")
    asked = printed(data.reference, data.buyer.country)

    html = read(signed_in, page("invoice_detail", invoice.pk))
    nothing_to_pay = read(signed_in, page("invoice_detail", credit_note.pk))

    assert asked.startswith("RF")
    assert f"(BIC ABNANL2A), naming {asked}." in html
    assert "naming" not in nothing_to_pay


def test_the_document_in_dutch(
    browser_of: Callable[[Person], Client], owner: Person, page: Address, invoice: Invoice
) -> None:
    html = read(browser_of(owner), page("invoice_detail", invoice.pk), headers=DUTCH)

    for text in (f"Factuur {invoice.number}", "8 van 30 dagen", "€\xa075,10", "Nederland"):
        assert text in html


def test_a_credit_note_says_what_it_corrects(
    browser_of: Callable[[Person], Client],
    owner: Person,
    page: Address,
    invoice: Invoice,
    credit_note: Invoice,
) -> None:
    client = browser_of(owner)
    html = read(client, page("invoice_detail", credit_note.pk))
    rows = read(client, page("invoice_list"))

    assert f"Credit note {credit_note.number}" in html
    assert page("invoice_detail", invoice.pk) in html
    assert "11–31 December 2026: 21 of 31 days × €49.00" in html
    assert "Total to your credit" in html
    assert "€33.19" in html
    assert "\u2212€33.19" in rows  # in the list it counts against what is owed
    assert "€28.88" in rows  # 62.07 less 33.19


def test_a_due_date_is_named_where_something_is_to_be_paid(
    browser_of: Callable[[Person], Client], owner: Person, page: Address, invoice: Invoice
) -> None:
    Seller.objects.update(credit_alone_up_to=1000)
    staff = PersonFactory(staff=True, duties=[Duty.BILLING])
    client = browser_of(owner)
    due, iso = 'data-label="Due date">15 Dec 2026</td>', "2026-12-15"
    left = []

    for choice in (Choice(CreditProposal.Scope.PART, net=Decimal(10)), WHOLE):
        confirmed = credit_notes.preview(invoice, choice).invoice.gross
        credit_notes.request_credit(
            invoice, choice, reason="Down", confirmed=confirmed, by=staff, at=clock.now()
        )
        as_csv = read(client, f"{page('invoice_list')}?format=csv")
        left.append((read(client, page("invoice_list")).count(due), as_csv.count(iso)))

    assert left == [(1, 1), (0, 0)]  # never of a credit note, and of nothing that is given back


def test_reverse_charge_carries_its_sentence(
    browser_of: Callable[[Person], Client],
    customer: Organisation,
    noon: time_machine.Traveller,
) -> None:
    german = OrganisationFactory(german=True)
    member = MembershipFactory(organisation=german)
    orders.subscribe(
        german,
        product_code=DEVELOPMENT_TOOLS,
        tenant=TenantFactory(organisation=german),
        by=member.person,
        at=NOON,
    )
    noon.move_to(FIRST_OF_DECEMBER)
    runs.run_due(at=FIRST_OF_DECEMBER)
    client = browser_of(member.person)
    invoice = Invoice.objects.get(organisation=german)

    address = f"/organisations/{german.pk}/invoices/{invoice.pk}/"

    assert "Reverse charge" in read(client, address)
    assert german.vat_number in read(client, address)
    assert "Btw verlegd" in read(client, address, headers=DUTCH)


def test_the_list_by_year_and_as_csv(
    browser_of: Callable[[Person], Client],
    owner: Person,
    page: Address,
    invoice: Invoice,
    credit_note: Invoice,
) -> None:
    client = browser_of(owner)

    of_2026 = read(client, f"{page('invoice_list')}?year=2026")
    response = client.get(f"{page('invoice_list')}?format=csv")
    dutch = client.get(f"{page('invoice_list')}?format=csv&year=2026", headers=DUTCH)

    assert invoice.number in of_2026
    assert credit_note.number not in of_2026
    assert response.content.decode("utf-8-sig").splitlines()[1:] == [
        f"{credit_note.number},Credit note,2027-01,2027-01-01,,-33.19,-6.97,-40.16,EUR",
        f"{invoice.number},Invoice,2026-12,2026-12-01,2026-12-15,62.07,13.03,75.10,EUR",
    ]
    assert "62,07;13,03;75,10" in dutch.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OWNER, 200),
        (Role.TENANT_ADMINISTRATOR, 200),
        (Role.BILLING_CONTACT, 200),
        (Role.DEVELOPER, 403),
        (Role.READER, 403),
    ],
)
def test_who_may_see_invoices(
    page: Address,
    invoice: Invoice,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
    role: Role,
    status: int,
) -> None:
    client = browser_of(member_of(role))

    assert client.get(page("invoice_list")).status_code == status
    assert client.get(page("invoice_detail", invoice.pk)).status_code == status


def test_a_partner_who_was_let_in_sees_them(
    page: Address,
    invoice: Invoice,
    partner_of_customer: Membership,
    browser_of: Callable[[Person], Client],
) -> None:
    client = browser_of(partner_of_customer.person)

    assert invoice.number in read(client, page("invoice_list"))


def test_somebody_elses_invoice_is_not_there(
    page: Address, invoice: Invoice, browser_of: Callable[[Person], Client]
) -> None:
    stranger = MembershipFactory(organisation=OrganisationFactory(dutch=True))
    client = browser_of(stranger.person)

    assert client.get(page("invoice_list")).status_code == 404
    assert client.get(page("invoice_detail", invoice.pk)).status_code == 404
    own = f"/organisations/{stranger.organisation_id}/invoices/{invoice.pk}/"
    assert client.get(own).status_code == 404
