from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from billing import numbering
from billing.models import Invoice, NumberSeries
from catalog.models import Seller
from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import Callable

INVOICE, CREDIT_NOTE = Invoice.Kind.INVOICE, Invoice.Kind.CREDIT_NOTE


def taken(seller: Seller, kind: str, *, year: int, count: int = 1) -> list[int]:
    return [each.sequence for each in numbering.take(seller, kind, year=year, count=count)]


def test_from_one_per_seller_kind_and_year(seller: Seller) -> None:
    norwegian = Seller.objects.get(code="no")

    assert taken(seller, INVOICE, year=2026, count=2) == [1, 2]
    assert taken(seller, INVOICE, year=2026) == [3]
    assert taken(seller, CREDIT_NOTE, year=2026) == [1]
    assert taken(seller, INVOICE, year=2027) == [1]
    assert taken(norwegian, INVOICE, year=2026) == [1]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(INVOICE, "NL-2026-000123", id="invoice"),
        pytest.param(CREDIT_NOTE, "NL-2026-C000123", id="credit note"),
    ],
)
def test_written(seller: Seller, kind: str, expected: str) -> None:
    assert numbering.written(seller, kind, year=2026, sequence=123) == expected


def test_rolled_back_numbers_are_free_again(seller: Seller) -> None:
    numbering.take(seller, INVOICE, year=2026)

    with transaction.atomic():
        numbering.take(seller, INVOICE, year=2026, count=5)
        transaction.set_rollback(True)

    assert taken(seller, INVOICE, year=2026) == [2]


@pytest.mark.django_db(transaction=True)
def test_never_outside_a_transaction() -> None:
    open_shop()

    with pytest.raises(numbering.NumberOutsideTransaction):
        numbering.take(Seller.objects.get(code="nl"), INVOICE, year=2026)

    assert not NumberSeries.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_no_gap() -> None:
    """Even when the series does not exist yet and some transactions are rolled back."""
    open_shop()
    seller = Seller.objects.get(code="nl")
    kept: list[int] = []

    def take_some() -> None:
        for turn in range(10):
            with transaction.atomic():
                numbers = taken(seller, INVOICE, year=2026, count=2)
                if turn % 3 == 2:
                    transaction.set_rollback(True)
            if turn % 3 != 2:
                kept.extend(numbers)

    at_once(take_some, take_some, take_some)

    assert sorted(kept) == list(range(1, 43))


def at_once(*workers: Callable[[], object]) -> None:
    """Run all of them at the same moment, each with its own connection."""
    start = threading.Barrier(len(workers))
    failures: list[BaseException] = []

    def run(worker: Callable[[], object]) -> None:
        start.wait()
        try:
            worker()
        except BaseException as failure:  # noqa: BLE001 - told by the thread that asked
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
