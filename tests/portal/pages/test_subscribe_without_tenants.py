"""Ordering for an organisation of which nobody has registered a tenant yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation


def test_without_a_tenant_the_page_says_who_registers_one(
    signed_in: Client, page: Callable[..., str], customer: Organisation
) -> None:
    for_tenant = signed_in.get(page("subscribe", DEVELOPMENT_TOOLS)).content.decode()
    for_all = signed_in.get(page("subscribe", SCIM)).content.decode()

    assert "No tenant yet" in for_tenant
    assert "Below you see why" not in for_tenant
    sentence = "There is no production tenant yet. Your contact registers your tenants first."
    assert sentence in for_all
    assert "It is available for" not in for_all
