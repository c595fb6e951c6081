from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subscriptions.operations import orders, suspensions
from tests.factories.shop import DEVELOPMENT_TOOLS, next_version
from tests.portal.pages.conftest import NOON
from tests.portal.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

    type Address = Callable[..., str]


@pytest.mark.parametrize(
    ("is_charged", "said"),
    [
        (True, "It goes on being charged while it is suspended."),
        (False, "Whole days on which it is suspended are not charged."),
    ],
)
def test_a_suspended_one_says_whether_it_is_paid_for(
    signed_in: Client,
    page: Address,
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
    is_charged: bool,
    said: str,
) -> None:
    next_version(policies={"charged_while_suspended": is_charged})
    order = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    suspensions.suspend(order, reason="Unpaid invoice", by=owner, at=NOON)

    html = read(signed_in, page("subscription_detail", order.pk))

    assert said in html
    assert ("goes on being charged" in html) is is_charged


def test_what_is_suspended_and_cancelled_is_said_to_stay_suspended(
    signed_in: Client, page: Address, subscription: Subscription, owner: Person
) -> None:
    suspensions.suspend(subscription, reason="Unpaid invoice", by=owner, at=NOON)
    before = read(signed_in, page("subscription_cancel", subscription.pk))
    form = signed_in.get(page("subscription_cancel", subscription.pk)).context["form"]
    sent = {name: str(form[name].value()) for name in ("when", "fingerprint")}
    done = signed_in.post(page("subscription_cancel", subscription.pk), sent, follow=True)
    detail = done.content.decode()
    overview = read(signed_in, page("overview"))

    assert "It stays suspended until then, unless it is resumed." in before
    assert "It stays suspended and ends on 30 November 2026 at 23:59\xa0CET." in detail
    assert "Cancelled, ends on 30 November 2026 at 23:59\xa0CET." in detail
    assert "it stays suspended until 30 November 2026 at 23:59\xa0CET" in overview
    for html in (before, detail, overview):
        assert "everything keeps working" not in html.lower()
        assert "it works until" not in html.lower()
