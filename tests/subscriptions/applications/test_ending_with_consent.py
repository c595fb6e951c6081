"""A consent that ends with the subscription, or soon after it, is not promised back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import CrmSuitePlan, History, OutgoingMail, TenantState
from subscriptions.applications.availability import verdict_on
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.applications.verdicts import Code
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen, ConsequencesChanged, consequences
from subscriptions.operations.cancellations import cancel as cancel_with
from subscriptions.operations.endings import end_due
from subscriptions.operations.plans import change_suite_plan
from subscriptions.operations.tenants import change_state
from tests.factories.shop import DEVELOPMENT_TOOLS, next_version
from tests.factories.subscriptions import AuthorisationFactory, cancel_as_read
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
MONTH_END = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)
NOTICED = MONTH_END + dt.timedelta(minutes=4)
STOPPED = "Webshop sync has stopped on a tenant"


def let_in(tenant: Tenant, name: str, valid_until: dt.datetime | None = None) -> Authorisation:
    found: Authorisation = AuthorisationFactory(
        active=True,
        tenant=tenant,
        application__name=name,
        application__uninstall_mails=["uninstalled@example.com"],
        valid_until=valid_until,
    )
    return found


def ended_letter(owner: Person) -> str:
    [letter] = OutgoingMail.objects.filter(to=owner.email, subject__contains="has ended")
    return str(letter.body)


def makers_letter() -> str:
    return str(OutgoingMail.objects.get(subject=STOPPED).body)


@pytest.fixture(autouse=True)
def in_english(owner: Person) -> None:
    owner.language = "en"
    owner.save()


@pytest.mark.parametrize("status", [AuthorisationStatus.ACTIVE, "needs_reapproval"])
def test_what_ends_with_the_subscription_has_expired(
    subscription: Subscription, tenant: Tenant, owner: Person, status: str
) -> None:
    both = let_in(tenant, "Until the month ends", MONTH_END)
    type(both).objects.filter(pk=both.pk).update(status=status)
    cancel_as_read(subscription, CancelWhen.MONTH_END, at=NOON)
    OutgoingMail.objects.all().delete()

    end_due(at=NOTICED)

    both.refresh_from_db()
    assert (both.status, both.closed_at) == (AuthorisationStatus.EXPIRED, MONTH_END)
    assert both.restore_until is None
    assert verdict_on(both, NOTICED).code == Code.EXPIRED
    told = History.objects.about(both).get(verb="authorisation.expired")
    assert (told.at, told.recorded_at) == (MONTH_END, NOTICED)
    assert "uninstalled@example.com" in set(OutgoingMail.objects.values_list("to", flat=True))
    assert both.application.name not in ended_letter(owner)


def test_what_is_over_by_then_does_not_stop_with_it(
    subscription: Subscription, tenant: Tenant, owner: Person
) -> None:
    let_in(tenant, "Until the month ends", MONTH_END)
    longer = let_in(tenant, "A moment longer", MONTH_END + dt.timedelta(microseconds=1))
    read = consequences(subscription, when=CancelWhen.MONTH_END, at=NOON)
    assert read.applications == (longer,)
    assert len(consequences(subscription, when=CancelWhen.NOW, at=NOON).applications) == 2

    type(longer).objects.filter(pk=longer.pk).update(valid_until=None)

    with pytest.raises(ConsequencesChanged):
        cancel_with(subscription, when=read.when, confirmed=read.fingerprint, by=owner, at=NOON)


def test_the_letter_of_the_end_says_of_each_until_when_it_comes_back(
    subscription: Subscription,
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> None:
    short = let_in(tenant, "For a time", MONTH_END + 10 * DAY)
    whole = let_in(tenant, "For good")
    cancel_as_read(subscription, CancelWhen.MONTH_END, at=NOON)

    end_due(at=NOTICED)

    letter = ended_letter(owner)
    assert (
        "- For a time: comes back with a subscription by 10 December 2026 at 23:59\xa0CET\n"
        in letter
    )
    assert (
        "- For good: comes back with a subscription by 30 December 2026 at 23:59\xa0CET\n" in letter
    )
    assert (
        "If you subscribe again by the time beside it, an application works again at once."
        in letter
    )
    orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=MONTH_END + 15 * DAY
    )
    short.refresh_from_db()
    whole.refresh_from_db()
    assert (short.status, whole.status) == ("requested", "active")


def test_where_nothing_is_promised_the_letter_promises_nothing(
    shop: None, customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    next_version(policies={"restore_days": 0})
    order = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    let_in(tenant, "Webshop sync")

    cancel_as_read(order, CancelWhen.NOW, at=NOON + DAY)

    letter = ended_letter(owner)
    assert "- Webshop sync: asks for consent again\n" in letter
    assert "work" not in letter
    assert "comes back" not in makers_letter()
    assert "When the customer has a licence again, it is asked for its consent" in makers_letter()


def test_its_maker_is_not_promised_what_was_over_before_the_letter(
    subscription: Subscription, tenant: Tenant
) -> None:
    let_in(tenant, "Webshop sync", NOTICED)
    cancel_as_read(subscription, CancelWhen.MONTH_END, at=NOON)

    end_due(at=NOTICED)

    assert "comes back" not in makers_letter()


def test_approvers_are_not_promised_what_a_plan_does_not_bring_back(
    shop: None, tenant: Tenant, owner: Person
) -> None:
    next_version(policies={"restore_days": 0}, included_in_plans=[CrmSuitePlan.SUPER])
    change_suite_plan(tenant, CrmSuitePlan.SUPER, by=owner, at=NOON)
    let_in(tenant, "Webshop sync")

    change_suite_plan(tenant, None, by=owner, at=NOON + DAY)

    letter = OutgoingMail.objects.get(to=owner.email, subject=STOPPED).body
    assert "comes back" not in letter
    assert "When the customer has a licence again, it is asked for its consent" in letter


@pytest.mark.parametrize("status", [AuthorisationStatus.ACTIVE, "needs_reapproval"])
def test_of_a_deleted_tenant_nobody_is_told_that_a_consent_expired(
    subscription: Subscription, tenant: Tenant, owner: Person, status: str
) -> None:
    over = let_in(tenant, "Webshop sync", NOON + HOUR)
    type(over).objects.filter(pk=over.pk).update(status=status)

    change_state(tenant, TenantState.DELETED, by=owner, at=NOON + 2 * HOUR)

    over.refresh_from_db()
    assert over.status == AuthorisationStatus.REVOKED
    subjects = set(OutgoingMail.objects.values_list("subject", flat=True))
    assert "A tenant of Webshop sync was deleted" in subjects
    assert not {subject for subject in subjects if "expired" in subject}
