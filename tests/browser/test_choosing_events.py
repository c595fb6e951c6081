"""What a webhook is told of: ticked one by one, or all of a subject at once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from portal.demo import people
from portal.demo.customers import create_demo_customers

if TYPE_CHECKING:
    from tests.browser.conftest import Door

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ORDERED_AT = dt.datetime(2026, 10, 31, 9, 0, tzinfo=dt.UTC)


def test_all_of_a_subject_are_ticked_at_once(door: Door) -> None:
    demo = create_demo_customers(at=ORDERED_AT)
    lars = door.visitor(who=people.OWNER)
    lars.go(reverse("pages:webhook_add", args=[demo.dutch.pk]))
    tenants = lars.page.get_by_role("group", name="Tenants", exact=True)
    every = tenants.get_by_label("All of these")
    registered = tenants.get_by_label("A tenant was registered")
    ticked = lars.page.locator("[name=event_types]:checked")

    every.check()
    expect(ticked).to_have_count(7)

    registered.uncheck()
    expect(every).not_to_be_checked()
    expect(every).to_have_js_property("indeterminate", value=True)

    registered.check()
    expect(every).to_be_checked()

    every.uncheck()
    expect(ticked).to_have_count(0)
