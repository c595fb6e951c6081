"""A customer reads under which details it is billed, and corrects them itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers import clock
from customers.models import History, Organisation, Role
from customers.operations.organisations import change_billing_details
from portal.backoffice.forms_customers import BillingDetailsForm
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Person

    type Address = Callable[..., str]

pytestmark = pytest.mark.django_db

CHANGED = {
    "name": "Voorbeeld Holding B.V.",
    "street": "Keizersgracht 1",
    "postal_code": "1015 CJ",
    "city": "Amsterdam",
    "vat_number": "NL004495445B01",
    "registration_number": "12345678",
    "buyer_reference": "PO-2026-11",
    "order_number": "4711",
    "endpoint_scheme": "0106",
    "endpoint_id": "12345678",
    "invoice_language": "de",
}


@pytest.mark.parametrize("role", list(Role))
def test_every_member_reads_them(
    browser_of: Callable[[Person], Client],
    member_of: Callable[[Role], Person],
    page: Address,
    customer: Organisation,
    role: Role,
) -> None:
    Organisation.objects.filter(pk=customer.pk).update(
        street="Damrak 1", buyer_reference="PO-1", endpoint_scheme="0106", endpoint_id="87654321"
    )

    html = browser_of(member_of(role)).get(page("organisation")).content.decode()

    for text in ("Damrak 1", "PO-1", "87654321", "Netherlands", "Example Software B.V."):
        assert text in html
    changes = role in {Role.OWNER, Role.BILLING_CONTACT}
    assert (page("change_organisation") in html) is changes


@pytest.mark.parametrize("role", [Role.OWNER, Role.BILLING_CONTACT])
def test_who_deals_with_invoices_changes_them(
    browser_of: Callable[[Person], Client],
    member_of: Callable[[Role], Person],
    page: Address,
    customer: Organisation,
    role: Role,
) -> None:
    person = member_of(role)

    answer = browser_of(person).post(page("change_organisation"), CHANGED, follow=True)

    customer.refresh_from_db()
    assert {name: getattr(customer, name) for name in CHANGED} == CHANGED
    assert (customer.country, customer.currency) == ("NL", "EUR")
    told = History.objects.about(customer).get(verb="organisation.billing_details_changed")
    assert told.actor == person
    assert "Changed, from the next invoice on." in answer.content.decode()


@pytest.mark.parametrize("role", [Role.TENANT_ADMINISTRATOR, Role.DEVELOPER, Role.READER])
def test_others_do_not(
    browser_of: Callable[[Person], Client],
    member_of: Callable[[Role], Person],
    page: Address,
    customer: Organisation,
    role: Role,
) -> None:
    answer = browser_of(member_of(role)).post(page("change_organisation"), CHANGED)

    assert answer.status_code == 403
    assert "Owner, Billing contact" in answer.content.decode()
    customer.refresh_from_db()
    assert customer.name == "Voorbeeld B.V."


@pytest.mark.parametrize(
    ("wrong", "status", "sentence"),
    [
        pytest.param(
            {"vat_number": "DE123456789"},
            422,
            "not a VAT number of Netherlands, such as NL123456789B13",
            id="VAT of elsewhere",
        ),
        pytest.param({"endpoint_id": ""}, 422, "scheme", id="half an address"),
        pytest.param({"endpoint_scheme": "0999"}, 422, "the code list EAS", id="scheme"),
        pytest.param({"name": ""}, 422, "This field is required", id="no name"),
    ],
)
def test_what_cannot_be_is_answered_at_its_field(
    signed_in: Client,
    page: Address,
    customer: Organisation,
    wrong: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    answer = signed_in.post(page("change_organisation"), CHANGED | wrong)

    assert answer.status_code == status
    [errors] = answer.context["form"].errors.values()
    assert sentence in errors[0]
    customer.refresh_from_db()
    assert customer.name == "Voorbeeld B.V."
    assert not History.objects.filter(verb="organisation.billing_details_changed").exists()


def test_a_german_customer_is_asked_for_its_postal_code(
    signed_in: Client, page: Address, customer: Organisation
) -> None:
    Organisation.objects.filter(pk=customer.pk).update(country="DE")
    german = CHANGED | {"vat_number": "DE136695976", "postal_code": ""}

    answer = signed_in.post(page("change_organisation"), german)

    assert answer.context["form"].errors == {
        "postal_code": ["In this country an invoice names the postal code too."]
    }
    customer.refresh_from_db()
    assert customer.name == "Voorbeeld B.V."


def test_everything_that_is_wrong_is_said_at_once(
    signed_in: Client, page: Address, customer: Organisation
) -> None:
    wrong = {"vat_number": "NL123", "endpoint_scheme": "abc", "name": ""}

    answer = signed_in.post(page("change_organisation"), CHANGED | wrong)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"vat_number", "endpoint_scheme", "name"}
    customer.refresh_from_db()
    assert customer.vat_number != "NL123"


def test_the_form_shows_what_a_vat_number_looks_like(signed_in: Client, page: Address) -> None:
    html = signed_in.get(page("change_organisation")).text

    assert "Netherlands: such as NL123456789B13." in html


def test_country_and_currency_are_not_the_customers_to_change(
    signed_in: Client, page: Address, customer: Organisation
) -> None:
    signed_in.post(page("change_organisation"), CHANGED | {"country": "NO", "currency": "NOK"})

    customer.refresh_from_db()
    assert (customer.country, customer.currency) == ("NL", "EUR")


@pytest.mark.parametrize(
    ("theirs", "now"),
    [
        pytest.param({"street": "Damrak 1"}, [("Street and number", "Damrak 1")], id="street"),
        pytest.param({"country": "BE"}, [], id="country, which is not on the form"),
    ],
)
def test_what_staff_corrected_meanwhile_is_not_put_back(
    signed_in: Client,
    page: Address,
    customer: Organisation,
    theirs: dict[str, str],
    now: list[tuple[str, str]],
) -> None:
    address = page("change_organisation")
    seen = signed_in.get(address).context["seen"]
    known = BillingDetailsForm.shown(customer) | {"vat_number": ""}
    Organisation.objects.filter(pk=customer.pk).update(vat_number="")
    form = BillingDetailsForm(known | theirs)
    assert form.is_valid()
    change_billing_details(customer, form.details, by=PersonFactory(staff=True), at=clock.now())
    mine = {**known, "city": "Utrecht", "seen": seen}

    told = signed_in.post(address, mine)

    html = told.content.decode()
    assert (told.status_code, "Somebody has changed it meanwhile" in html) == (409, True)
    assert [each for each in told.context["now"] if each[0] != "City"] == now
    customer.refresh_from_db()
    assert customer.city != "Utrecht"

    again = {**mine, "seen": told.context["seen"]}
    assert signed_in.post(address, again).status_code == 302
    customer.refresh_from_db()
    assert customer.city == "Utrecht"
