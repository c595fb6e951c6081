"""Subscriptions and applications for tests.

Made through the operations wherever a rule is at stake; these factories make the rows that a
test only looks at.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import factory
from factory.django import DjangoModelFactory

from customers.models import Environment
from subscriptions.applications.models import (
    Application,
    ApplicationKind,
    ApplicationVersion,
    Authorisation,
    AuthorisationStatus,
    ContactAddress,
    Publication,
    PublicationStatus,
    Scope,
)
from subscriptions.licence_files.models import LicenceFile
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from subscriptions.operations.orders import confirm
from subscriptions.operations.sandboxes import SetUp, waits_for_set_up
from tests.factories.catalog import PriceVersionFactory, ProductVersionFactory
from tests.factories.customers import LONG_AGO, OrganisationFactory, PersonFactory, TenantFactory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from customers.models import Person


RESTORE_DAYS = dt.timedelta(days=30)  # as the products' policy has them


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


def confirm_set_up(order: Subscription, *, by: Person, at: dt.datetime) -> Subscription:
    """The vendor's yes to a sandbox; to the first one with what the platform has made."""
    made = SetUp(identifier=f"Cust8{order.pk:06}", crm_version="10.3.9")
    return confirm(order, set_up=made if waits_for_set_up(order) else None, by=by, at=at)


def cancel_as_read(
    subscription: Subscription,
    when: CancelWhen = CancelWhen.NOW,
    *,
    at: dt.datetime,
    by: Person | None = None,
) -> Subscription:
    """As somebody, the buyer unless said otherwise, who read at `at` what will happen."""
    read = consequences(subscription, when=when, at=at)
    by = by or subscription.ordered_by
    return cancel(subscription, when=when, confirmed=read.fingerprint, by=by, at=at)


class ApplicationFactory(DjangoModelFactory[Application]):
    """Published everywhere, unless `unpublished`; `version__capabilities=[…]` says what it can."""

    class Meta:
        model = Application
        skip_postgeneration_save = True

    class Params:
        standard = factory.Trait(kind=ApplicationKind.STANDARD)
        unpublished = factory.Trait(version__environments=())

    owner = factory.SubFactory(OrganisationFactory, is_partner=True)
    kind = ApplicationKind.CUSTOM
    name = factory.Sequence(lambda n: f"Application {n}")
    technical_contact = "developer@example.com"
    created_at = LONG_AGO

    @factory.post_generation
    def contacts(self, _create: bool, _extracted: object) -> None:
        """Whom it names has agreed."""
        agreed(self)

    @factory.post_generation
    def version(self, _create: bool, _extracted: object, **settings: Any) -> None:
        environments = settings.pop("environments", list(Environment))
        version = ApplicationVersion.objects.create(
            application=self,
            number=1,
            created_by=PersonFactory(),
            created_at=LONG_AGO,
            **({"scopes": list(Scope)} | settings),
        )
        put_in(version, environments)


def agreed(application: Application) -> None:
    """Whom it names is written to."""
    for address in (
        application.technical_contact,
        *application.error_mails,
        *application.uninstall_mails,
    ):
        ContactAddress.objects.get_or_create(
            owner=application.owner,
            address=address.lower(),
            defaults={"asked_at": LONG_AGO, "confirmed_at": LONG_AGO},
        )


def put_in(version: ApplicationVersion, environments: Iterable[Environment]) -> None:
    """Published there, as rows: for what a test is not about."""
    Publication.objects.bulk_create(
        Publication(
            version=version,
            application=version.application,
            environment=environment,
            status=PublicationStatus.PUBLISHED,
            requested_by=version.created_by,
            requested_at=version.created_at,
            decided_by=version.created_by,
            decided_at=version.created_at,
        )
        for environment in environments
    )


class AuthorisationFactory(DjangoModelFactory[Authorisation]):
    """Requested, unless a trait says how far it has come."""

    class Meta:
        model = Authorisation

    class Params:
        confirmed = factory.Trait(
            status=AuthorisationStatus.CONFIRMED,
            confirmed_by=factory.SubFactory(PersonFactory),
            confirmed_at=LONG_AGO,
            agreed_scopes=list(Scope),
        )
        active = factory.Trait(
            status=AuthorisationStatus.ACTIVE,
            confirmed_by=factory.SubFactory(PersonFactory),
            confirmed_at=LONG_AGO,
            agreed_scopes=list(Scope),
            granted_by=factory.SubFactory(PersonFactory, staff=True),
            granted_at=LONG_AGO,
        )

    application = factory.SubFactory(ApplicationFactory)
    tenant = factory.SubFactory(TenantFactory)
    status = AuthorisationStatus.REQUESTED
    requested_by = factory.SubFactory(PersonFactory)
    requested_at = LONG_AGO
    restore_until = factory.LazyAttribute(
        lambda row: row.closed_at + RESTORE_DAYS if row.status == "deactivated" else None
    )


class LicenceFileFactory(DjangoModelFactory[LicenceFile]):
    """For a row that is only looked at; `licence_files.operations.issue` signs one."""

    class Meta:
        model = LicenceFile

    tenant = factory.SubFactory(TenantFactory)
    number = 1
    key_id = "0" * 16
    content = "header.content.signature"
    issued_at = LONG_AGO
    warning_at = LONG_AGO + dt.timedelta(days=20)
    expires_at = LONG_AGO + dt.timedelta(days=27)
    grace_until = LONG_AGO + dt.timedelta(days=39)
