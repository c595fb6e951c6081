"""The EC sales list: what was sold with reverse charge in a quarter, less what was credited."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import reverse

from billing.models import CreditProposal
from billing.operations import credit_notes
from billing.operations.credit_notes import Choice
from tests.factories.billing import local
from tests.factories.documents import CASES, issued

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person

ADDRESS = reverse("backoffice:ec_sales")
FOURTH = {"seller": "nl", "quarter": "2026-4"}


@pytest.fixture(autouse=True)
def sold(billing: Person) -> None:
    """Of 172.47 net to a German business 72.47 is credited in the next quarter; others are not
    on the list.
    """
    german = issued(CASES["NL to DE"])
    for case in ("NL to NL", "NL to GB, O", "NO to DE"):
        issued(CASES[case])
    credit_notes.request_credit(
        german,
        Choice(CreditProposal.Scope.PART, net=Decimal("72.47")),
        reason="Two days down",
        confirmed=Decimal("72.47"),
        by=billing,
        at=local("2027-01-10"),
    )


@pytest.mark.parametrize(("quarter", "net"), [("2026-4", "172.47"), ("2027-1", "-72.47")])
def test_what_was_sold_and_credited_in_a_quarter(signed_in: Client, quarter: str, net: str) -> None:
    text = signed_in.get(ADDRESS, FOURTH | {"quarter": quarter}).content.decode()
    csv = signed_in.get(ADDRESS, FOURTH | {"quarter": quarter, "format": "csv"})

    _header, *rows = csv.content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[0::2] for row in rows] == [["DE", "EUR"]]
    assert [row.split(",")[3] for row in rows] == [net]
    assert rows[0].split(",")[1].startswith("DE")
    assert "Germany" in text
    assert csv["Content-Disposition"] == f'attachment; filename="ec-sales-nl-{quarter}.csv"'


def test_credited_in_the_same_quarter_it_is_taken_off(signed_in: Client, billing: Person) -> None:
    other = issued(CASES["NL to DE"])
    credit_notes.request_credit(
        other,
        Choice(CreditProposal.Scope.PART, net=Decimal("100.00")),
        reason="Never used",
        confirmed=Decimal("100.00"),
        by=billing,
        at=local("2026-12-10"),
    )

    csv = signed_in.get(ADDRESS, FOURTH | {"format": "csv"}).content.decode("utf-8-sig")

    assert [row.split(",")[3] for row in csv.splitlines()[1:]] == ["244.94"]


def test_it_begins_with_the_last_full_quarter_and_none_of_another_age_is_one(
    signed_in: Client,
) -> None:
    first = signed_in.get(ADDRESS).content.decode()
    other = signed_in.get(ADDRESS, FOURTH | {"quarter": "1999-1"})
    norwegian = signed_in.get(ADDRESS, FOURTH | {"seller": "no"}).content.decode()

    assert '<option value="2026-4" selected>' in first
    assert "€172.47" in first
    assert other.status_code == 200
    assert "Select a valid choice" in other.content.decode()
    assert "Nothing was invoiced with reverse charge in this quarter" in norwegian


@pytest.mark.parametrize("name", ["ec_sales", "vat_return"])
def test_a_quarter_begins_at_midnight_of_its_seller(signed_in: Client, name: str) -> None:
    """In Amsterdam an hour before it does in UTC."""
    with time_machine.travel(local("2027-01-01", "00:30"), tick=False):
        first = signed_in.get(reverse(f"backoffice:{name}")).content.decode()

    assert '<option value="2026-4" selected>' in first
    assert '<option value="2027-1">' in first


def test_a_quarter_that_is_not_over_says_so(signed_in: Client) -> None:
    over = signed_in.get(ADDRESS).content.decode()
    running = signed_in.get(ADDRESS, FOURTH | {"quarter": "2027-1"}).content.decode()

    assert "This quarter is not over yet." not in over
    assert "This quarter is not over yet." in running
