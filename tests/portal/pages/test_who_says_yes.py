"""Who may give the customer's yes on the page of an authorisation, and whom the developer reads."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import History, Role
from subscriptions.applications import operations, validity
from subscriptions.applications.models import AuthorisationStatus, Scope
from tests.factories.customers import MembershipFactory
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Person, Tenant
    from subscriptions.applications.models import Application, Authorisation


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


def test_it_waits_for_the_same_on_the_list_and_on_its_tenant(
    browser_of: Callable[[Person], Client],
    signed_in: Client,
    page: Callable[..., str],
    member_of: Callable[[Role], Person],
    tenant: Tenant,
) -> None:
    AuthorisationFactory(tenant=tenant, application__standard=True)
    pages = (page("application_list"), page("tenant_detail", tenant.pk))
    developer = browser_of(member_of(Role.DEVELOPER))

    owner_reads = [signed_in.get(each).text for each in pages]
    developer_reads = [developer.get(each).text for each in pages]

    assert ["Waits for you" in html for html in owner_reads] == [True, True]
    assert ["Waits for you" in html for html in developer_reads] == [False, False]
    assert ["Waits for the customer" in html for html in developer_reads] == [True, True]


def test_who_works_for_the_builder_too_is_not_led_to_a_yes_that_is_refused(
    signed_in: Client,
    page: Callable[..., str],
    tenant: Tenant,
    planner: Application,
    owner: Person,
) -> None:
    over = AuthorisationFactory(
        tenant=tenant, application=planner, active=True, status="revoked", closed_at=NOON
    )
    address = page("authorisation_detail", over.pk)
    before = signed_in.get(address).text
    MembershipFactory(organisation=planner.owner, person=owner, role=Role.DEVELOPER)

    html = signed_in.get(address).text

    assert "Let it in again" in before
    assert "Let it in again" not in html
    assert "Ask again" in html


def test_a_colleague_with_a_membership_reads_that_the_customer_says_yes(
    signed_in: Client, page: Callable[..., str], tenant: Tenant, owner: Person
) -> None:
    standard = AuthorisationFactory(tenant=tenant, application__standard=True)
    owner.is_staff = True
    owner.save()

    html = signed_in.get(page("authorisation_detail", standard.pk)).text
    listed = signed_in.get(page("application_list")).text

    assert "Only an owner or a tenant administrator of the customer itself can approve." in html
    assert "I approve" not in html
    assert "Waits for you" not in listed


def test_nor_to_agree_to_more(
    signed_in: Client, page: Callable[..., str], tenant: Tenant, owner: Person
) -> None:
    let_in = AuthorisationFactory(active=True, tenant=tenant, agreed_scopes=["crm:read"])
    address = page("authorisation_detail", let_in.pk)
    before = signed_in.get(address).text
    MembershipFactory(organisation=let_in.application.owner, person=owner, role=Role.DEVELOPER)

    html = signed_in.get(address).text

    assert "I agree" in before
    assert "I agree" not in html
    assert "You also work for who built this application" in html


def test_the_builder_reads_which_role_agreed(
    browser_of: Callable[[Person], Client], tenant: Tenant, owner: Person
) -> None:
    let_in = AuthorisationFactory(active=True, tenant=tenant, confirmed_by=owner)
    builder = MembershipFactory(organisation=let_in.application.owner)
    address = f"/organisations/{builder.organisation_id}/authorisations/{let_in.pk}/"

    html = browser_of(builder.person).get(address).content.decode()

    assert f"An owner or tenant administrator of {tenant.organisation}" in html
    assert owner.name not in html


def _approve(asked: Authorisation, by: Person) -> None:
    operations.approve(asked, by=by, at=NOON)


def _deny(asked: Authorisation, by: Person) -> None:
    operations.deny(asked, reason="Not now", by=by, at=NOON)


def _revoke(asked: Authorisation, by: Person) -> None:
    _approve(asked, by)
    operations.revoke(asked, reason="Not needed any more", by=by, at=NOON)


def _set_a_day(asked: Authorisation, by: Person) -> None:
    _approve(asked, by)
    validity.change_end(
        asked, valid_until=NOON + dt.timedelta(days=30), reason="A trial", by=by, at=NOON
    )


@pytest.mark.parametrize("decide", [_approve, _deny, _revoke, _set_a_day])
def test_the_builder_reads_the_role_at_every_decision_of_the_customer(
    browser_of: Callable[[Person], Client],
    tenant: Tenant,
    owner: Person,
    decide: Callable[[Authorisation, Person], None],
) -> None:
    asked = AuthorisationFactory(tenant=tenant, application__standard=True)
    decide(asked, owner)
    builder = MembershipFactory(organisation=asked.application.owner)

    html = (
        browser_of(builder.person)
        .get(f"/organisations/{builder.organisation_id}/authorisations/{asked.pk}/")
        .text
    )

    happened = html.split('id="timeline"')[1].split('id="about"')[0]
    decisions = asked_history(asked)
    assert decisions >= 1
    role = f"An owner or tenant administrator of {tenant.organisation}"
    assert happened.count(role) == decisions
    assert owner.name not in html


def asked_history(authorisation: Authorisation) -> int:
    """How many decisions its history tells of."""
    told = History.objects.filter(subject_type="authorisation", subject_id=authorisation.pk)
    return told.exclude(verb="authorisation.requested").count()
