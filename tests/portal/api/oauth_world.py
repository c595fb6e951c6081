"""An application with its client on a tenant, and what it asks the OAuth doors."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from django.test import Client
from django.urls import reverse

from customers import clock
from customers.models import Environment, Role
from subscriptions.applications import credentials
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, open_shop
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from customers.models import Person
    from subscriptions.applications.credentials import Issued
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription


TOKEN, REVOKE = "api:oauth_token", "api:oauth_revoke"
INTROSPECT, WHOAMI = "api:oauth_introspect", "api:oauth_application"


class World:
    """A custom application that works on a tenant with Development Tools, and its client."""

    def __init__(self) -> None:
        open_shop()
        self.at = clock.now()
        owner = MembershipFactory(organisation=OrganisationFactory(dutch=True), role=Role.OWNER)
        self.owner: Person = owner.person
        self.organisation = owner.organisation
        self.tenant = TenantFactory(organisation=self.organisation, identifier="Cust12345")
        self.subscription = self.subscribe()
        self.authorisation: Authorisation = AuthorisationFactory(tenant=self.tenant, active=True)
        self.application = self.authorisation.application
        self.developer: Person = MembershipFactory(
            organisation=self.application.owner, role=Role.DEVELOPER
        ).person
        self.issued = self.client_of(self.application)

    def subscribe(self) -> Subscription:
        return orders.subscribe(
            self.organisation,
            product_code=DEVELOPMENT_TOOLS,
            tenant=self.tenant,
            by=self.owner,
            at=clock.now(),
        )

    def client_of(self, application: Any) -> Issued:
        return credentials.create(
            application, Environment.PRODUCTION, by=self.developer, at=self.at
        )

    def cancel_now(self) -> None:
        at = clock.now()
        read = consequences(self.subscription, when=CancelWhen.NOW, at=at)
        cancel(
            self.subscription,
            when=CancelWhen.NOW,
            confirmed=read.fingerprint,
            by=self.owner,
            at=at,
        )

    def token(self) -> str:
        response = ask(TOKEN, self.issued, tenant="Cust12345")
        assert response.status_code == 200, response.content
        value: str = response.json()["access_token"]
        return value


def ask(name: str, issued: Issued, *, secret: str = "", **form: str) -> Any:
    shown = f"{issued.credential.client_id}:{secret or issued.secret}"
    basic = base64.b64encode(shown.encode()).decode()
    client = Client(headers={"authorization": f"Basic {basic}"})
    if name == TOKEN:
        form.setdefault("grant_type", "client_credentials")
    return client.post(reverse(name), form)


def call(value: str) -> int:
    """A call to the API with the token."""
    client = Client(headers={"authorization": f"Bearer {value}"})
    return int(client.get(reverse(WHOAMI)).status_code)


def is_active(world: World, value: str) -> bool:
    return bool(ask(INTROSPECT, world.issued, token=value).json()["active"])
