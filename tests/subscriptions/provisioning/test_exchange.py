"""A run of many requests may take longer than a signature is good for: five minutes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from customers import clock
from portal.operation_center import contract
from subscriptions.provisioning import delivery, reconciliation, reports
from subscriptions.provisioning.models import Attempt
from tests.factories.customers import TenantFactory
from tests.subscriptions.provisioning.test_delivery import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from customers.models import Tenant

SIX_MINUTES = dt.timedelta(minutes=6)


@pytest.fixture
def tenants(known: Callable[..., None], db: None) -> list[Tenant]:
    found: list[Tenant] = [TenantFactory() for _each in range(3)]
    known(*found)
    return found


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, operation_center: object) -> Iterator[None]:
    """Each answer takes six minutes."""
    traveller = time_machine.travel(clock.real_now(), tick=False)
    moved = traveller.start()

    def slowly(answer: Callable[..., Any]) -> Callable[..., Any]:
        def answer_late(*arguments: Any) -> Any:
            moved.shift(SIX_MINUTES)
            return answer(*arguments)

        return answer_late

    monkeypatch.setattr(contract, "take_facts", slowly(contract.take_facts))
    monkeypatch.setattr(contract, "report_tenants", slowly(contract.report_tenants))
    yield
    traveller.stop()


@pytest.mark.usefixtures("slow")
def test_each_request_of_a_delivery_is_signed_when_it_is_made(
    tenants: list[Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "FACTS_OF_ONE_TENANT", 1)
    told(tenants[0], 3)

    assert delivery.deliver_due(now=clock.now, real_now=clock.real_now) == 3

    assert list(Attempt.objects.values_list("status", flat=True)) == [200] * 3


@pytest.mark.usefixtures("slow")
def test_each_page_of_a_report_is_asked_for_with_a_signature_of_its_own(
    tenants: list[Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "PAGE", 1)

    run = reconciliation.reconcile(by=None, now=clock.now, real_now=clock.real_now)

    assert run.trouble == ""
