"""What the vendor's staff read: consents that wait for the app manager, and all the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from customers.queries import history_about
from subscriptions.applications.availability import FOR_APPLICATIONS, needed_by
from subscriptions.applications.models import (
    Application,
    Authorisation,
    AuthorisationStatus,
    Credential,
)
from subscriptions.licences import licences_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from customers.models import Organisation, Tenant
    from subscriptions.applications.querysets import ApplicationQuerySet, AuthorisationQuerySet
    from subscriptions.models import Subscription


@dataclass(frozen=True)
class Consent:
    """An authorisation, what it needs a licence of, and what its tenant lacks at an instant.

    In codes of products.
    """

    authorisation: Authorisation
    needed: frozenset[str]
    missing: frozenset[str]


def every_application() -> ApplicationQuerySet:
    """Of every owner, by name."""
    return Application.objects.select_related("owner").order_by("name", "pk")


def applications(*, text: str = "", only_blocked: bool = False) -> ApplicationQuerySet:
    """Of every owner, by name, with on how many tenants each is `active`."""
    found = every_application().matching(text.strip())
    active = Authorisation.objects.in_status("active").filter(application=OuterRef("pk"))
    counted = active.order_by().values("application").annotate(n=Count("pk")).values("n")
    return (found.blocked() if only_blocked else found).annotate(
        active=Coalesce(Subquery(counted), 0)
    )


def application_with_names() -> ApplicationQuerySet:
    return Application.objects.select_related("owner", "blocked_by")


def live_credentials_of(application: Application) -> QuerySet[Credential]:
    found: QuerySet[Credential] = application.credentials.filter(revoked_at=None)
    return found.select_related("application__owner", "created_by").order_by("environment")


def authorisations_for(application: Application) -> AuthorisationQuerySet:
    return every_authorisation().narrowed(tenant_id=None, application_id=application.pk)


def consents() -> AuthorisationQuerySet:
    """Confirmed by the customer and not yet granted or denied, the longest waiting first."""
    return Authorisation.objects.waiting_for_grant().with_names().longest_waiting_first()


def new_in_last_yes(authorisation: Authorisation) -> list[str]:
    """What a yes that waits for the app manager added to an earlier one; by its codes."""
    if authorisation.status != AuthorisationStatus.CONFIRMED:
        return []
    said = history_about(authorisation).telling(["authorisation.confirmed"]).first()
    return list(said.details.get("more", ())) if said else []


def authorisations(*, status: str = "", text: str = "") -> AuthorisationQuerySet:
    """Of all customers, the newest request first; empty filters let all by."""
    return every_authorisation().in_status(status).matching(text.strip())


def every_authorisation() -> AuthorisationQuerySet:
    """The newest request first."""
    found = Authorisation.objects.with_names().select_related("requested_by")
    return found.order_by("-requested_at", "-pk")


def authorisations_of(organisation: Organisation) -> AuthorisationQuerySet:
    return every_authorisation().of(organisation)


def authorisations_on(tenant: Tenant) -> AuthorisationQuerySet:
    return every_authorisation().on(tenant)


def stopping_with(subscription: Subscription, at: dt.datetime) -> list[Authorisation]:
    """The applications that work now and would not without this subscription."""
    tenant, code = subscription.tenant, subscription.product.code
    if tenant is None or code not in FOR_APPLICATIONS:
        return []
    licences = licences_of([tenant], at)[tenant.pk]
    sources = [each.subscription_id for each in licences if each.product_code == code]
    if sources != [subscription.pk]:
        return []
    licensed = {each.product_code for each in licences}
    active = authorisations_on(tenant).in_status("active")
    return [each for each in active if code in needed_by(each) <= licensed]


def with_licences(authorisations: Iterable[Authorisation], at: dt.datetime) -> list[Consent]:
    """The same with their licences, in a constant number of queries. Load `with_names()`."""
    authorisations = list(authorisations)
    licences = licences_of({a.tenant_id: a.tenant for a in authorisations}.values(), at)
    found = []
    for each in authorisations:
        needed = needed_by(each)
        licensed = {licence.product_code for licence in licences[each.tenant_id]}
        found.append(Consent(each, needed, needed - licensed))
    return found
