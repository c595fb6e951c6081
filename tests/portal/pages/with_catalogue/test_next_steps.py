"""What whoever has a product does next: said by its data file, on its page and in its letter."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import reverse

from catalog.models import ProductVersion
from customers import clock
from customers.models import OutgoingMail
from subscriptions.operations import orders, suspensions
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.shop import next_version
from tests.factories.subscriptions import cancel_as_read, confirm_set_up
from tests.portal.pages.with_catalogue.conftest import DUTCH, NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

GUIDE = "https://docs.superoffice.com/en/online/identity/scim/setup/setup-guide.html"


@pytest.fixture(autouse=True)
def soon() -> Iterator[time_machine.Traveller]:
    """An hour after what is ordered here."""
    with time_machine.travel(NOON + dt.timedelta(hours=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def scim(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    return orders.subscribe(customer, product_code="scim", by=owner, at=NOON)


def detail(client: Client, subscription: Subscription, **headers: str) -> str:
    address = reverse(
        "pages:subscription_detail", args=[subscription.organisation_id, subscription.pk]
    )
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_says_what_to_do_next(signed_in: Client, scim: Subscription) -> None:
    html = detail(signed_in, scim)

    assert "What to do next" in html
    assert "your CRM administrator finds both in SuperOffice Identity Manager" in html
    assert f'<a href="{GUIDE}" rel="external noreferrer">The guide to SCIM</a>' in html


def test_what_gives_nothing_now_has_no_next_step(
    signed_in: Client, scim: Subscription, owner: Person
) -> None:
    suspensions.suspend(scim, reason="Unpaid invoice", by=owner, at=NOON)

    assert "What to do next" not in detail(signed_in, scim)


def test_what_is_long_there_has_no_next_step(
    signed_in: Client, scim: Subscription, soon: time_machine.Traveller, owner: Person
) -> None:
    soon.move_to(NOON + dt.timedelta(days=15))
    signed_in.force_login(owner)

    assert "What to do next" not in detail(signed_in, scim)


def test_what_goes_has_no_next_step(signed_in: Client, scim: Subscription) -> None:
    cancel_as_read(scim, CancelWhen.MONTH_END, at=clock.now())

    assert "What to do next" not in detail(signed_in, scim)


def test_what_waits_for_us_has_no_next_step(
    signed_in: Client, customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    sandbox = orders.subscribe(
        customer,
        product_code="sandbox-production-environment",
        tenant=tenant,
        quantities={"sales-premium": 2},
        by=owner,
        at=NOON,
    )
    assert "What to do next" not in detail(signed_in, sandbox)

    confirm_set_up(sandbox, by=owner, at=NOON)

    assert "in the Operation Center under Test Environment Info" in detail(signed_in, sandbox)


def test_they_are_those_of_today_whatever_was_bought(signed_in: Client, scim: Subscription) -> None:
    texts = ProductVersion.objects.of("scim").current().get().texts
    texts["en"]["next_steps"] = [{"text": "Go to the new Identity Manager."}]
    next_version("scim", texts=texts)

    html = detail(signed_in, scim)

    assert "Go to the new Identity Manager." in html
    assert GUIDE not in html


def test_the_letter_says_them_in_the_readers_language(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    owner.language = "nl"
    owner.save()

    ordered = orders.subscribe(customer, product_code="scim", by=owner, at=NOON)

    [letter] = OutgoingMail.objects.filter(to=owner.email)
    before, _, steps = letter.body.partition("Zo gaat u verder:\n")
    assert steps.startswith("1. Wij melden de licentie meteen aan het CRM-platform.")
    assert f"\n   De handleiding voor SCIM: {GUIDE}\n4. Bepaal in Identity Manager" in steps
    assert f"/subscriptions/{ordered.pk}/" in steps
    assert "Identity Manager" not in before


def test_the_page_is_dutch_for_who_reads_dutch(signed_in: Client, scim: Subscription) -> None:
    html = detail(signed_in, scim, **DUTCH)

    assert "Zo gaat u verder" in html
    assert "uw CRM-beheerder vindt beide in SuperOffice Identity Manager" in html
