"""A file is replaced at once that names an end which does not come, or that nobody believes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

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
