"""Accounts that nobody signs in with any more, and the same opened again, by who manages staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import Entry, record_many
from customers.locks import lock_organisation, lock_person, take_turns_managing_staff
from customers.models import AccountChange, Membership, Person
from customers.operations import staff
from customers.operations.second_factors import sign_out_everywhere
from customers.refusals import Refusal

if TYPE_CHECKING:
    import datetime as dt


class AccountShutAlready(Refusal):
    sentence = _("The account is shut already.")


class AccountOpenAlready(Refusal):
    sentence = _("The account is open already.")


class StillAColleague(Refusal):
    sentence = _("End what this person is as a colleague first, under Staff.")


@transaction.atomic
def shut(person: Person, *, reason: str, by: Person, at: dt.datetime) -> AccountChange:
    """Let nobody sign in with this account any more; its memberships stay.

    Doors come by `portal.leaving`, which tells what the person made that works on, and withdraws
    the invitations that they sent. A colleague is ended before: that is where it is seen to that
    somebody manages the staff.
    Raises StillAColleague, AccountShutAlready.
    """
    person = _locked(person)
    if not person.is_active:
        raise AccountShutAlready
    if person.is_staff:
        raise StillAColleague
    person.is_active = False
    person.save(update_fields=["is_active"])
    sign_out_everywhere(person)
    memberships = Membership.objects.filter(person=person).order_by("organisation_id")
    for organisation_id in memberships.values_list("organisation_id", flat=True):
        lock_organisation(organisation_id)  # until then the person may have made something there
    return _tell(person, "account_shut", reason=reason, by=by, at=at)


@transaction.atomic
def open_again(person: Person, *, reason: str, by: Person, at: dt.datetime) -> AccountChange:
    """Let the person sign in again, as what they are at their organisations.

    Not as a colleague, whatever they were when it was shut, nor where they were signed in before:
    shutting has not always ended that. Raises AccountOpenAlready.
    """
    person = _locked(person)
    if person.is_active:
        raise AccountOpenAlready
    if person.is_staff:
        person = staff.end(person, by=by, at=at)
    person.is_active = True
    person.save(update_fields=["is_active"])
    sign_out_everywhere(person)
    return _tell(person, "account_opened", reason=reason, by=by, at=at)


def _locked(person: Person) -> Person:
    """As it is now, while nobody changes any of the staff."""
    take_turns_managing_staff()
    return lock_person(person.pk)


def _tell(person: Person, what: str, *, reason: str, by: Person, at: dt.datetime) -> AccountChange:
    memberships = Membership.objects.filter(person=person).select_related("organisation")
    record_many(
        Entry(
            subject=person,
            verb=f"person.{what}",
            organisation=each.organisation,
            by=by,
            at=at,
            reason=reason,
            details={"person": str(person)},
        )
        for each in memberships
    )
    return AccountChange.objects.create(
        person=person, is_open=person.is_active, reason=reason, by=by, at=at
    )
