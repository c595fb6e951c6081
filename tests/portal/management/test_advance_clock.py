from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management.base import CommandError

from billing.models import Invoice
from customers import clock
from customers.models import Environment, OutgoingMail, Role
from subscriptions.applications import credentials
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.billing import subscriber
from tests.factories.customers import MembershipFactory
from tests.factories.subscriptions import (
    ApplicationFactory,
    AuthorisationFactory,
    cancel_as_read,
)
from tests.portal.management.conftest import ORDERED

if TYPE_CHECKING:
    from collections.abc import Callable


def test_months_pass_one_by_one(shop: None, run: Callable[..., str]) -> None:
    _customer, subscription = subscriber(ORDERED)
    cancel_as_read(subscription, CancelWhen.MONTH_END, at=ORDERED)
    subscriber(ORDERED)

    printed = run("advance_clock", "--to", "2099-02-15T08:00")

    assert [line for line in printed.splitlines() if not line.startswith(" ")] == [
        "2098-12-01 00:00 CET",
        "2099-01-01 00:00 CET",
        "2099-02-01 00:00 CET",
        "2099-02-15 08:00 CET",
    ]
    assert "1 subscription ended" in printed
    assert "documents of 1 invoice made" in printed
    assert Invoice.objects.count() == 4
    assert not OutgoingMail.objects.filter(sent_at=None).exists()
    subscription.refresh_from_db()
    assert subscription.status == "ended"
    ahead = clock.now() - dt.datetime(2099, 2, 15, 7, 0, tzinfo=dt.UTC)
    assert dt.timedelta() <= ahead < dt.timedelta(minutes=5)


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        pytest.param("2098-11-01", "only moves forward", id="the past"),
        pytest.param("tomorrow", "'tomorrow' is no moment", id="no moment"),
    ],
)
def test_refused_with_a_sentence(
    shop: None, run: Callable[..., str], to: str, sentence: str
) -> None:
    before = clock.shift()

    with pytest.raises(CommandError, match=sentence):
        run("advance_clock", "--to", to)

    assert clock.shift() == before


def test_a_real_clock_stays(shop: None, run: Callable[..., str], settings: Any) -> None:
    settings.CLOCK_CAN_MOVE = False

    with pytest.raises(CommandError, match="real clock"):
        run("advance_clock", "--to", "2099-01-01")


def test_what_ends_on_the_way_is_written_down_and_warned_of(
    shop: None, run: Callable[..., str]
) -> None:
    let_in = AuthorisationFactory(
        active=True, valid_until=dt.datetime(2098, 12, 31, 23, 0, tzinfo=dt.UTC)
    )
    application = ApplicationFactory()
    maker = MembershipFactory(organisation=application.owner, role=Role.OWNER).person
    made_at = clock.now()
    issued = credentials.create(application, Environment.SOD, by=maker, at=made_at)
    month_end = dt.datetime(2099, 1, 3, tzinfo=dt.UTC)
    issued.credential.secrets.update(ends_at=month_end)

    printed = run("advance_clock", "--to", "2099-01-02")

    let_in.refresh_from_db()
    assert (let_in.status, let_in.closed_at) == ("expired", let_in.valid_until)
    assert "1 authorisation expired" in printed
    assert "1 warning of client secrets that end" in printed
