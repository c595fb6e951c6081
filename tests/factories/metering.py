"""Meters, credentials, and events as a sender writes them."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import factory
from django.db import transaction
from factory.django import DjangoModelFactory

from billing.metering import known
from billing.metering.operations import credentials, reports
from catalog.models import Meter
from tests.factories.customers import LONG_AGO, PersonFactory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from billing.metering.models import ApiCredential
    from billing.metering.operations.reports import Answer

NOON = dt.datetime(2026, 11, 18, 11, 0, tzinfo=dt.UTC)

_numbers = itertools.count(1)


class MeterFactory(DjangoModelFactory[Meter]):
    class Meta:
        model = Meter
        django_get_or_create = ("code",)

    code = "api-calls"
    position = factory.Sequence(lambda n: n + 1)
    unit = "calls"
    texts = factory.LazyAttribute(lambda meter: {"en": {"name": meter.code}})
    accepts_late = True
    max_age_days = 62
    detail_months = 25


def platform_credential() -> ApiCredential:
    issued = credentials.issue_for_platform(
        name="Platform", by=PersonFactory(staff=True), at=LONG_AGO
    )
    return issued.credential


def event(tenant: str, **fields: Any) -> dict[str, Any]:
    """A usage event of `tenant`, on its own id unless one is given."""
    return {
        "id": str(UUID(int=next(_numbers))),
        "source": "gateway-1",
        "tenant": tenant,
        "class": "MeteredApps",
        "meter": "api-calls",
        "quantity": 5,
        "time": "2026-11-18T10:00:00+00:00",
    } | fields


def correction(tenant: str, voids: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(UUID(int=next(_numbers))),
        "source": "gateway-1",
        "tenant": tenant,
        "time": "2026-11-18T10:30:00+00:00",
        "voids": voids,
        "reason": "Counted by a test of ours",
    } | fields


def body(events: Iterable[Mapping[str, Any]]) -> bytes:
    return json.dumps({"events": list(events)}).encode()


def report(
    *events: Mapping[str, Any],
    by: ApiCredential,
    at: dt.datetime = NOON,
    first_days_open: Mapping[int, dt.date] | None = None,
) -> Answer:
    return reports.report(body(events), by=by, first_days_open=lambda: first_days_open or {}, at=at)


def codes(answer: Answer) -> list[tuple[int, str]]:
    """Which events of the batch were refused, and why."""
    return [(rejection.index, rejection.code) for rejection in answer.rejections]


@contextmanager
def taken_back() -> Iterator[None]:
    """What is reported within it was never reported."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    known.forget()
