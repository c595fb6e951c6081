from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from billing.models import Invoice
from billing.operations import runs
from billing.queries import cancellation_charges, next_invoice, next_invoice_with, order_preview
from catalog.models import Product, ProductVersion, Seller
from catalog.queries import price_for
from subscriptions.operations import orders, quantity_changes
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, SCIM, next_version
from tests.factories.subscriptions import cancel_as_read, confirm_set_up
from tests.factories.usage import RECORDS, count, open_metered_services

if TYPE_CHECKING:
    from billing.queries import Document, OrderPreview
    from customers.models import Organisation, Tenant
    from subscriptions.models import Subscription

pytestmark = pytest.mark.usefixtures("credits_go")

ORDERED = local("2026-11-23", "14:00")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")


def rows(document: Document | None) -> list[tuple[str, str, int, str]]:
    assert document is not None
    return [
        (f"{line.period_from:%m-%d}", f"{line.period_until:%m-%d}", line.quantity, str(line.net))
        for line in document.lines
    ]


def preview_of(
    organisation: Organisation, product_code: str, at: dt.datetime, **options: Any
) -> OrderPreview:
    product = Product.objects.get(code=product_code)
    return order_preview(
        organisation,
        version=ProductVersion.objects.get(product=product),
        price=price_for(product, organisation.currency, on=at.date()),
        starts_at=at,
        **options,
    )


def test_the_next_invoice_is_what_the_run_makes(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED)

    estimate = next_invoice(customer, ORDERED)

    assert (estimate.month, estimate.on) == (dt.date(2026, 12, 1), dt.date(2026, 12, 1))
    assert rows(estimate.document) == [
        ("11-23", "12-01", 1, "EUR 13.07"),
        ("12-01", "01-01", 1, "EUR 49.00"),
    ]
    assert estimate.document is not None
    assert str(estimate.document.gross) == "EUR 75.10"
    assert estimate.document.is_example
    runs.run_due(at=FIRST_OF_DECEMBER)
    assert str(Invoice.objects.get().gross) == "75.10"
    assert next_invoice(customer, FIRST_OF_DECEMBER).month == dt.date(2027, 1, 1)


def test_while_a_run_is_due_the_next_invoice_is_that_one(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED)

    estimate = next_invoice(customer, local("2026-12-03"))

    assert (estimate.month, estimate.on) == (dt.date(2026, 12, 1), dt.date(2026, 12, 3))


def test_who_is_held_sees_no_vat(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED, country="german", vat_number="")

    estimate = next_invoice(customer, ORDERED)

    assert estimate.held == "vat_number_missing"
    assert estimate.document is not None
    assert (str(estimate.document.net), estimate.document.gross) == ("EUR 62.07", None)


def test_nobody_without_subscriptions_has_a_next_invoice(seller: Seller) -> None:
    customer, _owner, _tenant = customer_with_tenant()

    assert next_invoice(customer, ORDERED).documents == ()


def test_order_preview_says_what_is_then_billed(seller: Seller) -> None:
    customer, owner, tenant = customer_with_tenant()

    preview = preview_of(customer, DEVELOPMENT_TOOLS, ORDERED, quantities={}, tenant=tenant)

    assert (str(preview.today), str(preview.per_month)) == ("EUR 0", "EUR 49.00")
    assert str(preview.per_month_gross) == "EUR 59.29"
    assert preview.charged_from == dt.date(2026, 11, 23)
    assert preview.first_invoice_on == dt.date(2026, 12, 1)
    assert rows(preview.first_invoice) == [
        ("11-23", "12-01", 1, "EUR 13.07"),
        ("12-01", "01-01", 1, "EUR 49.00"),
    ]
    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=ORDERED)
    assert rows(next_invoice(customer, ORDERED).document) == rows(preview.first_invoice)


def test_order_preview_counts_users(seller: Seller) -> None:
    customer, _owner, tenant = customer_with_tenant(country="norwegian")

    preview = preview_of(
        customer,
        SANDBOX,
        local("2026-11-16"),
        quantities={"sales-premium": 2, "service-premium": 1},
        tenant=tenant,
    )

    assert str(preview.per_month) == "NOK 1200.00"
    assert str(preview.per_month_gross) == "NOK 1500.00"
    assert rows(preview.first_invoice) == [
        ("11-16", "12-01", 2, "NOK 360.00"),
        ("12-01", "01-01", 2, "NOK 720.00"),
        ("11-16", "12-01", 1, "NOK 240.00"),
        ("12-01", "01-01", 1, "NOK 480.00"),
    ]


def test_a_day_that_was_charged_there_is_not_charged_again(seller: Seller) -> None:
    customer, subscription = subscriber(ORDERED)
    cancel_as_read(subscription, at=local("2026-11-26", "09:00"))

    preview = preview_of(
        customer,
        DEVELOPMENT_TOOLS,
        local("2026-11-26", "12:00"),
        quantities={},
        tenant=subscription.tenant,
    )

    assert preview.charged_from == dt.date(2026, 11, 27)


@pytest.mark.parametrize(
    ("ends_at", "at", "expected"),
    [
        pytest.param(
            "2026-12-01T00:00",
            "2026-11-25T10:00",
            ("2026-12-01", False, "EUR 13.07"),
            id="before the first invoice: the part-month is still charged",
        ),
        pytest.param(
            "2026-11-25T10:00",
            "2026-11-25T10:00",
            ("2026-12-01", False, "EUR 4.90"),
            id="now, before the first invoice: the days used",
        ),
        pytest.param(
            "2027-01-01T00:00",
            "2026-12-10T10:00",
            ("2027-01-01", False, None),
            id="at the end of a month that is paid: nothing",
        ),
        pytest.param(
            "2026-12-10T10:00",
            "2026-12-10T10:00",
            ("2027-01-01", True, "EUR 33.19"),
            id="now, within a month that is paid: credit",
        ),
        pytest.param(
            "2027-02-01T00:00",
            "2026-12-10T10:00",
            ("2027-01-01", False, "EUR 49.00"),
            id="with notice: a month more",
        ),
    ],
)
def test_cancellation_charges(
    seller: Seller, ends_at: str, at: str, expected: tuple[str, bool, str | None]
) -> None:
    _customer, subscription = subscriber(ORDERED)
    now = local(*at.split("T"))
    runs.run_due(at=now)

    charges = cancellation_charges(subscription, ends_at=local(*ends_at.split("T")), at=now)

    net = str(charges.amount) if charges.amount else None
    assert (charges.on.isoformat(), charges.is_credit, net) == expected


def test_what_was_said_before_cancelling_is_what_is_credited(seller: Seller) -> None:
    _customer, subscription = subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    now = local("2026-12-10", "10:00")
    said = cancellation_charges(subscription, ends_at=now, at=now)

    cancel_as_read(subscription, at=now)
    runs.run_due(at=local("2027-01-01"))

    credit_note = Invoice.objects.get(kind="credit_note")
    (document,) = said.documents
    assert document.gross is not None
    assert document.gross.amount == credit_note.gross
    assert said.on == credit_note.issued_on


def test_what_was_said_before_changing_users_is_what_is_then_billed(seller: Seller) -> None:
    customer, owner, tenant = customer_with_tenant()
    order = orders.subscribe(
        customer,
        product_code=SANDBOX,
        quantities={"sales-premium": 2},
        tenant=tenant,
        by=owner,
        at=ORDERED,
    )
    order = confirm_set_up(order, by=owner, at=ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    now = local("2026-12-22", "10:00")
    before = next_invoice(customer, now)

    said = next_invoice_with(order, {"sales-premium": 5}, now)

    assert rows(before.document) == [("01-01", "02-01", 2, "EUR 60.00")]
    assert rows(said.document) == [
        ("12-22", "01-01", 3, "EUR 29.04"),  # what 5 cost less what 2 cost, for 10 of 31 days
        ("01-01", "02-01", 5, "EUR 150.00"),
    ]
    quantity_changes.change(order, quantities={"sales-premium": 5}, by=owner, at=now)
    assert next_invoice(customer, now) == said


@pytest.fixture
def records(seller: Seller) -> tuple[Tenant, Subscription]:
    """SCIM, which is charged by records besides: 180,000 on the 5th, of which 100,000 are free."""
    open_metered_services()
    next_version(SCIM, charges=["databridge-records"])
    customer, owner, tenant = customer_with_tenant()
    subscription = orders.subscribe(
        customer, product_code=SCIM, by=owner, at=local("2026-11-02", "10:00")
    )
    count(tenant, "2026-11-05", 180_000, meter=RECORDS)
    return tenant, subscription


def test_use_of_the_month_is_said_to_be_charged_after_the_end(
    records: tuple[Tenant, Subscription],
) -> None:
    tenant, subscription = records
    count(tenant, "2026-11-06", 5_000)  # calls, which come with another product
    now, ends_at = local("2026-11-20", "10:00"), local("2026-12-01", "00:00")

    said = cancellation_charges(subscription, ends_at=ends_at, at=now).use
    cancel_as_read(subscription, CancelWhen.MONTH_END, at=now)
    runs.run_due(at=FIRST_OF_DECEMBER)

    assert said is not None
    assert (said.last_on, str(said.so_far)) == (dt.date(2026, 12, 1), "EUR 50.00")
    invoice = Invoice.objects.get()
    assert invoice.issued_on == said.last_on
    assert invoice.lines.get(component="records").net == said.so_far.amount  # two packs
    after = cancellation_charges(subscription, ends_at=ends_at, at=FIRST_OF_DECEMBER).use
    assert after is not None
    assert str(after.so_far) == "EUR 0"  # it is on the invoice


def test_what_ends_later_has_its_last_use_invoiced_later(
    records: tuple[Tenant, Subscription],
) -> None:
    _tenant, subscription = records

    use = cancellation_charges(
        subscription, ends_at=local("2027-02-01", "00:00"), at=local("2026-11-20", "10:00")
    ).use

    assert use is not None
    assert use.last_on == dt.date(2027, 2, 1)


def test_use_in_another_currency_is_not_added_to_it(
    records: tuple[Tenant, Subscription],
) -> None:
    """November was billed in euros and goes on in them; December is charged in kroner."""
    tenant, subscription = records
    runs.run_due(at=FIRST_OF_DECEMBER)
    customer = subscription.organisation
    type(customer).objects.filter(pk=customer.pk).update(currency="NOK")
    subscription = type(subscription).objects.get(pk=subscription.pk)
    count(tenant, "2026-11-30", 50_000, meter=RECORDS, on="2026-12-02")
    count(tenant, "2026-12-03", 250_000, meter=RECORDS)

    use = cancellation_charges(
        subscription, ends_at=local("2027-01-01", "00:00"), at=local("2026-12-20", "10:00")
    ).use

    assert use is not None
    assert str(use.so_far) == "EUR 25.00"


@pytest.mark.parametrize("where", ["production", "sandbox", "another", "no price"])
def test_use_counts_where_it_is_charged(seller: Seller, where: str) -> None:
    open_metered_services()
    next_version(charges=["unknown" if where == "no price" else "api-usage"])
    customer, owner, tenant = customer_with_tenant()
    ordered_for = TenantFactory(organisation=customer, sandbox=where == "sandbox")
    order = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=ordered_for, by=owner, at=ORDERED
    )
    count(tenant if where == "another" else ordered_for, "2026-11-23", 2_300)

    use = cancellation_charges(order, ends_at=local("2026-12-01", "00:00"), at=ORDERED).use

    so_far = {"production": "EUR 7.90", "another": "EUR 0"}
    assert (str(use.so_far) if use else None) == so_far.get(where)
