"""Another price, in Dutch: made by sales, seen by a customer, and in what an order would cost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from catalog.models import PriceVersion
from portal.demo import people
from portal.demo.customers import create_demo_customers
from portal.formatting import money_text
from tests.browser.conftest import set_clock

if TYPE_CHECKING:
    from tests.browser.conftest import Door

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
]

MORNING = dt.datetime(2026, 11, 16, 9, 0, tzinfo=dt.UTC)


def euro(amount: str) -> str:
    return money_text(Decimal(amount), "EUR", "nl").replace("\xa0", " ")


def test_a_price_is_made_and_asked_of_who_orders_then(door: Door) -> None:
    set_clock(MORNING)
    call_command("load_catalogue", verbosity=0)
    demo = create_demo_customers(at=MORNING)

    cas = door.visitor(language="nl", who=people.SALES)
    words = cas.words
    cas.go("/backoffice/prices/")
    cas.follow_name("Ontwikkeltools, EUR", within="main")
    cas.follow("New price")
    cas.write("valid_from", "2026-11-16")
    cas.write("licence_unit_amount", "612,50")
    cas.press("Show what changes")
    cas.reads(euro("588"), euro("612.50"), words("Who pays what now"))
    assert not PriceVersion.objects.filter(by_staff=True).exists()
    cas.write("reason", "Loonkosten")
    cas.press("Make this price")
    cas.reads(words("Our staff"), euro("612.50"), "Loonkosten")
    assert PriceVersion.objects.get(by_staff=True).components.get().unit_amount == Decimal("612.50")

    eva = door.visitor(language="nl", who=people.OWNER)
    eva.go(f"/organisations/{demo.dutch.pk}/catalogue/")
    eva.reads(euro("612.50"))
    eva.does_not_read(euro("588"))
    eva.follow_name("Ontwikkeltools", within="main")
    eva.reads(euro("612.50"), euro("604"))
    eva.follow("Subscribe")
    eva.choose("tenant", "Cust24110")
    eva.press("See what it costs")
    # 15 of November's 30 days, and a whole December.
    eva.reads(euro("306.25"), euro("612.50"))

    call_command("load_catalogue", verbosity=0)
    eva.go(f"/organisations/{demo.dutch.pk}/catalogue/")
    eva.reads(euro("612.50"))
