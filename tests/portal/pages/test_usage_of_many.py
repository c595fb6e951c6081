"""Use of more tenants than a page holds: asked for as sums, shown a page at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Tenant
from portal.responses.lists import ROWS_OF_SEVERAL
from tests.factories.customers import TenantFactory
from tests.factories.usage import count, open_metered_services

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from django.test import Client

    from customers.models import Organisation

    type Address = Callable[..., str]

MORE = 5  # tenants than a page holds
DAYS = ("2026-11-05", "2026-11-06")


@pytest.fixture(autouse=True)
def many(customer: Organisation, noon: time_machine.Traveller) -> None:
    open_metered_services()
    for number in range(ROWS_OF_SEVERAL + MORE):
        tenant = TenantFactory(organisation=customer, name=f"Vestiging {number:03}")
        for day in DAYS:
            count(tenant, day, 100)


def test_a_page_holds_some_of_the_sums_and_the_chart_all_of_them(
    signed_in: Client, page: Address
) -> None:
    first = signed_in.get(page("usage"))
    last = signed_in.get(page("usage"), {"page": "2", "places": "2"})

    assert len(first.context["rows"]) == len(first.context["places"]) == ROWS_OF_SEVERAL
    assert len(last.context["rows"]) == len(last.context["places"]) == MORE
    assert first.context["rows"][0].quantity == "200"
    assert last.context["rows"][-1].tenant.startswith(f"Vestiging {ROWS_OF_SEVERAL + MORE - 1:03}")
    chart = last.context["charts"][0]
    assert [bar.quantity for bar in chart.bars] == ["1,500", "1,500"]
    assert [(mark.text, mark.at) for mark in chart.scale] == [
        ("0", 120),
        ("800", 60),
        ("1,600", 0),
    ]
    assert {bar.height for bar in chart.bars} == {112}
    assert [mark.text for mark in chart.days] == ["1 Nov", "8 Nov", "15 Nov", "22 Nov", "29 Nov"]
    assert ": 1,500</title>" in last.content.decode()


def test_the_page_names_its_parts_above_them(signed_in: Client, page: Address) -> None:
    asked = {"tenant": Tenant.objects.get(name="Vestiging 000").pk}

    text = signed_in.get(page("usage"), asked).content.decode()

    _before, rest = text.split('aria-label="On this page"')
    named = re.findall(r'href="#([^"]+)"', rest.split("</nav>")[0])
    assert named == ["allowance", "api-calls", "applications", "days"]
    for each in named:
        assert f'id="{each}"' in rest


def test_days_are_opened_by_how_many_there_are_and_stay_open(
    signed_in: Client, page: Address
) -> None:
    asked = {"application": "crm-sync"}

    closed = signed_in.get(page("usage"), asked).content.decode()
    turned = signed_in.get(page("usage"), {**asked, "days": "2"}).content.decode()

    assert "<details open>" not in closed
    assert "30 lines" in closed
    assert turned.count("<details open>") == 1


def test_two_tables_turn_their_pages_apart(signed_in: Client, page: Address) -> None:
    text = signed_in.get(page("usage"), {"page": "2", "month": "2026-11"}).content.decode()

    assert "?page=2&amp;month=2026-11&amp;places=2" in text
    assert "?page=1&amp;month=2026-11" in text


def test_days_are_read_for_the_csv_alone(
    signed_in: Client, customer: Organisation, page: Address
) -> None:
    with CaptureQueriesContext(connection) as context:
        signed_in.get(page("usage"))
        before = len(context)

    for number in range(10):
        count(TenantFactory(organisation=customer), "2026-11-07", number + 1)
    with CaptureQueriesContext(connection) as context:
        signed_in.get(page("usage"))
        asked = [each["sql"] for each in context.captured_queries]
    csv = signed_in.get(page("usage"), {"format": "csv"}).content.decode()

    assert len(asked) == before
    of_days = [sql for sql in asked if "metering_dailytotal" in sql]
    assert of_days
    assert all("GROUP BY" in sql or "DISTINCT" in sql for sql in of_days)
    assert len(csv.splitlines()) == 1 + len(DAYS) * (ROWS_OF_SEVERAL + MORE) + 10
