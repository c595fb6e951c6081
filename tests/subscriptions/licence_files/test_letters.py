"""What the letter with a licence file says of the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.models import OutgoingMail
from subscriptions.licence_files import operations
from subscriptions.licence_files.models import LicenceFile
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.subscriptions import cancel_as_read
from tests.subscriptions.licence_files.test_operations import EARLY, subscribe

if TYPE_CHECKING:
    from customers.models import Person, Tenant


def test_another_one_is_promised_unless_everything_ends_with_it(
    on_premise: Tenant, owner: Person
) -> None:
    subscription = subscribe(on_premise, by=owner, at=EARLY)
    assert operations.follow_up_due(at=EARLY) == 1
    going_on = letter()

    cancel_as_read(subscription, CancelWhen.MONTH_END, by=owner, at=EARLY)
    LicenceFile.objects.present().update(followed_up_at=EARLY)
    assert operations.follow_up_due(at=EARLY) == 1
    last = letter()

    assert "The next one comes by mail before that day." in going_on
    assert "Should that one be late" in going_on
    assert "It is the last one: what this tenant may use ends then." in last
    assert "next one" not in last
    assert "Should that one be late" not in last


def letter() -> str:
    """The newest one with a file."""
    found = OutgoingMail.objects.filter(subject__icontains="licence file").latest("pk")
    return found.body
