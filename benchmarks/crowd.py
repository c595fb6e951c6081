"""Customers in bulk: one tenant and one subscription to Development Tools each."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from catalog.queries import current_version, price_for
from customers.models import Membership, Organisation, Role, Tenant
from subscriptions.models import Quantity, Subscription
from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory

STARTED_AT = dt.datetime(2026, 9, 16, 8, 0, tzinfo=dt.UTC)
STARTED_ON = STARTED_AT.date()

# What a run leaves behind. Emptied between two measurements, so that each finds the same.
WRITTEN_BY_RUNS = (
    "payments_posting, payments_ledgerentry, billing_invoiceline, billing_invoicevat,"
    " billing_invoice, billing_numberseries, billing_runitem, billing_billingrun,"
    " customers_history, customers_outgoingmail"
)


def gather(count: int) -> None:
    owner = PersonFactory()
    organisations = Organisation.objects.bulk_create(
        OrganisationFactory.build_batch(count, dutch=True, created_at=STARTED_AT)
    )
    Membership.objects.bulk_create(
        Membership(person=owner, organisation=each, role=Role.OWNER, since_at=STARTED_AT)
        for each in organisations
    )
    tenants = Tenant.objects.bulk_create(
        TenantFactory.build(organisation=each) for each in organisations
    )
    version = current_version("development-tools")
    price = price_for(version.product, "EUR", on=STARTED_ON)
    subscriptions = Subscription.objects.bulk_create(
        Subscription(
            organisation=tenant.organisation,
            tenant=tenant,
            product=version.product,
            product_version=version,
            price_version=price,
            status="active",
            ordered_by=owner,
            requested_at=STARTED_AT,
            starts_at=STARTED_AT,
            charged_from=STARTED_ON,
        )
        for tenant in tenants
    )
    Quantity.objects.bulk_create(
        Quantity(subscription=each, component=part.code, quantity=1, effective_at=STARTED_AT)
        for each in subscriptions
        for part in price.components.all()
    )
    _execute("ANALYZE")


def forget_everybody() -> None:
    _execute("TRUNCATE customers_organisation, customers_person CASCADE")


def forget_runs() -> None:
    _execute(f"TRUNCATE {WRITTEN_BY_RUNS}")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
