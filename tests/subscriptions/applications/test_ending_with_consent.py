"""A consent that ends with the subscription, or soon after it, is not promised back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import History, OutgoingMail
from subscriptions.applications.availability import verdict_on
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.applications.verdicts import Code
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen, ConsequencesChanged, consequences
from subscriptions.operations.cancellations import cancel as cancel_with
from subscriptions.operations.endings import end_due
from tests.factories.shop import DEVELOPMENT_TOOLS, next_version
from tests.factories.subscriptions import AuthorisationFactory, cancel_as_read
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

DAY = dt.timedelta(days=1)
MONTH_END = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)
NOTICED = MONTH_END + dt.timedelta(minutes=4)


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

    type(longer).objects.update(valid_until=None)

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
    assert "- For a time: comes back until 10 December 2026 at 23:59\xa0CET\n" in letter
    assert "- For good: comes back until 30 December 2026 at 23:59\xa0CET\n" in letter
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
