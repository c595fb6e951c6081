"""Scopes: what an application's tokens may be used for, as far as each customer has agreed.

A version that asks for more scopes does not shut anybody out: tokens go on with those that were
agreed to, and the customer is asked for the others. A capability does (`lock_out_widened`). See
docs/decisions/0066.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import Entry, record, record_many
from customers.refusals import Refusal
from subscriptions.applications.letters import write_to_approvers, write_to_maker
from subscriptions.applications.lifecycle import STANDING, WrongStep
from subscriptions.applications.models import (
    Authorisation,
    AuthorisationStatus,
    Publication,
    Scope,
)
from subscriptions.applications.operations import NotYoursToApprove, locked, may_approve
from subscriptions.locks import lock_application

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from customers.actors import Actor
    from customers.models import Person
    from subscriptions.applications.models import Application

__all__ = ["NotYoursToApprove"]


class ScopesChanged(Refusal):
    """The person read of others than are asked for now; nothing happened."""

    sentence = _("What this application asks for has changed. Please read it again.")


def not_agreed(authorisation: Authorisation) -> list[str]:
    """Scopes that it asks for in the tenant's environment, and the customer has not agreed to."""
    return asked_beyond([authorisation]).get(authorisation.pk, [])


def asked_beyond(authorisations: Iterable[Authorisation]) -> dict[int, list[str]]:
    """The same for many, by id, of those that ask for more; one query. Load their tenants."""
    standing = [each for each in authorisations if each.status in STANDING]
    published = Publication.objects.published().filter(
        application__in={each.application_id for each in standing}
    )
    rows = published.values_list("application", "environment", "version__scopes")
    wanted = {(application, environment): scopes for application, environment, scopes in rows}
    asked = {
        each.pk: [
            scope
            for scope in wanted.get((each.application_id, each.tenant.environment), ())
            if scope not in each.agreed_scopes
        ]
        for each in standing
    }
    return {pk: scopes for pk, scopes in asked.items() if scopes}


def ask_for_more(
    application: Application,
    *,
    environment: str,
    scopes: Collection[str],
    by: Actor,
    at: dt.datetime,
) -> list[Authorisation]:
    """Ask each customer who lets it in for the scopes that were not part of it.

    In the transaction that publishes them, under the locks of `versions.py`.
    """
    letting_in = Authorisation.objects.filter(
        application=application,
        tenant__environment=environment,
        status__in=[AuthorisationStatus.CONFIRMED, AuthorisationStatus.ACTIVE],
    )
    asked = [
        each
        for each in letting_in.with_names().order_by("pk")
        if not set(scopes) <= set(each.agreed_scopes)
    ]
    record_many(
        Entry(
            subject=authorisation,
            verb="authorisation.scopes_asked",
            organisation=authorisation.tenant.organisation,
            tenant=authorisation.tenant,
            by=by,
            at=at,
            for_itself=True,
            details=_told(authorisation, set(scopes) - set(authorisation.agreed_scopes)),
        )
        for authorisation in asked
    )
    write_to_approvers(asked, "scopes_asked", at=at)
    return asked


@transaction.atomic
def agree(
    authorisation: Authorisation, *, read: Collection[str], by: Person, at: dt.datetime
) -> Authorisation:
    """The customer agrees to the scopes in `read`, those that were asked for beyond its yes.

    Tokens issued from now on have them. Raises NotYoursToApprove, WrongStep when nothing is asked
    for, ScopesChanged.
    """
    authorisation = locked(authorisation)
    if not may_approve(authorisation.tenant, by):
        raise NotYoursToApprove
    lock_application(authorisation.application)
    more = not_agreed(authorisation)
    if not more:
        raise WrongStep
    if set(read) != set(more):
        raise ScopesChanged
    authorisation.agreed_scopes = [*authorisation.agreed_scopes, *more]
    authorisation.save(update_fields=["agreed_scopes"])
    record(
        authorisation,
        "authorisation.scopes_agreed",
        organisation=authorisation.tenant.organisation,
        tenant=authorisation.tenant,
        by=by,
        at=at,
        details=_told(authorisation, more),
    )
    write_to_maker([authorisation], "scopes_agreed", at=at)
    return authorisation


def _told(authorisation: Authorisation, scopes: Collection[str]) -> dict[str, object]:
    return {
        "application": authorisation.application.name,
        "scopes": [scope.value for scope in Scope if scope in scopes],
    }
