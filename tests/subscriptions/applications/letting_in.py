"""A customer's yes to an application on offer, in the tests of what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from customers.models import History, OutgoingMail
from subscriptions.applications.models import Authorisation, Scope
from subscriptions.applications.self_service import let_in
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Person, Tenant
    from subscriptions.applications.models import Application

READ = list(Scope)


def approved(
    application: Application, tenant: Tenant, by: Person, at: dt.datetime = NOON, **more: Any
) -> Authorisation:
    return let_in(application, tenant=tenant, by=by, at=at, **({"read": READ} | more))


def nothing_happened() -> bool:
    return not (
        Authorisation.objects.exists()
        or History.objects.filter(verb__startswith="authorisation").exists()
        or OutgoingMail.objects.filter(body__contains="/authorisations/").exists()
    )
