"""Customers in bulk: one tenant, one subscription to Development Tools and some use each."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import connection

from billing.metering.models import DailyTotal, UsageClass
from catalog.models import Meter
from catalog.queries import current_version, price_for
from customers.bulk import copy_rows, take_ids
from customers.models import Organisation
from subscriptions.models import Quantity, Subscription
from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

STARTED_AT = dt.datetime(2026, 9, 16, 8, 0, tzinfo=dt.UTC)
STARTED_ON = STARTED_AT.date()

# What a run leaves behind. Emptied between two measurements, so that each finds the same.
WRITTEN_BY_RUNS = (
    "payments_posting, payments_ledgerentry, billing_invoiceline, billing_invoicevat,"
    " billing_invoice, billing_numberseries, billing_runitem, billing_billingrun,"
    " customers_history, customers_outgoingmail"
)


def gather(count: int) -> None:
    """Nobody has a reader, so no letters: those are written after a run, not by it."""
    version = current_version("development-tools")
    price = price_for(version.product, "EUR", on=STARTED_ON)
    person = PersonFactory()
    organisations = _multiply(
        OrganisationFactory.build(dutch=True, created_at=STARTED_AT),
        ("name", "customer_number"),
        [(f"Customer {number}", f"B{number}") for number in range(count)],
    )
    tenants = _multiply(
        TenantFactory.build(organisation=Organisation.objects.all()[0]),
        ("organisation_id", "identifier"),
        # Ten digits: nobody else's identifier is that long.
        [(pk, f"Cust{7_000_000_000 + pk}") for pk in organisations],
    )
    subscriptions = _multiply(
        Subscription(
            product=version.product,
            product_version=version,
            price_version=price,
            status="active",
            ordered_by=person,
            requested_at=STARTED_AT,
            starts_at=STARTED_AT,
            charged_from=STARTED_ON,
        ),
        ("organisation_id", "tenant_id"),
        list(zip(organisations, tenants, strict=True)),
    )
    for part in price.components.all():
        _multiply(
            Quantity(component=part.code, quantity=1, effective_at=STARTED_AT),
            ("subscription_id",),
            [(pk,) for pk in subscriptions],
        )
    _use(tenants)
    execute("ANALYZE")


def _use(tenants: Sequence[int]) -> None:
    """Four days of September with more calls than are included, so October charges for them."""
    meter = Meter.objects.get(code="api-calls")
    days = [dt.date(2026, 9, day) for day in (17, 18, 21, 22)]
    _multiply(
        DailyTotal(
            meter=meter,
            application="erp-sync",
            usage_class=UsageClass.METERED_APPS,
            quantity=25_000,
            events=100,
            fingerprint=2**40,
        ),
        ("tenant_id", "day", "changed_on"),
        [(pk, day, day) for pk in tenants for day in days],
    )


def forget_everybody() -> None:
    execute("TRUNCATE customers_organisation, customers_person CASCADE")


def forget_runs() -> None:
    execute(f"TRUNCATE {WRITTEN_BY_RUNS} CASCADE")


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _multiply(template: Model, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
    """Rows like the template but for these columns; their ids."""
    model = type(template)
    given = ("id", *columns)
    same = {
        field.column: getattr(template, field.attname)
        for field in model._meta.concrete_fields  # noqa: SLF001 - Django's documented API
        if field.column and field.column not in given
    }
    with connection.cursor() as cursor:
        ids = take_ids(cursor, model, len(rows))
        copy_rows(
            cursor,
            model,
            given,
            ((pk, *row) for pk, row in zip(ids, rows, strict=True)),
            same=same,
        )
    return ids
