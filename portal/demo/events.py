"""What may happen in the demo, each by the real operation: an event is called with its instant."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from catalog.queries import current_version
from customers.models import Deployment, Environment, Organisation, Person, Tenant
from portal.demo.queries import application_called, held_there
from subscriptions.applications import credentials, details, versions
from subscriptions.applications import operations as applications
from subscriptions.applications.models import (
    Application,
    ApplicationKind,
    Authorisation,
    Capability,
    Scope,
)
from subscriptions.operations import orders, quantity_changes
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from subscriptions.operations.terms import Acceptance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portal.demo.customers import DemoCustomers
    from subscriptions.operations.sandboxes import SetUp

DEVELOPMENT_TOOLS = "development-tools"
SANDBOX = "sandbox-production-environment"
MIRRORING = "database-mirroring"
SCIM = "scim"

WEBSHOP = "Webshopkoppeling"
PLANNER = "Routeplanner"
SURVEY = "Klantonderzoek"
SCOPES = (Scope.CRM_READ, Scope.CRM_WRITE, Scope.USAGE_WRITE)


def order(
    organisation: Organisation,
    owner: Person,
    product: str,
    tenant: Tenant | None,
    *,
    quantities: dict[str, int] | None = None,
    confirmed_by: Person | None = None,
    set_up: SetUp | None = None,
) -> Callable[[dt.datetime], object]:
    def event(now: dt.datetime) -> None:
        supplement = current_version(product).supplement
        subscription = orders.subscribe(
            organisation,
            product_code=product,
            tenant=tenant,
            quantities=quantities or {},
            acceptance=Acceptance(version=supplement["version"], receiver=organisation.name)
            if supplement
            else None,
            by=owner,
            at=now,
        )
        if confirmed_by:
            confirmed_at = now + dt.timedelta(hours=3)
            orders.confirm(subscription, set_up=set_up, by=confirmed_by, at=confirmed_at)

    return event


def cancellation(
    organisation: Organisation,
    owner: Person,
    product: str,
    when: CancelWhen,
    tenant: Tenant | None = None,
) -> Callable[[dt.datetime], object]:
    def event(now: dt.datetime) -> None:
        subscription = held_there(organisation, product, tenant, now)
        cancel(
            subscription,
            when=when,
            confirmed=consequences(subscription, when=when, at=now).fingerprint,
            reason="Wij stappen over naar de cloud" if tenant else "Wij doen dit voorlopig zelf",
            by=owner,
            at=now,
        )

    return event


def more_sandbox_users(who: DemoCustomers) -> Callable[[dt.datetime], object]:
    def event(now: dt.datetime) -> None:
        sandbox = held_there(who.dutch, SANDBOX, who.production, now)
        quantity_changes.change(sandbox, quantities={"sales-premium": 5}, by=who.owner, at=now)

    return event


def custom_application(
    who: DemoCustomers,
    *,
    name: str,
    summary: str,
    owner: Organisation,
    developer: Person,
    tenant: Tenant | None = None,
) -> Callable[[dt.datetime], object]:
    def event(now: dt.datetime) -> None:
        authorisation = requested(
            who,
            owner,
            ApplicationKind.CUSTOM,
            name,
            summary,
            developer,
            tenant or who.production,
            now,
        )
        later = now + dt.timedelta(hours=1)
        authorisation = applications.confirm(authorisation, by=who.administrator, at=later)
        applications.grant(authorisation, by=who.app_manager, at=later + dt.timedelta(hours=2))

    return event


def client_id_made(
    name: str, owner: Organisation, developer: Person
) -> Callable[[dt.datetime], object]:
    """From now on the platform names the application by it, and its developer sees its use."""

    def event(now: dt.datetime) -> None:
        application = application_called(name, owner)
        credentials.create(application, Environment.PRODUCTION, by=developer, at=now)

    return event


def standard_application(who: DemoCustomers) -> Callable[[dt.datetime], object]:
    def event(now: dt.datetime) -> None:
        authorisation = requested(
            who,
            who.partner,
            ApplicationKind.STANDARD,
            PLANNER,
            "Plant bezoeken op de kaart",
            who.consultant,
            who.production,
            now,
        )
        applications.approve(authorisation, by=who.administrator, at=now + dt.timedelta(hours=1))

    return event


def standard_application_on_offer(who: DemoCustomers) -> Callable[[dt.datetime], object]:
    """Nobody has let it in yet; it is for online tenants and hears of changes."""

    def event(now: dt.datetime) -> None:
        survey: Application = details.register(
            who.partner,
            kind=ApplicationKind.STANDARD,
            name=SURVEY,
            summary="Vraagt klanten na een bezoek wat zij ervan vonden",
            technical_contact=who.consultant.email,
            by=who.consultant,
            at=now,
        )
        settings = versions.Settings(
            redirect_uris=[],
            scopes=[Scope.CRM_READ],
            capabilities=[Capability.WEBHOOKS],
            deployments=[Deployment.ONLINE],
        )
        _publish(survey, who, who.consultant, now, settings)

    return event


def confirmed_in_norway(who: DemoCustomers) -> Callable[[dt.datetime], object]:
    """The customer said yes; the vendor's app manager has the next word."""

    def event(now: dt.datetime) -> None:
        authorisation = requested(
            who,
            who.norwegian,
            ApplicationKind.CUSTOM,
            "Lagerstatus",
            "Stock levels beside every sale",
            who.norwegian_owner,
            who.norwegian_production,
            now,
        )
        applications.confirm(authorisation, by=who.norwegian_owner, at=now)

    return event


def agreed_for_the_sandbox(who: DemoCustomers) -> Callable[[dt.datetime], object]:
    """The webshop's second authorisation: it works as soon as the sandbox has the licence."""

    def event(now: dt.datetime) -> None:
        webshop = application_called(WEBSHOP, who.partner)
        sandbox = who.dutch.tenants.get(source=who.production)
        authorisation = applications.request(webshop, tenant=sandbox, by=who.consultant, at=now)
        authorisation = applications.confirm(authorisation, by=who.administrator, at=now)
        applications.grant(authorisation, by=who.app_manager, at=now + dt.timedelta(hours=2))

    return event


def requested(
    who: DemoCustomers,
    owner: Organisation,
    kind: ApplicationKind,
    name: str,
    summary: str,
    developer: Person,
    tenant: Tenant,
    now: dt.datetime,
) -> Authorisation:
    application: Application = details.register(
        owner,
        kind=kind,
        name=name,
        summary=summary,
        technical_contact=developer.email,
        by=developer,
        at=now,
    )
    _publish(application, who, developer, now)
    return applications.request(application, tenant=tenant, by=developer, at=now)


def standard_application_asks_for_more(who: DemoCustomers) -> Callable[[dt.datetime], object]:
    """Its next version has one scope more, which the customer has not agreed to yet."""

    def event(now: dt.datetime) -> None:
        planner = application_called(PLANNER, who.partner)
        versions.start_next(planner, by=who.consultant, at=now)
        wider = _asking_for([*SCOPES, Scope.ENTITLEMENTS_READ])
        _publish(planner, who, who.consultant, now, wider)

    return event


def _publish(
    application: Application,
    who: DemoCustomers,
    developer: Person,
    now: dt.datetime,
    settings: versions.Settings | None = None,
) -> None:
    """The latest version, in SOD by its developer and in production by the app manager."""
    version = versions.change(
        application.versions.latest("number"),
        settings or _asking_for(SCOPES),
        note="",
        by=developer,
        at=now,
    )
    versions.submit(version, Environment.SOD, by=developer, at=now)
    asked = versions.submit(version, Environment.PRODUCTION, by=developer, at=now)
    versions.publish(asked, by=who.app_manager, at=now)


def _asking_for(scopes: Iterable[Scope]) -> versions.Settings:
    return versions.Settings(redirect_uris=[], scopes=list(scopes), capabilities=[])
