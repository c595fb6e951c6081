"""Until when an application is let in: a day that can be another while the yes stands.

The customer gave the day and changes it as it likes. The vendor's app manager only brings it
forward: to give more time would be a yes in the customer's place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import record_many
from customers.models import Duty
from customers.refusals import Refusal
from subscriptions.applications.approvers import refuse_outsiders, refuse_the_yes_of_others
from subscriptions.applications.availability import status_at
from subscriptions.applications.deactivation import end_tokens_by
from subscriptions.applications.entries import entry_of
from subscriptions.applications.letters import write_to_approvers, write_to_maker
from subscriptions.applications.lifecycle import STANDING, WrongStep
from subscriptions.applications.operations import OverAlready, locked
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Person
    from subscriptions.applications.models import Authorisation


class OnlySooner(Refusal):
    sentence = _("The app manager can only bring the day forward. The customer gives more time.")


@transaction.atomic
def change_end(
    authorisation: Authorisation,
    *,
    valid_until: dt.datetime | None,
    reason: str,
    by: Person,
    at: dt.datetime,
) -> Authorisation:
    """Let it in until `valid_until`, None: for as long as nobody revokes it; from now on.

    The same as before changes nothing. Raises NotYoursToApprove, WrongStep for what nobody
    agreed to or what is over, OverAlready, OnlySooner, OnBothSides.
    """
    authorisation = locked(authorisation)
    refuse_outsiders(authorisation, by)
    before = authorisation.valid_until
    if not may_change_end(authorisation, at):
        raise WrongStep
    if valid_until == before:
        return authorisation
    if valid_until is not None and valid_until <= at:
        raise OverAlready
    if not is_sooner(valid_until, than=before):
        _refuse_more_time(authorisation, by)
    authorisation.valid_until = valid_until
    authorisation.save(update_fields=["valid_until"])
    if valid_until is not None:
        end_tokens_by(valid_until, authorisation)
    change = {"before": before, "after": valid_until}
    entry = entry_of(
        authorisation, "valid_until_changed", by=by, at=at, reason=reason, details=change
    )
    record_many([entry])
    facts.tell([authorisation.tenant_id], at=at)
    told = {"reason": reason}
    write_to_approvers([authorisation], "valid_until_changed", told, at=at)
    write_to_maker([authorisation], "valid_until_changed", told, at=at)
    return authorisation


def _refuse_more_time(authorisation: Authorisation, by: Person) -> None:
    if by.has_duty(Duty.APP_MANAGER):
        raise OnlySooner
    refuse_the_yes_of_others(authorisation, by)


def may_change_end(authorisation: Authorisation, at: dt.datetime) -> bool:
    """Whether there is a yes that stands, and its day has not come."""
    until = authorisation.valid_until
    return status_at(authorisation, at) in STANDING and (until is None or until > at)


def is_sooner(valid_until: dt.datetime | None, *, than: dt.datetime | None) -> bool:
    return valid_until is not None and (than is None or valid_until < than)
