"""Consent that ends without anybody at the customer ending it: its tenant is gone or replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.history import record_many
from subscriptions.applications.deactivation import cut_off
from subscriptions.applications.entries import entry_of
from subscriptions.applications.lifecycle import Action, allows, outcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.actors import Actor
    from subscriptions.applications.models import Authorisation

VERBS = {Action.REVOKE: "revoked", Action.DENY: "denied"}


def is_open(authorisation: Authorisation) -> bool:
    """Whether there is something of it to close."""
    return any(allows(authorisation.status, each) for each in VERBS)


def close(
    authorisations: Iterable[Authorisation], *, reason: str, by: Actor, at: dt.datetime
) -> dict[str, list[Authorisation]]:
    """Revoke what was given and deny what waits, at once; by what became of each.

    What is over already stays as it is. `authorisations` are locked, `with_names()`; letters are
    the caller's.
    """
    closed: dict[str, list[Authorisation]] = {verb: [] for verb in VERBS.values()}
    for authorisation in authorisations:
        action = next((each for each in VERBS if allows(authorisation.status, each)), None)
        if action is None:
            continue
        authorisation.status = outcome(authorisation.status, action)
        authorisation.closed_at, authorisation.deactivation = at, ""
        authorisation.restore_until = None
        authorisation.reason = reason
        authorisation.save()
        closed[VERBS[action]].append(authorisation)
    cut_off(each for these in closed.values() for each in these)
    record_many(
        entry_of(each, verb, by=by, at=at, reason=reason)
        for verb, these in closed.items()
        for each in these
    )
    return closed
