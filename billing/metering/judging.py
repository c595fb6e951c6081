"""Which events of a batch count, and as what: from values to rows. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from billing.metering.events import Event, Refused, digest_of, key_of
from billing.metering.refusals import SENTENCES, Code
from subscriptions.periods import local_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from billing.metering.known import KnownMeter, KnownTenant, MonthOfMeter, TenantName

LARGEST_QUANTITY = 1_000_000_000  # more in one event is a mistake of the sender
TOLERANCE = dt.timedelta(minutes=5)  # by which another machine's clock may run ahead


class Row(msgspec.Struct, gc=False):
    """One line for `UsageEvent`, `CountedEvent` and the totals. A correction's signs are turned.

    In the order in which the statement that counts takes its columns.
    """

    key: str
    digest: int  # of the event itself
    source: str
    event_id: str
    tenant_id: int
    usage_class: str
    meter_id: int
    day: dt.date
    quantity: int
    happened_at: dt.datetime
    application: str
    reason: str
    voids: str | None = None
    fingerprint: int | None = None  # what it adds to the totals; None: its digest


class Target(NamedTuple):
    """An event that a correction names, as it was counted."""

    row: Row | None  # None when its detail was dropped
    voided_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a batch is judged by."""

    tenants: Mapping[TenantName, KnownTenant]
    meters: Mapping[str, KnownMeter]
    months_kept: Mapping[MonthOfMeter, bool]
    first_days_open: Mapping[int, dt.date]  # per seller the first day that is not invoiced
    at: dt.datetime
    application: str | None  # the only one that the sender reports for
    only_tenants: frozenset[int] | None  # and where it is let in; None: everywhere


class WrongEvent(Exception):
    """Refused, and why."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.refused = Refused(code, SENTENCES[code])


class UnlessCounted(WrongEvent):
    """Refused by what may have changed since it was first sent, unless it was counted then.

    The database is asked by `key`; what was counted with the same `digest` is a resend.
    """

    def __init__(self, code: Code, key: str, event: Event) -> None:
        super().__init__(code)
        self.key = key
        self.digest = digest_of(key, event)

    @property
    def may_be_anothers(self) -> bool:
        """Then nobody is told that an event of this id was counted with other content."""
        return self.refused.code == Code.SOURCE_NOT_YOURS


def tenant_name(event: Event) -> tuple[str, str]:
    return event.environment, event.tenant.upper()


def open_tenant(event: Event, rules: Rules) -> KnownTenant | None:
    """The tenant that it names, where there is one and the sender may report of it."""
    tenant = rules.tenants.get(tenant_name(event))
    if tenant and (rules.only_tenants is None or tenant.pk in rules.only_tenants):
        return tenant
    return None


def target_key(event: Event, rules: Rules) -> str | None:
    """The key of what a correction voids; None when it is no correction or names no tenant."""
    tenant = rules.tenants.get(tenant_name(event))
    if event.voids is None or tenant is None:
        return None
    return key_of(tenant.pk, event.source, event.voids)


def judge(event: Event, rules: Rules, targets: Mapping[str, Target]) -> Row:
    """The row of an event that counts. Raises WrongEvent for one that does not.

    Whether it was counted before is for the database to say, except for corrections, whose
    `targets` are locked. Of what would be refused today only (`UnlessCounted`) it is asked too.
    """
    application = event.application or rules.application or ""
    if not f"{event.id}{event.source}{application}{event.reason}".isprintable():
        raise WrongEvent(Code.NOT_PRINTABLE)
    tenant = open_tenant(event, rules)
    if tenant is None:
        raise WrongEvent(Code.UNKNOWN_TENANT)
    if event.time > rules.at + TOLERANCE:
        raise WrongEvent(Code.IN_THE_FUTURE)
    key = key_of(tenant.pk, event.source, event.id)
    if rules.application is not None:
        _judge_own(event, key, application, rules.application)
    if event.voids is not None:
        return _correction(event, key, rules, targets)
    return _usage(event, key, tenant, application, rules)


def is_source_of(source: str, client_id: str) -> bool:
    """Whether a source is the application's own: its client id, a slash and a name.

    The name has no slash, so that no source is one of `a` and of `a/b`, whatever staff typed as
    a client id.
    """
    return source.rpartition("/")[0] == client_id


def _judge_own(event: Event, key: str, application: str, client_id: str) -> None:
    """An application reports its own use, from its own sources, and none of it as free."""
    if event.voids is None and application != client_id:
        raise WrongEvent(Code.OTHER_APPLICATION)
    if event.usage_class == "IncludedApps":
        raise UnlessCounted(Code.CLASS_NOT_YOURS, key, event)
    if not is_source_of(event.source, client_id):
        raise UnlessCounted(Code.SOURCE_NOT_YOURS, key, event)


def _usage(event: Event, key: str, tenant: KnownTenant, application: str, rules: Rules) -> Row:
    if event.usage_class is None or event.meter is None or event.quantity is None:
        raise WrongEvent(Code.INCOMPLETE)
    meter = rules.meters.get(event.meter)
    if meter is None:
        raise WrongEvent(Code.UNKNOWN_METER)
    if event.quantity < 1:
        raise WrongEvent(Code.NOT_POSITIVE)
    if event.quantity > LARGEST_QUANTITY:
        raise WrongEvent(Code.TOO_LARGE)
    if event.time < rules.at - meter.max_age:
        raise UnlessCounted(Code.TOO_OLD, key, event)
    day = local_day(event.time, tenant.zone)
    if not rules.months_kept.get((meter.pk, day.replace(day=1)), True):
        raise UnlessCounted(Code.TOO_OLD, key, event)
    first_open = rules.first_days_open.get(tenant.seller_id)
    if not meter.accepts_late and first_open is not None and day < first_open:
        raise UnlessCounted(Code.MONTH_INVOICED, key, event)
    return Row(
        key=key,
        digest=digest_of(key, event),
        source=event.source,
        event_id=event.id,
        tenant_id=tenant.pk,
        usage_class=event.usage_class,
        meter_id=meter.pk,
        day=day,
        quantity=event.quantity,
        happened_at=event.time,
        application=application,
        reason=event.reason,
    )


def _correction(event: Event, key: str, rules: Rules, targets: Mapping[str, Target]) -> Row:
    """Takes away what its target added, on the target's own day."""
    if (event.usage_class, event.meter, event.quantity) != (None, None, None):
        raise WrongEvent(Code.NOT_ONLY_A_CORRECTION)
    if not event.reason.strip():
        raise WrongEvent(Code.NO_REASON)
    voids = target_key(event, rules)
    target = targets.get(voids) if voids else None
    if target is None:
        raise WrongEvent(Code.UNKNOWN_EVENT)
    if target.row is None:
        raise UnlessCounted(Code.DETAIL_DROPPED, key, event)
    counted = target.row
    if rules.application not in (None, counted.application):
        raise WrongEvent(Code.OTHER_APPLICATION)
    if counted.voids is not None:
        raise WrongEvent(Code.IS_A_CORRECTION)
    # Voided by this very correction: a resend, which the database will find to be one.
    if target.voided_by not in (None, key):
        raise WrongEvent(Code.ALREADY_VOIDED)
    return Row(
        key=key,
        digest=digest_of(key, event),
        source=event.source,
        event_id=event.id,
        tenant_id=counted.tenant_id,
        usage_class=counted.usage_class,
        meter_id=counted.meter_id,
        day=counted.day,
        quantity=-counted.quantity,
        happened_at=event.time,
        application=counted.application,
        reason=event.reason,
        voids=voids,
        fingerprint=-(counted.digest if counted.fingerprint is None else counted.fingerprint),
    )
