"""A second factor that was lost: taken away by somebody who made sure who is asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import Entry, record_many
from customers.locks import lock_person
from customers.models import Membership, Person, SecondFactorReset
from customers.operations.mail import queue_letter
from customers.refusals import Refusal

if TYPE_CHECKING:
    import datetime as dt


class NoSecondFactor(Refusal):
    sentence = _("There is no second factor to take away.")


class OwnSecondFactor(Refusal):
    sentence = _("Nobody resets their own second factor. Ask a colleague.")


@transaction.atomic
def reset(person: Person, *, reason: str, by: Person | None, at: dt.datetime) -> SecondFactorReset:
    """Take factor and recovery codes away, sign the person out everywhere, and write to them.

    Whoever needs a second factor sets up another at the next sign-in, with the password alone:
    `reason` says how it was made sure who asked. The person's organisations read of it in their
    history. `by` is None on the command line. Raises NoSecondFactor, OwnSecondFactor.
    """
    if by is not None and by.pk == person.pk:
        raise OwnSecondFactor
    person = lock_person(person.pk)
    taken, _by_model = Authenticator.objects.filter(user=person).delete()
    if not taken:
        raise NoSecondFactor
    sign_out_everywhere(person)
    done = SecondFactorReset.objects.create(person=person, reason=reason, by=by, at=at)
    if by is not None:
        _tell_organisations(person, reason=reason, by=by, at=at)
    queue_letter(
        to=person.email,
        language=person.language,
        template="customers/second_factor_reset",
        context={"person": person, "by": by},
        at=at,
    )
    return done


def forget_where_nobody_is_signed_in() -> int:
    """Delete address and browser of sessions that are over; returns of how many."""
    live = Session.objects.values("session_key")
    forgotten, _by_model = UserSession.objects.exclude(session_key__in=live).delete()
    return int(forgotten)


def sign_out_everywhere(person: Person) -> None:
    """End every session of the person, and forget where they were signed in."""
    known = UserSession.objects.filter(user=person)
    Session.objects.filter(session_key__in=known.values("session_key")).delete()
    known.delete()


@transaction.atomic
def sign_everybody_out() -> int:
    """As after a restore: sessions that were ended since the backup are there again.

    Returns how many there were of people; what visitors had with them is forgotten as well.
    """
    Session.objects.all().delete()
    signed_in, _by_model = UserSession.objects.all().delete()
    return int(signed_in)


def _tell_organisations(person: Person, *, reason: str, by: Person, at: dt.datetime) -> None:
    memberships = Membership.objects.filter(person=person).select_related("organisation")
    record_many(
        Entry(
            subject=person,
            verb="person.second_factor_reset",
            organisation=each.organisation,
            by=by,
            at=at,
            reason=reason,
            details={"person": str(person)},
        )
        for each in memberships
    )
