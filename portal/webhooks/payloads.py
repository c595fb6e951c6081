"""From a row of the history to the message that receivers get. No secrets, no names of people."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.json import schema_components

from portal.webhooks.event_types import (
    EVENT_TYPES,
    TEST,
    Id,
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
    by: Annotated[str, Meta(description="`person`, `staff`, `schedule` or `platform`: who did it.")]
    data: msgspec.Raw


class ContentUnknown(ValueError):
    """The history row does not say what its event type promises."""


def message_of(
    history: History,
    *,
    to: Organisation,
    sequence: int,
    authorisation: Authorisation | None,
) -> str:
    """The message about `history` for `to`, as the JSON that is sent.

    `authorisation` is the subject, where it is one. Raises ContentUnknown.
    """
    event_type = EVENT_TYPES[history.verb]
    return _written(
        Message(
            id=message_id(to.pk, sequence),
            type=history.verb,
            timestamp=_instant(history.at),
            sequence=sequence,
            organisation=_receiver(to),
            by=history.actor_kind,
            data=_data(event_type, history, authorisation),
        )
    )


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
    _, parts = schema_components([Message, event_type.data], ref_template="#/$defs/{name}")
    message, data = parts.pop("Message"), {"$ref": f"#/$defs/{event_type.data.__name__}"}
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
    event_type: EventType, history: History, authorisation: Authorisation | None
) -> msgspec.Raw:
    found: dict[str, object] = {"tenant": _tenant(history.tenant), "reason": history.reason}
    details: Mapping[str, object] = history.details
    found |= _subject(history, authorisation)
    fields = {field.encode_name for field in msgspec.structs.fields(event_type.data)}
    for name, value in details.items():
        if name in fields and name not in found:
            found[name] = value
    try:
        data: Told = msgspec.convert(found, event_type.data)
    except msgspec.ValidationError as wrong:
        raise ContentUnknown(f"{history.verb} {history.pk}: {wrong}") from wrong
    return msgspec.Raw(msgspec.json.encode(data))


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
                "customer": {"customer_number": customer.customer_number, "name": customer.name},
            }
        case _:
            return {}


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
