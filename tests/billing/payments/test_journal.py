"""The journal while others write: what was counted first is what is read afterwards."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from django.db import connection

from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from billing.payments.auditfile import NAMESPACE, audit_file
from billing.payments.journal import journal
from catalog.models import Seller
from customers.models import Duty
from customers.snapshots import snapshot
from subscriptions.periods import Month
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("credits_go")

DECEMBER = Month(2026, 12)
WHOLE = Choice(CreditProposal.Scope.WHOLE)


def pieces() -> Iterator[str]:
    found = journal(Seller.objects.get(code="nl"), DECEMBER)
    return audit_file(found, made_on=dt.date(2027, 1, 4))


def credit_it() -> None:
    try:
        invoice = Invoice.objects.get()
        credit_notes.request_credit(
            invoice,
            WHOLE,
            reason="Never used",
            confirmed=invoice.gross,
            by=PersonFactory(staff=True, duties=[Duty.BILLING]),
            at=local("2026-12-05"),
        )
    finally:
        connection.close()


def said_and_there(file: str) -> tuple[int, int]:
    """How many lines the file says it has, and how many it has."""
    root = ET.fromstring(file)
    said = root.findtext(f".//{{{NAMESPACE}}}linesCount")
    return int(said or 0), len(root.findall(f".//{{{NAMESPACE}}}trLine"))


@pytest.mark.django_db(transaction=True)
def test_what_is_entered_while_it_is_read_is_not_in_it() -> None:
    open_shop()
    subscriber(local("2026-11-30"))
    runs.run_due(at=local("2026-12-01"))

    with snapshot(), ThreadPoolExecutor(max_workers=1) as clerk:
        begun = pieces()
        counted = next(begun) + next(begun)
        clerk.submit(credit_it).result()
        file = counted + "".join(begun)

    assert said_and_there(file) == (3, 3)
    assert said_and_there("".join(pieces())) == (6, 6)


@pytest.mark.django_db
def test_it_is_written_as_a_tree_would_be() -> None:
    open_shop()
    subscriber(local("2026-11-23"), name="Zoë & <Zonen> B.V.")
    runs.run_due(at=local("2026-12-01"))

    file = "".join(pieces()).encode()

    ET.register_namespace("", NAMESPACE)
    tree = ET.fromstring(file)
    assert tree.findtext(f".//{{{NAMESPACE}}}custSupName") == "Zoë & <Zonen> B.V."
    ET.indent(tree)
    assert file == ET.tostring(tree, encoding="utf-8", xml_declaration=True)


@pytest.mark.django_db
def test_a_month_is_read_in_a_few_queries_however_much_it_holds(
    django_assert_num_queries: object,
) -> None:
    open_shop()
    for _customer in range(3):
        subscriber(local("2026-11-23"))
    runs.run_due(at=local("2026-12-01"))

    with django_assert_num_queries(5):  # type: ignore[operator]
        assert said_and_there("".join(pieces())) == (9, 9)
