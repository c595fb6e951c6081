"""A Norwegian seller's VAT in kroner: what is credited has the rate of the invoice's day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pgtrigger
import pytest

from billing.documents import accounting, editions, exchange_rates, operations
from billing.documents.models import AccountingVat, Document, Rendering
from billing.documents.queries import stated_vat
from billing.invariants import documents as kept
from billing.invariants import stated
from billing.models import Invoice
from tests.billing.documents.credits import LATER, a_part, credited
from tests.factories.customers import PersonFactory
from tests.factories.documents import CASES, ISSUED, euro_in_kroner, issued

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice() -> Invoice:
    """172.47, and 43.12 of VAT, in euros."""
    return issued(CASES["NO to NO, in euros"])


def kroner(document: Invoice) -> str:
    ubl = bytes(Document.objects.get(kind="ubl", rendering__invoice=document).content).decode()
    (_before, after) = ubl.split('TaxAmount currencyID="NOK">')
    return after.partition("<")[0]


def test_credit_notes_give_back_the_kroner_of_the_invoice(invoice: Invoice) -> None:
    """No rate is known of the days on which they are issued, or another one."""
    euro_in_kroner("11.76")
    operations.make_due(ISSUED)
    first, second = credited(invoice, a_part("57.11")), credited(invoice, a_part("30.00"))
    operations.make_due(LATER)
    euro_in_kroner("12.90", on=LATER.date())
    last = credited(invoice, a_part("85.36"))

    operations.make_due(LATER)

    assert set(Rendering.objects.values_list("status", flat=True)) == {"ready"}
    assert kroner(invoice) == "507.09"
    found = [kroner(each) for each in (first, second, last)]
    assert [str(each.vat) for each in (first, second, last)] == ["14.28", "7.50", "21.34"]
    assert found == ["167.93", "88.20", "250.96"]
    assert sum(map(Decimal, found)) == Decimal("507.09")
    rates = {
        each.exchange_rate
        for each in stated_vat(Invoice.objects.values_list("pk", flat=True)).values()
    }
    assert rates == {Decimal("11.76")}
    assert list(stated.check(at=LATER)) == []
    assert list(kept.check(at=LATER)) == []


def test_the_books_are_where_they_were_once_all_is_credited(invoice: Invoice) -> None:
    euro_in_kroner("11.76")
    for choice in (a_part("0.37"), a_part("99.99"), a_part("72.11")):
        credited(invoice, choice)

    operations.make_due(LATER)

    of_all = stated_vat(Invoice.objects.values_list("pk", flat=True))
    balance = sum(
        each.sign * sum(of_all[each.pk].amounts.values()) for each in Invoice.objects.all()
    )
    assert (len(of_all), balance) == (4, 0)


def test_what_waits_for_the_rate_of_its_invoice_is_made_with_it(invoice: Invoice) -> None:
    """The rate of its own day is of no use; whichever is made first, both have the same."""
    euro_in_kroner("12.90", on=LATER.date())
    credit_note = credited(invoice, a_part("172.47"))
    operations.take_up(LATER)
    Rendering.objects.filter(invoice=invoice).update(next_attempt_at=LATER)
    operations.make_due(LATER)
    assert set(Rendering.objects.values_list("status", "cause", "detail")) == {
        ("held", "exchange_rate_missing", "EUR/NOK 2026-11-01")
    }

    exchange_rates.enter(
        currency="EUR",
        in_currency="NOK",
        on=dt.date(2026, 10, 30),
        rate=Decimal("11.76"),
        source="Norges Bank",
        is_certain=True,
        by=PersonFactory(staff=True),
        at=LATER,
    )
    operations.make_due(LATER)

    assert [kroner(each) for each in (invoice, credit_note)] == ["507.09", "507.09"]


def test_a_rate_that_is_entered_later_changes_nothing(invoice: Invoice) -> None:
    """The credit note comes first, and with it what its invoice will state."""
    euro_in_kroner("11.76", on=dt.date(2026, 10, 30))
    credit_note = credited(invoice, a_part("172.47"))
    accounting.state(credit_note)
    euro_in_kroner("12.00")

    operations.make_due(LATER)

    assert [kroner(each) for each in (invoice, credit_note)] == ["507.09", "507.09"]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"amount": Decimal("507.10")}, id="more than the invoice stated"),
        pytest.param({"vat": Decimal("43.11"), "amount": Decimal("506.97")}, id="not all of it"),
    ],
)
def test_the_night_finds_what_is_not_right(invoice: Invoice, damage: dict[str, Decimal]) -> None:
    euro_in_kroner("11.76")
    credited(invoice, a_part("172.47"))
    operations.make_due(LATER)
    assert list(stated.check(at=LATER)) == []

    with pgtrigger.ignore("documents.AccountingVat:append_only"):
        AccountingVat.objects.filter(original=invoice).update(**damage)

    breaches = list(stated.check(at=LATER))
    assert breaches
    assert all(breach.startswith("NO-") for breach in breaches)


def test_credits_of_before_at_the_rate_of_their_day_are_passed_over(invoice: Invoice) -> None:
    """And what is credited after them makes the whole come out."""
    euro_in_kroner("11.76")
    operations.make_due(ISSUED)
    credited(invoice, a_part("86.24"))
    operations.make_due(LATER)
    other = euro_in_kroner("12.00", on=LATER.date())
    with pgtrigger.ignore("documents.AccountingVat:append_only"):
        AccountingVat.objects.filter(original=invoice).update(
            exchange_rate=other, amount=Decimal("258.72")
        )
    Rendering.objects.exclude(invoice=invoice).update(edition=editions.FIRST)
    last = credited(invoice, a_part("86.23"))

    operations.make_due(LATER)

    assert kroner(last) == "248.37"
    assert list(stated.check(at=LATER)) == []
