"""A platform that says something odd of one tenant's fact keeps nobody else waiting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portal.operation_center import contract, state
from portal.operation_center.contract import Reply
from subscriptions.provisioning.models import Attempt, Fact, Feed
from tests.factories.customers import TenantFactory
from tests.subscriptions.provisioning.test_delivery import deliver, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.operation_center.server import OperationCenter

pytestmark = pytest.mark.django_db

REFUSED = {"outcome": "refused"}
NOT_MENTIONED = "not mentioned in the answer"
NESTED: list[Any] = []
for _level in range(400):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    ("odd", "detail"),
    [
        pytest.param(REFUSED | {"reason": "a\x00b"}, "ab", id="NUL"),
        pytest.param(REFUSED | {"reason": "a\ud800b"}, "a?b", id="half a pair"),
        pytest.param(REFUSED | {"reason": NESTED}, "the reason is no text", id="no text"),
        pytest.param({"id": ["x"], "outcome": "applied"}, NOT_MENTIONED, id="a list as id"),
        pytest.param({"id": {"x": 1}, "outcome": "applied"}, NOT_MENTIONED, id="an object as id"),
        pytest.param({"id": None, "outcome": "applied"}, NOT_MENTIONED, id="no id"),
        pytest.param({"outcome": ["applied"]}, "", id="a list as outcome"),
    ],
)
def test_what_is_odd_is_the_trouble_of_its_own_tenant(
    operation_center: OperationCenter,
    known: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    odd: dict[str, Any],
    detail: str,
) -> None:
    strange, other = TenantFactory(), TenantFactory()
    known(strange, other)
    [fact], _others = told(strange, 1), told(other, 1)
    take_facts = contract.take_facts

    def say_it_oddly(kept: state.State, body: bytes) -> Reply:
        others = [each for each in json.loads(body)["facts"] if each["id"] != str(fact.pk)]
        said = [{"id": str(fact.pk), **odd}]
        if others:
            said += take_facts(kept, json.dumps({"facts": others}).encode()).content["results"]
        return Reply(200, {"results": said})

    monkeypatch.setattr(contract, "take_facts", say_it_oddly)

    assert deliver() == 1

    assert list(Fact.objects.waiting()) == [fact]
    assert Attempt.objects.exists()
    [feed] = Feed.objects.failing()
    assert (feed.pk, feed.trouble, feed.detail) == (strange.pk, "refused", detail)
