"""The language of a new customer's invoices: proposed by the country, until somebody chooses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from portal.demo import people
from portal.demo.people import create_demo_person

if TYPE_CHECKING:
    from tests.browser.conftest import Door

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_it_goes_with_the_country_until_it_is_chosen(door: Door) -> None:
    create_demo_person(people.SALES)
    cas = door.visitor(who=people.SALES)
    cas.go(reverse("backoffice:new_customer"))
    country, language = (
        cas.page.locator(f"[name={name}]") for name in ("country", "invoice_language")
    )

    expect(language).to_have_value("nl")
    for code, proposed in (("DE", "de"), ("FR", "en"), ("SE", "sv")):
        country.select_option(code)
        expect(language).to_have_value(proposed)

    language.select_option("da")
    country.select_option("NO")
    expect(language).to_have_value("da")
