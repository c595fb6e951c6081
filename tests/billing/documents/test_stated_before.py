"""VAT that documents of before state: as it was written down for them, and what comes after."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pgtrigger
import pytest
from django.db import connection

from billing.documents import editions, operations
from billing.documents.models import AccountingVat, ExchangeRate, Rendering
from billing.invariants import stated
from billing.models import CreditProposal, Invoice
from billing.operations.credit_notes import Choice
from billing.vat import Note
from tests.billing.documents.credits import LATER, a_part, credited
from tests.factories.documents import CASES, Case, euro_in_kroner, issued

pytestmark = pytest.mark.django_db

WHOLE = Choice(CreditProposal.Scope.WHOLE)
ONE_RATE = CASES["NO to NO, in euros"]  # 43.12 of VAT
# 46.25, and -1.88 at another rate: at 11.7531 a hundredth more together than one by one.
TWO_RATES = Case(
    "no",
    "norwegian",
    "S",
    Decimal(25),
    Note.NONE,
    Decimal("44.37"),
    given_back=("S", Decimal(15), Note.NONE),
)

# What they state, as a migration before the first release found it: the whole VAT at the rate of
# their day, a credit note too. Of several rows the first has what rounding each leaves over.
STATED = """
    INSERT INTO documents_accountingvat
        (invoice_id, original_id, vat_category, vat_rate, vat, exchange_rate_id, amount)
    SELECT invoice_id, original_id, category, vat_rate, vat, exchange_rate_id,
        CASE WHEN place = 1 THEN stated - (all_rows - converted) ELSE converted END
    FROM (
        SELECT
            invoice.id AS invoice_id,
            CASE invoice.kind WHEN 'credit_note' THEN invoice.corrects_id END AS original_id,
            vat_row.category,
            vat_row.rate AS vat_rate,
            vat_row.vat,
            exchange.id AS exchange_rate_id,
            round(invoice.vat * exchange.rate, 2) AS stated,
            round(vat_row.vat * exchange.rate, 2) AS converted,
            sum(round(vat_row.vat * exchange.rate, 2)) OVER (PARTITION BY invoice.id) AS all_rows,
            row_number() OVER (PARTITION BY invoice.id ORDER BY vat_row.id) AS place
        FROM documents_rendering AS rendering
        JOIN documents_exchangerate AS exchange ON exchange.id = rendering.exchange_rate_id
        JOIN billing_invoice AS invoice ON invoice.id = rendering.invoice_id
        JOIN billing_invoicevat AS vat_row ON vat_row.invoice_id = invoice.id AND vat_row.vat <> 0
        WHERE rendering.status = 'ready'
    ) AS of_row
    ON CONFLICT (invoice_id, original_id, vat_category, vat_rate) DO NOTHING
"""


def stated_before(document: Invoice, rate: ExchangeRate) -> Invoice:
    """It had its documents, with its VAT at that rate, before that was written down."""
    Rendering.objects.create(
        invoice=document,
        status=Rendering.Status.READY,
        validated_at=LATER,
        edition=editions.FIRST,
        exchange_rate=rate,
    )
    with connection.cursor() as cursor:
        cursor.execute(STATED)
    return document


def kroner(*documents: Invoice) -> Decimal:
    rows = AccountingVat.objects.filter(invoice__in=documents)
    return sum(rows.values_list("amount", flat=True), Decimal(0))


def amiss() -> list[str]:
    return list(stated.check(at=LATER))


@pytest.mark.parametrize("first", [None, "57.11"], ids=["at once", "in two parts"])
def test_of_several_rows_the_whole_comes_to_what_the_invoice_stated(first: str | None) -> None:
    invoice = stated_before(issued(TWO_RATES), euro_in_kroner("11.7531"))
    assert kroner(invoice) == Decimal("521.49")
    assert amiss() == []

    notes = [credited(invoice, choice) for choice in [*([a_part(first)] if first else []), WHOLE]]
    operations.make_due(LATER)

    assert kroner(*notes) == Decimal("521.49")
    assert amiss() == []


def test_credits_at_the_invoices_rate_were_rounded_each() -> None:
    """14.28 is 167.93; two of them would be 335.87."""
    rate = euro_in_kroner("11.76")
    invoice = stated_before(issued(ONE_RATE), rate)
    notes = [stated_before(credited(invoice, a_part("57.11")), rate) for _each in range(2)]
    assert kroner(*notes) == Decimal("335.86")
    assert amiss() == []

    rest = credited(invoice, a_part("58.25"))
    operations.make_due(LATER)

    assert kroner(*notes, rest) == kroner(invoice) == Decimal("507.09")
    assert amiss() == []


def test_credits_came_before_the_documents_of_their_invoice() -> None:
    """Each at the rate of its own day. What is credited now states the invoice with it."""
    invoice = issued(ONE_RATE)
    rates = [
        euro_in_kroner(rate, on=LATER.date() - dt.timedelta(days=days))
        for rate, days in [("12.00", 2), ("12.90", 1)]
    ]
    notes = [stated_before(credited(invoice, a_part("57.11")), rate) for rate in rates]
    assert amiss() == []

    euro_in_kroner("11.76")
    rest = credited(invoice, a_part("58.25"))
    operations.make_due(LATER)

    assert kroner(*notes, rest) == kroner(invoice) == Decimal("507.09")
    assert amiss() == []


def test_a_credit_of_before_is_held_to_what_it_stated_itself() -> None:
    rate = euro_in_kroner("11.76")
    invoice = stated_before(issued(ONE_RATE), rate)
    stated_before(credited(invoice, a_part("57.11")), rate)

    with pgtrigger.ignore("documents.AccountingVat:append_only"):
        AccountingVat.objects.filter(original=invoice).update(amount=Decimal("167.94"))

    [breach] = amiss()
    assert "14.28 stated as 167.94, not 167.93" in breach


def test_what_is_credited_now_has_the_rate_of_its_invoice() -> None:
    invoice = stated_before(issued(ONE_RATE), euro_in_kroner("11.76"))
    credited(invoice, WHOLE)
    operations.make_due(LATER)
    other = euro_in_kroner("12.90", on=LATER.date())

    with pgtrigger.ignore("documents.AccountingVat:append_only"):
        AccountingVat.objects.filter(original=invoice).update(exchange_rate=other)

    [breach] = amiss()
    assert "12.90" in breach
