"""What the CRM platform is told, in what order, and what came of it.

A fact is written in the transaction of the change it tells. A delivery reads facts and locks
feeds; an operation writes facts and locks its organisation: neither waits for the other.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantState
from subscriptions.provisioning.querysets import (
    AttemptQuerySet,
    DifferenceQuerySet,
    FactQuerySet,
    FeedQuerySet,
    PlatformEventQuerySet,
    ReconciliationQuerySet,
    ToldQuerySet,
)

LONGEST_SUBJECT = 80  # characters
LONGEST_TROUBLE = 300


class FactType(models.TextChoices):
    LICENCE_GRANTED = "licence.granted", _("Licence granted")
    LICENCE_CHANGED = "licence.changed", _("Licence changed")
    LICENCE_REVOKED = "licence.revoked", _("Licence revoked")
    APPLICATION_ACTIVATED = "application.activated", _("Application activated")
    APPLICATION_CHANGED = "application.changed", _("Application changed")
    APPLICATION_DEACTIVATED = "application.deactivated", _("Application deactivated")
    SETTINGS_CHANGED = "settings.changed", _("Settings changed")


class FactState(models.TextChoices):
    """How far a fact is on its way, in words to look it up by; a failing one waits as well."""

    WAITING = "waiting", _("Waiting")
    FAILING = "failing", _("Waiting, and its feed fails")
    DELIVERED = "delivered", _("Delivered")
    REPLACED = "replaced", _("Not to be sent any more")


class Fact(models.Model):
    """From `at` on a tenant has `value` for `subject`, or has it no more when that is empty.

    Numbered per tenant without a gap, and never changed: only whether it still waits to be
    sent, and since when the platform has it. Or since when it is not sent any more: a later one
    says it instead, because the platform had had another one of its number (`catching_up`), or
    the tenant is deleted on both sides.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(
        "customers.Tenant",
        models.PROTECT,
        related_name="facts",
        db_index=False,  # the unique number begins with it
        verbose_name=_("tenant"),
    )
    sequence = models.PositiveBigIntegerField(_("number"))
    type = models.CharField(_("type"), max_length=30, choices=FactType)
    subject = models.CharField(_("subject"), max_length=LONGEST_SUBJECT)  # "licence:scim"
    value = models.JSONField(_("value"), null=True, encoder=DjangoJSONEncoder)
    at = models.DateTimeField(_("at"))
    is_waiting = models.BooleanField(_("waits to be sent"), default=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    replaced_at = models.DateTimeField(_("said anew at"), null=True, blank=True)

    objects: ClassVar = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        ordering = ["tenant", "sequence"]
        indexes = [
            models.Index(
                fields=["tenant", "sequence"], condition=Q(is_waiting=True), name="fact_waiting"
            ),
            models.Index(fields=["-at"], name="fact_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "sequence"], name="fact_number_once_per_tenant"
            ),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="fact_numbers_begin_at_one"),
            models.CheckConstraint(
                condition=Q(is_waiting=True)
                | Q(delivered_at__isnull=False)
                | Q(replaced_at__isnull=False),
                name="fact_waits_until_it_is_delivered",
            ),
            models.CheckConstraint(
                condition=Q(type__in=FactType.values), name="fact_type_is_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="said_once",
                fields=["id", "tenant", "sequence", "type", "subject", "value", "at"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} #{self.sequence}: {self.type} {self.subject}"

    @property
    def state(self) -> FactState:
        """Whether its feed fails is the feed's to say."""
        if self.is_waiting:
            return FactState.WAITING
        return FactState.DELIVERED if self.delivered_at else FactState.REPLACED


class Told(models.Model):
    """What the platform was told last about one thing that a tenant has.

    What it has no more has no row. `until` repeats what the value says, for the schedule that
    looks for what has ended by time alone.
    """

    tenant = models.ForeignKey("customers.Tenant", models.PROTECT, related_name="+", db_index=False)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    fact = models.OneToOneField(Fact, models.PROTECT, related_name="+")
    value = models.JSONField(encoder=DjangoJSONEncoder)
    until = models.DateTimeField(null=True)

    objects: ClassVar = ToldQuerySet.as_manager()

    class Meta:
        verbose_name = _("what the platform was told")
        verbose_name_plural = _("what the platform was told")
        indexes = [
            models.Index(fields=["until"], condition=Q(until__isnull=False), name="told_until")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "subject"], name="told_once_per_tenant_and_subject"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.subject}"


class Feed(models.Model):
    """One tenant's way to the platform. Whoever delivers holds its lock: one at a time, in order.

    `retry_at` is when it is tried again after a failure; None when nothing has failed.
    """

    class Trouble(models.TextChoices):
        SILENT = "silent", _("The platform did not answer as agreed")
        REFUSED = "refused", _("The platform refused a fact")

    tenant = models.OneToOneField(
        "customers.Tenant",
        models.PROTECT,
        primary_key=True,
        related_name="+",
        verbose_name=_("tenant"),
    )
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    retry_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    trouble = models.CharField(_("trouble"), max_length=10, choices=Trouble, blank=True)
    detail = models.CharField(_("detail"), max_length=LONGEST_TROUBLE, blank=True)

    objects: ClassVar = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        indexes = [
            models.Index(
                fields=["retry_at"], condition=Q(retry_at__isnull=False), name="feed_retry"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    failures=0, failing_since__isnull=True, retry_at__isnull=True, trouble=""
                )
                | Q(failures__gt=0, failing_since__isnull=False, retry_at__isnull=False)
                & ~Q(trouble=""),
                name="feed_fails_since_some_time_or_not_at_all",
            )
        ]

    def __str__(self) -> str:
        return str(self.tenant_id)


class Attempt(models.Model):
    """One request to the platform, and what it answered."""

    message_id = models.UUIDField(_("message"), unique=True, editable=False)
    at = models.DateTimeField(_("at"))
    duration_ms = models.PositiveIntegerField(_("milliseconds"))
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    trouble = models.CharField(_("trouble"), max_length=LONGEST_TROUBLE, blank=True)
    answer = models.TextField(_("answer"), blank=True)  # its beginning

    objects: ClassVar = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["at"], name="platform_attempt_oldest")]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status or self.trouble}"


class AttemptedFact(models.Model):
    """One fact in one request."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("Applied")
        KNOWN = "known", _("Known already")
        REFUSED = "refused", _("Refused")
        BEHIND = "behind", _("Waits behind a refused one")
        FAILED = "failed", _("Request failed")

    attempt = models.ForeignKey(
        Attempt, models.CASCADE, related_name="facts", verbose_name=_("attempt")
    )
    fact = models.ForeignKey(Fact, models.PROTECT, related_name="attempts", verbose_name=_("fact"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    reason = models.CharField(_("reason"), max_length=LONGEST_TROUBLE, blank=True)

    class Meta:
        verbose_name = _("attempted fact")
        verbose_name_plural = _("attempted facts")

    def __str__(self) -> str:
        return f"{self.fact_id}: {self.outcome}"


class PlatformEvent(models.Model):
    """What the platform told, once, as it came; and what it did here."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("Applied")
        OUTDATED = "outdated", _("Overtaken by a later one")
        IGNORED = "ignored", _("Of a deleted tenant")

    event_id = models.CharField(_("id"), max_length=100)
    tenant = models.ForeignKey(
        "customers.Tenant",
        models.PROTECT,
        related_name="+",
        db_index=False,  # the unique number begins with it
        verbose_name=_("tenant"),
    )
    sequence = models.PositiveBigIntegerField(_("number"))
    type = models.CharField(_("type"), max_length=20)
    change = models.CharField(_("change"), max_length=20, blank=True)
    state = models.PositiveSmallIntegerField(_("state"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    received_at = models.DateTimeField(_("received at"))
    digest = models.CharField(max_length=64)  # SHA-256 of the content
    content = models.JSONField(_("content"), encoder=DjangoJSONEncoder)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)

    objects: ClassVar = PlatformEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of the platform")
        verbose_name_plural = _("events of the platform")
        ordering = ["-received_at", "-id"]
        indexes = [models.Index(fields=["-received_at"], name="platform_event_newest")]
        constraints = [
            models.UniqueConstraint(fields=["event_id"], name="platform_event_once"),
            models.UniqueConstraint(
                fields=["tenant", "sequence"], name="platform_event_number_once_per_tenant"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} #{self.sequence}: {self.change or self.type}"

    @property
    def state_told(self) -> str:
        """The state that it reports, in words; empty when it is about something else."""
        return str(TenantState(self.state).label) if self.state is not None else ""


class Reconciliation(models.Model):
    """One comparison of what tenants should have with what the platform reports."""

    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    asked_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )  # None: the schedule
    tenants = models.PositiveIntegerField(_("tenants compared"), default=0)
    in_flight = models.PositiveIntegerField(_("tenants with facts on their way"), default=0)
    trouble = models.CharField(_("trouble"), max_length=LONGEST_TROUBLE, blank=True)

    objects: ClassVar = ReconciliationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class Difference(models.Model):
    """What the platform reports otherwise than it should be, and the fact that repairs it."""

    class Kind(models.TextChoices):
        MISSING = "missing", _("The platform was told, and does not have it")
        SURPLUS = "surplus", _("The platform has what the tenant should not have")
        OTHER = "other", _("The platform has it otherwise")
        UNKNOWN_TENANT = "unknown_tenant", _("The platform does not know the tenant")
        STATE = "state", _("The platform reports another state of the tenant")
        ODD = "odd", _("What the platform reports of it is not as agreed")
        STRANGER = "stranger", _("The platform has something for a tenant that is not known here")
        DELETED = "deleted", _("The platform has something for a tenant that is deleted here")

    reconciliation = models.ForeignKey(
        Reconciliation,
        models.CASCADE,
        related_name="differences",
        verbose_name=_("reconciliation"),
    )
    # None: not known here; then `reported` says which one.
    tenant = models.ForeignKey(
        "customers.Tenant",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tenant"),
    )
    kind = models.CharField(_("what is different"), max_length=20, choices=Kind)
    subject = models.CharField(_("subject"), max_length=LONGEST_SUBJECT, blank=True)
    wanted = models.JSONField(_("as it should be"), null=True, encoder=DjangoJSONEncoder)
    reported = models.JSONField(_("as the platform reports it"), null=True)
    repaired_by = models.ForeignKey(
        Fact,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("repaired by"),
    )

    objects: ClassVar = DifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ["tenant", "subject"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="stranger", tenant__isnull=True, reported__isnull=False)
                | ~Q(kind="stranger") & Q(tenant__isnull=False),
                name="difference_is_of_a_tenant_or_a_stranger",
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id or 'stranger'}: {self.kind} {self.subject}"
