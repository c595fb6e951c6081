"""Who may give the customer's yes on the page of an authorisation, and whom the developer reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.models import Role
from subscriptions.applications.models import AuthorisationStatus, Scope
from tests.factories.customers import MembershipFactory
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Person, Tenant


def test_who_works_for_the_builder_too_reads_that_somebody_else_says_yes(
    signed_in: Client, page: Callable[..., str], tenant: Tenant, owner: Person
) -> None:
    standard = AuthorisationFactory(tenant=tenant, application__standard=True)
    MembershipFactory(organisation=standard.application.owner, person=owner, role=Role.DEVELOPER)

    address = page("authorisation_detail", standard.pk)
    html, listed = (
        signed_in.get(each).content.decode() for each in (address, page("application_list"))
    )
    signed_in.post(address, {"decision": "approve", "read": ",".join(Scope.values)})

    assert "You also work for who built this application" in html
    assert "I approve" not in html
    assert "Deny" in html
    assert "Waits for you" not in listed
    standard.refresh_from_db()
    assert standard.status == AuthorisationStatus.REQUESTED


def test_the_builder_reads_which_role_agreed(
    browser_of: Callable[[Person], Client], tenant: Tenant, owner: Person
) -> None:
    let_in = AuthorisationFactory(active=True, tenant=tenant, confirmed_by=owner)
    builder = MembershipFactory(organisation=let_in.application.owner)
    address = f"/organisations/{builder.organisation_id}/authorisations/{let_in.pk}/"

    html = browser_of(builder.person).get(address).content.decode()

    assert f"An owner or tenant administrator of {tenant.organisation}" in html
    assert owner.name not in html
