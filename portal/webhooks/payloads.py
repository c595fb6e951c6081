"""From a row of the history to the message that receivers get. No secrets, no names of people."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct
from msgspec.json import schema_components

from portal.webhooks.event_types import (
    EVENT_TYPES,
    OF_TENANTS,
    TEST,
    TEST_TYPE,
    Id,
    Incomplete,
    Instant,
    Tested,
    Told,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from customers.models import History, Organisation, Tenant
    from portal.webhooks.event_types import EventType
    from subscriptions.applications.models import Authorisation


class Receiver(Struct, kw_only=True):
    id: Id
    customer_number: str


class Message(Struct, kw_only=True):
    """What is sent. `data` differs by `type`."""

    id: Annotated[str, Meta(description="The same at every attempt; also in `webhook-id`.")]
    type: str
    timestamp: Annotated[Instant, Meta(description="When it took effect.")]
    sequence: Annotated[
        int | None,
        Meta(description="1, 2, 3 … per organisation, without gaps. A test has none."),
    ]
    organisation: Annotated[Receiver, Meta(description="Who is told.")]
    by: Annotated[
        str,
        Meta(description="`person`, `token`, `staff`, `schedule` or `platform`: who did it."),
    ]
    data: msgspec.Raw


class Words(NamedTuple):
    """A message as the JSON that is sent, and why its details were left out, if they were."""

    body: str
    left_out: str = ""


def message_of(
    history: History,
    *,
    to: Organisation,
    sequence: int,
    authorisation: Authorisation | None,
) -> Words:
    """The message about `history` for `to`; `authorisation` is the subject, where it is one.

    Details that do not fit their type are left out, and the message says so: what comes after
    it must not wait, and its number must not be missing.
    """
    data, left_out = _data(EVENT_TYPES[history.verb], history, authorisation, to)
    message = Message(
        id=message_id(to.pk, sequence),
        type=history.verb,
        timestamp=_instant(history.at),
        sequence=sequence,
        organisation=_receiver(to),
        by=history.actor_kind,
        data=msgspec.Raw(msgspec.json.encode(data)),
    )
    return Words(_written(message), left_out)


def trial_message(to: Organisation, *, name: str, at: dt.datetime) -> str:
    """What the test button sends; `name` makes its id."""
    return _written(
        Message(
            id=f"evt_{to.pk}_test_{name}",
            type=TEST,
            timestamp=_instant(at),
            sequence=None,
            organisation=_receiver(to),
            by="person",
            data=msgspec.Raw(msgspec.json.encode(Tested())),
        )
    )


def message_id(organisation_id: int, sequence: int) -> str:
    return f"evt_{organisation_id}_{sequence}"


def id_in(body: str) -> str:
    """The id of a message, as its receivers know it."""
    return msgspec.json.decode(body, type=_WithId).id


def schema_of(event_type: EventType) -> dict[str, Any]:
    """JSON Schema (2020-12) of the message of this type."""
    told: list[type[Told]] = (
        [event_type.data] if event_type is TEST_TYPE else [event_type.data, Incomplete]
    )
    _, parts = schema_components([Message, *told], ref_template="#/$defs/{name}")
    message = parts.pop("Message")
    data = {"anyOf": [{"$ref": f"#/$defs/{each.__name__}"} for each in told]}
    properties = message["properties"] | {"type": {"const": event_type.verb}, "data": data}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **message,
        "properties": properties,
        "$defs": parts,
    }


class _WithId(Struct):
    id: str


def _data(
    event_type: EventType,
    history: History,
    authorisation: Authorisation | None,
    to: Organisation,
) -> tuple[Told, str]:
    always: dict[str, object] = {"tenant": _tenant(history.tenant), "reason": history.reason}
    found = dict(always)
    if event_type.verb in OF_TENANTS and history.tenant and history.organisation_id != to.pk:
        # Why is between the customer and us; what and whose is what its developers live by.
        always["reason"] = ""
        found = always | {"customer": _customer(history.tenant.organisation)}
    details: Mapping[str, object] = history.details
    found |= _subject(history, authorisation)
    fields = {field.encode_name for field in msgspec.structs.fields(event_type.data)}
    for name, value in details.items():
        if name in fields and name not in found:
            found[name] = value
    try:
        return msgspec.convert(found, event_type.data), ""
    except msgspec.ValidationError as wrong:
        return msgspec.convert(always | {"incomplete": True}, Incomplete), str(wrong)


def _subject(history: History, authorisation: Authorisation | None) -> dict[str, object]:
    """What the row is about, by its id and what it is called."""
    details, pk = history.details, history.subject_id
    match history.subject_type:
        case "subscription":
            return {"subscription": {"id": pk, "product": details.get("product", "")}}
        case "application":
            return {"application": {"id": pk, "name": details.get("application", "")}}
        case "invoice":
            return {"invoice": {"id": pk, "number": details.get("number", "")}}
        case "authorisation" if authorisation is not None:
            application, customer = authorisation.application, authorisation.tenant.organisation
            return {
                "authorisation": {"id": pk},
                "application": {"id": application.pk, "name": application.name},
                "customer": _customer(customer),
            }
        case _:
            return {}


def _customer(organisation: Organisation) -> dict[str, str]:
    return {"customer_number": organisation.customer_number, "name": organisation.name}


def _tenant(tenant: Tenant | None) -> dict[str, object] | None:
    if tenant is None:
        return None
    return {
        "id": tenant.pk,
        "name": tenant.name,
        "identifier": tenant.identifier or tenant.serial_number,
        "environment": tenant.environment,
    }


def _receiver(organisation: Organisation) -> Receiver:
    return Receiver(id=organisation.pk, customer_number=organisation.customer_number)


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _written(message: Message) -> str:
    return msgspec.json.encode(message).decode()
