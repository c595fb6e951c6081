"""Who reports a batch, for which application and where: a credential, or an access token."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from subscriptions.applications.queries import tenants_let_in
from subscriptions.applications.tokens import Shown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from billing.metering.models import ApiCredential


class Reporter(NamedTuple):
    """One of the two ids is there, and stands on every event (`usage_event_reported_by_one`)."""

    credential_id: int | None
    authorisation_id: int | None
    application: str | None  # the only one it reports for, by client id; None: any
    only_tenants: frozenset[int] | None  # and where, of those named; None: everywhere
    application_id: int | None  # whose developers hear of what is refused; None: nobody's


def reporter(by: ApiCredential | Shown, tenant_ids: Iterable[int], at: dt.datetime) -> Reporter:
    """The platform everywhere; an application's credential on those of the tenants where the
    application may be used at `at`.

    An access token for its own application, on the one tenant that it was issued for.
    """
    if isinstance(by, Shown):
        only_there = frozenset({by.tenant.pk})
        return Reporter(None, by.authorisation.pk, by.client_id, only_there, by.application.pk)
    return Reporter(
        by.pk,
        None,
        by.reference or None,
        tenants_let_in(by.application_id, tenant_ids, at) if by.application_id else None,
        by.application_id,
    )
