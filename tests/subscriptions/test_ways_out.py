"""How who will not pay a new price can still have it end before its day, and who says so."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from catalog.models import Product
from customers.models import OutgoingMail, Role
from subscriptions.lifecycle import Status
from subscriptions.operations import orders, price_changes
from subscriptions.operations.cancellations import CancelWhen, consequences
from subscriptions.ways_out import WaysOut, ways_out
from tests.factories.catalog import PriceVersionFactory
from tests.factories.customers import MembershipFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, next_version
from tests.factories.subscriptions import cancel_as_read
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

MID_JANUARY = dt.datetime(2027, 1, 14, 23, tzinfo=dt.UTC)  # the 15th begins in Amsterdam
FEBRUARY = dt.datetime(2027, 1, 31, 23, tzinfo=dt.UTC)
DECEMBER = dt.datetime(2026, 11, 30, 23, tzinfo=dt.UTC)
NEW_YEAR = dt.datetime(2026, 12, 31, 23, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
A_MOMENT = dt.timedelta(microseconds=1)


def subscribed(tenant: Tenant, by: Person, **policies: object) -> Subscription:
    next_version(policies=policies)
    return orders.subscribe(
        tenant.organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=by, at=NOON
    )


def ends_when_cancelled(subscription: Subscription, at: dt.datetime) -> dt.datetime:
    return consequences(subscription, when=CancelWhen.MONTH_END, at=at).ends_at


@pytest.mark.parametrize(
    ("policies", "before", "by", "at_once"),
    [
        pytest.param({}, MID_JANUARY, NEW_YEAR, True, id="the month end before it"),
        pytest.param({}, FEBRUARY, FEBRUARY, True, id="the very month end"),
        pytest.param({"cancel_now": False}, MID_JANUARY, NEW_YEAR, False, id="only so"),
        pytest.param(
            {"cancel_now": False, "notice_days": 30},
            MID_JANUARY,
            NEW_YEAR - 30 * DAY,
            False,
            id="with notice",
        ),
        pytest.param({"cancel_now": False, "notice_days": 60}, MID_JANUARY, None, False, id="late"),
        pytest.param({"notice_days": 60}, MID_JANUARY, None, True, id="late but for now"),
        pytest.param({"cancel_at_month_end": False}, MID_JANUARY, None, True, id="only now"),
    ],
)
def test_as_the_policy_of_its_product_has_it(
    shop: None,
    tenant: Tenant,
    owner: Person,
    policies: dict[str, object],
    before: dt.datetime,
    by: dt.datetime | None,
    at_once: bool,
) -> None:
    subscription = subscribed(tenant, owner, **policies)

    found = ways_out(subscription, before=before, at=NOON)

    assert found.at_once == at_once
    assert (found.at_month_end and found.at_month_end.cancelled_before) == by
    if by and found.at_month_end:
        last, late = (ends_when_cancelled(subscription, at) for at in (by - A_MOMENT, by))
        assert last <= before < late


@pytest.mark.parametrize(
    ("notice_days", "ends_at"),
    [
        pytest.param(0, DECEMBER, id="its own"),
        pytest.param(10, NEW_YEAR, id="of the end of the notice"),
    ],
)
def test_cancelled_earlier_it_ends_with_an_earlier_month(
    shop: None, tenant: Tenant, owner: Person, notice_days: int, ends_at: dt.datetime
) -> None:
    subscription = subscribed(tenant, owner, cancel_now=False, notice_days=notice_days)
    found = ways_out(subscription, before=MID_JANUARY, at=NOON)

    assert found.at_month_end
    assert found.at_month_end.notice_days == notice_days
    assert ends_when_cancelled(subscription, NOON + DAY) == ends_at


def test_an_order_that_waits_and_what_has_an_end(shop: None, tenant: Tenant, owner: Person) -> None:
    subscription = subscribed(tenant, owner)
    cancelled = cancel_as_read(subscription, CancelWhen.MONTH_END, at=NOON)
    assert ways_out(cancelled, before=FEBRUARY, at=NOON) == WaysOut(
        None, at_once=True, is_chosen=False
    )

    waiting = subscribed(TenantFactory(organisation=tenant.organisation), owner)
    waiting.status = Status.REQUESTED

    assert not ways_out(waiting, before=FEBRUARY, at=NOON)


@pytest.mark.parametrize(
    ("policies", "said", "unsaid"),
    [
        pytest.param(
            {},
            [
                (
                    "- It ends with the month in which it is cancelled. To end before 15 January "
                    "2027 it has to be cancelled by 31 December 2026 at 23:59\xa0CET at the latest."
                ),
                (
                    "- Cancelled with the choice “Now” on any day before 15 January 2027, it ends "
                    "at once."
                ),
            ],
            [],
            id="both",
        ),
        pytest.param(
            {"cancel_now": False},
            ["cancelled by 31 December 2026 at 23:59\xa0CET at the latest."],
            ["at once"],
            id="at a month's end",
        ),
        pytest.param(
            {"cancel_now": False, "notice_days": 30},
            [
                (
                    "- Once cancelled, it ends with the month in which 30 days of notice are over. "
                    "To end before 15 January 2027 it has to be cancelled by 1 December 2026 at "
                    "23:59\xa0CET at the latest."
                ),
            ],
            ["in which it is cancelled"],
            id="with notice",
        ),
        pytest.param(
            {"cancel_at_month_end": False},
            ["- Cancelled on any day before 15 January 2027, it ends at once."],
            ["“Now”"],
            id="only at once",
        ),
        pytest.param(
            {"notice_days": 60},
            ["- Cancelled with the choice “Now” on any day before 15 January 2027, it ends"],
            ["with the month"],
            id="only the choice of now is in time",
        ),
        pytest.param(
            {"cancel_now": False, "notice_days": 60},
            ["You need not do anything.\n\nhttp"],
            ["administrator", "ancel"],
            id="no way",
        ),
    ],
)
def test_the_letter_says_who_cancels_and_by_when(
    shop: None,
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
    sales: Person,
    policies: dict[str, object],
    said: list[str],
    unsaid: list[str],
) -> None:
    contact = MembershipFactory(
        organisation=customer, role=Role.BILLING_CONTACT, person__language="en"
    ).person
    subscribed(tenant, owner, **policies)
    price = PriceVersionFactory(
        product=Product.objects.get(code=DEVELOPMENT_TOOLS),
        valid_from=dt.date(2027, 1, 1),
        component__unit_amount=Decimal(52),
        component__code="licence",
    )

    price_changes.announce(price, effective_on=dt.date(2027, 1, 15), by=sales, at=NOON)

    letter = OutgoingMail.objects.get(to=contact.email, subject__contains="another price").body
    assert "you can cancel" not in letter
    assert ("An owner or tenant administrator does that" in letter) == (
        "administrator" not in unsaid
    )
    for text in said:
        assert text in letter
    for text in unsaid:
        assert text not in letter
