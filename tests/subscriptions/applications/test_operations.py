from __future__ import annotations

import datetime as dt

import pytest

from customers.models import (
    Duty,
    Environment,
    History,
    Organisation,
    OutgoingMail,
    Person,
    Role,
    Tenant,
    TenantState,
)
from subscriptions.applications import operations
from subscriptions.applications.approvers import NotYoursToApprove
from subscriptions.applications.availability import availability
from subscriptions.applications.lifecycle import WrongStep
from subscriptions.applications.models import (
    ApplicationKind,
    Authorisation,
    AuthorisationStatus,
)
from subscriptions.applications.verdicts import Obstacle
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from tests.factories.customers import (
    MembershipFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.subscriptions.conftest import NOON

LATER = NOON + dt.timedelta(hours=1)


@pytest.fixture
def licensed(customer: Organisation, tenant: Tenant, owner: Person) -> None:
    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON)


def verbs(authorisation: Authorisation) -> list[str]:
    return list(History.objects.about(authorisation).values_list("verb", flat=True))


def test_custom_takes_the_customers_yes_and_the_app_managers_grant(
    licensed: None,
    custom_application: Authorisation,
    administrator: Person,
    app_manager: Person,
) -> None:
    operations.confirm(custom_application, by=administrator, at=LATER)
    custom_application.refresh_from_db()
    assert custom_application.status == AuthorisationStatus.CONFIRMED
    assert not availability(custom_application, LATER).available

    operations.grant(custom_application, by=app_manager, at=LATER)

    custom_application.refresh_from_db()
    assert custom_application.status == AuthorisationStatus.ACTIVE
    assert availability(custom_application, LATER).available
    assert verbs(custom_application) == ["authorisation.confirmed", "authorisation.granted"]


def test_who_waited_for_a_cancellation_acts_after_it(
    customer: Organisation,
    tenant: Tenant,
    custom_application: Authorisation,
    administrator: Person,
    app_manager: Person,
    owner: Person,
) -> None:
    """The manager's clock was read, and then the lock waited for."""
    subscription = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    operations.confirm(custom_application, by=administrator, at=NOON)
    found = consequences(subscription, when=CancelWhen.NOW, at=LATER)
    cancel(subscription, when=CancelWhen.NOW, confirmed=found.fingerprint, by=owner, at=LATER)

    operations.grant(custom_application, by=app_manager, at=LATER - dt.timedelta(seconds=1))

    custom_application.refresh_from_db()
    assert custom_application.status == AuthorisationStatus.DEACTIVATED
    assert History.objects.about(custom_application).latest("pk").at == LATER


def test_custom_in_sod_takes_one_click_and_no_app_manager(
    customer: Organisation, administrator: Person
) -> None:
    """D3.1: in SOD an administrator is enough, and no licence is needed."""
    sod = TenantFactory(organisation=customer, environment=Environment.SOD)
    authorisation = AuthorisationFactory(tenant=sod)

    with pytest.raises(WrongStep):
        operations.confirm(authorisation, by=administrator, at=NOON)
    operations.approve(authorisation, by=administrator, at=NOON)

    authorisation.refresh_from_db()
    assert availability(authorisation, NOON).available


def test_standard_online_takes_one_click_and_no_licence(
    tenant: Tenant, administrator: Person
) -> None:
    authorisation = AuthorisationFactory(tenant=tenant, application__standard=True)

    operations.approve(authorisation, by=administrator, at=NOON)

    authorisation.refresh_from_db()
    assert authorisation.status == AuthorisationStatus.ACTIVE
    assert availability(authorisation, NOON).available


def test_standard_on_premise_waits_for_the_licence_and_starts_with_it(
    customer: Organisation, on_premise: Tenant, administrator: Person, owner: Person
) -> None:
    authorisation = AuthorisationFactory(tenant=on_premise, application__standard=True)

    operations.approve(authorisation, by=administrator, at=NOON)

    authorisation.refresh_from_db()
    assert authorisation.status == AuthorisationStatus.DEACTIVATED
    assert authorisation.deactivation == Authorisation.Deactivation.LICENCE_MISSING

    orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=on_premise, by=owner, at=LATER
    )

    authorisation.refresh_from_db()
    assert authorisation.status == AuthorisationStatus.ACTIVE
    assert availability(authorisation, LATER).available


def test_a_crm_suite_plan_is_licence_enough(
    customer: Organisation, administrator: Person, app_manager: Person
) -> None:
    suite = TenantFactory(organisation=customer, crm_suite_core=True)
    authorisation = AuthorisationFactory(tenant=suite)

    operations.confirm(authorisation, by=administrator, at=NOON)
    operations.grant(authorisation, by=app_manager, at=NOON)

    assert availability(Authorisation.objects.get(), NOON).available


def outsiders(customer: Organisation, maker: Organisation) -> dict[str, Person]:
    access = PartnerAccessFactory(customer=customer)
    return {
        "partner's owner": MembershipFactory(organisation=access.partner, role=Role.OWNER).person,
        "staff": PersonFactory(staff=True, duties=list(Duty)),
        "developer": MembershipFactory(organisation=customer, role=Role.DEVELOPER).person,
        "reader": MembershipFactory(organisation=customer, role=Role.READER).person,
        "stranger": PersonFactory(),
        "another customer's owner": MembershipFactory(role=Role.OWNER).person,
        "administrator and partner": administrator_too(customer, access.partner),
        "administrator and maker": administrator_too(customer, maker),
    }


def administrator_too(customer: Organisation, elsewhere: Organisation) -> Person:
    """Of the customer, and a developer somewhere else."""
    person = MembershipFactory(organisation=elsewhere, role=Role.DEVELOPER).person
    MembershipFactory(organisation=customer, person=person, role=Role.TENANT_ADMINISTRATOR)
    return person


@pytest.mark.parametrize("kind", list(ApplicationKind))
@pytest.mark.parametrize(
    "who",
    [
        "partner's owner",
        "staff",
        "developer",
        "reader",
        "stranger",
        "another customer's owner",
        "administrator and partner",
        "administrator and maker",
    ],
)
def test_nobody_else_gives_the_customers_yes(
    licensed: None, customer: Organisation, tenant: Tenant, who: str, kind: ApplicationKind
) -> None:
    authorisation = AuthorisationFactory(tenant=tenant, application__kind=kind)
    say_yes = operations.confirm if kind == ApplicationKind.CUSTOM else operations.approve
    people = outsiders(customer, authorisation.application.owner)

    with pytest.raises(NotYoursToApprove):
        say_yes(authorisation, by=people[who], at=LATER)

    authorisation.refresh_from_db()
    assert authorisation.status == AuthorisationStatus.REQUESTED
    assert verbs(authorisation) == []


@pytest.mark.parametrize("duty", [duty for duty in Duty if duty != Duty.APP_MANAGER])
def test_only_an_app_manager_grants(
    custom_application: Authorisation, administrator: Person, duty: Duty
) -> None:
    operations.confirm(custom_application, by=administrator, at=NOON)

    with pytest.raises(operations.NotAnAppManager):
        operations.grant(custom_application, by=PersonFactory(staff=True, duties=[duty]), at=LATER)

    custom_application.refresh_from_db()
    assert custom_application.status == AuthorisationStatus.CONFIRMED


def test_an_app_manager_does_not_grant_what_the_customer_did_not_confirm(
    custom_application: Authorisation, app_manager: Person
) -> None:
    with pytest.raises(WrongStep):
        operations.grant(custom_application, by=app_manager, at=NOON)

    custom_application.refresh_from_db()
    assert custom_application.status == AuthorisationStatus.REQUESTED


def test_a_custom_application_cannot_take_the_short_path(
    custom_application: Authorisation, administrator: Person
) -> None:
    with pytest.raises(WrongStep):
        operations.approve(custom_application, by=administrator, at=NOON)


def test_the_second_yes_is_told_that_somebody_was_quicker(
    custom_application: Authorisation, administrator: Person, owner: Person
) -> None:
    operations.confirm(custom_application, by=administrator, at=NOON)

    with pytest.raises(WrongStep):
        operations.confirm(custom_application, by=owner, at=LATER)


def test_denied_can_be_asked_for_again(
    custom_application: Authorisation, administrator: Person, owner: Person
) -> None:
    operations.deny(custom_application, reason="Not needed", by=administrator, at=NOON)
    custom_application.refresh_from_db()
    assert custom_application.status == AuthorisationStatus.DENIED

    operations.request(
        custom_application.application, tenant=custom_application.tenant, by=owner, at=LATER
    )

    custom_application.refresh_from_db()
    assert custom_application.status == AuthorisationStatus.REQUESTED
    assert custom_application.closed_at is None
    with pytest.raises(operations.AlreadyRequested):
        operations.request(
            custom_application.application, tenant=custom_application.tenant, by=owner, at=LATER
        )


@pytest.mark.parametrize(
    ("days", "asked"),
    [
        pytest.param(30, False, id="while it still comes back by itself"),
        pytest.param(31, True, id="after that"),
    ],
)
def test_what_waits_for_its_licence_is_not_asked_for_again(
    days: int,
    asked: bool,
    custom_application: Authorisation,
    owner: Person,
    app_manager: Person,
) -> None:
    operations.confirm(custom_application, by=owner, at=NOON)
    operations.grant(custom_application, by=app_manager, at=NOON)  # there is no licence yet
    refused: list[operations.ConsentStillStands] = []

    try:
        operations.request(
            custom_application.application,
            tenant=custom_application.tenant,
            by=owner,
            at=NOON + dt.timedelta(days=days),
        )
    except operations.ConsentStillStands as refusal:
        refused.append(refusal)

    custom_application.refresh_from_db()
    assert bool(refused) is not asked
    assert (custom_application.status == AuthorisationStatus.REQUESTED) is asked
    assert (custom_application.confirmed_by is None) is asked


def test_revoked_works_no_more_and_its_maker_is_told(
    licensed: None, custom_application: Authorisation, administrator: Person, app_manager: Person
) -> None:
    operations.confirm(custom_application, by=administrator, at=NOON)
    operations.grant(custom_application, by=app_manager, at=NOON)

    operations.revoke(custom_application, reason="Contract ended", by=administrator, at=LATER)

    custom_application.refresh_from_db()
    assert availability(custom_application, LATER).obstacle == Obstacle.NOT_AUTHORISED
    to_maker = OutgoingMail.objects.filter(to="developer@example.com")
    assert to_maker.filter(body__contains="Contract ended").count() == 1


def test_revoked_is_not_brought_back_by_a_new_subscription(
    customer: Organisation,
    custom_application: Authorisation,
    tenant: Tenant,
    owner: Person,
    app_manager: Person,
) -> None:
    operations.confirm(custom_application, by=owner, at=NOON)
    operations.grant(custom_application, by=app_manager, at=NOON)
    operations.revoke(custom_application, reason="No longer wanted", by=owner, at=NOON)

    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=LATER)

    custom_application.refresh_from_db()
    assert custom_application.status == AuthorisationStatus.REVOKED


def test_an_application_rests_while_its_tenant_does(
    licensed: None, tenant: Tenant, administrator: Person
) -> None:
    authorisation = AuthorisationFactory(tenant=tenant, active=True)
    tenant.state = TenantState.SUSPENDED
    tenant.save()

    assert availability(authorisation, LATER).obstacle == Obstacle.TENANT_NOT_RUNNING


def test_a_developer_tenant_needs_no_licence(customer: Organisation) -> None:
    sod = TenantFactory(organisation=customer, developer=True)
    authorisation = AuthorisationFactory(tenant=sod, active=True)

    assert availability(authorisation, NOON).available


def test_a_partner_that_asks_does_not_ask_in_the_customers_name(
    customer: Organisation, tenant: Tenant
) -> None:
    access = PartnerAccessFactory(customer=customer)
    consultant = MembershipFactory(organisation=access.partner).person
    application = ApplicationFactory(owner=access.partner)

    authorisation = operations.request(application, tenant=tenant, by=consultant, at=NOON)

    told = History.objects.about(authorisation).get()
    assert (told.actor, told.on_behalf_of) == (consultant, None)


def test_everyone_who_can_say_yes_is_written_to(
    tenant: Tenant, owner: Person, administrator: Person
) -> None:
    operations.request(ApplicationFactory(), tenant=tenant, by=PersonFactory(), at=NOON)

    assert set(OutgoingMail.objects.values_list("to", flat=True)) == {
        owner.email,
        administrator.email,
    }


def test_everyone_concerned_hears_of_the_decision(
    custom_application: Authorisation,
    owner: Person,
    administrator: Person,
    app_manager: Person,
) -> None:
    operations.confirm(custom_application, by=administrator, at=NOON)

    operations.grant(custom_application, by=app_manager, at=LATER)

    letters = OutgoingMail.objects.filter(subject="Webshop sync was granted access")
    assert set(letters.values_list("to", flat=True)) == {
        owner.email,
        administrator.email,
        "developer@example.com",
    }
    assert "starts working with the subscription" in letters[0].body


def test_a_denial_is_told_with_its_reason(custom_application: Authorisation, owner: Person) -> None:
    operations.deny(custom_application, reason="We do not know this maker", by=owner, at=NOON)

    letters = OutgoingMail.objects.filter(subject="Webshop sync was not let in")
    assert set(letters.values_list("to", flat=True)) == {owner.email, "developer@example.com"}
    assert "We do not know this maker" in letters[0].body
