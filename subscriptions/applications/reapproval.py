"""What was shut out for asking more comes back when a version asks for no more than was agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.history import record_many
from subscriptions.applications.deactivation import expire_due_of
from subscriptions.applications.entries import entry_of
from subscriptions.applications.letters import write_to_approvers, write_to_maker
from subscriptions.applications.lifecycle import Action, AuthorisationStatus, is_wider, outcome
from subscriptions.applications.models import Authorisation
from subscriptions.applications.operations import activate
from subscriptions.locks import not_before_the_past_of
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.actors import Actor
    from subscriptions.applications.models import Application


def let_back_in(
    application: Application,
    *,
    environment: str,
    capabilities: Iterable[str],
    by: Actor,
    at: dt.datetime,
) -> list[Authorisation]:
    """Where the customer's yes, which still stands, was to all of `capabilities`; returns those.

    In the transaction that publishes them, under the locks of `versions.py`: a wider version that
    was a mistake is undone by the next one. As with a grant, without a licence it waits for that.
    Scopes are no reason to be shut out (docs/decisions/0066).
    """
    shut_out = Authorisation.objects.in_status(AuthorisationStatus.NEEDS_REAPPROVAL).filter(
        application=application, tenant__environment=environment
    )
    expire_due_of(shut_out, at=at)
    locked = shut_out.with_names().select_for_update(of=["self"], no_key=True).order_by("pk")
    capabilities = list(capabilities)
    back = [each for each in locked if not is_wider(capabilities, each.agreed_capabilities)]
    for authorisation in back:
        _let_back_in(authorisation, by=by, at=not_before_the_past_of(authorisation.tenant, at))
    facts.tell({each.tenant_id for each in back}, at=at)
    return back


def _let_back_in(authorisation: Authorisation, *, by: Actor, at: dt.datetime) -> None:
    after = outcome(authorisation.status, Action.RESTORE)
    was_stopped, waits_for = activate(authorisation, after, at=at)
    authorisation.save()
    entry = entry_of(authorisation, "reapproval_withdrawn", by=by, at=at, for_itself=True)
    record_many([entry])
    write_to_approvers([authorisation], "reapproval_withdrawn", waits_for, at=at)
    write_to_maker(
        [authorisation], "reapproval_withdrawn", waits_for, ends_error=was_stopped, at=at
    )
