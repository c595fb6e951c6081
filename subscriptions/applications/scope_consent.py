"""The customer's yes to scopes that were not part of its first one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import record_many
from customers.refusals import Refusal
from subscriptions.applications.approvers import refuse_the_yes_of_others
from subscriptions.applications.blocking import refuse_blocked
from subscriptions.applications.entries import entry_of
from subscriptions.applications.letters import write_to_maker
from subscriptions.applications.lifecycle import WrongStep
from subscriptions.applications.operations import locked
from subscriptions.applications.scopes import not_agreed, told
from subscriptions.locks import lock_application

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from customers.models import Person
    from subscriptions.applications.models import Authorisation


class ScopesChanged(Refusal):
    """The person read of others than are asked for now; nothing happened."""

    sentence = _("What this application asks for has changed. Please read it again.")


@transaction.atomic
def agree(
    authorisation: Authorisation, *, read: Collection[str], by: Person, at: dt.datetime
) -> Authorisation:
    """The customer agrees to the scopes in `read`, those that were asked for beyond its yes.

    Tokens issued from now on have them. Raises NotYoursToApprove, WrongStep when nothing is asked
    for, ScopesChanged, ApplicationBlocked.
    """
    authorisation = locked(authorisation)
    refuse_the_yes_of_others(authorisation, by)
    lock_application(authorisation.application)
    refuse_blocked(authorisation.application)
    more = not_agreed(authorisation)
    if not more:
        raise WrongStep
    if set(read) != set(more):
        raise ScopesChanged
    authorisation.agreed_scopes = [*authorisation.agreed_scopes, *more]
    authorisation.save(update_fields=["agreed_scopes"])
    record_many([entry_of(authorisation, "scopes_agreed", by=by, at=at, details=told(more))])
    write_to_maker([authorisation], "scopes_agreed", at=at)
    return authorisation
