from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import clock
from customers.models import Role, Tenant, TenantState
from subscriptions.applications.models import Authorisation
from subscriptions.operations import cancellations, orders, suspensions
from tests.factories.customers import AdviceQuestionFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.portal.pages.with_catalogue.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Membership, Organisation, Person
    from subscriptions.models import Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    return orders.subscribe(
        customer, product_code="development-tools", tenant=tenant, by=owner, at=NOON
    )


def cancel(subscription: Subscription, by: Person) -> None:
    at = clock.now()
    found = cancellations.consequences(subscription, when=cancellations.CancelWhen.MONTH_END, at=at)
    cancellations.cancel(subscription, when=found.when, confirmed=found.fingerprint, by=by, at=at)


def test_an_empty_overview_says_the_next_step(signed_in: Client, show: Callable[..., str]) -> None:
    html = show("overview")

    assert "No subscriptions yet" in html
    assert "To the catalogue" in html


def test_the_table_shows_product_tenant_status_and_example_price(
    signed_in: Client, show: Callable[..., str], subscription: Subscription
) -> None:
    AuthorisationFactory(active=True, tenant=subscription.tenant)

    html = show("overview")

    assert "Development Tools" in html
    assert "Hoofdkantoor (Cust11111)" in html
    assert "€588.00" in html
    assert "Example price" in html
    assert "1 application lives on it" in html


def test_a_coming_end_can_be_withdrawn_there_and_then(
    signed_in: Client, show: Callable[..., str], subscription: Subscription, owner: Person
) -> None:
    cancel(subscription, owner)

    html = show("overview")
    undo = reverse(
        "pages:subscription_withdraw_cancellation",
        args=[subscription.organisation_id, subscription.pk],
    )
    assert "Development Tools ends on" in html
    assert f'action="{undo}"' in html

    signed_in.post(undo)

    assert "Development Tools ends on" not in show("overview")


def test_who_may_not_cancel_is_told_but_not_offered_to_undo(
    member: Callable[[Role], Membership],
    show: Callable[..., str],
    subscription: Subscription,
    owner: Person,
) -> None:
    cancel(subscription, owner)
    member(Role.READER)

    html = show("overview")

    assert "Development Tools ends on" in html
    assert "Withdraw the cancellation" not in html
    assert "Add a product" not in html


def test_three_are_shown_and_the_others_a_click_away(
    signed_in: Client, show: Callable[..., str], customer: Organisation
) -> None:
    TenantFactory.create_batch(5, organisation=customer, state=TenantState.SUSPENDED)

    html = show("overview")

    assert "Needs you (5)" in html
    assert "Show 2 more" in html
    shown, further = html.split('<details class="todo__more"')
    assert shown.count('class="todo__item"') == 3
    assert further.count('class="todo__item"') == 2


def test_a_partner_that_has_nothing_itself_sees_its_customers(
    client: Client, customer: Organisation, consultant: Person, partner: Organisation
) -> None:
    client.force_login(consultant)

    html = client.get(reverse("pages:overview", args=[partner.pk])).content.decode()

    assert "Your customers" in html
    assert reverse("pages:overview", args=[customer.pk]) in html
    assert "No subscriptions yet" not in html


def test_what_is_needed_is_asked_once(
    signed_in: Client, show: Callable[..., str], subscription: Subscription
) -> None:
    show("overview")  # what is asked once and remembered

    with CaptureQueriesContext(connection) as asked:
        show("overview")

    assert len(asked) <= 55


def test_requests_are_not_hidden_by_what_was_deactivated(
    signed_in: Client, show: Callable[..., str], tenant: Tenant
) -> None:
    for _gone in range(20):
        AuthorisationFactory(
            active=True,
            tenant=tenant,
            status="deactivated",
            deactivation="ended",
            closed_at=clock.now(),
        )
    AuthorisationFactory(tenant=tenant, application__name="Zoekt toegang")

    html = show("overview")

    assert "Zoekt toegang waits for your consent<" in html


def test_everything_else_that_asks_for_attention(
    signed_in: Client,
    show: Callable[..., str],
    customer: Organisation,
    subscription: Subscription,
    owner: Person,
) -> None:
    now = clock.now()
    TenantFactory(organisation=customer, name="Stilgezet", state=TenantState.SUSPENDED)
    TenantFactory(organisation=customer, name="Verdwenen", state=TenantState.DELETED)
    AuthorisationFactory(tenant=subscription.tenant, application__name="Wachtende")
    AuthorisationFactory(
        tenant=subscription.tenant, application__name="Bredere", status="needs_reapproval"
    )
    AuthorisationFactory(
        tenant=subscription.tenant,
        application__name="Gulzige",
        active=True,
        agreed_scopes=["crm:read"],
    )
    orders.subscribe(
        customer,
        product_code="sandbox-production-environment",
        tenant=subscription.tenant,
        quantities={"sales-premium": 3},
        by=owner,
        at=NOON,
    )
    suspensions.suspend(subscription, reason="unpaid", by=owner, at=now)
    AdviceQuestionFactory(
        organisation=customer,
        answer="Yes.",
        answered_by=owner,
        answered_at=now - dt.timedelta(days=3),
    )
    AdviceQuestionFactory(
        organisation=customer,
        answer="Long ago.",
        answered_by=owner,
        answered_at=now - dt.timedelta(days=30),
    )

    html = show("overview")

    assert "Stilgezet is not running: Suspended" in html
    assert "Verdwenen is not running" not in html
    assert "Wachtende waits for your consent<" in html
    assert "Bredere waits for your consent again" in html
    assert html.count("asks to do more") == 1
    assert "Gulzige asks to do more" in html
    assert "Your order of Sandbox Production Environment is being set up" in html
    assert "Development Tools is suspended" in html
    assert html.count("Your question was answered by") == 1


@pytest.mark.parametrize("role", [Role.BILLING_CONTACT, Role.DEVELOPER, Role.READER])
def test_who_may_not_decide_reads_who_does(
    member: Callable[[Role], Membership], show: Callable[..., str], tenant: Tenant, role: Role
) -> None:
    AuthorisationFactory(tenant=tenant, application__name="Wachtende")
    AuthorisationFactory(tenant=tenant, application__name="Bredere", status="needs_reapproval")
    AuthorisationFactory(
        tenant=tenant, application__name="Gulzige", active=True, agreed_scopes=["crm:read"]
    )
    member(role)

    html = show("overview")

    assert "Wachtende waits for an owner or tenant administrator<" in html
    assert "Bredere waits again for an owner or tenant administrator<" in html
    assert "Gulzige asks to do more<" in html
    assert "your consent" not in html
    assert "Decide<" not in html
    assert html.count("See the application<") == 3


def test_nor_is_a_consultant_asked_to_decide(
    client: Client, show: Callable[..., str], tenant: Tenant, consultant: Person
) -> None:
    AuthorisationFactory(tenant=tenant, application__name="Wachtende")
    client.force_login(consultant)

    html = show("overview")

    assert "Wachtende waits for an owner or tenant administrator<" in html
    assert "Decide<" not in html


def test_recent_activity_tells_who_did_what(
    signed_in: Client, show: Callable[..., str], subscription: Subscription
) -> None:
    html = show("overview")

    assert "Development Tools on Hoofdkantoor started" in html
    assert "Els Bakker" in html


def test_of_much_that_needs_attention_the_gravest_is_shown(
    signed_in: Client, show: Callable[..., str], customer: Organisation
) -> None:
    TenantFactory.create_batch(22, organisation=customer, state=TenantState.SUSPENDED)

    html = show("overview")

    assert "2 more things need attention" in html


def test_of_many_tenants_and_applications_it_reads_what_it_shows(
    signed_in: Client,
    show: Callable[..., str],
    customer: Organisation,
) -> None:
    application = ApplicationFactory()
    show("overview")  # what is asked once and remembered
    tenants = TenantFactory.create_batch(2, organisation=customer, suspended=True)
    for tenant in tenants:
        AuthorisationFactory(application=application, tenant=tenant)
    with CaptureQueriesContext(connection) as few:
        show("overview")
    for tenant in TenantFactory.create_batch(300, organisation=customer, suspended=True):
        AuthorisationFactory(application=application, tenant=tenant)
    read: Counter[type] = Counter()

    def count(sender: type, **_more: object) -> None:
        read[sender] += 1

    post_init.connect(count)
    try:
        with CaptureQueriesContext(connection) as many:
            html = show("overview")
    finally:
        post_init.disconnect(count)

    assert len(many) <= len(few) + 1  # what is left out is counted
    assert "584 more things need attention" in html  # 302 of each, and 20 are shown
    assert "302 tenants" in html
    assert read[Tenant] < 100
    assert read[Authorisation] < 100
