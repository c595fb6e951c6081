from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import translation

from billing.models import BillingRun, Invoice
from billing.operations import runs
from billing.queries import (
    attention_of,
    every_invoice,
    every_run,
    invoice_detail,
    invoice_rows,
    invoice_totals,
    invoices_of,
    invoices_visible_to,
    items_needing_attention,
    items_needing_attention_of,
    run_detail,
    run_rows,
    years_of_invoices,
)
from billing.queries.invoices import countries_invoiced
from subscriptions.operations import orders
from tests.factories.billing import local, subscriber
from tests.factories.customers import OrganisationFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM

if TYPE_CHECKING:
    from catalog.models import Seller

ORDERED = local("2026-11-23", "14:00")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")


def test_countries_invoiced_are_those_of_customers_with_documents(seller: Seller) -> None:
    for country in ("dutch", "german", "norwegian"):
        subscriber(ORDERED, country=country)
    OrganisationFactory(country="SE")

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert countries_invoiced() == {"nl": {"NL", "DE"}, "no": {"NO"}}


def test_invoice_detail_groups_lines_by_tenant(seller: Seller) -> None:
    customer, subscription = subscriber(ORDERED)
    owner = subscription.ordered_by
    other = TenantFactory(organisation=customer, name="A second one")
    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=other, by=owner, at=ORDERED)
    orders.subscribe(customer, product_code=SCIM, by=owner, at=ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)

    detail = invoice_detail(Invoice.objects.get())

    assert [(group.label, str(group.net)) for group in detail.document.groups] == [
        ("", "EUR 125.40"),
        (other.label, "EUR 62.07"),
        (subscription.tenant.label if subscription.tenant else "", "EUR 62.07"),
    ]
    assert str(detail.document.net) == "EUR 249.54"
    assert [(row.category, str(row.vat)) for row in detail.document.vat_rows] == [
        ("S", "EUR 52.40")
    ]
    assert detail.buyer["name"] == customer.name
    line = detail.document.lines[0]
    assert (line.days, line.month_days, line.is_full_month, line.product) == (8, 30, False, "SCIM")


def test_the_sentence_that_the_law_asks_for(seller: Seller) -> None:
    subscriber(ORDERED, country="german")
    runs.run_due(at=FIRST_OF_DECEMBER)

    with translation.override("en"):
        (row,) = invoice_detail(Invoice.objects.get()).document.vat_rows

    assert row.note == "Reverse charge: VAT is to be accounted for by the customer."


def test_lists(seller: Seller) -> None:
    customer, subscription = subscriber(ORDERED, name="A")
    stranger, other = subscriber(ORDERED, name="B")
    runs.run_due(at=local("2027-01-01"))

    found = invoices_of(customer)

    assert [(row.month, str(row.gross)) for row in invoice_rows(found)] == [
        (dt.date(2027, 1, 1), "EUR 59.29"),
        (dt.date(2026, 12, 1), "EUR 75.10"),
    ]
    assert [str(total.gross) for total in invoice_totals(found)] == ["EUR 134.39"]
    assert years_of_invoices(customer) == [2027]
    assert (found.issued_in(2027).count(), found.issued_in(2026).count()) == (2, 0)
    assert every_invoice().count() == 4
    assert {i.organisation for i in invoices_visible_to(subscription.ordered_by)} == {customer}
    assert {i.organisation for i in invoices_visible_to(other.ordered_by)} == {stranger}


def test_nothing_is_to_be_paid_of_an_invoice_over_nothing() -> None:
    nothing, one = Decimal(0), Decimal(1)
    over = [
        Invoice(kind="invoice", currency="EUR", net=net, vat=nothing, gross=net)
        for net in (nothing, one)
    ]

    assert [row.asks_for_payment for row in invoice_rows(over)] == [False, True]


def test_runs_for_the_back_office(seller: Seller) -> None:
    subscriber(ORDERED, name="A")
    held, _subscription = subscriber(ORDERED, name="B", country="german", vat_number="")
    subscriber(ORDERED, name="C", country="norwegian")
    runs.run_due(at=FIRST_OF_DECEMBER)

    dutch, norwegian = sorted(run_rows(every_run()), key=lambda row: row.seller, reverse=True)
    detail = run_detail(BillingRun.objects.get(seller=seller))

    assert (dutch.progress.invoiced, dutch.progress.held, dutch.progress.percent) == (1, 1, 100)
    assert (norwegian.progress.total, norwegian.is_finished) == (1, True)
    assert [(g.outcome, g.cause, g.count, g.unexplained) for g in detail.causes] == [
        ("held", "vat_number_missing", 1, 1)
    ]
    assert "VAT number" in detail.causes[0].words
    assert [item.organisation for item in attention_of(detail.run, text="b")] == [held]
    assert not attention_of(detail.run, cause="no_rule").exists()
    assert [(t.currency, t.documents, str(t.gross)) for t in detail.totals] == [
        ("EUR", 1, "EUR 75.10")
    ]
    assert items_needing_attention().count() == items_needing_attention_of(held).count() == 1


def test_what_a_run_held_first_comes_first(seller: Seller) -> None:
    subscriber(ORDERED, name="B", country="german", vat_number="")
    runs.run_due(at=FIRST_OF_DECEMBER)
    first = items_needing_attention().get()
    subscriber(ORDERED, name="C", country="german", vat_number="")
    later = FIRST_OF_DECEMBER + dt.timedelta(days=31)

    runs.run_due(at=later)

    items = list(items_needing_attention())
    assert (items[0], len(items)) == (first, 3)
    assert [item.done_at for item in items] == [FIRST_OF_DECEMBER, later, later]
