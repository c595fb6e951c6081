"""What a message of each type looks like: an example, made from the very schema it must fit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.webhooks.event_types import TEST_TYPE, documented
from portal.webhooks.payloads import schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal.webhooks.event_types import EventType

# What a field of this name might say.
SAMPLES: Mapping[str, str | int] = {
    "by": "person",
    "corrects": 40,
    "currency": "EUR",
    "customer_number": "50001",
    "from": "running",
    "id": 12,
    "identifier": "Cust12345",
    "included": 2000,
    "kind": "custom",
    "meter": "api-calls",
    "name": "Head office",
    "number": "NL-2026-00042",
    "partner": "Example Partners",
    "product": "development-tools",
    "public_endpoint": "https://crm.example.com",
    "reason": "",
    "scopes": "crm:write",
    "sequence": 7,
    "to": "suspended",
    "used": 1000,
    "version": 2,
}
BY_FORMAT = {"date-time": "2026-12-01T09:00:00Z", "date": "2026-12-01"}


@dataclass(frozen=True)
class Documented:
    event_type: EventType
    example: str
    schema: str


def documentation() -> list[Documented]:
    """Every type in the order of the table, with the test last."""
    return [
        Documented(each, _text(example_of(each)), _text(schema_of(each))) for each in documented()
    ]


def example_of(event_type: EventType) -> dict[str, Any]:
    schema = schema_of(event_type)
    example: dict[str, Any] = _example("", schema, schema["$defs"])
    example["id"] = "evt_12_7"
    if event_type is TEST_TYPE:
        example |= {"id": "evt_12_test_5f2c", "sequence": None}
        example["data"]["tenant"] = None
    return example


def _example(name: str, schema: Mapping[str, Any], defined: Mapping[str, Any]) -> Any:
    match schema:
        case {"$ref": reference}:
            return _example(name, defined[reference.rpartition("/")[2]], defined)
        case {"anyOf": [first, *_]}:
            return _example(name, first, defined)
        case {"properties": properties}:
            return {key: _example(key, part, defined) for key, part in properties.items()}
        case {"type": "array", "items": items}:
            return [_example(name, items, defined)]
        case {"type": "object"}:
            return {"sales-premium": 5}
        case _:
            return _value(name, schema)


def _value(name: str, schema: Mapping[str, Any]) -> Any:
    match schema:
        case {"const": value}:
            return value
        case {"enum": [first, *_]} | {"examples": [first, *_]}:
            return first
        case {"format": form}:
            return BY_FORMAT[form]
        case {"pattern": _}:
            return "588.00"
        case _:
            return SAMPLES[name]


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
