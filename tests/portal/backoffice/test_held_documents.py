"""Documents that are held or failed: why, in words, and where it is put right."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import reverse

from billing.documents import operations
from billing.documents.models import ExchangeRate, Rendering
from tests.factories.documents import CASES, ISSUED, issued

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from billing.models import Invoice
    from customers.models import Person

NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
RATE = {"pair": "EUR/NOK", "on": "2026-10-30", "rate": "11.76", "source": "Norges Bank"}


@pytest.fixture
def held(db: None) -> Invoice:
    """VAT in euros of a Norwegian seller, and nobody entered what a euro was worth."""
    invoice = issued(CASES["NO to NO, in euros"])
    operations.make_due(ISSUED)
    return invoice


@pytest.fixture
def signed_in(client: Client, billing: Person) -> Iterator[Client]:
    with time_machine.travel(NOON, tick=False):
        client.force_login(billing)
        yield client


def test_a_missing_rate_is_said_in_words_and_leads_to_where_it_is_entered(
    signed_in: Client, held: Invoice
) -> None:
    text = signed_in.get(reverse("backoffice:documents")).content.decode()

    assert "no exchange rate is known for the invoice date" in text
    assert "exchange_rate_missing" not in text
    address = f"{reverse('backoffice:exchange_rates')}?pair=EUR%2FNOK&on=2026-11-01"
    assert address.replace("&", "&amp;") in text
    form = signed_in.get(address).content.decode()
    assert '<option value="EUR/NOK" selected>' in form
    assert 'value="2026-11-01"' in form


def test_as_csv(signed_in: Client, held: Invoice) -> None:
    answer = signed_in.get(reverse("backoffice:documents"), {"format": "csv"})

    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["Number"] == held.number
    assert row["Customer"] == held.organisation.name
    assert row["Outcome"] == "Held by a rule"
    assert row["Because"].startswith("The VAT must be stated in another currency too")
    assert row["Cause"] == "exchange_rate_missing"
    assert row["Attempts"] == "1"


def test_what_waited_for_a_rate_is_made_once_it_is_entered(
    signed_in: Client, billing: Person, held: Invoice
) -> None:
    answer = signed_in.post(reverse("backoffice:exchange_rates"), RATE, follow=True)
    operations.make_due(ISSUED + dt.timedelta(days=40))

    assert "Entered. Documents that waited for it are made in a moment." in answer.content.decode()
    rate = ExchangeRate.objects.get()
    assert (rate.currency, rate.in_currency, rate.rate) == ("EUR", "NOK", Decimal("11.76"))
    assert (rate.on, rate.entered_by) == (dt.date(2026, 10, 30), billing)
    rendering = Rendering.objects.get()
    assert (rendering.status, rendering.exchange_rate, rendering.retried_by) == (
        "ready",
        rate,
        billing,
    )
    text = signed_in.get(reverse("backoffice:exchange_rates"), {"format": "csv"}).content.decode()
    assert text.splitlines()[1] == f"2026-10-30,EUR,NOK,11.760000,Norges Bank,{billing.name}"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"on": "2026-10-25"}, id="of another week"),
        pytest.param({"pair": "NOK/EUR", "rate": "0.085"}, id="the other way round"),
    ],
)
def test_another_rate_helps_nothing(
    signed_in: Client, held: Invoice, other: dict[str, str]
) -> None:
    signed_in.post(reverse("backoffice:exchange_rates"), RATE | other)

    assert ExchangeRate.objects.count() == 1
    assert Rendering.objects.get().status == "held"


@pytest.mark.parametrize(
    ("said", "status", "problem"),
    [
        ({}, 409, "has been entered already"),
        ({"on": "2027-02-01"}, 409, "has not come yet"),
        ({"on": "2026-10-31", "rate": "117.6"}, 409, "far from the last rate"),
        ({"on": "2026-10-31", "rate": "0"}, 422, "greater than or equal to"),
    ],
)
def test_what_cannot_be_a_rate_is_refused(
    signed_in: Client, said: dict[str, str], status: int, problem: str
) -> None:
    address = reverse("backoffice:exchange_rates")
    signed_in.post(address, RATE)

    answer = signed_in.post(address, RATE | said)

    assert answer.status_code == status
    assert problem in answer.content.decode()
    assert ExchangeRate.objects.count() == 1


def test_a_rate_far_from_the_last_is_entered_by_who_is_certain(signed_in: Client) -> None:
    address = reverse("backoffice:exchange_rates")
    signed_in.post(address, RATE)

    signed_in.post(address, RATE | {"on": "2026-10-31", "rate": "23.5", "is_certain": "on"})

    assert ExchangeRate.objects.filter(rate=Decimal("23.5")).exists()


@pytest.mark.parametrize(
    ("status", "cause", "words"),
    [
        ("held", "BR-NL-10", "The electronic invoice breaks the rule BR-NL-10."),
        ("failed", "NotTypeset", "The PDF could not be made of what the invoice says"),
        ("failed", "NoVerdict", "What judges electronic invoices gave no answer."),
        ("failed", "WorkerLost", "Each attempt ended its worker"),
        ("failed", "OperationalError", "It failed: OperationalError"),
    ],
)
def test_each_cause_has_its_words(signed_in: Client, status: str, cause: str, words: str) -> None:
    Rendering.objects.create(invoice=issued(), status=status, cause=cause)

    text = signed_in.get(reverse("backoffice:documents")).content.decode()

    assert words in text
    mended_by_another_invoice = cause in ("BR-NL-10", "NotTypeset")
    assert ("then cancel and reissue the invoice" in text) is mended_by_another_invoice
