"""Subscriptions and applications for tests.

Made through the operations wherever a rule is at stake; these factories make the rows that a
test only looks at.
"""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from subscriptions.applications.models import (
    Application,
    ApplicationKind,
    Authorisation,
    AuthorisationStatus,
)
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription
from tests.factories.catalog import PriceVersionFactory, ProductVersionFactory
from tests.factories.customers import LONG_AGO, OrganisationFactory, PersonFactory, TenantFactory


class SubscriptionFactory(DjangoModelFactory[Subscription]):
    """An order that waits, for the whole organisation: a row that lines of invoices can name."""

    class Meta:
        model = Subscription

    organisation = factory.SubFactory(OrganisationFactory)
    product = factory.SelfAttribute("product_version.product")
    product_version = factory.SubFactory(ProductVersionFactory)
    price_version = factory.SubFactory(
        PriceVersionFactory, product=factory.SelfAttribute("..product_version.product")
    )
    status = Status.REQUESTED
    ordered_by = factory.SubFactory(PersonFactory)
    requested_at = LONG_AGO


class ApplicationFactory(DjangoModelFactory[Application]):
    class Meta:
        model = Application

    class Params:
        standard = factory.Trait(kind=ApplicationKind.STANDARD)

    owner = factory.SubFactory(OrganisationFactory, is_partner=True)
    kind = ApplicationKind.CUSTOM
    name = factory.Sequence(lambda n: f"Application {n}")
    technical_contact = "developer@example.com"
    created_at = LONG_AGO


class AuthorisationFactory(DjangoModelFactory[Authorisation]):
    """Requested, unless a trait says how far it has come."""

    class Meta:
        model = Authorisation

    class Params:
        confirmed = factory.Trait(
            status=AuthorisationStatus.CONFIRMED,
            confirmed_by=factory.SubFactory(PersonFactory),
            confirmed_at=LONG_AGO,
        )
        active = factory.Trait(
            status=AuthorisationStatus.ACTIVE,
            confirmed_by=factory.SubFactory(PersonFactory),
            confirmed_at=LONG_AGO,
            granted_by=factory.SubFactory(PersonFactory, staff=True),
            granted_at=LONG_AGO,
        )

    application = factory.SubFactory(ApplicationFactory)
    tenant = factory.SubFactory(TenantFactory)
    status = AuthorisationStatus.REQUESTED
    requested_by = factory.SubFactory(PersonFactory)
    requested_at = LONG_AGO
