from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management.base import CommandError

from customers import clock
from customers.models import Duty
from portal.webhooks.models import Event, Stream
from portal.webhooks.operations.dispatching import dispatch
from subscriptions.provisioning.models import Fact
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.webhooks import EndpointFactory, something_happens

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

    from customers.models import Person
    from portal.operation_center.server import OperationCenter

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Person:
    return PersonFactory(staff=True, duties=[Duty.OPERATIONS])


def arguments(by: str, numbers: int = 1000) -> list[str]:
    return ["--reason", "Restored", "--by", by, "--webhook-numbers", str(numbers)]


def test_platform_and_receivers_are_told_with_numbers_that_they_do_not_know(
    operation_center: OperationCenter,
    known: Callable[..., None],
    operator: Person,
    run: Callable[..., str],
) -> None:
    tenant = TenantFactory()
    known(tenant)
    place = {"environment": tenant.environment, "identifier": tenant.identifier}
    lost = {"id": "lost", "tenant": place, "sequence": 1, "subject": "settings", "value": {}}
    operation_center.kept.apply([lost])
    numbered, unheard = EndpointFactory().organisation, EndpointFactory().organisation
    something_happens(numbered)
    dispatch(at=clock.now())

    printed = run("after_restore", *arguments(operator.email.upper()))

    assert printed.splitlines() == [
        "Organisations whose next webhook has a later number: 2",
        "Tenants that are told anew what they have: 1",
    ]
    assert Fact.objects.of(tenant).waiting().order_by("sequence")[0].sequence == 2
    for each in (numbered, unheard):
        something_happens(each)
    dispatch(at=clock.now())
    last = Event.objects.order_by("pk").values_list("organisation", "sequence")
    assert set(last[1:]) == {(numbered.pk, 1002), (unheard.pk, 1001)}


def test_without_a_platform_the_webhooks_go_on_all_the_same(
    operator: Person, run: Callable[..., str], settings: Settings
) -> None:
    settings.OPERATION_CENTER_URL = ""
    organisation = EndpointFactory().organisation

    with pytest.raises(CommandError, match="does not report"):
        run("after_restore", *arguments(operator.email))

    assert Stream.objects.get(organisation=organisation).last_sequence == 1000


@pytest.mark.parametrize(
    ("email", "numbers", "why"),
    [
        pytest.param("nobody@example.com", 1000, "Nobody of operations", id="a stranger"),
        pytest.param("olaf@example.com", -1, "go on, not back", id="backwards"),
    ],
)
def test_what_is_refused_changes_nothing(
    run: Callable[..., str], email: str, numbers: int, why: str
) -> None:
    PersonFactory(staff=True, duties=[Duty.OPERATIONS], email="olaf@example.com")
    EndpointFactory()

    with pytest.raises(CommandError, match=why):
        run("after_restore", *arguments(email, numbers))

    assert not Stream.objects.exists()
    assert not Fact.objects.exists()
