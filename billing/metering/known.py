"""What judging an event needs to know: meters, tenants, months of detail.

Remembered by each process for a few seconds (`METERING_MEMORY_SECONDS`), because asking again
for every batch of one would cost as much as counting it. Who may report is never remembered.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

from billing.metering.models import DetailMonth, MeterPolicy
from catalog.models import Meter, Seller
from customers.prepared import fetch_prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from subscriptions.periods import Month


# A sender of single events has this asked for each of its tenants, every few seconds.
_TENANTS = """
    SELECT tenant.environment, upper(tenant.identifier), tenant.id, organisation.id,
        organisation.country
    FROM customers_tenant AS tenant
    JOIN customers_organisation AS organisation ON organisation.id = tenant.organisation_id
    WHERE upper(tenant.identifier) = ANY(%s::text[]) AND tenant.identifier <> ''
"""


@dataclass(frozen=True, slots=True)
class KnownMeter:
    pk: int
    accepts_late: bool
    max_age: dt.timedelta
    detail_months: int

    def kept_since(self, now: Month) -> Month:
        """The oldest month of which it asks for detail."""
        month = now
        for _each in range(self.detail_months):
            month = month.previous
        return month


@dataclass(frozen=True, slots=True)
class KnownTenant:
    pk: int
    organisation_id: int
    seller_id: int
    zone: ZoneInfo  # its seller's: where its days and months begin


type TenantName = tuple[str, str]  # environment, identifier in capitals
type MonthOfMeter = tuple[int, dt.date]  # meter, first day


@dataclass(slots=True)
class _Memory:
    read_at: float
    meters: Mapping[str, KnownMeter]
    sellers: tuple[Seller, ...]
    is_kept: dict[MonthOfMeter, bool]
    tenants: dict[TenantName, KnownTenant] = field(default_factory=dict)


_memories: list[_Memory] = []  # one, or none yet


def forget() -> None:
    _memories.clear()


def meters() -> Mapping[str, KnownMeter]:
    """By code, with the policy in force."""
    return _memory().meters


def anything_kept_since(now: Month) -> Month:
    """The oldest month of which any meter asks for detail; as long refusals are kept."""
    return min((each.kept_since(now) for each in meters().values()), default=now)


def months_kept() -> Mapping[MonthOfMeter, bool]:
    """Whether a month's detail is kept or was dropped; without an entry it has no events yet."""
    return _memory().is_kept


def tenants(names: Iterable[TenantName]) -> Mapping[TenantName, KnownTenant]:
    """Those that exist, and perhaps others."""
    memory = _memory()
    unknown = {
        (environment, identifier)
        for environment, identifier in names
        if (environment, identifier) not in memory.tenants and identifier.isprintable()
    }
    if unknown:
        memory.tenants.update(_read_tenants(unknown, memory.sellers))
    return memory.tenants


def _memory() -> _Memory:
    instant = time.monotonic()
    memory = next(iter(_memories), None)  # another thread may forget it meanwhile
    if memory and instant - memory.read_at < settings.METERING_MEMORY_SECONDS:
        return memory
    kept = DetailMonth.objects.values_list("meter_id", "month", "dropped_at")
    memory = _Memory(
        instant,
        _read_meters(),
        tuple(Seller.objects.in_order()),
        {(meter, month): dropped_at is None for meter, month, dropped_at in kept},
    )
    _memories[:] = [memory]
    return memory


def _read_meters() -> dict[str, KnownMeter]:
    decided = {policy.meter_id: policy for policy in MeterPolicy.objects.in_force()}
    found = {}
    for meter in Meter.objects.all():
        policy = decided.get(meter.pk, meter)
        found[meter.code] = KnownMeter(
            pk=meter.pk,
            accepts_late=policy.accepts_late,
            max_age=dt.timedelta(days=policy.max_age_days),
            detail_months=policy.detail_months,
        )
    return found


def _read_tenants(
    names: set[TenantName], sellers: tuple[Seller, ...]
) -> dict[TenantName, KnownTenant]:
    rows = fetch_prepared(_TENANTS, [list({identifier for _environment, identifier in names})])
    return {
        (environment, identifier): KnownTenant(pk, organisation_id, seller.pk, seller.zone)
        for environment, identifier, pk, organisation_id, country in rows
        for seller in [_seller_of(country, sellers)]
    }


def _seller_of(country: str, sellers: tuple[Seller, ...]) -> Seller:
    """As `catalog.queries.seller_for`, without asking for every tenant; the default is first."""
    serving = [seller for seller in sellers if country in seller.serves_countries]
    return serving[0] if serving else sellers[0]
