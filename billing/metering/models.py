"""Usage as rows: what was counted, its sums per day, and who may report it."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.metering.querysets import (
    ApiCredentialQuerySet,
    DailyTotalQuerySet,
    MeterPolicyQuerySet,
    RefusedUsageQuerySet,
)


class UsageClass(models.TextChoices):
    """The platform's own words (D1.7): they stand in events and in their answers."""

    METERED_APPS = "MeteredApps", _("Metered applications")
    CUSTOMIZATIONS = "Customizations", _("Customisations")
    INCLUDED_APPS = "IncludedApps", _("Included applications")


class CountedEvent(models.Model):
    """That an event was counted. Kept for ever, so that it is never counted again.

    `key` is made of tenant, source and the sender's id alone (`events.py`): whatever else a
    resend says, it meets its own row here. `meter` and `day` tell where its detail is kept.
    """

    key = models.UUIDField(primary_key=True)
    digest = models.BigIntegerField()  # of the whole content: tells a resend from another event
    meter = models.ForeignKey(
        "catalog.Meter", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField()
    voided_by = models.UUIDField(null=True)  # the key of the correction

    class Meta:
        verbose_name = _("counted event")
        verbose_name_plural = _("counted events")


class UsageEvent(models.Model):
    """An event as it came in. In the database a partition per meter and month, see 0011.

    A correction is a row too: it carries what it takes away, with the signs turned, on the day
    of the event that it voids. So the rows of a day always sum to that day's totals.

    `key` is unique by `CountedEvent`; the table has no unique index of its own.
    Reported with a credential, or with an access token of an application that was let in: such
    a token is gone within minutes, its authorisation stays.
    """

    key = models.UUIDField(primary_key=True)
    source = models.CharField(_("source"), max_length=100)
    event_id = models.CharField(_("id"), max_length=100)
    tenant = models.ForeignKey(
        "customers.Tenant", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    application = models.CharField(_("application"), max_length=100, blank=True)
    usage_class = models.CharField(_("class"), max_length=14, choices=UsageClass)
    meter = models.ForeignKey(
        "catalog.Meter", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField(_("day"))  # in the time zone of the tenant's seller
    quantity = models.BigIntegerField(_("quantity"))  # in the meter's unit
    events = models.SmallIntegerField(_("events"))  # 1; a correction takes one away: -1
    fingerprint = models.BigIntegerField(_("fingerprint"))
    happened_at = models.DateTimeField(_("happened at"))
    received_at = models.DateTimeField(_("received at"))
    voids = models.UUIDField(null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    credential = models.ForeignKey(
        "metering.ApiCredential",
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    authorisation = models.ForeignKey(
        "applications.Authorisation",
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        verbose_name = _("usage event")
        verbose_name_plural = _("usage events")
        constraints = [
            models.CheckConstraint(
                condition=Q(credential__isnull=False, authorisation__isnull=True)
                | Q(credential__isnull=True, authorisation__isnull=False) & ~Q(application=""),
                name="usage_event_reported_by_one",
            ),
        ]


class DailyTotal(models.Model):
    """What a tenant used on one day of its seller's calendar: written with the events themselves.

    `fingerprint` is the sum of the digests of the events that count: the same for the same
    events in whatever order they came, and back where it was when one of them is voided.
    """

    tenant = models.ForeignKey("customers.Tenant", models.PROTECT, related_name="+", db_index=False)
    meter = models.ForeignKey("catalog.Meter", models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    application = models.CharField(_("application"), max_length=100, blank=True)
    usage_class = models.CharField(_("class"), max_length=14, choices=UsageClass)
    quantity = models.BigIntegerField(_("quantity"))
    events = models.BigIntegerField(_("events"))
    fingerprint = models.DecimalField(max_digits=38, decimal_places=0)
    # The last day, in UTC, on which something was counted or voided here: how a run finds what
    # changed in months that it need not read again (docs/decisions/0040).
    changed_on = models.DateField(_("changed on"))

    objects: ClassVar = DailyTotalQuerySet.as_manager()

    class Meta:
        verbose_name = _("daily total")
        verbose_name_plural = _("daily totals")
        indexes = [
            # Holds what came late, so that what comes in time costs nothing here.
            models.Index(
                fields=["tenant", "changed_on"],
                condition=Q(changed_on__gt=F("day")),
                name="daily_total_changed_later",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "day", "meter", "application", "usage_class"],
                name="daily_total_once",
            ),
            # Not negative is an invariant, not a constraint: PostgreSQL would check the change
            # that a correction brings as if it were a row of its own.
            models.CheckConstraint(
                condition=Q(usage_class__in=UsageClass.values), name="daily_total_class_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.tenant_id} {self.meter_id}: {self.quantity}"


class RefusedUsage(models.Model):
    """How many events of a sender were refused on a day, and why; kept as long as any detail.

    By whose tenant they named and the month of use, where the sender may report of that tenant;
    else of nobody and no month. What is sent in vain twice counts twice.

    An application's developers are told (`told_at`); what the platform reports in vain waits for
    the vendor's staff to look at it.
    """

    credential = models.ForeignKey(
        "metering.ApiCredential", models.PROTECT, null=True, related_name="+", db_index=False
    )
    # Of the credential, or of the access token.
    application = models.ForeignKey(
        "applications.Application", models.PROTECT, null=True, related_name="+"
    )
    day = models.DateField(_("day"))  # on which they came, in UTC
    code = models.CharField(_("reason"), max_length=30)  # of `refusals.py`
    organisation = models.ForeignKey(
        "customers.Organisation", models.PROTECT, null=True, related_name="+", db_index=False
    )
    month = models.DateField(_("month"), null=True)  # of use: its first day
    events = models.PositiveBigIntegerField(_("events"))
    # As the last of them named it.
    tenant = models.CharField(_("tenant"), max_length=120, blank=True, db_default="")
    first_at = models.DateTimeField(_("first at"))
    last_at = models.DateTimeField(_("last at"))
    told_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(_("looked at"), null=True)
    looked_by = models.ForeignKey(
        "customers.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects: ClassVar = RefusedUsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("refused usage")
        verbose_name_plural = _("refused usage")
        indexes = [
            models.Index(
                fields=["organisation", "month"],
                condition=Q(organisation__isnull=False),
                name="refused_usage_of_customers",
            ),
            models.Index(
                fields=["day"],
                condition=Q(application__isnull=True, looked_at__isnull=True),
                name="refused_usage_to_look_at",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "code", "credential", "application", "organisation", "month"],
                nulls_distinct=False,
                name="refused_usage_counted_in_one_row",
            ),
            models.CheckConstraint(condition=Q(events__gte=1), name="refused_usage_is_some"),
            models.CheckConstraint(
                condition=Q(credential__isnull=False) | Q(application__isnull=False),
                name="refused_usage_sent_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=True, month__isnull=True)
                | Q(organisation__isnull=False, month__day=1),
                name="refused_usage_of_a_customers_month",
            ),
            models.CheckConstraint(
                condition=Q(looked_at__isnull=True, looked_by__isnull=True)
                | Q(looked_at__isnull=False, looked_by__isnull=False, application__isnull=True),
                name="refused_usage_looked_at_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.code}: {self.events}"

    @property
    def sender(self) -> str:
        """As people know it: the credential, or of tokens the application."""
        return str(self.credential or self.application)


class DetailMonth(models.Model):
    """A partition of `UsageEvent`: one meter's events of one month, until they are dropped."""

    meter = models.ForeignKey("catalog.Meter", models.PROTECT, related_name="+")
    month = models.DateField(_("month"))  # its first day
    opened_at = models.DateTimeField(_("opened at"))
    dropped_at = models.DateTimeField(_("detail dropped at"), null=True)
    events_dropped = models.BigIntegerField(_("events dropped"), null=True)

    class Meta:
        verbose_name = _("month of detail")
        verbose_name_plural = _("months of detail")
        constraints = [
            models.UniqueConstraint(fields=["meter", "month"], name="detail_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="detail_month_is_a_first_day"),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True, events_dropped__isnull=True)
                | Q(dropped_at__isnull=False, events_dropped__isnull=False),
                name="detail_month_dropped_with_its_count",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.month:%Y-%m}"


class MeterPolicy(models.Model):
    """What staff decided about a meter's events, and why. The newest row is in force (0005)."""

    meter = models.ForeignKey(
        "catalog.Meter", models.PROTECT, related_name="+", verbose_name=_("meter")
    )
    accepts_late = models.BooleanField(_("accepts events of an invoiced month"))
    max_age_days = models.PositiveSmallIntegerField(_("maximum age in days"))
    detail_months = models.PositiveSmallIntegerField(_("months that detail is kept"))
    reason = models.CharField(_("reason"), max_length=300)
    decided_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"))

    objects: ClassVar = MeterPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("meter policy")
        verbose_name_plural = _("meter policies")
        constraints = [
            # No event may arrive for a month whose detail has been dropped.
            models.CheckConstraint(
                condition=Q(max_age_days__gte=1, detail_months__lte=120)
                & Q(max_age_days__lte=(F("detail_months") - 1) * 28),
                name="meter_policy_detail_outlives_lateness",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.meter_id}: {self.max_age_days} days"

    @property
    def sentence(self) -> str:
        late = _("late events are accepted") if self.accepts_late else _("late events are refused")
        return _("%(late)s, at most %(days)s days old, kept for %(months)s months") % {
            "late": late,
            "days": self.max_age_days,
            "months": self.detail_months,
        }


class ApiCredential(models.Model):
    """The key of a program. The secret was shown once, when it was made; here is its hash."""

    class Kind(models.TextChoices):
        PLATFORM = "platform", _("Platform")
        APPLICATION = "application", _("Application")

    class Scope(models.TextChoices):
        USAGE_WRITE = "usage:write", _("Report usage")
        ENTITLEMENTS_READ = "entitlements:read", _("Ask what may be used")
        TOKENS_INTROSPECT = "tokens:introspect", _("Ask whether a token is good")

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    application = models.ForeignKey(
        "applications.Application",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("application"),
    )
    # What events of this application say in `application`: its client id on the platform.
    reference = models.CharField(_("client id"), max_length=100, blank=True)
    scope = models.CharField(
        _("scope"), max_length=20, choices=Scope, default=Scope.USAGE_WRITE.value
    )
    secret_start = models.CharField(_("starts with"), max_length=12)  # to recognise it by
    secret_hash = models.CharField(max_length=64, unique=True)  # sha256, hex
    created_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects: ClassVar = ApiCredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("API credential")
        verbose_name_plural = _("API credentials")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="application", application__isnull=False) & ~Q(reference="")
                | Q(kind="platform", application__isnull=True, reference=""),
                name="api_credential_application_with_its_reference",
            ),
            models.CheckConstraint(
                condition=~Q(scope="tokens:introspect") | Q(kind="platform"),
                name="api_credential_only_the_platform_introspects",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="api_credential_revoked_by_somebody",
            ),
        ]
        triggers = [
            # An application has several, one after the other or for several purposes, and so a
            # constraint on the column cannot say it. Two at once take turns.
            pgtrigger.Trigger(
                name="client_id_of_one_application",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__kind="application"),
                func="""
                    PERFORM pg_advisory_xact_lock(hashtext(TG_TABLE_NAME), hashtext(NEW.reference));
                    IF EXISTS (
                        SELECT FROM metering_apicredential
                        WHERE reference = NEW.reference AND application_id <> NEW.application_id
                    ) THEN
                        RAISE EXCEPTION 'pgtrigger: another application has this client id (%)',
                            TG_TABLE_NAME USING ERRCODE = 'unique_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name
