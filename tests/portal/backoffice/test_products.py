"""The page on which sales decide about the policies of a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from catalog.policies import WrongPolicy
from catalog.queries import current_version
from subscriptions.models import ProductDecision
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person
    from subscriptions.models import Subscription

pytestmark = pytest.mark.django_db

TOOLS = reverse("backoffice:product", args=[DEVELOPMENT_TOOLS])
WANTED = {
    "notice_days": 30,
    "cancel_at_month_end": "on",
    "restore_days": 60,
    "charged_while_suspended": "on",
    "reason": "Contracts run by the month.",
    "version": 1,
}


def test_sales_decide_for_who_orders_from_now_on(
    client: Client, sales: Person, subscription: Subscription
) -> None:
    client.force_login(sales)

    said = client.post(TOOLS, WANTED, follow=True).content.decode()

    policy = current_version(DEVELOPMENT_TOOLS).policy
    assert (policy.notice_days, policy.cancel_now, policy.restore_days) == (30, False, 60)
    subscription.refresh_from_db()
    assert subscription.product_version.policy.notice_days == 0  # as it was sold
    decision = ProductDecision.objects.get()
    assert (decision.decided_by, decision.product_version.number) == (sales, 2)
    assert all(text in said for text in ("Version 2", "Sanne Sales", str(WANTED["reason"])))
    assert "60" in client.get(reverse("backoffice:products")).content.decode()


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        pytest.param(
            {"cancel_at_month_end": ""}, 422, "There has to be a way to cancel.", id="no end"
        ),
        pytest.param({"notice_days": 367}, 422, "less than or equal to 366", id="too long"),
        pytest.param({"version": 7}, 409, "The product was changed meanwhile.", id="not as seen"),
        pytest.param({"reason": ""}, 422, "This field is required.", id="no reason"),
    ],
)
def test_what_cannot_be_is_refused(
    client: Client, sales: Person, shop: None, change: dict[str, object], status: int, sentence: str
) -> None:
    client.force_login(sales)

    refused = client.post(TOOLS, WANTED | change)

    assert refused.status_code == status
    assert sentence in refused.content.decode()
    assert not ProductDecision.objects.exists()
    assert current_version(DEVELOPMENT_TOOLS).number == 1


def test_the_order_of_a_copy_waits_for_staff(client: Client, sales: Person, shop: None) -> None:
    client.force_login(sales)

    refused = client.post(reverse("backoffice:product", args=[SANDBOX]), WANTED)

    assert "Staff make the copy, so the order waits." in refused.content.decode()
    assert not ProductDecision.objects.exists()


def test_what_only_the_catalogue_refuses_is_said_on_the_page(
    client: Client, sales: Person, shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_version: object, **_decision: object) -> None:
        raise WrongPolicy("a rule that the page does not know")

    monkeypatch.setattr("catalog.decisions.decide_policies", refuse)
    client.force_login(sales)

    refused = client.post(TOOLS, WANTED)

    assert refused.status_code == 409
    assert "cannot be sold with these policies together" in refused.content.decode()


def test_others_read(client: Client, billing: Person, shop: None) -> None:
    client.force_login(billing)

    assert TOOLS not in client.get(reverse("backoffice:products")).content.decode()
    assert client.post(TOOLS, WANTED).status_code == 403
    assert not ProductDecision.objects.exists()
