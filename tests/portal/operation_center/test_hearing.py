"""The receiver of the demo's webhooks: each message once, with whether it was signed."""

from __future__ import annotations

import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from customers import clock
from portal.operation_center import hearing, state
from portal.webhooks.payloads import trial_message
from subscriptions.provisioning.signing import signed_headers
from tests.factories.customers import LONG_AGO, OrganisationFactory
from tests.factories.webhooks import SECRET, attempt

if TYPE_CHECKING:
    from pytest_django import Settings

    from customers.models import Organisation
    from portal.operation_center.server import OperationCenter
    from portal.webhooks.sending import Outcome

OTHER = "whsec_b3RoZXIgc2VjcmV0LCBhbHNvIG5vYm9keSdzIHJlYWw="


@pytest.fixture
def center(operation_center: OperationCenter, settings: Settings) -> OperationCenter:
    settings.WEBHOOKS_INTERNAL_NETWORKS = ["127.0.0.0/8"]
    operation_center.settings = replace(operation_center.settings, heard_secrets=[OTHER, SECRET])
    return operation_center


@pytest.fixture
def organisation() -> Organisation:
    return OrganisationFactory.build(pk=7, customer_number="10007")


def send(
    center: OperationCenter,
    organisation: Organisation,
    *,
    receiver: str = "orders",
    secret: str = SECRET,
    body: str = "",
) -> Outcome:
    body = body or trial_message(organisation, name="first", at=LONG_AGO)
    headers = signed_headers("any", body, with_secrets=[secret], at=clock.real_now())
    return attempt(f"{center.url}{hearing.BELOW}{receiver}", body, headers)


def page(center: OperationCenter) -> str:
    with urllib.request.urlopen(f"{center.url}/", timeout=10) as answer:
        return str(answer.read().decode())


def test_a_message_is_shown_with_its_receiver_and_a_good_signature(
    center: OperationCenter, organisation: Organisation
) -> None:
    assert send(center, organisation).status == 200

    [heard] = center.kept.heard(limit=10)
    assert (heard.receiver, heard.message_id, heard.type) == (
        "orders",
        "evt_7_test_first",
        "webhook.test",
    )
    assert heard.is_signed
    html = page(center)
    assert "<td>orders</td>" in html
    assert "<td>good</td>" in html


def test_the_same_message_again_is_one_message(
    center: OperationCenter, organisation: Organisation
) -> None:
    send(center, organisation)
    send(center, organisation)
    send(center, organisation, receiver="accounting")

    assert {each.receiver: each.attempts for each in center.kept.heard(limit=10)} == {
        "orders": 2,
        "accounting": 1,
    }


def test_what_nobody_known_signed_is_shown_as_that(
    center: OperationCenter, organisation: Organisation
) -> None:
    send(center, organisation, secret="whsec_c29tZWJvZHkgZWxzZQ==")

    [heard] = center.kept.heard(limit=10)
    assert not heard.is_signed
    assert "<td>not known here</td>" in page(center)


def test_the_broken_receiver_fails_always(
    center: OperationCenter, organisation: Organisation
) -> None:
    assert send(center, organisation, receiver=hearing.BROKEN).status == 503
    assert center.kept.heard(limit=10)[0].receiver == hearing.BROKEN


@pytest.mark.parametrize("body", ["nothing", "[]", '"text"', '{"id": "evt_1"}'])
def test_what_is_no_message_is_refused(
    center: OperationCenter, organisation: Organisation, body: str
) -> None:
    assert send(center, organisation, body=body).status == 400
    assert center.kept.heard(limit=10) == []


def test_markup_in_a_message_stays_text(
    center: OperationCenter, organisation: Organisation
) -> None:
    send(center, organisation, body='{"id": "<b>1</b>", "type": "<script>"}')

    html = page(center)
    assert "&lt;b&gt;1" in html
    assert "<script>" not in html


def test_the_oldest_go(
    center: OperationCenter, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MOST_HEARD", 2)

    for number in range(3):
        send(center, organisation, body=f'{{"id": "{number}", "type": "webhook.test"}}')

    assert [each.message_id for each in center.kept.heard(limit=10)] == ["2", "1"]
