"""What the vendor's staff read: consents that wait for the app manager, and all the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subscriptions.applications.availability import DEVELOPMENT_TOOLS, needs_development_tools
from subscriptions.applications.models import Application, Authorisation
from subscriptions.licences import licences_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Organisation, Tenant
    from subscriptions.applications.querysets import ApplicationQuerySet, AuthorisationQuerySet
    from subscriptions.entitlements import Licence
    from subscriptions.models import Subscription


@dataclass(frozen=True)
class Consent:
    """An authorisation and whether its tenant has, at an instant, the licence it lives on.

    `licence` is the one it would live on; None when it needs none or there is none.
    """

    authorisation: Authorisation
    needs_licence: bool
    licence: Licence | None

    @property
    def is_licensed(self) -> bool:
        return not self.needs_licence or self.licence is not None


def every_application() -> ApplicationQuerySet:
    """Of every owner, by name."""
    return Application.objects.select_related("owner").order_by("name", "pk")


def consents() -> AuthorisationQuerySet:
    """Confirmed by the customer and not yet granted or denied, the longest waiting first."""
    return Authorisation.objects.waiting_for_grant().with_names().longest_waiting_first()


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
    tenant = subscription.tenant
    if tenant is None or subscription.product.code != DEVELOPMENT_TOOLS:
        return []
    sources = [
        licence.subscription_id
        for licence in licences_of([tenant], at)[tenant.pk]
        if licence.product_code == DEVELOPMENT_TOOLS
    ]
    if sources != [subscription.pk]:
        return []
    return [
        authorisation
        for authorisation in authorisations_on(tenant).in_status("active")
        if needs_development_tools(authorisation.application, tenant)
    ]


def with_licences(authorisations: Iterable[Authorisation], at: dt.datetime) -> list[Consent]:
    """The same with their licences, in a constant number of queries. Load `with_names()`."""
    authorisations = list(authorisations)
    licences = licences_of({a.tenant_id: a.tenant for a in authorisations}.values(), at)
    return [_consent(each, licences[each.tenant_id]) for each in authorisations]


def _consent(authorisation: Authorisation, licences: tuple[Licence, ...]) -> Consent:
    fitting = (licence for licence in licences if licence.product_code == DEVELOPMENT_TOOLS)
    return Consent(
        authorisation,
        needs_licence=needs_development_tools(authorisation.application, authorisation.tenant),
        licence=next(fitting, None),
    )
