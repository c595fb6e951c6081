"""What was given back by hand is read for what may still be settled, not for all that ever was."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from billing.crediting import ByHand
from billing.given_back import by_hand, creditable, pools
from billing.models import CreditProposal, Invoice, InvoiceLine
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from customers.models import Duty
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.models import Seller
    from customers.models import Organisation

pytestmark = pytest.mark.usefixtures("credits_go")

MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def customer(seller: Seller) -> Organisation:
    """Charged 49.00 a month from January to November."""
    customer, _subscription = subscriber(local("2026-01-01"))
    for month in range(1, 12):
        runs.run_due(at=local(f"2026-{month:02}-01", "00:05"))
    return customer


def give_back(net: str, *, of: dt.date) -> Invoice:
    invoice = Invoice.objects.get(month=of, origin="run")
    choice = Choice(CreditProposal.Scope.PART, net=Decimal(net))
    credit_notes.request_credit(
        invoice,
        choice,
        reason="Two days down",
        confirmed=credit_notes.preview(invoice, choice).invoice.gross,
        by=PersonFactory(staff=True, duties=[Duty.BILLING]),
        at=local("2026-11-05"),
    )
    return invoice


@contextmanager
def rows_read(*, of: type[InvoiceLine] = InvoiceLine) -> Iterator[list[int]]:
    """How many rows each query that names that table brought."""
    rows: list[int] = []

    def counted(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("SELECT") and f'FROM "{of._meta.db_table}"' in sql:
            rows.append(context["cursor"].rowcount)
        return result

    with connection.execute_wrapper(counted):
        yield rows


def test_only_what_is_not_settled_is_read(customer: Organisation) -> None:
    give_back("10.00", of=MARCH)

    with rows_read() as rows:
        [(pool, found)] = by_hand([customer.pk])[customer.pk].items()

    assert pool.month == MARCH
    assert found == ByHand(charged=Decimal("49.00"), given_back=Decimal("10.00"))
    assert rows == [1, 1]  # what was given back, and what was charged for March


def test_what_is_left_of_an_invoice_is_read_from_its_own_months(customer: Organisation) -> None:
    invoice = give_back("10.00", of=MARCH)

    with rows_read() as rows:
        found = creditable(invoice)

    assert [(line.net, line.left) for line in found.lines] == [(Decimal("49.00"), Decimal("39.00"))]
    assert sum(rows) == 4  # twice the line, and twice the credit


def test_every_pool_says_the_same(customer: Organisation) -> None:
    give_back("10.00", of=MARCH)
    give_back("5.00", of=dt.date(2026, 7, 1))

    every = pools([customer.pk])[customer.pk]

    assert by_hand([customer.pk])[customer.pk] == {
        pool: each for pool, each in every.items() if each.given_back
    }
