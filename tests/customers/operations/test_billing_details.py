from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError
from django.utils.translation import override

from billing.documents.words import LANGUAGES
from customers.models import Duty, History, InvoiceLanguage
from customers.operations.organisations import (
    BillingDetails,
    EndpointMalformed,
    EndpointMistyped,
    NewOrganisation,
    PostalCodeMissing,
    RegistrationNumberMalformed,
    SchemeUnknown,
    VatNumberMalformed,
    change_billing_details,
    create_organisation,
)
from portal.pages.presenters.history import history_items
from tests.factories.customers import OrganisationFactory, PersonFactory

if TYPE_CHECKING:
    from customers.refusals import Refusal

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)

DUTCH = BillingDetails(
    name="Voorbeeld B.V.",
    street="Voorbeeldkade 1",
    postal_code="1234 AB",
    city="Voorbeeldstad",
    country="NL",
    vat_number="NL000099998B57",
    registration_number="",
    invoice_language="nl",
)


def test_only_what_changed_is_told() -> None:
    organisation = OrganisationFactory(dutch=True, name="Voorbeeld B.V.")
    clerk = PersonFactory(staff=True, duties=[Duty.BILLING])

    changed = change_billing_details(
        organisation, replace(DUTCH, city="Zwolle", vat_number="nl 0000.99998.B57"), by=clerk, at=AT
    )

    assert (changed.city, changed.vat_number) == ("Zwolle", "NL000099998B57")
    told = History.objects.get()
    assert told.verb == "organisation.billing_details_changed"
    assert told.details == {"from": {"city": "Voorbeeldstad"}, "to": {"city": "Zwolle"}}
    assert (told.actor, told.at) == (clerk, AT)


def test_another_language_of_the_invoices_is_told_and_leaves_that_of_letters() -> None:
    organisation = OrganisationFactory(dutch=True, name="Voorbeeld B.V.")

    changed = change_billing_details(
        organisation, replace(DUTCH, invoice_language="de"), by=PersonFactory(staff=True), at=AT
    )

    assert (changed.invoice_language, changed.language) == ("de", "nl")
    told = History.objects.get()
    assert told.details == {"from": {"invoice_language": "nl"}, "to": {"invoice_language": "de"}}
    with override("nl"):
        [item] = history_items([told])
    assert item.text == "Taal van de facturen: Nederlands → Duits"


def test_no_invoice_is_in_a_language_that_has_no_words() -> None:
    organisation = OrganisationFactory(dutch=True, name="Voorbeeld B.V.")

    with pytest.raises(IntegrityError, match="organisation_invoice_language_is_known"):
        change_billing_details(
            organisation, replace(DUTCH, invoice_language="fr"), by=PersonFactory(), at=AT
        )


def test_every_language_that_can_be_chosen_has_its_words() -> None:
    assert set(InvoiceLanguage.values) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("wished", "language"),
    [pytest.param("", "nl", id="of its letters"), pytest.param("de", "de", id="as wished")],
)
def test_the_invoices_of_a_new_organisation(wished: str, language: str) -> None:
    new = NewOrganisation(
        name="New", country="BE", currency="EUR", language="nl", invoice_language=wished
    )

    created = create_organisation(new, by=PersonFactory(staff=True), at=AT)

    assert created.invoice_language == language


def test_the_same_details_change_nothing() -> None:
    organisation = OrganisationFactory(dutch=True, name="Voorbeeld B.V.")

    change_billing_details(organisation, DUTCH, by=PersonFactory(staff=True), at=AT)

    assert not History.objects.exists()


@pytest.mark.parametrize(
    ("details", "refusal"),
    [
        pytest.param(
            replace(DUTCH, vat_number="NL000099999B57"), VatNumberMalformed, id="check digits"
        ),
        pytest.param(replace(DUTCH, country="DE"), VatNumberMalformed, id="another country's"),
        pytest.param(
            replace(DUTCH, country="NO", vat_number="", registration_number="123456789"),
            RegistrationNumberMalformed,
            id="Norwegian number",
        ),
        pytest.param(
            replace(DUTCH, country="DE", vat_number="", postal_code=" "),
            PostalCodeMissing,
            id="German address",
        ),
        pytest.param(
            replace(DUTCH, endpoint_scheme="999", endpoint_id="12345678"),
            EndpointMalformed,
            id="three digits",
        ),
        pytest.param(
            replace(DUTCH, endpoint_scheme="0999", endpoint_id="12345678"),
            SchemeUnknown,
            id="no such scheme",
        ),
        pytest.param(
            replace(DUTCH, endpoint_scheme="0088", endpoint_id="8712345678902"),
            EndpointMistyped,
            id="check digit of a GLN",
        ),
    ],
)
def test_malformed_numbers_are_refused(details: BillingDetails, refusal: type[Refusal]) -> None:
    organisation = OrganisationFactory(dutch=True, name="Voorbeeld B.V.")

    with pytest.raises(refusal):
        change_billing_details(organisation, details, by=PersonFactory(staff=True), at=AT)

    organisation.refresh_from_db()
    assert (organisation.country, organisation.vat_number) == ("NL", "NL000099998B57")
    assert not History.objects.exists()
