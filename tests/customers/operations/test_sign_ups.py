"""What a developer typed and never confirmed is forgotten after thirty days."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from structlog.testing import capture_logs

from customers.models import (
    AccountChange,
    AdviceQuestion,
    DeveloperSignUp,
    Organisation,
    Person,
)
from customers.operations import accounts, sign_ups
from customers.operations.sign_ups import KEPT_FOR
from tests.factories.customers import MembershipFactory, OrganisationFactory, PersonFactory

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)
LAST_MOMENT = AT + KEPT_FOR
OVER = LAST_MOMENT + dt.timedelta(microseconds=1)


def signed_up(person: Person) -> Person:
    EmailAddress.objects.create(user=person, email=person.email, verified=False, primary=True)
    sign_ups.sign_up(person, name="Widget Works", country="NL", at=AT)
    return person


def test_after_thirty_days_nothing_of_it_is_left() -> None:
    signed_up(PersonFactory())
    somebody_else = PersonFactory()

    assert sign_ups.forget_unconfirmed(at=LAST_MOMENT) == 0
    assert DeveloperSignUp.objects.count() == 1

    assert sign_ups.forget_unconfirmed(at=OVER) == 1
    assert sign_ups.forget_unconfirmed(at=OVER) == 0

    assert not DeveloperSignUp.objects.exists()
    assert not EmailAddress.objects.exists()
    assert Person.objects.get() == somebody_else


def test_the_same_address_can_sign_up_again() -> None:
    email = signed_up(PersonFactory()).email
    sign_ups.forget_unconfirmed(at=OVER)

    again = signed_up(PersonFactory(email=email))

    assert sign_ups.confirm(again, at=OVER) == Organisation.objects.get()


def test_what_was_confirmed_stays() -> None:
    person = signed_up(PersonFactory())
    sign_ups.confirm(person, at=AT)

    assert sign_ups.forget_unconfirmed(at=OVER) == 0

    assert Person.objects.get() == person


@pytest.mark.parametrize("used", ["as staff", "to sign in", "by a member"])
def test_of_an_account_that_is_used_only_the_sign_up_goes(used: str) -> None:
    person = signed_up(PersonFactory(staff=used == "as staff"))
    if used == "to sign in":
        Person.objects.update(last_login=AT)
    if used == "by a member":
        MembershipFactory(person=person)

    assert sign_ups.forget_unconfirmed(at=OVER) == 1

    assert Person.objects.filter(pk=person.pk).exists()
    assert not DeveloperSignUp.objects.exists()


def test_of_an_account_that_was_shut_only_the_sign_up_goes() -> None:
    """Who shut it, and why, stays."""
    person = signed_up(PersonFactory())
    accounts.shut(person, reason="Spam", by=PersonFactory(staff=True), at=AT)
    another = signed_up(PersonFactory())

    assert sign_ups.forget_unconfirmed(at=OVER) == 2

    assert Person.objects.filter(pk=person.pk).exists()
    assert AccountChange.objects.get().person == person
    assert not Person.objects.filter(pk=another.pk).exists()
    assert not DeveloperSignUp.objects.exists()


def test_one_account_that_cannot_be_deleted_stops_no_other() -> None:
    protected, another = signed_up(PersonFactory()), signed_up(PersonFactory())
    AdviceQuestion.objects.create(
        organisation=OrganisationFactory(), question="Why?", asked_by=protected, asked_at=AT
    )

    with capture_logs() as said:
        assert sign_ups.forget_unconfirmed(at=OVER) == 2

    assert [(line["event"], line["person"]) for line in said] == [
        ("an account that nobody confirmed stays", protected.pk)
    ]
    assert Person.objects.filter(pk=protected.pk).exists()
    assert not Person.objects.filter(pk=another.pk).exists()
    assert not DeveloperSignUp.objects.exists()
    assert sign_ups.forget_unconfirmed(at=OVER) == 0


def test_who_became_a_colleague_meanwhile_gets_no_organisation() -> None:
    person = signed_up(PersonFactory())
    Person.objects.update(is_staff=True)

    assert sign_ups.confirm(person, at=AT) is None

    assert not Organisation.objects.exists()
    assert not DeveloperSignUp.objects.exists()
