"""Which event an event is, and what it says: pure."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from billing.metering.events import Event, digest_of, key_of, read
from tests.factories.metering import body, event

UUID7 = "0199a1b2-3c4d-7e5f-8a6b-7c8d9e0f1a2b"


def digest(**fields: Any) -> int:
    [read_event] = read(body([event("Cust1", id="a") | fields]))
    assert isinstance(read_event, Event)
    return digest_of("key", read_event)


def test_a_key_is_of_tenant_source_and_id_alone() -> None:
    keys = {
        key_of(tenant, source, event_id)
        for tenant in (1, 11)
        for source in ("1", "11")
        for event_id in ("1", "11", UUID7)
    }

    assert len(keys) == 12
    assert key_of(1, "1", "1") == key_of(1, "1", "1")
    assert all(UUID(key).hex == key for key in keys)


@pytest.mark.parametrize(
    ("event_id", "keeps_its_front"),
    [
        pytest.param(UUID7, True, id="version 7"),
        pytest.param(UUID7.replace("-7e5f", "-4e5f"), False, id="version 4"),
        pytest.param(UUID7.replace("a", "x"), False, id="looks like one"),
    ],
)
def test_ids_in_order_of_time_give_keys_in_order(event_id: str, keeps_its_front: bool) -> None:
    assert key_of(1, "source", event_id).startswith("0199a1b23c4d") is keeps_its_front


def test_the_offset_of_an_instant_is_not_content() -> None:
    assert digest(time="2026-11-18T10:00:00Z") == digest(time="2026-11-18T11:00:00+01:00")


@pytest.mark.parametrize(
    "changed",
    [
        {"time": "2026-11-18T10:00:00.000001Z"},
        {"quantity": 6},
        {"meter": "api-records"},
        {"application": "shop"},
        {"class": "IncludedApps"},
        {"reason": "why"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_everything_else_is(changed: dict[str, Any]) -> None:
    assert digest(**changed) != digest()
    assert 0 <= digest(**changed) < 2**63


def test_a_batch_is_read_as_json_says_it() -> None:
    [read_event] = read(json.dumps({"events": [event("Cust1", id="€", quantity=7)]}).encode())

    assert isinstance(read_event, Event)
    assert (read_event.id, read_event.quantity, read_event.environment) == ("€", 7, "production")
