"""A file is replaced at once that names an end which does not come, that outlives everything in it,
or that nobody believes.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from customers.models import OutgoingMail
from subscriptions.licence_files import operations, signing
from subscriptions.licence_files.models import LicenceFile
from subscriptions.operations.cancellations import CancelWhen, withdraw_cancellation
from tests.factories.subscriptions import cancel_as_read
from tests.subscriptions.licence_files.test_operations import (
    A_DAY,
    DECEMBER_END,
    EARLY,
    MONTH_END,
    letters,
    organisation_wide,
    read,
    subscribe,
)

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

HOUR = dt.timedelta(hours=1)
MONTH_END_TEXT = "2026-11-30T23:00:00Z"


@pytest.fixture
def subscription(on_premise: Tenant, owner: Person) -> Subscription:
    return subscribe(on_premise, by=owner, at=EARLY)


def ends_in(file: LicenceFile) -> set[str | None]:
    return {each.get("until") for each in read(file, file.issued_at)["capabilities"]}


@pytest.mark.parametrize("cancelled", ["the tenant's own", "the organisation's"])
def test_what_goes_on_after_all_is_in_a_file_at_once_beside_what_went_on_anyway(
    subscription: Subscription,
    customer: Organisation,
    on_premise: Tenant,
    owner: Person,
    cancelled: str,
) -> None:
    databridge = organisation_wide(
        customer, EARLY, capabilities=["databridge"], scope="organisation"
    )
    first = operations.issue(on_premise, by=owner, at=EARLY)
    ending = subscription if cancelled == "the tenant's own" else databridge
    cancel_as_read(ending, CancelWhen.MONTH_END, by=owner, at=EARLY)
    assert operations.follow_up_due(at=first.warning_at) == 1
    second = LicenceFile.objects.present().get()
    assert second.expires_at == DECEMBER_END
    assert ends_in(second) == {MONTH_END_TEXT, None}
    near = MONTH_END - A_DAY
    withdraw_cancellation(ending, by=owner, at=near)

    made = [operations.follow_up_due(at=near + n * HOUR) for n in range(2)]

    assert made == [1, 0]
    third = LicenceFile.objects.present().get()
    assert (third.number, third.expires_at) == (3, DECEMBER_END)
    assert ends_in(third) == {None}
    assert [name for _to, name in letters()] == [second.name, third.name]


def test_an_end_that_no_file_names_is_withdrawn_without_another(
    subscription: Subscription, on_premise: Tenant, owner: Person
) -> None:
    operations.issue(on_premise, by=owner, at=EARLY)
    cancel_as_read(subscription, CancelWhen.MONTH_END, by=owner, at=EARLY + HOUR)
    withdraw_cancellation(subscription, by=owner, at=EARLY + A_DAY)

    assert operations.follow_up_due(at=EARLY + A_DAY) == 0


@pytest.mark.parametrize(
    "cancelled_at",
    [
        pytest.param(EARLY + HOUR, id="long before the end"),
        pytest.param(MONTH_END - 6 * A_DAY, id="when there is one of the next month"),
    ],
)
def test_who_cancels_everything_gets_the_last_file_and_it_has_no_grace(
    subscription: Subscription, on_premise: Tenant, owner: Person, cancelled_at: dt.datetime
) -> None:
    operations.issue(on_premise, by=owner, at=EARLY)
    operations.follow_up_due(at=cancelled_at)
    before = LicenceFile.objects.present().get()
    cancel_as_read(subscription, CancelWhen.MONTH_END, by=owner, at=cancelled_at)

    made = [operations.follow_up_due(at=cancelled_at + n * HOUR) for n in range(2)]

    assert made == [1, 0]
    assert operations.follow_up_due(at=MONTH_END - HOUR) == 0
    last = LicenceFile.objects.present().get()
    assert (before.grace_until > MONTH_END, last.number) == (True, before.number + 1)
    assert (last.expires_at, last.grace_until) == (MONTH_END, MONTH_END)
    assert letters()[-1] == (owner.email, last.name)
    assert "It is the last one" in OutgoingMail.objects.latest("pk").body


def test_who_cancels_some_of_it_gets_no_other_file(
    subscription: Subscription, customer: Organisation, on_premise: Tenant, owner: Person
) -> None:
    organisation_wide(customer, EARLY, capabilities=["databridge"], scope="organisation")
    operations.issue(on_premise, by=owner, at=EARLY)
    cancel_as_read(subscription, CancelWhen.MONTH_END, by=owner, at=EARLY + HOUR)

    assert operations.follow_up_due(at=EARLY + A_DAY) == 0


def test_a_last_file_has_a_successor_when_the_end_is_taken_back(
    subscription: Subscription, on_premise: Tenant, owner: Person
) -> None:
    operations.issue(on_premise, by=owner, at=EARLY)
    cancel_as_read(subscription, CancelWhen.MONTH_END, by=owner, at=EARLY + HOUR)
    operations.follow_up_due(at=EARLY + HOUR)
    withdraw_cancellation(subscription, by=owner, at=EARLY + 2 * HOUR)

    made = [operations.follow_up_due(at=EARLY + n * HOUR) for n in (2, 3)]

    assert made == [1, 0]
    assert LicenceFile.objects.present().get().grace_until > MONTH_END


def test_a_file_of_a_withdrawn_key_is_replaced_at_once_and_by_mail(
    subscription: Subscription, on_premise: Tenant, owner: Person, settings: Any
) -> None:
    operations.issue(on_premise, by=owner, at=EARLY)
    settings.LICENCE_SIGNING_KEY = signing.new_private_key()

    made = [operations.follow_up_due(at=EARLY + HOUR) for _run in range(2)]

    assert made == [1, 0]
    second = LicenceFile.objects.present().get()
    assert read(second)["number"] == 2
    assert letters() == [(owner.email, second.name)]


def test_a_key_that_is_replaced_while_it_is_published_brings_no_file(
    subscription: Subscription, on_premise: Tenant, owner: Person, settings: Any
) -> None:
    operations.issue(on_premise, by=owner, at=EARLY)
    before = signing.encode(signing.public_half(settings.LICENCE_SIGNING_KEY))
    settings.LICENCE_PUBLISHED_KEYS = [before]
    settings.LICENCE_SIGNING_KEY = signing.new_private_key()

    assert operations.follow_up_due(at=EARLY + HOUR) == 0

    assert letters() == []
