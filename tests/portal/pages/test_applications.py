from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest

from customers.models import Role
from subscriptions.applications import operations
from subscriptions.applications.models import (
    Authorisation,
    AuthorisationStatus,
    ContactAddress,
    Scope,
)
from subscriptions.operations import cancellations
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
)
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.portal.pages.conftest import NOON
from tests.portal.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Membership, Organisation, Person, Tenant
    from subscriptions.models import Subscription

    type Address = Callable[..., str]

READ = ",".join(Scope)  # what the factory's applications ask for


@pytest.fixture
def requested(tenant: Tenant) -> Authorisation:
    """A custom application that asks to be let in."""
    authorisation: Authorisation = AuthorisationFactory(
        tenant=tenant, application__name="Label printer"
    )
    return authorisation


@pytest.fixture
def standard(tenant: Tenant) -> Authorisation:
    authorisation: Authorisation = AuthorisationFactory(
        tenant=tenant, application__standard=True, application__name="Mail connector"
    )
    return authorisation


def test_an_empty_list_says_what_will_come(signed_in: Client, page: Address) -> None:
    html = read(signed_in, page("application_list"))

    assert "No application has asked for access yet" in html


def test_the_list_says_of_each_whether_it_works_and_for_whom_it_waits(
    signed_in: Client, page: Address, application: Authorisation, requested: Authorisation
) -> None:
    html = read(signed_in, page("application_list"))

    for text in ("Webshop sync", "Available now", "Label printer", "Waits for you"):
        assert text in html


def test_of_an_application_whose_contact_left_its_page_says_who_hears(
    signed_in: Client, page: Address, customer: Organisation
) -> None:
    application = ApplicationFactory(owner=customer, technical_contact="left@example.com")
    ContactAddress.objects.all().delete()  # nobody was ever asked there

    html = read(signed_in, page("application_detail", application.pk))

    assert (
        "It is nobody's address at your organisation any more, so no mail goes there: left@example"
        in html
    )
    assert "Mail that would reach nobody goes to your owners." in html
    assert "Not agreed yet" not in html

    ContactAddress.objects.create(owner=customer, address="left@example.com", asked_at=NOON)

    html = read(signed_in, page("application_detail", application.pk))

    assert "Not agreed yet, and so without mail: left@example.com" in html
    assert "any more, and so without" not in html


def test_the_list_narrowed_and_as_csv(
    signed_in: Client, page: Address, application: Authorisation, requested: Authorisation
) -> None:
    narrowed = read(signed_in, f"{page('application_list')}?status=requested")
    lines = (
        signed_in.get(f"{page('application_list')}?format=csv&status=active")
        .content.decode("utf-8-sig")
        .splitlines()
    )

    assert "Webshop sync" not in narrowed
    assert len(lines) == 2
    assert lines[1].startswith("Webshop sync,")
    assert lines[1].endswith("Productie (Cust10001),Available now,")


def test_why_an_application_stopped(
    signed_in: Client,
    page: Address,
    subscription: Subscription,
    application: Authorisation,
    owner: Person,
) -> None:
    found = cancellations.consequences(subscription, when=CancelWhen.NOW, at=NOON)
    cancellations.cancel(
        subscription, when=CancelWhen.NOW, confirmed=found.fingerprint, by=owner, at=NOON
    )

    html = read(signed_in, page("application_list"))

    assert "Deactivated" in html
    assert "because the subscription it needs ended" in html
    assert "With a subscription ordered by 23 December 2026" in html
    of_its_own = read(signed_in, page("authorisation_detail", application.pk))
    assert "With a subscription ordered by 23 December 2026" in of_its_own


def test_what_is_let_in_for_a_time_does_not_come_back_after_it(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    AuthorisationFactory(
        tenant=tenant,
        status="deactivated",
        deactivation="licence_ended",
        closed_at=NOON,
        valid_until=NOON + dt.timedelta(days=2),
    )

    found = read(signed_in, page("application_list"))
    assert "With a subscription ordered by 25 November 2026" in found


def test_that_a_plan_is_why_it_stopped(signed_in: Client, page: Address, tenant: Tenant) -> None:
    AuthorisationFactory(
        tenant=tenant, status="deactivated", deactivation="plan_changed", closed_at=NOON
    )

    found = read(signed_in, page("application_list"))
    assert "because the CRM Suite plan no longer includes what it needs" in found


def test_who_may_confirms_a_custom_application(
    signed_in: Client, page: Address, requested: Authorisation
) -> None:
    address = page("authorisation_detail", requested.pk)

    assert "I confirm" in read(signed_in, address)
    answer = signed_in.post(address, {"decision": "confirm", "read": READ}, follow=True)

    requested.refresh_from_db()
    assert requested.status == AuthorisationStatus.CONFIRMED
    assert "You have confirmed Label printer. The app manager is next." in answer.content.decode()
    assert "Waits for the app manager" in answer.content.decode()


def test_who_may_approves_a_standard_application(
    signed_in: Client, page: Address, standard: Authorisation
) -> None:
    address = page("authorisation_detail", standard.pk)

    asked = read(signed_in, address)
    assert "I approve" in asked
    assert asked.count("(optional)") == 2  # until when, and why not
    signed_in.post(address, {"decision": "approve", "read": READ})

    standard.refresh_from_db()
    assert standard.status == AuthorisationStatus.ACTIVE


def test_the_second_of_two_is_told(
    signed_in: Client,
    page: Address,
    standard: Authorisation,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
) -> None:
    address = page("authorisation_detail", standard.pk)
    other = browser_of(member_of(Role.TENANT_ADMINISTRATOR))

    other.post(address, {"decision": "deny", "reason": "Not for us"})
    answer = signed_in.post(address, {"decision": "approve"}, follow=True)

    standard.refresh_from_db()
    assert standard.status == AuthorisationStatus.DENIED
    assert "somebody has dealt with the request already" in answer.content.decode()
    assert "Reason: Not for us" in answer.content.decode()


def test_revoking_asks_why_and_loses_nothing_that_was_typed(
    signed_in: Client, page: Address, application: Authorisation
) -> None:
    address = page("authorisation_detail", application.pk)
    asked = read(signed_in, address)
    assert "To revoke, say why: whoever built the application reads it." in asked
    [label] = re.findall(r'<label for="id_reason">.*?</label>', asked)
    assert "(optional)" not in label

    without = signed_in.post(address, {"decision": "revoke"})
    application.refresh_from_db()
    assert without.status_code == 422
    assert "Say why" in without.content.decode()
    assert application.status == AuthorisationStatus.ACTIVE

    signed_in.post(address, {"decision": "revoke", "reason": "No longer used"})
    application.refresh_from_db()
    assert application.status == AuthorisationStatus.REVOKED
    assert application.reason == "No longer used"


@pytest.mark.parametrize("role", [Role.BILLING_CONTACT, Role.DEVELOPER, Role.READER])
def test_other_roles_see_who_decides(
    page: Address,
    requested: Authorisation,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
    role: Role,
) -> None:
    client = browser_of(member_of(role))
    address = page("authorisation_detail", requested.pk)

    html = read(client, address)
    answer = client.post(address, {"decision": "confirm"})

    requested.refresh_from_db()
    assert "I confirm" not in html
    assert "It can be done by: Owner, Tenant administrator." in html
    assert answer.status_code == 403
    assert requested.status == AuthorisationStatus.REQUESTED


def test_a_partner_sees_that_it_cannot_approve(
    page: Address,
    requested: Authorisation,
    partner_of_customer: Membership,
    browser_of: Callable[[Person], Client],
) -> None:
    client = browser_of(partner_of_customer.person)
    address = page("authorisation_detail", requested.pk)

    html = read(client, address)
    answer = client.post(address, {"decision": "confirm"})

    requested.refresh_from_db()
    assert "A partner cannot do this for a customer." in html
    assert answer.status_code == 403
    assert requested.status == AuthorisationStatus.REQUESTED


def test_a_denied_application_can_be_asked_for_again(
    signed_in: Client, page: Address, requested: Authorisation, tenant: Tenant
) -> None:
    detail = page("authorisation_detail", requested.pk)
    signed_in.post(detail, {"decision": "deny"})

    assert "Ask again" in read(signed_in, detail)
    signed_in.post(page("authorisation_request", requested.application_id), {"tenant": tenant.pk})

    requested.refresh_from_db()
    assert requested.status == AuthorisationStatus.REQUESTED


@pytest.mark.parametrize("name", ["application_detail", "authorisation_request"])
def test_somebody_elses_application_is_not_there(
    signed_in: Client, page: Address, name: str
) -> None:
    foreign = ApplicationFactory(owner=OrganisationFactory(is_partner=True))

    assert signed_in.get(page(name, foreign.pk)).status_code == 404


def test_somebody_elses_authorisation_is_not_there(
    client: Client, signed_in: Client, page: Address, requested: Authorisation
) -> None:
    foreign = AuthorisationFactory()
    stranger = MembershipFactory()

    assert signed_in.get(page("authorisation_detail", foreign.pk)).status_code == 404
    assert (
        signed_in.post(
            page("authorisation_detail", foreign.pk), {"decision": "confirm"}
        ).status_code
        == 404
    )
    client.force_login(stranger.person)
    assert client.get(page("application_list")).status_code == 404
    assert client.get(page("authorisation_detail", requested.pk)).status_code == 404


def test_the_builder_sees_where_it_works_and_a_customer_only_its_own_tenants(
    signed_in: Client,
    page: Address,
    application: Authorisation,
    browser_of: Callable[[Person], Client],
) -> None:
    builder = MembershipFactory(organisation=application.application.owner)
    AuthorisationFactory(application=application.application, tenant__name="Elsewhere")
    address = f"/organisations/{builder.organisation_id}/applications/{application.application_id}/"

    built = read(browser_of(builder.person), address)
    used = read(signed_in, page("application_detail", application.application_id))

    assert "Elsewhere" in built
    assert "Productie (Cust10001)" in built
    assert "Elsewhere" not in used


def test_the_builder_reads_that_the_customer_agreed_and_not_who_there_did(
    signed_in: Client,
    page: Address,
    owner: Person,
    standard: Authorisation,
    browser_of: Callable[[Person], Client],
) -> None:
    builder = MembershipFactory(
        organisation=standard.application.owner, person__name="Bo Builder", role=Role.DEVELOPER
    )
    left = PersonFactory(name="Lot Left")
    for asking in (left, builder.person):
        operations.deny(standard, by=owner, at=NOON)
        operations.request(standard.application, tenant=standard.tenant, by=asking, at=NOON)
    yes = {"decision": "approve", "read": READ}
    signed_in.post(page("authorisation_detail", standard.pk), yes)
    own = f"/organisations/{builder.organisation_id}/authorisations/{standard.pk}/"

    inside = read(signed_in, page("authorisation_detail", standard.pk))
    outside = read(browser_of(builder.person), own)

    assert inside.count(owner.name) > outside.count(owner.name) == 0
    assert "Somebody who has left" in outside
    assert "Lot Left" not in outside
    assert "Bo Builder" in outside
    assert outside.count(standard.tenant.organisation.name) > 2
