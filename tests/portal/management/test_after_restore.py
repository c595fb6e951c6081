from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from allauth.account.models import EmailAddress
from django.core.management.base import CommandError
from django.urls import reverse

from billing.metering.operations import credentials
from billing.models import BillingRun
from billing.operations import runs
from customers import clock
from customers.models import Duty, History, Role
from customers.operations import people
from portal.management.commands.after_restore import OF_BEFORE
from portal.webhooks.models import Event, Stream
from portal.webhooks.operations.dispatching import dispatch
from subscriptions.provisioning.models import Fact
from tests.factories.billing import subscriber
from tests.factories.catalog import SellerFactory
from tests.factories.customers import (
    PASSWORD,
    InvitationFactory,
    MembershipFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.metering import MeterFactory, event, platform_credential, report
from tests.factories.shop import open_shop
from tests.factories.subscriptions import AuthorisationFactory
from tests.factories.webhooks import EndpointFactory, something_happens

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django import Settings

    from customers.models import Person
    from portal.operation_center.server import OperationCenter

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Person:
    return PersonFactory(staff=True, duties=[Duty.OPERATIONS])


def arguments(by: str, numbers: int = 1000) -> list[str]:
    return ["--reason", "Restored", "--by", by, "--webhook-numbers", str(numbers)]


def test_platform_and_receivers_are_told_with_numbers_that_they_do_not_know(
    operation_center: OperationCenter,
    known: Callable[..., None],
    operator: Person,
    run: Callable[..., str],
) -> None:
    seller = SellerFactory()
    tenant = TenantFactory()
    known(tenant)
    place = {"environment": tenant.environment, "identifier": tenant.identifier}
    lost = {"id": "lost", "tenant": place, "sequence": 1, "subject": "settings", "value": {}}
    operation_center.kept.apply([lost])
    numbered, unheard = EndpointFactory().organisation, EndpointFactory().organisation
    something_happens(numbered)
    dispatch(at=clock.now())

    printed = run("after_restore", *arguments(operator.email.upper()))

    assert printed.splitlines() == [
        "Sessions that are ended: 0",
        "Invitations that are withdrawn: 0",
        OF_BEFORE,
        f"Sellers whose runs wait for approval from now on: {seller.legal_name}",
        "Customers held in runs that were let go before: 0",
        "Organisations whose next webhook has a later number: 2",
        "Who reported usage in the last 14 days: nobody",
        "Tenants that are told anew what they have: 1",
    ]
    assert Fact.objects.of(tenant).waiting().order_by("sequence")[0].sequence == 2
    for each in (numbered, unheard):
        something_happens(each)
    dispatch(at=clock.now())
    last = Event.objects.order_by("pk").values_list("organisation", "sequence")
    assert set(last[1:]) == {(numbered.pk, 1002), (unheard.pk, 1001)}


def test_without_a_platform_the_webhooks_go_on_all_the_same(
    operator: Person, run: Callable[..., str], settings: Settings
) -> None:
    settings.OPERATION_CENTER_URL = ""
    organisation = EndpointFactory().organisation

    printed = run("after_restore", *arguments(operator.email))

    assert printed.endswith("No platform is set (OPERATION_CENTER_URL): none is told anew.\n")
    assert Stream.objects.get(organisation=organisation).last_sequence == 1000


def test_a_platform_that_does_not_answer_is_no_good_end(
    operator: Person, run: Callable[..., str], settings: Settings
) -> None:
    settings.OPERATION_CENTER_URL = "http://127.0.0.1:1"

    with pytest.raises(CommandError, match="does not report"):
        run("after_restore", *arguments(operator.email))


@pytest.mark.usefixtures("operation_center")
def test_who_was_signed_in_signs_in_again(
    client: Client, operator: Person, run: Callable[..., str]
) -> None:
    """They may have been signed out since the backup."""
    EmailAddress.objects.create(user=operator, email=operator.email, verified=True, primary=True)
    typed = {"login": operator.email, "password": PASSWORD}
    client.post(reverse("account_login"), typed)
    assert client.get(reverse("backoffice:home")).status_code == 200

    printed = run("after_restore", *arguments(operator.email))

    assert "Sessions that are ended: 1" in printed
    assert client.get(reverse("backoffice:home")).status_code == 302


@pytest.mark.usefixtures("operation_center")
def test_an_invitation_that_may_have_been_withdrawn_since_lets_nobody_in(
    operator: Person, run: Callable[..., str]
) -> None:
    now = clock.now()
    by = MembershipFactory(role=Role.OWNER)
    offered, token = people.invite(
        by.organisation, email="anna@example.com", role=Role.OWNER, by=by.person, at=now
    )
    over = InvitationFactory(expires_at=now - dt.timedelta(days=1))
    used = InvitationFactory(
        expires_at=now + dt.timedelta(days=1), accepted_at=now, accepted_by=by.person
    )

    printed = run("after_restore", *arguments(operator.email))

    assert f"Invitations that are withdrawn: 1\n  {by.organisation}: anna@example.com" in printed
    assert "anna@example.com (Owner)\n" in printed
    with pytest.raises(people.InvitationWithdrawn):
        people.invitation_behind(token, at=now)
    told = History.objects.get(verb="invitation.withdrawn")
    assert (told.organisation, told.details) == (by.organisation, {"email": offered.email})
    assert (told.actor, told.reason) == (operator, "Restored")
    for untouched in (over, used):
        untouched.refresh_from_db()
        assert untouched.withdrawn_at is None


def test_staff_read_on_the_run_why_it_waits(
    client: Client, operator: Person, run: Callable[..., str], settings: Settings
) -> None:
    settings.OPERATION_CENTER_URL = ""
    open_shop()
    subscriber(clock.now() - dt.timedelta(days=40))
    run("after_restore", *arguments(operator.email))

    assert runs.run_due(at=clock.now()) == []
    waiting = BillingRun.objects.get(seller__code="nl")
    client.force_login(PersonFactory(staff=True, duties=[Duty.BILLING]))
    page = client.get(reverse("backoffice:run", args=[waiting.pk])).content.decode()

    assert waiting.approved_at is None
    assert f"Why the seller’s runs wait: Restored ({operator}" in page


@pytest.mark.usefixtures("operation_center")
def test_who_reported_usage_lately_is_named(operator: Person, run: Callable[..., str]) -> None:
    open_shop()
    MeterFactory()
    tenant = TenantFactory(identifier="Cust12345")
    now = clock.now()
    platform, silent = platform_credential(), platform_credential()
    long_ago = now - dt.timedelta(days=20)
    report(event(tenant.identifier, time=now.isoformat()), by=platform, at=now)
    report(event(tenant.identifier, time=long_ago.isoformat()), by=silent, at=long_ago)
    application = AuthorisationFactory(
        application__standard=True,
        application__name="Shop",
        application__owner__name="Builder B.V.",
        active=True,
        tenant=tenant,
    ).application
    own = credentials.issue_for_application(
        application, name="Gateway", reference="shop-1", by=operator, at=long_ago
    ).credential
    earlier = now - dt.timedelta(hours=2)
    report(
        event(tenant.identifier, source="shop-1/a", time=earlier.isoformat()), by=own, at=earlier
    )

    printed = run("after_restore", *arguments(operator.email))

    on = f"{earlier:%Y-%m-%d %H:%M} UTC"
    assert [line.strip() for line in printed.splitlines() if "last heard" in line] == [
        f"the platform, credential “Platform”, last heard {now:%Y-%m-%d %H:%M} UTC",
        f"Shop of Builder B.V. (developer@example.com), credential “Gateway”, last heard {on}",
    ]


@pytest.mark.parametrize(
    ("email", "numbers", "why"),
    [
        pytest.param("nobody@example.com", 1000, "Nobody of operations", id="a stranger"),
        pytest.param("olaf@example.com", -1, "go on, not back", id="backwards"),
    ],
)
def test_what_is_refused_changes_nothing(
    run: Callable[..., str], email: str, numbers: int, why: str
) -> None:
    PersonFactory(staff=True, duties=[Duty.OPERATIONS], email="olaf@example.com")
    EndpointFactory()

    with pytest.raises(CommandError, match=why):
        run("after_restore", *arguments(email, numbers))

    assert not Stream.objects.exists()
    assert not Fact.objects.exists()
