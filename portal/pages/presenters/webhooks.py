"""Words for webhooks: how an endpoint is, what became of a delivery, what was answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.pages.presenters.subscriptions import Badge, instant
from portal.webhooks.event_types import EVENT_TYPES, TEST_TYPE
from portal.webhooks.models import Endpoint

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from portal.webhooks.models import Attempt, Delivery


@dataclass(frozen=True)
class EndpointRow:
    endpoint: Endpoint
    state: Badge
    why: str
    is_enabled: bool


@dataclass(frozen=True)
class DeliveryRow:
    delivery: Delivery
    what: str
    code: str
    state: Badge
    detail: str
    can_be_sent_again: bool


@dataclass(frozen=True)
class AttemptRow:
    at: dt.datetime
    result: Badge
    answer: str
    duration_ms: int


def endpoint_rows(found: Iterable[Endpoint]) -> list[EndpointRow]:
    return [endpoint_row(endpoint) for endpoint in found]


def endpoint_row(endpoint: Endpoint) -> EndpointRow:
    if not endpoint.is_enabled:
        because = Endpoint.Disabled(endpoint.disabled_because)
        tone = "neutral" if because is Endpoint.Disabled.BY_PERSON else "bad"
        state, why = Badge(tone, _("Switched off")), str(because.label)
    elif endpoint.failing_since is not None:
        state, why = Badge("warn", _("Failing")), ""
    else:
        state, why = Badge("ok", _("Switched on")), ""
    return EndpointRow(endpoint, state, why, endpoint.is_enabled)


def event_texts(verbs: Iterable[str]) -> list[tuple[str, str]]:
    """What an endpoint wants: the sentence and the code of each."""
    return [(str(EVENT_TYPES[verb].sentence), verb) for verb in verbs if verb in EVENT_TYPES]


def delivery_row(delivery: Delivery, zone: ZoneInfo) -> DeliveryRow:
    event = delivery.event
    event_type = EVENT_TYPES.get(event.type, TEST_TYPE)
    state, detail = _state(delivery, zone)
    return DeliveryRow(
        delivery,
        what=str(event_type.sentence),
        code=event.type,
        state=state,
        detail=detail,
        can_be_sent_again=not delivery.is_on_its_way,
    )


def attempt_rows(found: Iterable[Attempt]) -> list[AttemptRow]:
    return [
        AttemptRow(
            at=each.at,
            result=Badge("ok" if each.succeeded else "bad", _result(each)),
            answer=each.answer,
            duration_ms=each.duration_ms,
        )
        for each in found
    ]


def readable(body: str) -> str:
    """The same message over several lines; what is signed has none."""
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)


def _state(delivery: Delivery, zone: ZoneInfo) -> tuple[Badge, str]:
    if delivery.delivered_at is not None:
        return Badge("ok", _("Delivered")), instant(delivery.delivered_at, zone)
    if delivery.given_up_at is not None:
        return Badge("bad", _("Given up")), instant(delivery.given_up_at, zone)
    if delivery.is_on_its_way:
        return Badge("info", _("On its way")), ""
    detail = _("Next attempt: %(at)s")
    at = instant(delivery.next_attempt_at, zone) if delivery.next_attempt_at else ""
    return Badge("warn", _("Will be tried again")), detail % {"at": at}


def _result(attempt: Attempt) -> str:
    if attempt.status is None:
        return str(attempt.get_trouble_display())
    return str(attempt.status)
