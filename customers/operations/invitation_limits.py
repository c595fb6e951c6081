"""How many people an organisation may invite: every invitation is a mail of ours to a stranger."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from customers.models import History, Invitation, Tenant
from customers.refusals import Refusal

if TYPE_CHECKING:
    from customers.models import Organisation, Person

DAY = dt.timedelta(days=1)


class TooManyOpen(Refusal):
    sentence = _(
        "Too many invitations are open. Withdraw some, or wait until they are accepted or expire."
    )


class TooManyInADay(Refusal):
    sentence = _("That is as many invitations as go out in 24 hours. Go on tomorrow.")


class Limit(NamedTuple):
    open_at_once: int
    in_a_day: int


KNOWN = Limit(open_at_once=100, in_a_day=50)  # the team of a big customer in an afternoon or two
# Anybody signs up, with a name of their own choosing that stands in the mail; until staff gave
# the organisation a tenant nobody of ours has looked at it. A few colleagues come in even so.
SIGNED_UP = Limit(open_at_once=5, in_a_day=5)


def refuse_too_many(organisation: Organisation, *, by: Person, at: dt.datetime) -> None:
    """Whether one more may go out; under the lock on the organisation. Staff may always.

    Withdrawn ones count for the day, since their mail went out. Raises TooManyOpen, TooManyInADay.
    """
    if by.is_staff:
        return
    limit = limit_of(organisation)
    of_theirs = Invitation.objects.of(organisation)
    if of_theirs.open_at(at).count() >= limit.open_at_once:
        raise TooManyOpen
    if of_theirs.sent_after(at - DAY).count() >= limit.in_a_day:
        raise TooManyInADay


def limit_of(organisation: Organisation) -> Limit:
    """How much mail it may have us write to strangers."""
    return SIGNED_UP if _only_signed_up(organisation) else KNOWN


def _only_signed_up(organisation: Organisation) -> bool:
    """It came by the door for developers, and has no tenant yet."""
    created = History.objects.about(organisation).telling(["organisation.created"])
    by_itself = created.filter(actor_kind=History.ActorKind.PERSON).exists()
    return by_itself and not Tenant.objects.of(organisation).exists()
