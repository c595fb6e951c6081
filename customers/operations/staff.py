"""The vendor's own people: who comes in, what they may do, and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.account_addresses import whose_confirmed
from customers.locks import lock_person, take_turns_managing_staff
from customers.models import Duty, Membership, Person, StaffChange
from customers.operations.mail import queue_letter
from customers.queries import staff_with_duty
from customers.refusals import ChangedMeanwhile, Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection


class AlreadyStaff(Refusal):
    sentence = _("This person is a colleague already. Change their duties instead.")


class AnothersAddress(Refusal):
    """Beside the one of their account: an address leads to one account."""

    sentence = _("Somebody has this address beside that of their account. Invite them under that.")

    def __init__(self, person: Person) -> None:
        self.person = person

    def __str__(self) -> str:
        return gettext(
            "%(name)s has this address beside that of their account, %(email)s. Invite them under "
            "that."
        ) % {"name": self.person, "email": self.person.email}


class NoLongerStaff(Refusal):
    sentence = _("This person is no colleague any more.")


class AccountShut(Refusal):
    sentence = _("The account with this address was shut. Another address will do.")


class BelongsToACustomer(Refusal):
    """Or to a partner: whoever serves all of them sits at the table of none."""

    sentence = _(
        "This person belongs to an organisation in the portal. End that first, or invite them "
        "under another address."
    )


class OwnDuties(Refusal):
    sentence = _("Nobody gives duties to themselves. Ask a colleague.")


class LastStaffManager(Refusal):
    sentence = _("Somebody has to manage the staff. Give a colleague that duty first.")


@transaction.atomic
def invite(
    email: str,
    *,
    name: str,
    language: str,
    duties: Collection[Duty],
    by: Person | None,
    at: dt.datetime,
) -> Person:
    """Make somebody staff and write to them; a new account has no password until they choose it.

    An account that nobody has signed in to may have been made by anybody: it loses its password.
    The only way into one without a password is a link in a mail, so its address is verified.
    `by` is None on the command line. Raises AnothersAddress, AlreadyStaff, AccountShut,
    BelongsToACustomer.
    """
    take_turns_managing_staff()
    address = email.strip().lower()
    person = Person.objects.filter(email=address).first()
    whose = whose_confirmed(address)
    if whose is not None and whose != person:
        raise AnothersAddress(whose)
    if person is None:
        person = Person.objects.create_user(address, name=name, language=language)
    person = lock_person(person.pk)
    if person.is_staff:
        raise AlreadyStaff
    if not person.is_active:
        raise AccountShut
    if Membership.objects.filter(person=person).exists():
        raise BelongsToACustomer
    if person.last_login is None:
        person.set_unusable_password()
        person.save(update_fields=["password"])
        EmailAddress.objects.update_or_create(
            user=person, email=person.email, defaults={"verified": True, "primary": True}
        )
    _set(person, duties, by=by, at=at)
    queue_letter(
        to=person.email,
        language=person.language,
        template="customers/staff_invited",
        context={"person": person, "by": by},
        at=at,
    )
    return person


@transaction.atomic
def change_duties(
    person: Person,
    duties: Collection[Duty],
    *,
    by: Person | None,
    at: dt.datetime,
    as_seen: Callable[[Person], bool] | None = None,
) -> Person:
    """Replace a colleague's duties by these; the same ones again change nothing.

    Raises NoLongerStaff, ChangedMeanwhile when they are no longer `as_seen`, OwnDuties,
    LastStaffManager.
    """
    person = _locked(person)
    if set(duties) == set(person.duties):
        return person
    if as_seen and not as_seen(person):
        raise ChangedMeanwhile
    if by is not None and by.pk == person.pk and not set(duties) <= set(person.duties):
        raise OwnDuties
    _refuse_to_leave_nobody(person, duties)
    _set(person, duties, by=by, at=at)
    return person


@transaction.atomic
def end(
    person: Person,
    *,
    works_on: Collection[str] = (),
    invitations: Collection[str] = (),
    by: Person | None,
    at: dt.datetime,
) -> Person:
    """Let somebody into the back office no more; the account stays, and what they are elsewhere.

    `works_on` are names of what they made there and know the secret of, `invitations` whom they
    invited where and who has not accepted yet, for the history.
    Raises NoLongerStaff, LastStaffManager.
    """
    person = _locked(person)
    _refuse_to_leave_nobody(person, ())
    _set(person, None, works_on=works_on, invitations=invitations, by=by, at=at)
    return person


def _locked(person: Person) -> Person:
    """As it is now, while nobody else changes any of the staff. Raises NoLongerStaff."""
    take_turns_managing_staff()
    now = Person.objects.get(pk=person.pk)
    if not now.is_staff:
        raise NoLongerStaff
    return now


def _refuse_to_leave_nobody(person: Person, duties: Collection[Duty]) -> None:
    manager = Duty.STAFF_MANAGER
    if not person.has_duty(manager) or manager in duties:
        return
    if not staff_with_duty(manager).exclude(pk=person.pk).exists():
        raise LastStaffManager


def _set(
    person: Person,
    duties: Collection[Duty] | None,
    *,
    works_on: Collection[str] = (),
    invitations: Collection[str] = (),
    by: Person | None,
    at: dt.datetime,
) -> None:
    before = list(person.duties) if person.is_staff else None
    after = None if duties is None else [duty.value for duty in Duty if duty in duties]
    person.is_staff, person.duties = after is not None, after or []
    person.is_superuser = False  # what somebody may do is what their duties say
    person.save(update_fields=["is_staff", "is_superuser", "duties"])
    StaffChange.objects.create(
        person=person,
        before=before,
        after=after,
        works_on=list(works_on),
        invitations=list(invitations),
        by=by,
        at=at,
    )
