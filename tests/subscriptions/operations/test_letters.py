"""What owners read about their subscriptions: the days as people say them, and no more money."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.actors import PLATFORM
from customers.models import OutgoingMail, TenantState
from subscriptions.operations import cancellations, orders, quantity_changes, suspensions
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.operations.endings import end_due
from subscriptions.operations.tenants import change_state
from tests.factories.customers import MembershipFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, next_version
from tests.factories.subscriptions import (
    AuthorisationFactory,
    cancel_as_read,
    confirm_set_up,
)
from tests.factories.usage import open_metered_services
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

MONTH_END = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)
NOON_IN_WORDS = "23 November 2026 at 12:00\N{NO-BREAK SPACE}CET"
CREDITED = "Days that were paid and not used are credited on the next invoice."


@pytest.fixture
def subscription(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    owner.language = "en"
    owner.save()
    return orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )


@pytest.fixture
def sandbox(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    owner.language = "nl"
    owner.save()
    return orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 5, "service-premium": 2},
        by=owner,
        at=NOON,
    )


def last_letter() -> str:
    return str(OutgoingMail.objects.latest("pk").body)


def test_since_when_it_works_is_told_with_its_zone(subscription: Subscription) -> None:
    [started] = OutgoingMail.objects.filter(subject__contains="has started")

    assert f"since {NOON_IN_WORDS}. It is billed monthly" in started.body


def test_what_ends_with_the_month_ends_on_its_last_day(subscription: Subscription) -> None:
    cancel_as_read(subscription, CancelWhen.MONTH_END, at=NOON)
    assert "30 November 2026 at 23:59" in last_letter()

    end_due(at=MONTH_END)

    assert "ended on 30 November 2026 at 23:59" in last_letter()
    assert CREDITED not in last_letter()


def test_what_ends_within_the_month_is_credited(subscription: Subscription) -> None:
    cancel_as_read(subscription, CancelWhen.NOW, at=NOON)

    [ended] = OutgoingMail.objects.filter(subject__contains="has ended")
    assert CREDITED in ended.body


def test_a_letter_about_a_suspension_says_what_stops_and_what_it_costs(
    subscription: Subscription, tenant: Tenant, sales: Person, owner: Person
) -> None:
    AuthorisationFactory(active=True, tenant=tenant, application__name="Webshop sync")
    AuthorisationFactory(tenant=tenant, application__name="Not let in")

    suspensions.suspend(subscription, reason="Unpaid invoice", by=sales, at=NOON)

    letter = OutgoingMail.objects.filter(to=owner.email).latest("pk").body
    assert "Unpaid invoice" in letter
    assert "It goes on being charged while it is suspended." in letter
    assert "- Webshop sync" in letter
    assert "Not let in" not in letter
    assert f"/subscriptions/{subscription.pk}/" in letter


def test_a_suspension_that_costs_nothing_says_so(
    shop: None, customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    next_version(policies={"charged_while_suspended": False})
    owner.language = "nl"
    owner.save()
    order = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )

    suspensions.suspend(order, reason="Verhuizing", by=sales, at=NOON)

    assert "Hele dagen waarop het opgeschort is, worden niet berekend." in last_letter()
    assert "applicaties" not in last_letter()


def test_what_is_cancelled_while_suspended_is_not_said_to_work(
    subscription: Subscription, sales: Person
) -> None:
    suspensions.suspend(subscription, reason="Unpaid invoice", by=sales, at=NOON)
    subscription.refresh_from_db()

    cancel_as_read(subscription, CancelWhen.MONTH_END, at=NOON)

    assert "Until then it stays suspended, unless it is resumed" in last_letter()
    assert "keeps working" not in last_letter()


@pytest.mark.parametrize(
    ("is_charged", "said"),
    [
        (True, "It stays suspended until it is resumed, and is billed monthly meanwhile."),
        (False, "whole days on which it is suspended are not charged."),
    ],
)
def test_what_is_suspended_and_no_longer_cancelled_is_said_to_stay_suspended(
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
    sales: Person,
    is_charged: bool,
    said: str,
) -> None:
    next_version(policies={"charged_while_suspended": is_charged})
    order = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    suspensions.suspend(order, reason="Unpaid invoice", by=sales, at=NOON)
    order.refresh_from_db()
    cancel_as_read(order, CancelWhen.MONTH_END, at=NOON)

    cancellations.withdraw_cancellation(order, by=owner, at=NOON)

    letter = OutgoingMail.objects.latest("pk")
    assert letter.subject == "The cancellation of Development Tools is withdrawn"
    assert said in letter.body
    assert "goes on" not in letter.body


def test_a_change_of_users_names_what_changed_and_nothing_else(
    sandbox: Subscription, owner: Person, sales: Person
) -> None:
    confirm_set_up(sandbox, by=sales, at=NOON)

    quantity_changes.change(sandbox, quantities={"sales-premium": 8}, by=owner, at=NOON)

    assert "sales-premium: 5 → 8" in last_letter()
    assert "service-premium" not in last_letter()


def test_an_order_that_its_deleted_tenant_ends_is_told(
    sandbox: Subscription, tenant: Tenant, owner: Person
) -> None:
    change_state(tenant, TenantState.DELETED, reason="Delete", by=PLATFORM, at=NOON)

    letter = OutgoingMail.objects.filter(to=owner.email).latest("pk")
    assert letter.subject == "Uw bestelling van Sandbox is niet bevestigd"
    assert "Het platform heeft de tenant verwijderd" in letter.body
    assert "Delete" not in letter.body


def test_what_ended_with_its_tenant_says_so_in_words(
    subscription: Subscription, tenant: Tenant
) -> None:
    change_state(tenant, TenantState.DELETED, reason="Delete", by=PLATFORM, at=NOON)

    subscription.refresh_from_db()
    assert subscription.cancel_reason == "Delete"
    assert subscription.cancel_reason_in_words == "The platform deleted the tenant"


def test_whose_account_was_shut_gets_no_letter(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    MembershipFactory(organisation=customer, person__is_active=False)

    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON)

    assert [letter.to for letter in OutgoingMail.objects.all()] == [owner.email]


def test_letters_about_an_end_name_the_invoice_with_the_last_use(
    shop: None, customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    open_metered_services()
    next_version(charges=["api-usage"])
    order = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )

    cancel_as_read(order, CancelWhen.MONTH_END, at=NOON)
    assert "is still charged, the last of it on the invoice of 1 December 2026" in last_letter()
    end_due(at=MONTH_END)

    said = "What was used until the end is charged on the invoice of 1 December 2026."
    assert said in last_letter()


def test_letters_about_what_charges_no_use_are_silent_about_it(subscription: Subscription) -> None:
    cancel_as_read(subscription, CancelWhen.NOW, at=NOON)

    [ended] = OutgoingMail.objects.filter(subject__contains="has ended")
    assert "used until" not in ended.body
