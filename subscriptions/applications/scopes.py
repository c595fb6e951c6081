"""Scopes: what an application's tokens may be used for, as far as each customer has agreed.

A version that asks for more scopes does not shut anybody out: tokens go on with those that were
agreed to, and the customer is asked for the others. A capability does (`lock_out_widened`). See
docs/decisions/0066.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.history import record_many
from subscriptions.applications.entries import entry_of
from subscriptions.applications.letters import write_to_approvers
from subscriptions.applications.lifecycle import STANDING
from subscriptions.applications.models import Publication, Scope

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from customers.actors import Actor
    from subscriptions.applications.models import Authorisation


def not_agreed(authorisation: Authorisation) -> list[str]:
    """Scopes that it asks for in the tenant's environment, and the customer has not agreed to."""
    return asked_beyond([authorisation]).get(authorisation.pk, [])


def asked_beyond(authorisations: Iterable[Authorisation]) -> dict[int, list[str]]:
    """The same for many, by id, of those that ask for more; one query. Load their tenants."""
    standing = [each for each in authorisations if each.status in STANDING]
    wanted = Publication.objects.wanted({each.application_id for each in standing})
    asked = {
        each.pk: [scope for scope in found.scopes if scope not in each.agreed_scopes]
        for each in standing
        if (found := wanted.get((each.application_id, each.tenant.environment)))
    }
    return {pk: scopes for pk, scopes in asked.items() if scopes}


def ask_for_more(
    authorisations: Iterable[Authorisation], *, by: Actor, at: dt.datetime
) -> list[Authorisation]:
    """Ask each customer for the scopes that were not part of its yes; returns those asked.

    Load them `with_names()`; the caller holds the locks of what brought it about: a version that
    was published, or an application that came back after one was.
    """
    authorisations = list(authorisations)
    beyond = asked_beyond(authorisations)
    asked = [each for each in authorisations if each.pk in beyond]
    record_many(
        entry_of(each, "scopes_asked", by=by, at=at, for_itself=True, details=told(beyond[each.pk]))
        for each in asked
    )
    write_to_approvers(asked, "scopes_asked", at=at)
    return asked


def told(scopes: Collection[str]) -> dict[str, object]:
    """For the history, in their order."""
    return {"scopes": [scope.value for scope in Scope if scope in scopes]}
