"""Credit notes by hand in the back office: seen before it is asked for, agreed to by another."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, runs
from catalog.models import Seller
from customers.models import Duty
from subscriptions.operations import orders, quantity_changes
from tests.billing.operations.test_credit_notes import sandbox
from tests.billing.operations.test_outside_scope import IN_DECEMBER, move
from tests.factories.billing import local, subscriber
from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.shop import SCIM
from tests.factories.subscriptions import cancel_as_read
from tests.portal.backoffice.test_seen import typed

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person

pytestmark = pytest.mark.usefixtures("credits_go")


@pytest.fixture
def invoice(shop: None) -> Invoice:
    """December and a day of Development Tools: 50.63 and 10.63 VAT."""
    subscriber(local("2026-11-30"), name="Voorbeeld B.V.")
    runs.run_due(at=local("2026-12-01"))
    return Invoice.objects.get()


@pytest.fixture
def colleague(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING], name="Cas Collega")


def address(name: str, pk: int, query: str = "") -> str:
    return reverse(f"backoffice:{name}", args=[pk]) + query


def test_the_page_shows_what_will_be_issued(
    client: Client, billing: Person, invoice: Invoice
) -> None:
    client.force_login(billing)

    page = client.get(address("credit", invoice.pk, "?scope=part&amount=10.00"))

    text = page.content.decode()
    assert "€10.00" in text
    assert "€2.10" in text
    assert "€12.10" in text
    assert Invoice.objects.count() == 1


def test_asked_for_and_issued(client: Client, billing: Person, invoice: Invoice) -> None:
    client.force_login(billing)

    answer = client.post(
        address("credit", invoice.pk, "?scope=part&amount=10.00"),
        {"reason": "Two days down", "confirmed": "12.10"},
        follow=True,
    )

    assert answer.redirect_chain == [(address("invoice", invoice.pk), 302)]
    text = answer.content.decode()
    assert "Credited by NL-2026-C000001." in text
    assert "Two days down" in text
    assert "€49.16 of this invoice is left, VAT included." in text
    assert Invoice.objects.get(origin="correction").gross == Decimal("12.10")


def test_what_is_left_to_pay_is_what_was_not_credited(
    client: Client, billing: Person, invoice: Invoice
) -> None:
    client.force_login(billing)
    owner = MembershipFactory(organisation=invoice.organisation).person
    of_customer = f"/organisations/{invoice.organisation_id}/invoices/"
    client.post(
        address("credit", invoice.pk, "?scope=part&amount=10.00"),
        {"reason": "Two days down", "confirmed": "12.10"},
    )

    partly = client.get(address("invoice", invoice.pk)).content.decode()
    in_lists = client.get(reverse("backoffice:invoices")).content.decode()
    client.force_login(owner)
    their_list = client.get(of_customer).content.decode()
    client.force_login(billing)

    assert "Please pay what is left, €49.16, by 15 December 2026" in partly
    assert "Total to pay" not in partly
    assert in_lists.count("Partly credited") == 1
    assert their_list.count("Partly credited") == 1

    client.post(
        address("credit", invoice.pk, "?scope=whole"), {"reason": "The rest", "confirmed": "49.16"}
    )
    whole = client.get(address("invoice", invoice.pk)).content.decode()
    in_lists = client.get(reverse("backoffice:invoices")).content.decode()

    assert "Nothing is left to pay: credited by NL-2026-C000001, NL-2026-C000002." in whole
    assert "Please pay" not in whole
    assert "Due date" not in whole
    assert "Partly credited" not in in_lists
    assert '<span class="badge badge--neutral">Credited</span>' in in_lists


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("?scope=part", "Say how much."),
        ("?scope=part&amount=50.64", "This is more than is left to credit."),
        ("?scope=lines", "Choose how many, or how much, of at least one line."),
        ("?scope=everything", "Select a valid choice."),
    ],
)
def test_what_cannot_be_credited_is_said(
    client: Client, billing: Person, invoice: Invoice, query: str, problem: str
) -> None:
    client.force_login(billing)

    page = client.get(address("credit", invoice.pk, query))

    assert problem in page.content.decode()
    assert "planned" not in page.context


def test_by_line_one_gives_a_number_or_an_amount(
    client: Client, billing: Person, invoice: Invoice
) -> None:
    client.force_login(billing)
    line = invoice.lines.get(position=2)
    both = f"?scope=lines&quantity-{line.pk}=1&amount-{line.pk}=5.00"

    assert "not both" in client.get(address("credit", invoice.pk, both)).content.decode()

    page = client.get(address("credit", invoice.pk, f"?scope=lines&quantity-{line.pk}=1"))
    assert page.context["planned"][0].document.net.amount == Decimal("49.00")


def test_what_changed_meanwhile_is_shown_again(
    client: Client, billing: Person, invoice: Invoice
) -> None:
    client.force_login(billing)

    answer = client.post(
        address("credit", invoice.pk, "?scope=whole"),
        {"reason": "Oops", "confirmed": "1.00"},
        follow=True,
    )

    assert "Something has changed meanwhile" in answer.content.decode()
    assert answer.status_code == 409
    again = {bound.name: bound.value() for bound in answer.context["form"]}
    assert again == {"reason": "Oops", "confirmed": invoice.gross}
    assert Invoice.objects.count() == 1


GIVEN_MEANWHILE = "A credit of this invoice was given or asked for meanwhile"
CREDITS = [
    pytest.param("credit", "?scope=part&amount=10.00", id="a part"),
    pytest.param("credit", "?scope=lines&amount-{line}=10.00", id="so much of a line"),
    pytest.param("credit", "?scope=lines&quantity-{line}=1", id="so many of a line"),
    pytest.param("credit", "?scope=whole", id="the whole"),
]
REISSUE = pytest.param("reissue", "", id="reissued")


def asked(client: Client, name: str, invoice: Invoice, query: str) -> tuple[str, dict[str, Any]]:
    """The page, and what a person types who has read it."""
    page = address(name, invoice.pk, query.format(line=invoice.lines.get(position=2).pk))
    return page, typed(client, page, reason="Two days down")


@pytest.mark.parametrize(("name", "query"), [*CREDITS, REISSUE])
def test_a_second_click_gives_nothing_more(
    client: Client, billing: Person, invoice: Invoice, name: str, query: str
) -> None:
    client.force_login(billing)
    page, confirmed = asked(client, name, invoice, query)
    client.post(page, confirmed)
    issued = Invoice.objects.count()

    told = client.post(page, confirmed, follow=True).content.decode()

    already = "This invoice was cancelled and issued anew"
    assert (already if name == "reissue" else GIVEN_MEANWHILE) in told
    assert Invoice.objects.count() == issued
    assert CreditProposal.objects.count() == 1


@pytest.mark.parametrize(("name", "query"), CREDITS)
def test_a_second_click_asks_nobody_more(
    client: Client, billing: Person, colleague: Person, invoice: Invoice, name: str, query: str
) -> None:
    """Neither while it waits, nor after somebody said no."""
    Seller.objects.update(credit_alone_up_to=0)
    client.force_login(billing)
    page, confirmed = asked(client, name, invoice, query)
    client.post(page, confirmed)
    proposal = CreditProposal.objects.get()

    told = [client.post(page, confirmed, follow=True)]
    credit_notes.reject(proposal, reason="It was used", by=colleague, at=proposal.requested_at)
    told += [client.post(page, confirmed, follow=True)]

    assert all(GIVEN_MEANWHILE in each.content.decode() for each in told)
    assert CreditProposal.objects.count() == 1


def test_of_two_colleagues_the_second_reads_first_what_is_left(
    client: Client, billing: Person, colleague: Person, invoice: Invoice
) -> None:
    client.force_login(billing)
    page, mine = asked(client, "credit", invoice, "?scope=part&amount=10.00")
    client.force_login(colleague)
    client.post(*asked(client, "credit", invoice, "?scope=part&amount=10.00"))

    client.force_login(billing)
    told = client.post(page, mine, follow=True).content.decode()
    assert GIVEN_MEANWHILE in told
    assert "€40.63 without VAT is left of this invoice, €49.16 with VAT." in told
    assert Invoice.objects.filter(origin="correction").count() == 1

    client.post(page, typed(client, page, reason="Two more"))
    assert Invoice.objects.filter(origin="correction").count() == 2


def test_who_agrees_does_so_to_the_invoice_as_they_saw_it(
    client: Client, billing: Person, colleague: Person, invoice: Invoice
) -> None:
    Seller.objects.update(credit_alone_up_to=0)
    client.force_login(billing)
    client.post(*asked(client, "credit", invoice, "?scope=part&amount=10.00"))
    proposal = CreditProposal.objects.get()
    client.force_login(colleague)
    shown = client.get(address("credit_proposal", proposal.pk))
    agreed = {"approve-confirmed": "12.10", "approve-reason": "", "seen": shown.context["seen"]}

    told = client.post(
        address("approve_credit", proposal.pk), agreed | {"seen": "something else"}, follow=True
    )
    assert GIVEN_MEANWHILE in told.content.decode()
    assert Invoice.objects.count() == 1

    for _click in range(2):
        client.post(address("approve_credit", proposal.pk), agreed)
    assert Invoice.objects.filter(origin="correction").count() == 1


def test_a_second_person_agrees(
    client: Client, billing: Person, colleague: Person, invoice: Invoice
) -> None:
    Seller.objects.update(credit_alone_up_to=0)
    client.force_login(billing)
    asked = client.post(
        address("credit", invoice.pk, "?scope=whole"),
        {"reason": "Never used", "confirmed": "61.26"},
        follow=True,
    )
    proposal = CreditProposal.objects.get()
    assert asked.redirect_chain == [(address("credit_proposal", proposal.pk), 302)]
    assert "somebody else decides on it" in asked.content.decode()
    seen = {"approve-confirmed": "61.26", "approve-reason": "Fair"}
    client.post(address("approve_credit", proposal.pk), seen)
    assert Invoice.objects.count() == 1

    client.force_login(colleague)
    home = client.get(reverse("backoffice:home")).content.decode()
    assert "Credits to approve" in home
    assert "Never used" in client.get(address("credit_proposal", proposal.pk)).content.decode()
    answer = client.post(address("approve_credit", proposal.pk), seen, follow=True)

    assert "Credited by NL-2026-C000001." in answer.content.decode()
    assert Invoice.objects.get(origin="correction").gross == invoice.gross


def test_a_second_person_says_no_and_why(
    client: Client, billing: Person, colleague: Person, invoice: Invoice
) -> None:
    Seller.objects.update(credit_alone_up_to=0)
    client.force_login(billing)
    client.post(
        address("credit", invoice.pk, "?scope=whole"),
        {"reason": "Never used", "confirmed": "61.26"},
    )
    proposal = CreditProposal.objects.get()
    client.force_login(colleague)

    unsaid = client.post(address("reject_credit", proposal.pk), {"reason": ""})
    assert unsaid.status_code == 422
    client.post(address("reject_credit", proposal.pk), {"reason": "It was used"})

    proposal.refresh_from_db()
    assert (proposal.status, proposal.decision_reason) == ("rejected", "It was used")
    assert Invoice.objects.count() == 1


def test_cancel_and_reissue(client: Client, billing: Person, invoice: Invoice) -> None:
    client.force_login(billing)
    shown = client.get(address("reissue", invoice.pk))
    assert [str(each.document.gross.amount) for each in shown.context["planned"]] == [
        "61.26",
        "61.26",
    ]

    answer = client.post(
        address("reissue", invoice.pk),
        {"reason": "Wrong street", "confirmed": "61.26"},
        follow=True,
    )

    text = answer.content.decode()
    assert "Cancelled by NL-2026-C000001 and issued anew." in text
    assert "NL-2026-000002" in text
    assert "Wrong street" in text
    again = client.get(address("reissue", invoice.pk), follow=True).content.decode()
    assert "This invoice was cancelled and issued anew" in again


def test_what_a_runs_credit_note_charges_is_credited_too(
    client: Client, billing: Person, shop: None
) -> None:
    """70.00 for January, and four users back for most of December."""
    _customer, subscription = sandbox(5, local("2026-11-16"))
    runs.run_due(at=local("2026-12-01", "00:05"))
    quantity_changes.change(
        subscription,
        quantities={"sales-premium": 1, "service-premium": 1},
        by=subscription.ordered_by,
        at=local("2026-12-06"),
    )
    runs.run_due(at=local("2027-01-01", "00:05"))
    credit_note = Invoice.objects.get(month="2027-01-01")
    client.force_login(billing)

    before = client.get(address("invoice", credit_note.pk)).content.decode()
    assert "Credit what it charges" in before
    assert "Cancel and reissue" not in before
    shown = client.get(address("credit", credit_note.pk)).content.decode()
    assert "€70.00 without VAT is left of what this credit note charges, €84.70 with VAT." in shown
    client.post(
        address("credit", credit_note.pk, "?scope=whole"), {"reason": "Down", "confirmed": "84.70"}
    )
    after = client.get(address("invoice", credit_note.pk)).content.decode()
    listed = client.get(reverse("backoffice:invoices")).content.decode()

    assert "€0.00 of what this credit note charges is left, VAT included." in after
    assert "left to pay" not in after.lower()
    assert "Credit what it charges" not in after
    assert "Partly credited" not in listed
    anew = client.get(address("reissue", credit_note.pk), follow=True).content.decode()
    assert "Only an invoice is issued anew" in anew


def test_credits_that_stand_apart_are_shown_agreed_to_and_linked(
    client: Client, billing: Person, colleague: Person, shop: None
) -> None:
    """A Dutch customer in January: 99.00 and 23.71 back; British since."""
    customer, subscription = subscriber(local("2026-11-30"))
    owner = subscription.ordered_by
    orders.subscribe(customer, product_code=SCIM, tenant=None, by=owner, at=local("2026-11-30"))
    runs.run_due(at=local("2026-12-01"))
    cancel_as_read(subscription, at=IN_DECEMBER)
    runs.run_due(at=local("2027-01-01", "00:05"))
    move(customer, "GB", "GB999999973", billing)
    invoice = Invoice.objects.get(month="2027-01-01")
    Seller.objects.update(credit_alone_up_to=0)
    client.force_login(billing)
    shown = client.get(address("reissue", invoice.pk))
    assert [str(each.gross.amount) for each in shown.context["planned"]] == [
        "91.10",
        "28.69",
        "99.00",
    ]
    assert "The new credit note, for what the invoice credited" in shown.content.decode()
    client.post(address("reissue", invoice.pk), {"reason": "Moved", "confirmed": "70.31"})
    proposal = CreditProposal.objects.get()

    client.force_login(colleague)
    asked = client.get(address("credit_proposal", proposal.pk)).context["approve"]
    seen = {"approve-confirmed": asked.initial["confirmed"], "approve-reason": ""}
    answer = client.post(address("approve_credit", proposal.pk), seen, follow=True)

    anew = Invoice.objects.filter(origin="reissue").order_by("kind")
    assert [str(each.gross) for each in anew] == ["28.69", "99.00"]
    text = answer.content.decode()
    assert all(f">{each.number}</a>" in text for each in anew)
    credits_page = client.get(address("invoice", anew[0].pk)).content.decode()
    assert "This credit note stands in for the credits of:" in credits_page
    assert "This credit note corrects:" in credits_page
