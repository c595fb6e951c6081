from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from customers.models import Duty, History
from customers.operations.organisations import (
    BillingDetails,
    RegistrationNumberMalformed,
    VatNumberMalformed,
    change_billing_details,
)
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
    ],
)
def test_malformed_numbers_are_refused(details: BillingDetails, refusal: type[Refusal]) -> None:
    organisation = OrganisationFactory(dutch=True, name="Voorbeeld B.V.")

    with pytest.raises(refusal):
        change_billing_details(organisation, details, by=PersonFactory(staff=True), at=AT)

    organisation.refresh_from_db()
    assert (organisation.country, organisation.vat_number) == ("NL", "NL000099998B57")
    assert not History.objects.exists()
