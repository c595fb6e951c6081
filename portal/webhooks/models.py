"""Webhooks out: who wants to hear what, what there is to tell, and how telling it went."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import History
from portal.webhooks.querysets import (
    DeliveryQuerySet,
    EndpointQuerySet,
    EventQuerySet,
    SecretQuerySet,
)

LONGEST_LEFT_OUT = 300  # characters

# Whoever has an endpoint hears of its own history, and whoever built an application of what is
# decided about it on others' tenants, and of what happens to tenants on which it is active at that
# moment (`event_types.OF_TENANTS`). Written with the history itself, by one statement however
# many rows came: what is committed is noted, in whatever order, and nothing else is.
NOTE_FOR_WEBHOOKS = pgtrigger.Trigger(
    name="note_for_webhooks",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
    func="""
        IF NOT EXISTS (SELECT 1 FROM webhooks_endpoint) THEN RETURN NULL; END IF;
        INSERT INTO webhooks_note (history_id, organisation_id)
        SELECT told.id, told.organisation_id FROM new_rows told
        WHERE EXISTS (
            SELECT 1 FROM webhooks_endpoint wanted
            WHERE wanted.organisation_id = told.organisation_id
        )
        UNION
        SELECT told.id, application.owner_id FROM new_rows told
        JOIN applications_authorisation authorisation ON authorisation.id = told.subject_id
        JOIN applications_application application
            ON application.id = authorisation.application_id
        WHERE told.subject_type = 'authorisation'
        AND EXISTS (
            SELECT 1 FROM webhooks_endpoint wanted
            WHERE wanted.organisation_id = application.owner_id
        )
        UNION
        SELECT told.id, application.owner_id FROM new_rows told
        JOIN applications_authorisation authorisation
            ON authorisation.tenant_id = told.tenant_id AND authorisation.status = 'active'
        JOIN applications_application application
            ON application.id = authorisation.application_id
        WHERE told.subject_type = 'tenant' AND told.verb IN (
            'tenant.state_changed', 'tenant.upgraded', 'tenant.moved', 'tenant.backup_restored'
        )
        AND EXISTS (
            SELECT 1 FROM webhooks_endpoint wanted
            WHERE wanted.organisation_id = application.owner_id
        );
        RETURN NULL;
    """,
)


class NotedHistory(History):
    """History, for the trigger above alone: `customers` knows nothing of webhooks."""

    class Meta:
        proxy = True
        triggers = [NOTE_FOR_WEBHOOKS]


class Note(models.Model):
    """A history row that an organisation has not been told of yet. Only the trigger writes it."""

    history = models.ForeignKey("customers.History", models.PROTECT, related_name="+")
    organisation = models.ForeignKey("customers.Organisation", models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "history"], name="webhook_note_once_per_organisation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.history_id}"


class Stream(models.Model):
    """How far an organisation's events are numbered; locked while it gets the next ones."""

    organisation = models.OneToOneField(
        "customers.Organisation", models.PROTECT, related_name="+", primary_key=True
    )
    last_sequence = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.last_sequence}"


class Event(models.Model):
    """One thing to tell an organisation, in the words it is told in from now on."""

    organisation = models.ForeignKey("customers.Organisation", models.PROTECT, related_name="+")
    history = models.ForeignKey(
        "customers.History", models.PROTECT, related_name="+", null=True, blank=True
    )
    type = models.CharField(_("event"), max_length=60)
    sequence = models.PositiveBigIntegerField(_("number"), null=True, blank=True)
    body = models.TextField(_("content"))  # what is sent, byte for byte
    left_out = models.CharField(
        _("why its details are left out"), max_length=LONGEST_LEFT_OUT, blank=True
    )
    at = models.DateTimeField(_("when"))
    created_at = models.DateTimeField(_("noted at"))

    objects: ClassVar = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        indexes = [
            models.Index(fields=["organisation", "created_at"], name="webhook_event_by_time"),
            models.Index(fields=["created_at"], name="webhook_event_by_age"),
            models.Index(
                fields=["-created_at"], condition=~Q(left_out=""), name="webhook_event_left_out"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "history"], name="webhook_event_once_per_organisation"
            ),
            models.UniqueConstraint(
                fields=["organisation", "sequence"], name="webhook_event_number_taken_once"
            ),
            models.CheckConstraint(
                condition=Q(history__isnull=True, sequence__isnull=True)
                | Q(history__isnull=False, sequence__gte=1),
                name="webhook_event_is_numbered_unless_a_test",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_changes", operation=pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.sequence or ''}".strip()


class EndpointState(models.TextChoices):
    """How an endpoint is, in words to look it up by."""

    IN_TROUBLE = "in_trouble", _("In trouble")  # failing, or switched off by the portal for it
    ON = "on", _("Switched on")
    FAILING = "failing", _("Failing")
    OFF = "off", _("Switched off")


class Endpoint(models.Model):
    """An address at which an organisation wants to hear of the events it chose."""

    class Disabled(models.TextChoices):
        BY_PERSON = "by_person", _("Switched off by a person")
        GONE = "gone", _("The receiver answered that it is gone (410)")
        FAILING = "failing", _("No delivery succeeded for days")

    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="+",
        verbose_name=_("organisation"),
    )
    address = models.CharField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=200, blank=True)
    event_types = ArrayField(models.CharField(max_length=60), verbose_name=_("events"))
    created_by = models.ForeignKey("customers.Person", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    disabled_at = models.DateTimeField(_("disabled at"), null=True, blank=True)
    disabled_because = models.CharField(
        _("why disabled"), max_length=10, choices=Disabled, blank=True
    )
    # The first failed attempt since the last one that succeeded, and since attempts followed each
    # other: a failure long after another says nothing of what was between.
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed last"), null=True, blank=True)
    # The first message that was given up since the last one that was accepted, however quiet it
    # was between.
    given_up_since = models.DateTimeField(_("given up since"), null=True, blank=True)
    # When the owners were last written to about that. What is accepted later leaves it as it is.
    given_up_told_at = models.DateTimeField(_("given up told at"), null=True, blank=True)
    # Whoever sends there has it to itself until then. It lies ahead meanwhile, so that a killed
    # worker's endpoint is free again by itself; the one that was free longest has the next turn.
    free_at = models.DateTimeField(_("free at"), null=True, blank=True)
    # Gone for everybody since then; its messages go in steps, and the row with the last of them.
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    # Where `with_maker` has looked: whether who made its secret is a member now.
    maker_is_here: bool

    objects: ClassVar = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        indexes = [
            models.Index(
                fields=["removed_at"],
                condition=Q(removed_at__isnull=False),
                name="webhook_endpoint_removed",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "address"],
                condition=Q(removed_at__isnull=True),
                name="webhook_endpoint_address_once",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(disabled_at__isnull=False),
                name="webhook_endpoint_removed_is_off",
            ),
            models.CheckConstraint(
                condition=Q(event_types__len__gte=1), name="webhook_endpoint_wants_something"
            ),
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True, disabled_because="")
                | Q(disabled_at__isnull=False) & ~Q(disabled_because=""),
                name="webhook_endpoint_disabled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None


class Replay(models.Model):
    """What an endpoint is to get once more, and how far that has come; none when it is through."""

    endpoint = models.OneToOneField(
        Endpoint, models.CASCADE, related_name="replay", primary_key=True
    )
    asked_at = models.DateTimeField(_("asked for at"))
    since = models.DateTimeField(_("since"))
    count = models.PositiveBigIntegerField(_("messages"))
    next_number = models.PositiveBigIntegerField(_("next number"))
    last_number = models.PositiveBigIntegerField(_("last number"))

    objects: ClassVar = models.Manager["Replay"]()

    class Meta:
        verbose_name = _("webhook replay")
        verbose_name_plural = _("webhook replays")

    def __str__(self) -> str:
        return f"{self.endpoint_id}: {self.next_number} to {self.last_number}"


class EndpointSecret(models.Model):
    """What an endpoint's deliveries are signed with, sealed. Several while one replaces another."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="secrets")
    sealed = models.TextField()
    created_at = models.DateTimeField(_("created at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)

    objects: ClassVar = SecretQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=Q(ends_at__isnull=True),
                name="webhook_secret_one_without_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.created_at:%Y-%m-%d %H:%M}"


class Delivery(models.Model):
    """One event for one endpoint: waiting, delivered, or given up."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("attempts"), default=0)  # since last started anew
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    replayed_at = models.DateTimeField(_("started anew at"), null=True, blank=True)

    objects: ClassVar = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at", "event"],
                condition=Q(next_attempt_at__isnull=False),
                name="webhook_delivery_in_turn",
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_by_endpoint"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "endpoint"], name="webhook_delivery_once_per_endpoint"
            ),
            models.CheckConstraint(
                condition=Q(
                    next_attempt_at__isnull=False, delivered_at__isnull=True, given_up_at=None
                )
                | Q(next_attempt_at__isnull=True, delivered_at__isnull=False, given_up_at=None)
                | Q(
                    next_attempt_at__isnull=True,
                    delivered_at__isnull=True,
                    given_up_at__isnull=False,
                ),
                name="webhook_delivery_waits_or_is_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.endpoint_id}"

    @property
    def is_on_its_way(self) -> bool:
        """It has its first attempt ahead, the very first or since it was started anew."""
        return self.next_attempt_at is not None and not self.tries


class Attempt(models.Model):
    """One request, and what came back."""

    class Trouble(models.TextChoices):
        """Why there was no answer at all."""

        ADDRESS_REFUSED = "address_refused", _("The address leads to an internal network")
        NOT_FOUND = "not_found", _("The name of the server was not found")
        TIMED_OUT = "timed_out", _("No answer in time")
        TLS = "tls", _("The certificate is not valid for the address")
        CONNECTION = "connection", _("No connection")
        SECRET_LOST = "secret_lost", _("The secret cannot be read any more: make a new one")

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField(_("when"))
    status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    trouble = models.CharField(_("trouble"), max_length=20, choices=Trouble, blank=True)
    answer = models.TextField(_("first bytes of the answer"), blank=True)
    duration_ms = models.PositiveIntegerField(_("duration"))

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__isnull=False, trouble="")
                | Q(status__isnull=True) & ~Q(trouble=""),
                name="webhook_attempt_has_an_answer_or_a_trouble",
            )
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status or self.trouble}"

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300
