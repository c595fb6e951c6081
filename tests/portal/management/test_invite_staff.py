from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from allauth.account.models import EmailAddress
from django.core.management.base import CommandError

from customers.models import Duty, OutgoingMail, Person, StaffChange
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def test_the_first_one(run: Callable[..., str]) -> None:
    said = run("invite_staff", "Mia@Vendor.example", "--duty", "staff_manager", "--language", "nl")

    mia = Person.objects.get(email="mia@vendor.example")
    assert said == "A letter to mia@vendor.example goes out with the next mail.\n"
    assert (mia.is_staff, mia.duties, mia.language) == (True, ["staff_manager"], "nl")
    assert EmailAddress.objects.get(user=mia).verified
    assert OutgoingMail.objects.get().to == mia.email
    row = StaffChange.objects.get()
    assert (row.person, row.before, row.after, row.by) == (mia, None, ["staff_manager"], None)


def test_where_nobody_manages_the_staff_any_more(run: Callable[..., str]) -> None:
    PersonFactory(staff=True, email="mia@vendor.example", duties=[Duty.BILLING])

    run("invite_staff", "MIA@vendor.example", "--duty", "staff_manager")

    assert Person.objects.get().duties == ["billing", "staff_manager"]
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["mia", "--duty", "sales"], "Enter a valid email address", id="no address"),
        pytest.param(["mia@vendor.example", "--duty", "king"], "invalid choice", id="no duty"),
        pytest.param(["shut@vendor.example", "--duty", "sales"], "was shut", id="shut"),
    ],
)
def test_what_is_refused(run: Callable[..., str], arguments: list[str], sentence: str) -> None:
    PersonFactory(email="shut@vendor.example", is_active=False)

    with pytest.raises(CommandError, match=sentence):
        run("invite_staff", *arguments)

    assert not Person.objects.filter(is_staff=True).exists()
