"""Ordering what has supplementary terms: on the customer's pages and at the vendor's desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import Duty
from subscriptions.models import AcceptedTerms, Subscription
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Organisation, Person, Tenant

MIRRORING = "database-mirroring"
SENTENCE = "I accept the supplementary terms and may bind the organisation."


@pytest.fixture
def asked(customer: Organisation, tenant: Tenant, signed_in: Client) -> dict[str, str]:
    """What the review page sends, but for the tick."""
    address = reverse("pages:subscribe_review", args=[customer.pk, MIRRORING])
    page = signed_in.get(address, {"tenant": tenant.pk})
    html = page.content.decode()
    assert SENTENCE in html
    assert "database-mirroring-terms-of-service" in html
    form = page.context["asked"]
    assert form["receiver"].value() == "Voorbeeld B.V."
    return page.context["hidden"] | {
        "terms": form["terms"].value(),
        "receiver": "Insight Partners",
    }


def test_without_the_tick_nothing_is_ordered(
    customer: Organisation, signed_in: Client, asked: dict[str, str]
) -> None:
    address = reverse("pages:subscribe_review", args=[customer.pk, MIRRORING])

    answer = signed_in.post(address, asked)

    assert answer.status_code == 422
    assert "Without the supplementary terms it cannot be ordered." in answer.content.decode()
    assert not Subscription.objects.exists()


def test_it_is_accepted_with_the_click_and_shown(
    customer: Organisation,
    signed_in: Client,
    owner: Person,
    asked: dict[str, str],
    client: Client,
) -> None:
    address = reverse("pages:subscribe_review", args=[customer.pk, MIRRORING])

    signed_in.post(address, asked | {"accepts_terms": "on"})

    kept = AcceptedTerms.objects.get()
    assert (kept.version, kept.receiver) == ("2018-05-25", "Insight Partners")
    order = kept.subscription
    theirs = signed_in.get(reverse("pages:subscription_detail", args=[customer.pk, order.pk]))
    client.force_login(PersonFactory(staff=True, duties=[Duty.SALES]))
    ours = client.get(reverse("backoffice:order", args=[order.pk]))
    for page in (theirs, ours):
        html = page.content.decode()
        assert "Supplementary terms accepted" in html
        assert f"Version 2018-05-25, by {owner}" in html
        assert "receiver of the data: Insight Partners" in html
    assert "Nobody has accepted the supplementary terms." not in ours.content.decode()


def test_staff_note_that_the_caller_accepts(
    customer: Organisation, tenant: Tenant, client: Client
) -> None:
    client.force_login(PersonFactory(staff=True, duties=[Duty.SALES]))
    address = reverse("backoffice:subscribe_review", args=[customer.pk, MIRRORING])
    page = client.get(address, {"tenant": tenant.pk})
    form = page.context["asked"]
    assert "Who asks accepts the supplementary terms" in page.content.decode()
    sent = page.context["hidden"] | {
        "terms": form["terms"].value(),
        "receiver": customer.name,
        "asked_by": "Els Bakker",
        "asked_on": form["asked_on"].value().isoformat(),
        "asked_how": "telephone",
    }

    without = client.post(address, sent)
    assert without.status_code == 422
    assert not Subscription.objects.exists()

    client.post(address, sent | {"accepts_terms": "on"})

    assert AcceptedTerms.objects.get().receiver == customer.name


def test_staff_see_that_an_older_order_has_none(
    customer: Organisation, signed_in: Client, asked: dict[str, str], client: Client
) -> None:
    address = reverse("pages:subscribe_review", args=[customer.pk, MIRRORING])
    signed_in.post(address, asked | {"accepts_terms": "on"})
    order = Subscription.objects.get()
    other = Subscription.objects.create(
        organisation=customer,
        tenant=None,
        product=order.product,
        product_version=order.product_version,
        price_version=order.price_version,
        status="requested",
        ordered_by=order.ordered_by,
        requested_at=order.requested_at,
    )
    client.force_login(PersonFactory(staff=True, duties=[Duty.SALES]))

    html = client.get(reverse("backoffice:order", args=[other.pk])).content.decode()
    refused = client.post(reverse("backoffice:confirm_order", args=[other.pk]), follow=True)

    assert "Not recorded" in html
    assert "Nobody has accepted the supplementary terms." in html
    assert "Somebody who may bind the organisation accepts" in refused.content.decode()
    other.refresh_from_db()
    assert other.status == "requested"
