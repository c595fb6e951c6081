"""What the demo asks about what it made itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.models import Invoice, RunItem
from customers.models import Organisation, Person
from portal.demo.people import OPERATIONS
from portal.webhooks.models import Endpoint, EndpointSecret
from subscriptions.applications.models import Application, Credential
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Tenant


@dataclass(frozen=True)
class LoadedDemo:
    customers: int
    subscriptions: int
    invoices: int
    held: int


def what_was_loaded() -> LoadedDemo:
    return LoadedDemo(
        customers=Organisation.objects.count(),
        subscriptions=Subscription.objects.count(),
        invoices=Invoice.objects.count(),
        held=RunItem.objects.needing_attention().values("organisation").distinct().count(),
    )


def held_there(
    organisation: Organisation, product: str, tenant: Tenant | None, at: dt.datetime
) -> Subscription:
    """The live subscription of a product there."""
    live = Subscription.objects.of(organisation).live_at(at).with_names()
    return live.get(product__code=product, tenant=tenant)


def application_called(name: str, owner: Organisation) -> Application:
    return Application.objects.get(owner=owner, name=name)


def client_id_of(name: str, owner: Organisation) -> str | None:
    """Under which the application reports; None before it has one."""
    credentials = Credential.objects.filter(application__owner=owner, application__name=name)
    return credentials.values_list("client_id", flat=True).first()


def who_operates() -> Person | None:
    """None in a database that is not the demo's."""
    return Person.objects.filter(email=OPERATIONS.email).first()


def every_endpoint() -> list[Endpoint]:
    found = Endpoint.objects.present().select_related("organisation", "created_by")
    return list(found.order_by("pk"))


def sealed_secrets(endpoints: Iterable[Endpoint], at: dt.datetime) -> list[str]:
    """Those that sign for them at that instant."""
    signing = EndpointSecret.objects.signing_at(at).filter(endpoint__in=list(endpoints))
    return list(signing.values_list("sealed", flat=True))
