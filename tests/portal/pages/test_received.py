"""Received = charged + free + refused: of a customer's month, on its page of use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from billing.metering.models import UsageClass
from tests.factories.metering import event, platform_credential, report
from tests.factories.usage import UNPRICED, count, open_metered_services
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from django.test import Client

    from billing.metering.models import ApiCredential
    from customers.models import Tenant
    from subscriptions.models import Subscription

    type Address = Callable[..., str]


@pytest.fixture(autouse=True)
def platform(
    subscription: Subscription, tenant: Tenant, noon: time_machine.Traveller
) -> ApiCredential:
    open_metered_services()
    return platform_credential()


def received(client: Client, address: str) -> dict[str, str] | None:
    shown = client.get(address).context["received"]
    if shown is None:
        return None
    parts = {part.name: part.events for part in shown.parts}
    return {**parts, "All together": shown.together}


def summary(client: Client, address: str) -> str:
    """What opens the card."""
    _before, card = client.get(address).content.decode().split('id="received"')
    return card.split("<summary>")[1].split("</summary>")[0]


def test_every_event_of_the_month_is_charged_free_or_refused(
    signed_in: Client, tenant: Tenant, platform: ApiCredential, page: Address
) -> None:
    own = str(tenant.identifier)
    report(
        event(own),
        event(own, **{"class": "IncludedApps"}),
        event(own, meter=UNPRICED),
        event(own, quantity=0),
        event(own, quantity=0),
        event(own, meter="coffee"),
        event("Cust404"),
        event(own, time="2026-08-31T22:30:00Z"),
        by=platform,
        at=NOON,
    )

    assert received(signed_in, page("usage")) == {
        "Counts": "1",
        "Free": "2",
        "Refused": "3",
        "A quantity below 1": "2",
        "No such meter": "1",
        "All together": "6",
    }
    assert summary(signed_in, page("usage")) == "Events: 6 · Refused: 3"
    assert received(signed_in, page("usage") + "?month=2026-09") == {
        "Counts": "0",
        "Free": "0",
        "Refused": "1",
        "Older than the meter accepts": "1",
        "All together": "1",
    }


def test_the_link_to_it_leads_into_what_is_closed(
    signed_in: Client, tenant: Tenant, platform: ApiCredential, page: Address
) -> None:
    """A browser opens what its target is in; beside it, what the link promises stays hidden."""
    report(event(tenant.identifier), by=platform, at=NOON)

    html = signed_in.get(page("usage")).content.decode()

    _before, card = html.split('id="received"')
    closed = card.split("</summary>")[1].split("</details>")[0]
    assert '<a href="#what-became">' in html
    assert 'id="what-became"' in closed


def test_a_month_of_which_all_was_refused_can_be_chosen(
    signed_in: Client, tenant: Tenant, platform: ApiCredential, page: Address
) -> None:
    report(event(tenant.identifier, time="2026-08-31T22:30:00Z"), by=platform, at=NOON)

    assert "September 2026" in signed_in.get(page("usage")).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("?month=2026-10", id="nothing was reported"),
        pytest.param("?meter=api-calls", id="a part of the use"),
        pytest.param("?month=2024-09", id="longer ago than refusals are kept"),
    ],
)
def test_it_is_not_said(
    signed_in: Client, tenant: Tenant, platform: ApiCredential, page: Address, query: str
) -> None:
    count(tenant, "2026-11-05", 10)
    count(tenant, "2024-09-05", 10, usage_class=UsageClass.INCLUDED_APPS)
    report(event(tenant.identifier, quantity=0), by=platform, at=NOON)

    assert received(signed_in, page("usage") + query) is None
