"""A platform polls: it waits for nobody, and two of them at once get one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import locks
from customers.models import Tenant
from customers.operations.tenants import correct_identity
from subscriptions.licence_files import operations, signing
from subscriptions.licence_files.models import LicenceFile
from subscriptions.operations.cancellations import (
    CancelWhen,
    cancel,
    consequences,
    withdraw_cancellation,
)
from tests.factories.subscriptions import cancel_as_read
from tests.subscriptions.licence_files.test_operations import (
    A_DAY,
    EARLY,
    MONTH_END,
    names,
    organisation_wide,
    read,
    subscribe,
)
from tests.subscriptions.licence_files.test_overtaken import HOUR, MONTH_END_TEXT, ends_in

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from customers.models import Organisation, Person
    from subscriptions.models import Subscription

LOCK = "FOR NO KEY UPDATE"


@pytest.fixture
def subscription(on_premise: Tenant, owner: Person) -> Subscription:
    return subscribe(on_premise, by=owner, at=EARLY)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen once, just before a poll that has read already gets the lock."""
    lock = locks.lock_organisation

    def happens(something: Callable[[], object]) -> None:
        def lock_after_it(organisation_id: int) -> Any:
            monkeypatch.setattr(operations, "lock_organisation", lock)
            something()
            return lock(organisation_id)

        monkeypatch.setattr(operations, "lock_organisation", lock_after_it)

    return happens


def poll(tenant: Tenant, at: dt.datetime = EARLY) -> LicenceFile:
    return operations.for_program(tenant.pk, at=at)


def statements_of_a_poll(tenant: Tenant) -> list[str]:
    with CaptureQueriesContext(connection) as found:
        poll(tenant)
    return [each["sql"] for each in found]


def test_who_asks_for_what_is_there_takes_no_lock(
    subscription: Subscription, on_premise: Tenant
) -> None:
    first, again = statements_of_a_poll(on_premise), statements_of_a_poll(on_premise)

    assert any(LOCK in each for each in first)
    assert not any(LOCK in each for each in again)
    assert not any("SAVEPOINT" in each for each in again)


def test_there_is_none_to_be_had_without_a_lock(on_premise: Tenant) -> None:
    with (
        CaptureQueriesContext(connection) as found,
        pytest.raises(operations.NothingToLicense),
    ):
        poll(on_premise)

    assert not any(LOCK in each["sql"] for each in found)


def test_two_polls_at_once_make_one_file(
    subscription: Subscription,
    on_premise: Tenant,
    meanwhile: Callable[[Callable[[], object]], None],
) -> None:
    quicker: list[LicenceFile] = []
    meanwhile(lambda: quicker.append(poll(on_premise)))

    file = poll(on_premise)

    assert quicker == [file] == list(LicenceFile.objects.all())


def test_two_polls_at_once_make_one_successor(
    subscription: Subscription,
    on_premise: Tenant,
    customer: Organisation,
    meanwhile: Callable[[Callable[[], object]], None],
) -> None:
    first = poll(on_premise)
    later = EARLY + A_DAY
    organisation_wide(customer, later, deployments=["on_premise"], scope="organisation")
    quicker: list[LicenceFile] = []
    meanwhile(lambda: quicker.append(poll(on_premise, later)))

    file = poll(on_premise, later)

    assert quicker == [file]
    assert list(LicenceFile.objects.order_by("pk")) == [first, file]


def test_what_ended_before_the_lock_is_not_signed(
    subscription: Subscription,
    on_premise: Tenant,
    owner: Person,
    meanwhile: Callable[[Callable[[], object]], None],
) -> None:
    shown = consequences(subscription, when=CancelWhen.NOW, at=EARLY)
    meanwhile(
        lambda: cancel(
            subscription, when=CancelWhen.NOW, confirmed=shown.fingerprint, by=owner, at=EARLY
        )
    )

    with pytest.raises(operations.NothingToLicense):
        poll(on_premise)

    assert LicenceFile.objects.count() == 0


@pytest.mark.parametrize("asked_by", ["a program", "a person"])
def test_what_was_named_anew_before_the_lock_is_named_so(
    subscription: Subscription,
    on_premise: Tenant,
    sales: Person,
    meanwhile: Callable[[Callable[[], object]], None],
    asked_by: str,
) -> None:
    as_read = Tenant.objects.get(pk=on_premise.pk)
    meanwhile(
        lambda: correct_identity(
            on_premise,
            serial_number="1184420319",
            owner_name="Waterlelie B.V.",
            by=sales,
            at=EARLY,
            reason="Two digits swapped",
        )
    )

    by_person = asked_by == "a person"
    file = operations.issue(as_read, by=sales, at=EARLY) if by_person else poll(as_read)

    on_premise.refresh_from_db()
    assert read(file)["tenant"] == names(on_premise)
    assert on_premise.serial_number == "1184420319"


def test_what_is_there_needs_no_key(
    subscription: Subscription, on_premise: Tenant, settings: Any
) -> None:
    first = poll(on_premise)
    settings.LICENCE_SIGNING_KEY = ""

    assert poll(on_premise) == first


def test_what_goes_on_after_all_is_in_the_next_answer(
    subscription: Subscription, on_premise: Tenant, customer: Organisation, owner: Person
) -> None:
    organisation_wide(customer, EARLY, capabilities=["databridge"], scope="organisation")
    cancel_as_read(subscription, CancelWhen.MONTH_END, by=owner, at=EARLY)
    ending = poll(on_premise, EARLY + HOUR)
    assert ends_in(ending) == {MONTH_END_TEXT, None}
    withdraw_cancellation(subscription, by=owner, at=EARLY + A_DAY)

    found = [poll(on_premise, EARLY + A_DAY + n * HOUR) for n in (1, 2)]

    assert [file.number for file in found] == [2, 2]
    assert ends_in(found[0]) == {None}


def test_of_what_was_cancelled_the_next_answer_has_no_grace(
    subscription: Subscription, on_premise: Tenant, owner: Person
) -> None:
    first = poll(on_premise)
    assert first.grace_until > first.expires_at == MONTH_END
    cancel_as_read(subscription, CancelWhen.MONTH_END, by=owner, at=EARLY + HOUR)

    found = [poll(on_premise, EARLY + 2 * HOUR), poll(on_premise, MONTH_END - HOUR)]

    assert [file.number for file in found] == [2, 2]
    assert (found[0].expires_at, found[0].grace_until) == (MONTH_END, MONTH_END)


def test_a_file_that_the_published_keys_refuse_is_not_answered(
    subscription: Subscription, on_premise: Tenant, settings: Any
) -> None:
    first = poll(on_premise)
    settings.LICENCE_SIGNING_KEY = signing.new_private_key()

    found = [poll(on_premise, EARLY + HOUR) for _time in range(2)]

    assert [file.number for file in found] == [2, 2]
    assert read(found[0])["number"] == 2
    assert found[0].key_id != first.key_id
