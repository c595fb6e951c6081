"""What happened to an authorisation, as its line of the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.history import Entry

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from customers.actors import Actor
    from subscriptions.applications.models import Authorisation


def entry_of(
    authorisation: Authorisation,
    verb: str,
    *,
    by: Actor,
    at: dt.datetime,
    recorded_at: dt.datetime | None = None,
    for_itself: bool = False,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> Entry:
    """For `record_many`, which says what the arguments mean. Names of tenant, its organisation and
    application are read from the authorisation.
    """
    return Entry(
        subject=authorisation,
        verb=f"authorisation.{verb}",
        organisation=authorisation.tenant.organisation,
        tenant=authorisation.tenant,
        by=by,
        at=at,
        recorded_at=recorded_at,
        for_itself=for_itself,
        reason=reason,
        details={"application": authorisation.application.name, **(details or {})},
    )
