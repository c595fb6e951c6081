from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from allauth.account.models import EmailAddress
from django.db import ProgrammingError, transaction

from customers.models import DeveloperSignUp, Duty, OutgoingMail, Person, StaffChange
from customers.operations import sign_ups, staff
from tests.factories.customers import PASSWORD, MembershipFactory, PersonFactory

if TYPE_CHECKING:
    from collections.abc import Collection

    from customers.refusals import Refusal

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 26, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def manager() -> Person:
    return PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER], name="Mia Manager")


def invite(email: str, duties: Collection[Duty], by: Person | None = None) -> Person:
    return staff.invite(email, name="Nina New", language="nl", duties=duties, by=by, at=AT)


def told() -> list[tuple[str, list[str] | None, list[str] | None, Person | None]]:
    rows = StaffChange.objects.order_by("pk")
    return [(row.person.email, row.before, row.after, row.by) for row in rows]


def test_somebody_new_has_duties_and_no_password(manager: Person) -> None:
    nina = invite(" Nina@Vendor.example ", [Duty.BILLING, Duty.SALES], by=manager)

    nina.refresh_from_db()
    assert (nina.email, nina.name, nina.language) == ("nina@vendor.example", "Nina New", "nl")
    assert (nina.is_staff, nina.is_superuser) == (True, False)
    assert nina.duties == ["sales", "billing"]
    assert not nina.has_usable_password()
    assert EmailAddress.objects.get(user=nina).verified
    assert told() == [("nina@vendor.example", None, ["sales", "billing"], manager)]
    letter = OutgoingMail.objects.get()
    assert letter.to == "nina@vendor.example"
    assert "Mia Manager" in letter.body
    assert "/accounts/password/reset/" in letter.body


def test_who_uses_an_account_keeps_it() -> None:
    known = PersonFactory(email="eva@vendor.example", name="Eva", language="en", last_login=AT)

    invite("eva@vendor.example", [])

    known.refresh_from_db()
    assert (known.name, known.language, known.is_staff, known.duties) == ("Eva", "en", True, [])
    assert known.check_password(PASSWORD)
    assert not EmailAddress.objects.exists()
    assert "/accounts/login/" in OutgoingMail.objects.get().body
    assert told() == [("eva@vendor.example", None, [], None)]


def test_an_account_that_nobody_signed_in_to_loses_its_password() -> None:
    """Whoever made it need not read the mail of that address."""
    known = PersonFactory(email="eva@vendor.example")
    EmailAddress.objects.create(user=known, email=known.email, verified=False)

    invited = invite("eva@vendor.example", [Duty.BILLING])

    assert invited == known
    assert not Person.objects.get(pk=known.pk).has_usable_password()
    assert EmailAddress.objects.get(user=known).verified


@pytest.mark.parametrize(
    ("known", "refusal"),
    [
        pytest.param({"is_staff": True}, staff.AlreadyStaff, id="staff"),
        pytest.param({"is_active": False}, staff.AccountShut, id="shut"),
    ],
)
def test_who_cannot_be_invited(known: dict[str, bool], refusal: type[Refusal]) -> None:
    PersonFactory(email="eva@vendor.example", **known)

    with pytest.raises(refusal):
        invite("eva@vendor.example", [Duty.SALES])

    assert Person.objects.get(email="eva@vendor.example").duties == []
    assert not OutgoingMail.objects.exists()
    assert told() == []


def test_who_belongs_to_an_organisation_is_not_invited() -> None:
    MembershipFactory(person__email="eva@vendor.example")

    with pytest.raises(staff.BelongsToACustomer):
        invite("eva@vendor.example", [Duty.SALES])

    assert not Person.objects.get(email="eva@vendor.example").is_staff
    assert not OutgoingMail.objects.exists()
    assert told() == []


def test_the_other_address_of_an_account_makes_no_second_one() -> None:
    eva = PersonFactory(email="eva@vendor.example", name="Eva")
    EmailAddress.objects.create(user=eva, email="e.b@vendor.example", verified=True)

    with pytest.raises(staff.AnothersAddress, match=r"^Eva has .* eva@vendor\.example"):
        invite("e.b@vendor.example", [Duty.SALES])

    assert Person.objects.get() == eva
    assert not OutgoingMail.objects.exists()
    assert told() == []


def test_who_may_do_everything_may_do_what_their_duties_say(manager: Person) -> None:
    colleague = PersonFactory(staff=True, is_superuser=True, duties=[Duty.SALES])

    staff.change_duties(colleague, [], by=manager, at=AT)

    colleague.refresh_from_db()
    assert (colleague.is_staff, colleague.is_superuser) == (True, False)


def test_duties_change_and_end(manager: Person) -> None:
    colleague = PersonFactory(
        staff=True, is_superuser=True, duties=[Duty.SALES], email="c@vendor.example"
    )

    staff.change_duties(colleague, [Duty.BILLING, Duty.STAFF_MANAGER], by=manager, at=AT)
    staff.change_duties(colleague, [Duty.STAFF_MANAGER, Duty.BILLING], by=manager, at=AT)
    staff.end(colleague, by=manager, at=AT)

    colleague.refresh_from_db()
    assert (colleague.is_staff, colleague.is_superuser, colleague.duties) == (False, False, [])
    assert colleague.is_active
    assert told() == [
        ("c@vendor.example", ["sales"], ["billing", "staff_manager"], manager),
        ("c@vendor.example", ["billing", "staff_manager"], None, manager),
    ]


def test_nobody_gives_duties_to_themselves(manager: Person) -> None:
    PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER])

    with pytest.raises(staff.OwnDuties):
        staff.change_duties(manager, [Duty.STAFF_MANAGER, Duty.BILLING], by=manager, at=AT)
    staff.change_duties(manager, [], by=manager, at=AT)

    manager.refresh_from_db()
    assert manager.duties == []
    assert told() == [(manager.email, ["staff_manager"], [], manager)]


def test_the_last_one_who_manages_the_staff_stays(manager: Person) -> None:
    PersonFactory(staff=True, is_active=False, duties=[Duty.STAFF_MANAGER])

    with pytest.raises(staff.LastStaffManager):
        staff.change_duties(manager, [], by=manager, at=AT)
    with pytest.raises(staff.LastStaffManager):
        staff.end(manager, by=manager, at=AT)

    manager.refresh_from_db()
    assert (manager.is_staff, manager.duties) == (True, ["staff_manager"])
    assert told() == []


def test_of_two_who_take_it_from_each_other_one_keeps_it(manager: Person) -> None:
    other = PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER])

    staff.end(other, by=manager, at=AT)
    with pytest.raises(staff.LastStaffManager):
        staff.end(manager, by=other, at=AT)


def test_who_left_meanwhile_has_no_duties_to_change(manager: Person) -> None:
    colleague = PersonFactory(staff=True)
    staff.end(colleague, by=manager, at=AT)

    with pytest.raises(staff.NoLongerStaff):
        staff.change_duties(colleague, [Duty.SALES], by=manager, at=AT)


def test_what_is_told_stays(manager: Person) -> None:
    invite("nina@vendor.example", [], by=manager)

    with pytest.raises(ProgrammingError, match="append_only"), transaction.atomic():
        StaffChange.objects.update(by=None)


def test_somebody_who_was_a_colleague_is_not_forgotten_with_a_sign_up(manager: Person) -> None:
    invited = invite("nina@vendor.example", [], by=manager)
    staff.end(invited, by=manager, at=AT)
    sign_ups.sign_up(invited, name="Nina", country="NL", at=AT)

    sign_ups.forget_unconfirmed(at=AT + dt.timedelta(days=31))

    assert Person.objects.filter(pk=invited.pk).exists()
    assert not DeveloperSignUp.objects.exists()
