"""What a partner's people see of the customers that let them in ends at those customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Membership, Organisation, Person, Tenant

    type Address = Callable[..., str]


def test_a_partner_sees_nothing_of_others_who_let_the_customers_application_in(
    page: Address,
    customer: Organisation,
    tenant: Tenant,
    signed_in: Client,
    partner_of_customer: Membership,
    browser_of: Callable[[Person], Client],
) -> None:
    application = ApplicationFactory(owner=customer)
    here = AuthorisationFactory(application=application, tenant=tenant, active=True)
    elsewhere = AuthorisationFactory(
        application=application, tenant__organisation__name="Elders B.V.", active=True
    )
    partner = browser_of(partner_of_customer.person)
    detail = page("application_detail", application.pk)

    assert "Elders B.V." in signed_in.get(detail).text
    assert "Elders B.V." not in partner.get(detail).text
    for client, status in ((signed_in, 200), (partner, 404)):
        assert client.get(page("authorisation_detail", here.pk)).status_code == 200
        assert client.get(page("authorisation_detail", elsewhere.pk)).status_code == status
