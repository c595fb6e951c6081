"""Everybody whom a change of an application concerns: their locks, and telling the platform."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import transaction

from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.locks import lock_application, lock_organisation
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    import datetime as dt

    from subscriptions.applications.models import Application


def lock_concerned(application: Application, environment: str = "") -> None:
    """The owner and every customer that was asked for it, in `environment` or in any; then the
    application itself.

    Who says yes meanwhile takes the application's lock too (`operations.py`): to what it was, and
    is found here, or to what it has become. Whoever was asked while we waited comes before the
    application as well, so then the locks are let go and taken anew.
    """
    while True:
        concerned = _concerned(application, environment)
        with suppress(_MoreAreConcerned), transaction.atomic():
            for organisation_id in sorted(concerned):
                lock_organisation(organisation_id)
            lock_application(application)
            if concerned >= _concerned(application, environment):
                return
            raise _MoreAreConcerned


def tell_concerned(application: Application, environment: str, *, at: dt.datetime) -> None:
    """Tell the platform what the application is on each tenant that let it in, under the locks."""
    active = Authorisation.objects.in_status(AuthorisationStatus.ACTIVE)
    there = active.filter(application=application, tenant__environment=environment)
    facts.tell(there.values_list("tenant", flat=True), at=at)


class _MoreAreConcerned(Exception):
    """Rolls back to before the locks."""


def _concerned(application: Application, environment: str) -> set[int]:
    asked = Authorisation.objects.filter(application=application)
    if environment:
        asked = asked.filter(tenant__environment=environment)
    return {application.owner_id, *asked.values_list("tenant__organisation", flat=True)}
