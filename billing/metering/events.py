"""Usage events as the sender writes them: reading, identity and fingerprint. Pure."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads the annotations
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from billing.metering.refusals import Code

MOST_EVENTS = 1000

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Event(
    msgspec.Struct,
    frozen=True,
    gc=False,  # holds nothing that could point back at it
    forbid_unknown_fields=True,  # a misspelt field is refused, not forgotten
    rename={"usage_class": "class"},
):
    """Something used, or, with `voids`, the correction of an event that was counted before.

    A correction names that event by the id that the same source gave it on the same tenant, in an
    earlier batch, says why, and has no class, meter or quantity of its own.
    """

    id: Name
    source: Name
    tenant: Name  # identifier: Cust12345, in any case
    time: Annotated[dt.datetime, Meta(tz=True)]  # RFC 3339 with offset
    environment: Literal["production", "stage", "sod"] = "production"
    application: Annotated[str, Meta(max_length=100)] = ""
    usage_class: Literal["MeteredApps", "Customizations", "IncludedApps"] | None = None
    meter: Name | None = None
    quantity: int | None = None  # in the meter's unit
    voids: Name | None = None
    reason: Annotated[str, Meta(max_length=300)] = ""

    @property
    def is_correction(self) -> bool:
        return self.voids is not None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why one event of a batch is not counted; the others are."""

    code: Code
    reason: str


class UnreadableBatch(ValueError):
    """The body as a whole is not a batch; says why."""


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    events: list[Event]


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True):
    events: list[msgspec.Raw]


_read_batch = msgspec.json.Decoder(_Batch)
_read_raw_batch = msgspec.json.Decoder(_RawBatch)
_read_event = msgspec.json.Decoder(Event)


def read(body: bytes) -> list[Event | Refused]:
    """The events of `{"events": […]}` in order; those with a wrong field as Refused.

    Raises UnreadableBatch for what is no such JSON, and for less than 1 or more than 1,000.
    """
    try:
        events: list[Event | Refused] = [*_read_batch.decode(body).events]
    except msgspec.MsgspecError:
        events = _one_by_one(body)  # to tell which, and keep the rest
    if not 1 <= len(events) <= MOST_EVENTS:
        raise UnreadableBatch(f"A batch has 1 to {MOST_EVENTS} events, this one {len(events)}.")
    return events


def _one_by_one(body: bytes) -> list[Event | Refused]:
    try:
        raw = _read_raw_batch.decode(body).events
    except msgspec.MsgspecError as error:
        raise UnreadableBatch(str(error)) from None
    return [_event_or_refusal(each) for each in raw]


def _event_or_refusal(raw: msgspec.Raw) -> Event | Refused:
    try:
        return _read_event.decode(raw)
    except msgspec.MsgspecError as error:
        return Refused(Code.INVALID, str(error))


def key_of(tenant_id: int, source: str, event_id: str) -> str:
    """Which event this is, for ever: 32 hexadecimal digits, whatever else it says.

    An id that is a UUID of version 7 lends its time to the front, so that the index grows at
    one edge instead of everywhere: half the work at a million events.
    """
    name = f"{tenant_id}\0{source}\0{event_id}".encode()
    mark = blake2b(name, digest_size=16).hexdigest()
    if _UUID7.fullmatch(event_id):
        return f"{event_id[:8]}{event_id[9:13]}{mark[:20]}"
    return mark


def digest_of(key: str, event: Event) -> int:
    """A fingerprint of all that the event says, 63 bits: equal for a resend, else different.

    The instant counts, not the offset it is written with.
    """
    content = (
        f"{key}\0{event.application}\0{event.usage_class}\0{event.meter}\0{event.quantity}\0"
        f"{event.time.timestamp()!r}\0{event.voids}\0{event.reason}"
    )
    return int.from_bytes(blake2b(content.encode(), digest_size=8).digest()) >> 1
