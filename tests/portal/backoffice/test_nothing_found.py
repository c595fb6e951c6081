"""A search that finds nothing says so: it does not read as if there were nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client

    from billing.models import BillingRun
    from customers.models import Person


@pytest.mark.parametrize(
    ("name", "query", "found_none", "there_is_none"),
    [
        ("refused_usage", "customer=x", "No refused use matches", "Nothing was refused"),
        ("applications", "q=x", "No application matches", "No applications"),
        ("authorisations", "q=x", "No authorisation matches", "No applications"),
        ("invoices", "q=x", "No invoice matches", "No invoices"),
        ("platform_facts", "tenant=x", "No fact matches", "No facts"),
    ],
)
def test_of_a_list(
    client: Client,
    operations: Person,
    shop: None,
    name: str,
    query: str,
    found_none: str,
    there_is_none: str,
) -> None:
    client.force_login(operations)
    address = reverse(f"backoffice:{name}")

    everything = client.get(address).content.decode()
    nothing = client.get(f"{address}?{query}").content.decode()

    assert there_is_none in everything
    assert found_none not in everything
    assert found_none in nothing
    assert there_is_none not in nothing
    assert nothing.count(f'href="{address}"') > everything.count(f'href="{address}"')


def test_of_those_who_are_held_in_a_run(
    client: Client, billing: Person, finished: BillingRun
) -> None:
    client.force_login(billing)
    address = reverse("backoffice:run_items", args=[finished.pk])

    searched = client.get(f"{address}?q=nobody").content.decode()
    settled = client.get(f"{address}?cause=no_rule").content.decode()

    assert "No customer matches" in searched
    assert "Nobody is held or failed here" not in searched
    assert "No customer matches" not in settled
    assert "Nobody is held or failed here" in settled
    for nothing in (searched, settled):
        assert f'href="{address}"' in nothing
