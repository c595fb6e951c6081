"""What an organisation used in a month: summed by the database, and read a page at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, overload

from django.db.models import Sum

from billing.metering.models import DailyTotal, UsageClass
from billing.metering.queries import fingerprint_of
from billing.tenants_of_use import Place, free_because
from billing.usage import Free
from customers.models import Tenant, tenant_label
from customers.paging import Slice, slice_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterator, Mapping

    from django.db.models import QuerySet

    from billing.metering.querysets import DailyTotalQuerySet
    from customers.models import Organisation
    from subscriptions.periods import Month

_WHAT = ("tenant_id", "meter__code", "application", "usage_class")
_TENANT = ("tenant__name", "tenant__identifier", "tenant__serial_number")
_PLACE = ("tenant__organisation_id", "tenant__kind", "tenant__environment")
_DAY = (*_WHAT, *_TENANT, *_PLACE, "day", "quantity", "events", "fingerprint")

_ORDER = (*_TENANT, "tenant_id", "meter__position", "meter__code", "usage_class", "application")
_values = attrgetter(*(name.replace("__", ".") for name in _DAY))  # of a total with its relations

type Found = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Use of a month: of all tenants, meters, applications and days, unless one is named.

    `meters`: of each that was rated why it costs nothing, None where it is charged. The others
    have no price. `applications`: what events may have said, all of it when None.
    """

    organisation: Organisation
    month: Month
    meters: Mapping[str, Free | None]
    tenant_id: int | None = None
    meter: str = ""
    applications: frozenset[str] | None = None
    day: dt.date | None = None

    @property
    def of_month(self) -> DailyTotalQuerySet:
        """All its days, whatever of them is asked for."""
        return DailyTotal.objects.used_by(self.organisation, self.month)

    @property
    def is_part_of_a_whole(self) -> bool:
        """Whether it leaves out what counts against an allowance together with the rest."""
        return self.applications is not None or self.day is not None

    @property
    def is_narrow(self) -> bool:
        return bool(self.tenant_id or self.meter) or self.is_part_of_a_whole

    @property
    def whole_month(self) -> Asked:
        return replace(self, day=None)


@dataclass(frozen=True, kw_only=True)
class SumOfUse:
    """What one application used of one meter at one tenant; `free`: why at no cost."""

    tenant_id: int
    tenant: str
    meter: str
    application: str
    usage_class: UsageClass
    free: Free | None
    quantity: int
    events: int


@dataclass(frozen=True, kw_only=True)
class DayOfUse(SumOfUse):
    day: dt.date
    fingerprint: str


@dataclass(frozen=True)
class UsedWhere:
    """Where something was used: tenants by id with what they are called, codes of meters, and
    all that events said of the application.
    """

    tenants: Mapping[int, str]
    meters: frozenset[str]
    applications: frozenset[str]


@dataclass(frozen=True)
class Counted:
    """Several days together: how much at what cost, in how many events, and one fingerprint over
    all of it.
    """

    charged: int
    free: Mapping[Free, int]
    charged_events: int
    free_events: int
    fingerprint: str


class Rows[T](Sequence[T]):
    """What a query finds, of which no more is read than is looked at."""

    def __init__(self, found: QuerySet[Any, Any], made: Callable[[Found], T]) -> None:
        self._found, self._made = found, made

    def narrowed(self, **to: object) -> Rows[T]:
        return Rows(self._found.filter(**to), self._made)

    def __len__(self) -> int:
        return self._found.count()

    def __iter__(self) -> Iterator[T]:
        return map(self._made, self._found.iterator())

    @overload
    def __getitem__(self, part: int) -> T: ...

    @overload
    def __getitem__(self, part: slice) -> list[T]: ...

    def __getitem__(self, part: int | slice) -> T | list[T]:
        if isinstance(part, int):
            return self._made(self._found[part])
        return [self._made(row) for row in self._found[part]]


def sums_of_use(asked: Asked) -> Rows[SumOfUse]:
    """By tenant, meter, class and application."""

    def made(row: Found) -> SumOfUse:
        return SumOfUse(
            **_what(row, asked), quantity=int(row["quantity_sum"]), events=int(row["events_sum"])
        )

    found = _totals(asked).values(*_WHAT, *_TENANT, *_PLACE)
    return Rows(
        found.annotate(quantity_sum=Sum("quantity"), events_sum=Sum("events")).order_by(*_ORDER),
        made,
    )


def sums_of_tenants(asked: Asked, tenant_ids: Collection[int]) -> list[SumOfUse]:
    """Those of some tenants, in the order of their ids."""
    found = sums_of_use(asked).narrowed(tenant_id__in=tenant_ids)
    return sorted(found, key=lambda each: each.tenant_id)


def tenants_with_use(asked: Asked) -> set[int]:
    """Ids of the tenants that used something in the month."""
    return set(_totals(asked).order_by().values_list("tenant_id", flat=True).distinct())


def days_of_use(asked: Asked) -> Rows[DayOfUse]:
    """The oldest day first."""
    found = _totals(asked).values(*_DAY)
    return Rows(found.order_by("day", *_ORDER), lambda row: _day(row, asked))


def page_of_days(asked: Asked, *, size: int, after: Sequence[Any] | None) -> Slice[DayOfUse]:
    """`size` of the same, behind where the last page ended: the oldest day first.

    Raises UnreadableCursor for an `after` that no page ended with.
    """
    found = _totals(asked).select_related("tenant", "meter")
    page = slice_of(found, size=size, after=after, by=("day", "id"))
    rows = (dict(zip(_DAY, _values(total), strict=True)) for total in page.rows)
    return Slice([_day(row, asked) for row in rows], page.next_after)


def used_per_day(asked: Asked) -> dict[str, dict[dt.date, int]]:
    """By code of the meter."""
    sums: dict[str, dict[dt.date, int]] = defaultdict(dict)
    rows = _totals(asked).values_list("meter__code", "day").annotate(Sum("quantity"))
    for meter, day, quantity in rows.order_by("meter__code", "day"):
        sums[meter][day] = int(quantity)
    return sums


def counted(asked: Asked) -> Counted:
    quantity: dict[Free | None, int] = defaultdict(int)
    events: dict[Free | None, int] = defaultdict(int)
    fingerprint = 0
    rows = _totals(asked).values("meter__code", "usage_class", *_PLACE)
    sums = {"sum": Sum("quantity"), "count": Sum("events"), "digests": Sum("fingerprint")}
    for row in rows.annotate(**sums).order_by():
        because = _free(row, asked)
        quantity[because] += int(row["sum"])
        events[because] += int(row["count"])
        fingerprint += int(row["digests"])
    charged, charged_events = quantity.pop(None, 0), events.pop(None, 0)
    free = {because: each for because, each in quantity.items() if because is not None}
    return Counted(charged, free, charged_events, sum(events.values()), fingerprint_of(fingerprint))


def used_where(asked: Asked) -> UsedWhere:
    """One pass over the days; names are read of the tenants and not with each day."""
    rows = _totals(asked).order_by().values_list("tenant_id", "meter__code", "application")
    found = list(rows.distinct())
    tenants = Tenant.objects.filter(pk__in={tenant_id for tenant_id, _meter, _said in found})
    names = tenants.order_by("name", "identifier", "serial_number", "pk")
    return UsedWhere(
        tenants={
            pk: tenant_label(*said)
            for pk, *said in names.values_list("pk", "name", "identifier", "serial_number")
        },
        meters=frozenset(meter for _tenant_id, meter, _said in found),
        applications=frozenset(said for _tenant_id, _meter, said in found),
    )


def _totals(asked: Asked) -> DailyTotalQuerySet:
    found = asked.of_month
    if asked.tenant_id:
        found = found.filter(tenant=asked.tenant_id)
    if asked.meter:
        found = found.filter(meter__code=asked.meter)
    if asked.applications is not None:
        found = found.filter(application__in=asked.applications)
    if asked.day:
        found = found.filter(day=asked.day)
    return found


def _day(row: Found, asked: Asked) -> DayOfUse:
    return DayOfUse(
        **_what(row, asked),
        quantity=row["quantity"],
        events=row["events"],
        day=row["day"],
        fingerprint=fingerprint_of(int(row["fingerprint"])),
    )


def _what(row: Found, asked: Asked) -> dict[str, Any]:
    return {
        "tenant_id": row["tenant_id"],
        "tenant": tenant_label(*(row[name] for name in _TENANT)),
        "meter": row["meter__code"],
        "application": row["application"],
        "usage_class": UsageClass(row["usage_class"]),
        "free": _free(row, asked),
    }


def _free(row: Found, asked: Asked) -> Free | None:
    organisation_id, kind, environment = (row[name] for name in _PLACE)
    return free_because(
        Place(organisation_id, kind, environment, ""),
        row["usage_class"],
        otherwise=asked.meters.get(row["meter__code"], Free.NO_PRICE),
    )
