"""The VAT return: net and VAT of a quarter by treatment, less what was credited."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.urls import reverse

from billing.documents import accounting
from billing.documents.models import ExchangeRate
from billing.models import CreditProposal
from billing.operations import credit_notes
from billing.operations.credit_notes import Choice
from customers.models import Duty
from tests.factories.billing import local
from tests.factories.customers import PersonFactory
from tests.factories.documents import CASES, euro_in_kroner, issued

if TYPE_CHECKING:
    from django.test import Client

    from billing.models import Invoice
    from customers.models import Person

ADDRESS = reverse("backoffice:vat_return")


def declared(signed_in: Client, seller: str, quarter: str) -> list[list[str]]:
    """Category, rate, currency, net, VAT, and VAT and net in the seller's currency."""
    answer = signed_in.get(ADDRESS, {"seller": seller, "quarter": quarter, "format": "csv"})
    assert answer["Content-Disposition"] == f'attachment; filename="vat-{seller}-{quarter}.csv"'
    _header, *rows = csv.reader(StringIO(answer.content.decode("utf-8-sig")))
    return rows


def give_back(invoice: Invoice, net: str, *, by: Person, on: str) -> None:
    credit_notes.request_credit(
        invoice,
        Choice(CreditProposal.Scope.PART, net=Decimal(net)),
        reason="Two days down",
        confirmed=Decimal(net) * Decimal("1.21"),
        by=by,
        at=local(on),
    )


def test_each_treatment_has_its_sums_less_what_was_credited(
    signed_in: Client, billing: Person
) -> None:
    dutch = issued(CASES["NL to NL"])
    for case in ("NL to NL", "NL to DE", "NL to GB, O", "NO to NO"):
        issued(CASES[case])
    give_back(dutch, "100.00", by=billing, on="2026-12-10")
    give_back(dutch, "50.00", by=billing, on="2027-01-10")

    assert declared(signed_in, "nl", "2026-4") == [
        ["S", "21.00", "EUR", "244.94", "51.44", "51.44", "244.94"],
        ["AE", "0.00", "EUR", "172.47", "0.00", "0.00", "172.47"],
        ["O", "0.00", "EUR", "172.47", "0.00", "0.00", "172.47"],
    ]
    assert declared(signed_in, "nl", "2027-1") == [
        ["S", "21.00", "EUR", "-50.00", "-10.50", "-10.50", "-50.00"]
    ]
    assert declared(signed_in, "no", "2026-4") == [
        ["S", "25.00", "NOK", "172.47", "43.12", "43.12", "172.47"]
    ]


def test_vat_in_another_currency_is_what_the_documents_state(
    signed_in: Client, billing: Person
) -> None:
    euro_in_kroner()
    stated = issued(CASES["NO to NO, in euros"])
    with transaction.atomic():
        accounting.state(stated)
    issued(CASES["NO to NO"])
    complete = signed_in.get(ADDRESS, {"seller": "no", "quarter": "2026-4"}).content.decode()
    issued(CASES["NO to NO, in euros"])

    page = signed_in.get(ADDRESS, {"seller": "no", "quarter": "2026-4"}).content.decode()

    assert declared(signed_in, "no", "2026-4") == [
        ["S", "25.00", "EUR", "344.94", "86.24", "507.09", "4056.49"],
        ["S", "25.00", "NOK", "172.47", "43.12", "43.12", "172.47"],
    ]
    silent = "1 document in another currency does not state its VAT in NOK yet."
    assert silent in page
    assert silent not in complete


KRONER = replace(CASES["NL to DE"], currency="NOK")


def krone_in_euros(rate: str, *, on: str, entered: str | None = None) -> None:
    ExchangeRate.objects.create(
        currency="NOK",
        in_currency="EUR",
        on=dt.date.fromisoformat(on),
        rate=Decimal(rate),
        source="ECB",
        entered_at=local(entered) if entered else None,
    )


def test_what_is_free_of_vat_counts_as_turnover_in_the_sellers_currency(
    signed_in: Client, billing: Person
) -> None:
    """At the rate of its day, and what is given back at the rate at which it was charged."""
    issued(CASES["NL to NL"])
    krone_in_euros("0.085", on="2026-10-30")
    krone_in_euros("0.090", on="2027-01-08")
    invoice = issued(KRONER)
    proposal = credit_notes.request_credit(
        invoice,
        Choice(CreditProposal.Scope.PART, net=Decimal("72.47")),
        reason="Two days down",
        confirmed=Decimal("72.47"),
        by=billing,
        at=local("2027-01-10"),
    )
    colleague = PersonFactory(staff=True, duties=[Duty.BILLING])
    credit_notes.approve(proposal, confirmed=Decimal("72.47"), by=colleague, at=local("2027-01-10"))

    page = signed_in.get(ADDRESS, {"seller": "nl", "quarter": "2026-4"}).content.decode()

    assert declared(signed_in, "nl", "2026-4") == [
        ["S", "21.00", "EUR", "172.47", "36.22", "36.22", "172.47"],
        ["AE", "0.00", "NOK", "172.47", "0.00", "0.00", "14.66"],
    ]
    assert declared(signed_in, "nl", "2027-1") == [
        ["AE", "0.00", "NOK", "-72.47", "0.00", "0.00", "-6.16"]
    ]
    assert "€187.13" in page  # 172.47 and 14.66
    assert "exchange rate" not in page


@pytest.mark.parametrize(
    "first",
    [
        pytest.param("2026-10-30", id="known when it was issued"),
        pytest.param("2026-11-02", id="entered when it was issued already"),
    ],
)
def test_a_rate_of_a_nearer_day_that_is_entered_later_changes_nothing(
    first: str, signed_in: Client, billing: Person
) -> None:
    """What bears no VAT states no rate; a return that was read stays as it was."""
    krone_in_euros("0.085", on="2026-10-30", entered=first)
    invoice = issued(KRONER)
    proposal = credit_notes.request_credit(
        invoice,
        Choice(CreditProposal.Scope.PART, net=Decimal("72.47")),
        reason="Two days down",
        confirmed=Decimal("72.47"),
        by=billing,
        at=local("2026-12-10"),
    )
    colleague = PersonFactory(staff=True, duties=[Duty.BILLING])
    credit_notes.approve(proposal, confirmed=Decimal("72.47"), by=colleague, at=local("2027-01-10"))
    october, january = (declared(signed_in, "nl", quarter) for quarter in ("2026-4", "2027-1"))

    krone_in_euros("0.099", on="2026-11-01", entered="2026-11-03")
    krone_in_euros("0.010", on="2026-10-31", entered="2027-01-10")

    assert october == [["AE", "0.00", "NOK", "172.47", "0.00", "0.00", "14.66"]]
    assert january == [["AE", "0.00", "NOK", "-72.47", "0.00", "0.00", "-6.16"]]
    assert declared(signed_in, "nl", "2026-4") == october
    assert declared(signed_in, "nl", "2027-1") == january


def test_what_was_issued_once_a_nearer_rate_was_known_has_that(signed_in: Client) -> None:
    krone_in_euros("0.085", on="2026-10-30", entered="2026-10-30")
    krone_in_euros("0.090", on="2026-10-31", entered="2026-10-31")

    issued(KRONER)

    assert declared(signed_in, "nl", "2026-4") == [
        ["AE", "0.00", "NOK", "172.47", "0.00", "0.00", "15.52"]
    ]


def test_which_rate_is_missing_is_said(signed_in: Client) -> None:
    issued(KRONER)

    page = signed_in.get(ADDRESS, {"seller": "nl", "quarter": "2026-4"}).content.decode()

    assert declared(signed_in, "nl", "2026-4") == [
        ["AE", "0.00", "NOK", "172.47", "0.00", "0.00", ""]
    ]
    assert "is without what was sold in NOK on 1 November 2026." in page
    assert "no exchange rate" in page


def test_there_are_quarters_since_the_first_invoice(signed_in: Client) -> None:
    issued(CASES["NL to DE"])

    form = signed_in.get(ADDRESS).context["form"]

    assert [code for code, _label in form.fields["quarter"].choices] == ["2027-1", "2026-4"]


def test_the_page(signed_in: Client) -> None:
    issued(CASES["NL to DE"])

    page = signed_in.get(ADDRESS).content.decode()
    running = signed_in.get(ADDRESS, {"seller": "nl", "quarter": "2027-1"}).content.decode()
    other = signed_in.get(ADDRESS, {"seller": "nl", "quarter": "1999-1"})

    assert '<option value="2026-4" selected>' in page
    assert "Reverse charge" in page
    assert "€172.47" in page
    assert "code AE" in page
    assert "This quarter is not over yet." not in page
    assert "Nothing was invoiced in this quarter" in running
    assert "This quarter is not over yet." in running
    assert "Select a valid choice" in other.content.decode()
