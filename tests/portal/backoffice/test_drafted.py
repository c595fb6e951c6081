"""Staff see the lines of what would be issued: from the function that makes the invoices."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from billing.models import Invoice
from billing.operations import runs
from customers import clock
from customers.models import Organisation
from tests.portal.backoffice.conftest import AMSTERDAM, NOVEMBER
from tests.portal.backoffice.test_run_console import set_policy

if TYPE_CHECKING:
    from django.test import Client

    from billing.models import BillingRun, RunItem
    from catalog.models import Seller
    from customers.models import Person

pytestmark = pytest.mark.usefixtures("woken")


def section(html: str, name: str) -> str:
    """The text of the card with that title's id."""
    found = re.search(
        rf'<section class="card" aria-labelledby="{name}">(.*?)</section>', html, re.DOTALL
    )
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def item_of(run: BillingRun, name: str) -> RunItem:
    return run.items.get(organisation__name=name)


def get(client: Client, name: str, *args: int) -> str:
    html = client.get(reverse(f"backoffice:{name}", args=args)).content.decode()
    return html.replace("\xa0", " ")


def test_of_what_is_held_for_its_vat(client: Client, billing: Person, finished: BillingRun) -> None:
    item = item_of(finished, "Gamma GmbH")
    client.force_login(billing)

    shown = section(get(client, "run_item", finished.pk, item.pk), "drafted")

    assert (
        "Development Tools · licence 16–31 October 2030 · 16 of 31 days 1 €49.00 – €25.29" in shown
    )
    assert "Development Tools · licence 1–30 November 2030 1 €49.00 – €49.00" in shown
    assert "Total, excl. VAT €74.29" in shown
    assert "Total the VAT is not decided yet Not known" in shown


def test_of_what_a_bound_holds(
    client: Client, billing: Person, seller: Seller, customers: list[Organisation]
) -> None:
    set_policy(seller, billing, needs_approval=False, most_lines=1)
    run = runs.complete(runs.open_run(seller, NOVEMBER, at=clock.now()), at=clock.now())
    client.force_login(billing)

    shown = section(get(client, "run_item", run.pk, item_of(run, "Alfa B.V.").pk), "drafted")

    assert "1–30 November 2030 1 €49.00 21% €49.00" in shown
    assert "Total, excl. VAT €74.29 VAT 21% of €74.29 €15.60 Total €89.89" in shown


def test_what_is_done_or_closed_has_none(
    client: Client, billing: Person, finished: BillingRun
) -> None:
    client.force_login(billing)

    html = get(client, "run_item", finished.pk, item_of(finished, "Alfa B.V.").pk)

    assert section(html, "item")
    assert not section(html, "drafted")


def test_the_customers_page_has_the_next_one(
    client: Client, billing: Person, finished: BillingRun
) -> None:
    """To the cent what the run then issues; of who was left out with the month before."""
    client.force_login(billing)
    pages = {
        name: section(get(client, "customer", Organisation.objects.get(name=name).pk), "next")
        for name in ("Alfa B.V.", "Beta GmbH", "Gamma GmbH")
    }

    december = NOVEMBER.next
    runs.run_due(at=dt.datetime(2030, 12, 1, 0, 5, tzinfo=AMSTERDAM))

    assert pages["Alfa B.V."].startswith("What would be issued for December 2030 Invoice")
    for invoice in Invoice.objects.with_names().filter(month=december.first_day):
        page = pages[invoice.organisation.name]
        assert f"Total, excl. VAT €{invoice.net}" in page
        assert f"Total €{invoice.gross}" in page
    assert "Total, excl. VAT €123.29" in pages["Gamma GmbH"]  # October, November and December


def test_a_month_that_waits_for_approval_comes_first(
    client: Client, billing: Person, seller: Seller, customers: list[Organisation]
) -> None:
    set_policy(seller, billing, needs_approval=True)
    runs.open_run(seller, NOVEMBER, at=clock.now())
    client.force_login(billing)

    html = get(client, "customer", customers[0].pk)

    assert section(html, "next").startswith("What would be issued for November 2030")
    assert "Total, excl. VAT €74.29" in section(html, "next")
    assert "What would be issued for December 2030" in html


def test_nothing_to_come_is_no_card(
    client: Client, billing: Person, customer: Organisation
) -> None:
    client.force_login(billing)

    assert not section(get(client, "customer", customer.pk), "next")
