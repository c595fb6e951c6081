from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from billing.operations import runs
from catalog.models import Seller
from customers import clock
from tests.factories.billing import AMSTERDAM, subscriber

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from customers.models import Person

ADDRESS = reverse("backoffice:journal", query={"seller": "nl", "month": "2030-11"})


@pytest.fixture
def issued(shop: None) -> None:
    """November 2030, one invoice of EUR 59.29 and the part of October."""
    subscriber(dt.datetime(2030, 10, 16, 12, 0, tzinfo=AMSTERDAM), name="Alfa B.V.")
    clock.move_to(dt.datetime(2030, 11, 4, 12, 0, tzinfo=AMSTERDAM))
    runs.run_due(at=clock.now())


def test_a_month_is_shown_per_account(client: Client, billing: Person, issued: None) -> None:
    client.force_login(billing)

    page = client.get(ADDRESS).content.decode()

    assert "Journal of November 2030" in page
    assert "1 document, per account" in page
    for shown in ("1300", "1500-S-21", "8000-development-tools", "€89.89", "€74.29", "€15.60"):
        assert shown in page.replace("\N{NO-BREAK SPACE}", " ")


def test_a_month_without_documents_says_so(client: Client, billing: Person, shop: None) -> None:
    client.force_login(billing)

    assert "Nothing was issued in this month" in client.get(ADDRESS).content.decode()


def test_which_month_is_asked_first(client: Client, billing: Person, shop: None) -> None:
    client.force_login(billing)

    response = client.get(reverse("backoffice:journal"))

    assert response.status_code == 200
    assert "Download" not in response.content.decode()


@pytest.mark.parametrize("name", ["journal", "preview_month"])
@pytest.mark.parametrize("month", ["9999-12", "0001-01"])
def test_a_month_of_another_century_is_none(
    client: Client, billing: Person, shop: None, name: str, month: str
) -> None:
    client.force_login(billing)

    page = client.get(reverse(f"backoffice:{name}", query={"seller": "nl", "month": month}))

    assert "Write the month as year and number, such as 2026-11." in page.content.decode()


def test_as_csv(client: Client, billing: Person, issued: None) -> None:
    client.force_login(billing)

    response = client.get(f"{ADDRESS}&format=csv")

    header, *rows = response.content.decode("utf-8-sig").splitlines()
    assert header.startswith("Date,Number,Account,Name of the account,Customer number")
    assert [row.split(",")[-2:] for row in rows] == [["89.89", ""], ["", "74.29"], ["", "15.60"]]
    assert {row.split(",")[1] for row in rows} == {"NL-2030-000001"}


def test_as_audit_file(client: Client, billing: Person, issued: None) -> None:
    client.force_login(billing)

    response = client.get(f"{ADDRESS}&format=xaf")

    assert response["Content-Disposition"] == 'attachment; filename="journal-nl-2030-11.xaf"'
    assert ET.fromstring(response.content).tag == "{http://www.auditfiles.nl/XAF/3.2}auditfile"


@pytest.mark.parametrize("ending", ["csv", "xaf"])
def test_by_command(issued: None, tmp_path: Path, ending: str) -> None:
    printed = StringIO()

    call_command(
        "export_journal",
        *("--seller", "nl", "--month", "2030-11", "--format", ending, "--folder", str(tmp_path)),
        stdout=printed,
    )

    written = tmp_path / f"journal-nl-2030-11.{ending}"
    assert b"8000-development-tools" in written.read_bytes()
    assert "1 documents" in printed.getvalue()


@pytest.mark.parametrize(
    "wrong", [("--seller", "xx", "--month", "2030-11"), ("--seller", "nl", "--month", "november")]
)
def test_a_wrong_command_writes_nothing(issued: None, tmp_path: Path, wrong: tuple[str]) -> None:
    with pytest.raises(CommandError):
        call_command("export_journal", *wrong, "--folder", str(tmp_path))

    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def in_another_currency(issued: None) -> None:
    Seller.objects.filter(code="nl").update(currency="NOK")


def test_an_audit_file_in_two_currencies_is_refused_on_the_page(
    client: Client, billing: Person, in_another_currency: None
) -> None:
    client.force_login(billing)

    response = client.get(f"{ADDRESS}&format=xaf")

    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "take the CSV" in response.content.decode()


def test_and_leaves_no_file_behind(in_another_currency: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="take the CSV"):
        call_command(
            "export_journal",
            *("--seller", "nl", "--month", "2030-11", "--format", "xaf"),
            *("--folder", str(tmp_path)),
        )

    assert list(tmp_path.iterdir()) == []
