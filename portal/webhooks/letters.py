"""Mail about an endpoint: where it leads, that it accepts nothing, or was switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.operations.letters import write_to_owners
from customers.operations.mail import Letter, queue_letters
from customers.queries import owners_of
from portal.webhooks.event_types import ABOUT_APPLICATIONS
from portal.webhooks.models import Endpoint
from subscriptions.applications.letters import write_of_errors
from subscriptions.applications.models import Application

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from customers.models import Person


def write_where_it_leads(
    endpoint: Endpoint, *, by: Person, at: dt.datetime, before: str = ""
) -> None:
    """To the owners, of a new endpoint; of one that led elsewhere `before` as well."""
    context = {"endpoint": endpoint, "who": by, "before": before}
    write_to_owners(endpoint.organisation, "webhooks/endpoint_added", context, at=at)


def write_that_it_is_off(
    endpoint: Endpoint, because: Endpoint.Disabled, *, failing_days: int, at: dt.datetime
) -> None:
    is_gone = because is Endpoint.Disabled.GONE
    _write(endpoint, "endpoint_disabled", {"is_gone": is_gone, "days": failing_days}, at=at)


def write_that_one_was_given_up(
    endpoint: Endpoint,
    *,
    attempts: int,
    failing_days: int,
    off_from: dt.datetime | None,
    at: dt.datetime,
) -> None:
    """The first of possibly many: for `failing_days` nobody is written to about another.

    If nothing is accepted it is switched off, at the earliest `off_from`; none if something was.
    """
    context = {"attempts": attempts, "days": failing_days, "off_from": off_from}
    _write(endpoint, "message_given_up", context, at=at)


def _write(
    endpoint: Endpoint, template: str, context: Mapping[str, object], *, at: dt.datetime
) -> None:
    """To the owners; and where it told of applications, to who hears of errors of them.

    What the organisation built may wait for such a message. Nobody gets it twice.
    """
    organisation = endpoint.organisation
    template = f"webhooks/{template}"
    context = {"organisation": organisation, "endpoint": endpoint, **context}
    owners = owners_of(organisation)
    queue_letters(
        (
            Letter(owner.email, owner.language, template, context | {"is_owner": True})
            for owner in owners
        ),
        at=at,
    )
    if ABOUT_APPLICATIONS.isdisjoint(endpoint.event_types):
        return
    built = Application.objects.filter(owner=organisation).select_related("owner").order_by("pk")
    write_of_errors(built, template, context, beside=[owner.email for owner in owners], at=at)
