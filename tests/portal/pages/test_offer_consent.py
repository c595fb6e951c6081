"""“I approve”: a customer lets a standard application in on one tenant."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from customers.models import Environment, Person, Role
from subscriptions.applications.models import (
    Authorisation,
    AuthorisationStatus,
    Publication,
    Scope,
)
from tests.factories.customers import MembershipFactory, TenantFactory
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.pages.conftest import NOON
from tests.portal.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Membership, Organisation, Tenant
    from subscriptions.applications.models import Application

    type Address = Callable[..., str]

READ = ",".join(["webhooks", *Scope])


def refused(answer: Any, status: int) -> str:
    """What it says, and nothing was written."""
    assert answer.status_code == status
    assert not Authorisation.objects.exists()
    return str(answer.text)


def test_the_page_says_exactly_what_will_be_possible(
    signed_in: Client, page: Address, planner: Application, tenant: Tenant
) -> None:
    html = read(signed_in, page("offer_consent", planner.pk, tenant.pk))

    for text in (
        "You let Route planner of Planmakers work with the data of Productie (Cust10001).",
        *(str(scope.label) for scope in Scope),
        "Webhooks: it hears at once when something changes in the CRM.",
        "You can end it at any moment",
        "I approve",
    ):
        assert text in html


def test_it_says_what_is_published_in_the_environment_of_the_tenant(
    signed_in: Client, page: Address, planner: Application, customer: Organisation
) -> None:
    sod = TenantFactory(organisation=customer, environment=Environment.SOD)
    Publication.objects.filter(application=planner, environment=Environment.SOD).update(
        version=planner.versions.create(
            number=2,
            scopes=["crm:write"],
            created_by=planner.versions.get().created_by,
            created_at=NOON,
        )
    )

    html = read(signed_in, page("offer_consent", planner.pk, sod.pk))

    assert 'name="read" value="crm:write"' in html
    assert "Read the CRM" not in html


@pytest.mark.parametrize("role", [Role.OWNER, Role.TENANT_ADMINISTRATOR])
def test_i_approve(
    page: Address,
    planner: Application,
    tenant: Tenant,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
    role: Role,
) -> None:
    person = member_of(role)

    answer = browser_of(person).post(
        page("offer_consent", planner.pk, tenant.pk),
        {"read": READ, "valid_until": "2026-12-31"},
        follow=True,
    )

    authorisation = Authorisation.objects.get()
    assert authorisation.status == AuthorisationStatus.ACTIVE
    assert authorisation.confirmed_by == person
    # The end of that day in Amsterdam.
    assert authorisation.valid_until == dt.datetime(2026, 12, 31, 23, 0, tzinfo=dt.UTC)
    html = answer.content.decode()
    assert "You have approved Route planner." in html
    assert "Available now" in html
    assert "Revoke the authorisation" in html


def test_a_double_click_is_answered_as_the_first(
    signed_in: Client, page: Address, planner: Application, tenant: Tenant
) -> None:
    address = page("offer_consent", planner.pk, tenant.pk)

    first = signed_in.post(address, {"read": READ})
    second = signed_in.post(address, {"read": READ})

    authorisation = Authorisation.objects.get()
    to = page("authorisation_detail", authorisation.pk)
    assert first["Location"] == second["Location"] == to


def test_the_second_of_two_administrators_is_told(
    signed_in: Client,
    page: Address,
    planner: Application,
    tenant: Tenant,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
) -> None:
    address = page("offer_consent", planner.pk, tenant.pk)
    browser_of(member_of(Role.TENANT_ADMINISTRATOR)).post(address, {"read": READ})

    answer = signed_in.post(address, {"read": READ})

    assert answer.status_code == 409
    assert "This application was let in there already." in answer.content.decode()
    assert page("authorisation_detail", Authorisation.objects.get().pk) in (answer.content.decode())


@pytest.mark.parametrize("role", [Role.BILLING_CONTACT, Role.DEVELOPER, Role.READER])
def test_no_other_role(
    page: Address,
    planner: Application,
    tenant: Tenant,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
    role: Role,
) -> None:
    client, address = browser_of(member_of(role)), page("offer_consent", planner.pk, tenant.pk)

    html = read(client, address)
    answer = client.post(address, {"read": READ})

    assert "I approve" not in html
    assert "It can be done by: Owner, Tenant administrator." in html
    refused(answer, 403)


def test_no_consultant(
    page: Address,
    planner: Application,
    tenant: Tenant,
    partner_of_customer: Membership,
    browser_of: Callable[[Person], Client],
) -> None:
    client = browser_of(partner_of_customer.person)
    address = page("offer_consent", planner.pk, tenant.pk)

    html = read(client, address)
    answer = client.post(address, {"read": READ})

    assert "I approve" not in html
    assert "A partner cannot do this for a customer." in html
    refused(answer, 403)


@pytest.mark.parametrize(
    ("works_for", "why"),
    [
        pytest.param("its maker", "You also work for who built this application", id="its maker"),
        pytest.param("the vendor", "Only an owner or a tenant administrator", id="the vendor"),
    ],
)
def test_who_stands_on_another_side_too_reads_beforehand_that_somebody_else_says_yes(
    signed_in: Client,
    page: Address,
    planner: Application,
    tenant: Tenant,
    owner: Person,
    works_for: str,
    why: str,
) -> None:
    if works_for == "its maker":
        MembershipFactory(organisation=planner.owner, person=owner, role=Role.DEVELOPER)
    else:
        Person.objects.filter(pk=owner.pk).update(is_staff=True)
    address = page("offer_consent", planner.pk, tenant.pk)

    offered = read(signed_in, page("offer_detail", planner.pk))
    asked = read(signed_in, address)
    answer = signed_in.post(address, {"read": READ})

    assert address not in offered
    for html in (offered, asked, refused(answer, 409)):
        assert why in html
        assert "I approve" not in html


def test_who_built_it_tries_it_in_sod_all_the_same(
    signed_in: Client, page: Address, planner: Application, customer: Organisation, owner: Person
) -> None:
    MembershipFactory(organisation=planner.owner, person=owner, role=Role.DEVELOPER)
    sod = TenantFactory(organisation=customer, environment=Environment.SOD)

    html = read(signed_in, page("offer_detail", planner.pk))

    assert page("offer_consent", planner.pk, sod.pk) in html
    assert "You also work for" not in html


def test_never_on_a_tenant_of_somebody_else(
    signed_in: Client, page: Address, planner: Application, owner: Person
) -> None:
    elsewhere = MembershipFactory(person=owner, role=Role.READER).organisation
    tenant = TenantFactory(organisation=elsewhere)

    from_own = signed_in.post(page("offer_consent", planner.pk, tenant.pk), {"read": READ})
    from_theirs = signed_in.post(
        reverse("pages:offer_consent", args=[elsewhere.pk, planner.pk, tenant.pk]),
        {"read": READ},
    )

    refused(from_own, 404)
    refused(from_theirs, 403)


def test_a_version_that_asks_for_more_meanwhile_is_read_first(
    signed_in: Client, page: Address, planner: Application, tenant: Tenant
) -> None:
    version = planner.versions.get()
    version.capabilities = ["system_user", "webhooks"]
    version.save()

    answer = signed_in.post(page("offer_consent", planner.pk, tenant.pk), {"read": READ})

    html = refused(answer, 409)
    assert "What this application may do has changed. Please read it again." in html
    assert 'name="read" value="system_user,webhooks,' in html


def test_a_day_that_is_over_is_said_beside_the_field(
    signed_in: Client, page: Address, planner: Application, tenant: Tenant
) -> None:
    answer = signed_in.post(
        page("offer_consent", planner.pk, tenant.pk),
        {"read": READ, "valid_until": "2026-11-22"},
    )

    assert "The day until which it may work lies in the past." in refused(answer, 409)


def test_what_is_no_day_is_said(
    signed_in: Client, page: Address, planner: Application, tenant: Tenant
) -> None:
    answer = signed_in.post(
        page("offer_consent", planner.pk, tenant.pk), {"read": READ, "valid_until": "soon"}
    )

    refused(answer, 422)


def test_without_the_licence_it_says_what_to_subscribe_to(
    signed_in: Client, page: Address, planner: Application, basement: Tenant
) -> None:
    address = page("offer_consent", planner.pk, basement.pk)

    before = read(signed_in, address)
    answer = signed_in.post(address, {"read": READ})

    for html in (before, refused(answer, 409)):
        assert "It needs Development Tools, which is not there yet." in html
        assert f"{page('subscribe', 'development-tools')}?tenant={basement.pk}" in html
        assert "I approve" not in html


def test_one_that_was_withdrawn_meanwhile_is_gone(
    signed_in: Client, page: Address, planner: Application, tenant: Tenant
) -> None:
    Publication.objects.filter(application=planner).update(status="replaced")

    answer = signed_in.post(page("offer_consent", planner.pk, tenant.pk), {"read": READ})

    refused(answer, 404)


def test_a_developer_reads_that_the_customer_did_it_and_not_who(
    signed_in: Client,
    page: Address,
    planner: Application,
    tenant: Tenant,
    customer: Organisation,
    browser_of: Callable[[Person], Client],
) -> None:
    signed_in.post(page("offer_consent", planner.pk, tenant.pk), {"read": READ})
    maker = MembershipFactory(organisation=planner.owner, role=Role.DEVELOPER).person
    args = [planner.owner.pk, Authorisation.objects.get().pk]

    html = read(browser_of(maker), reverse("pages:authorisation_detail", args=args))
    listed = read(
        browser_of(maker),
        reverse("pages:application_detail", args=[planner.owner.pk, planner.pk]),
    )

    assert "Els Bakker" not in html
    assert customer.name in html
    assert tenant.label in listed
    assert "Available now" in listed


def test_one_on_offer_is_let_in_again_by_who_decides_and_asked_for_by_who_does_not(
    signed_in: Client,
    page: Address,
    planner: Application,
    tenant: Tenant,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
) -> None:
    before = AuthorisationFactory(application=planner, tenant=tenant)
    detail = page("authorisation_detail", before.pk)
    signed_in.post(detail, {"decision": "deny"})

    to_decider = read(signed_in, detail)
    to_developer = read(browser_of(member_of(Role.DEVELOPER)), detail)

    consent = page("offer_consent", planner.pk, tenant.pk)
    assert ("Let it in again" in to_decider, "Ask again" in to_decider) == (True, False)
    assert (consent in to_decider, consent in to_developer) == (True, False)
    assert ("Let it in again" in to_developer, "Ask again" in to_developer) == (False, True)
