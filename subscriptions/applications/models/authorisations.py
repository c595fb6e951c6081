from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Environment
from subscriptions.applications.lifecycle import AuthorisationStatus, Capability
from subscriptions.applications.models.applications import ApplicationKind, Scope
from subscriptions.applications.querysets import AuthorisationQuerySet
from subscriptions.applications.verdicts import GIVEN
from subscriptions.reasons import in_words

if TYPE_CHECKING:
    import datetime as dt


class Authorisation(models.Model):
    """One application on one tenant: the single record of whether, since when and by whom.

    ACTIVE means consent was given. Whether the application is *available* at an instant also
    asks for the licence it needs: see `availability.py`.
    """

    class Deactivation(models.TextChoices):
        LICENCE_ENDED = "licence_ended", _("The subscription it needs has ended")
        LICENCE_MISSING = "licence_missing", _("The subscription it needs is missing")
        NEEDS_MORE = "needs_more", _("It needs a subscription that it did not need before")
        PLAN_CHANGED = "plan_changed", _("The CRM Suite plan no longer includes what it needs")

    application = models.ForeignKey(
        "applications.Application",
        models.PROTECT,
        related_name="authorisations",
        verbose_name=_("application"),
    )
    tenant = models.ForeignKey(
        "customers.Tenant",
        models.PROTECT,
        related_name="authorisations",
        verbose_name=_("tenant"),
    )
    status = models.CharField(_("status"), max_length=20, choices=AuthorisationStatus)
    requested_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    # Who at the customer the developer deals with; also told what becomes of it.
    contact_email = models.EmailField(_("contact"), blank=True)
    # The customer's own yes: "I approve" for a standard, the confirmation for a custom one.
    confirmed_by = models.ForeignKey(
        "customers.Person", models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    # The capabilities that yes was to; the application having more needs another one.
    agreed_capabilities = ArrayField(
        models.CharField(max_length=20, choices=Capability), default=list, blank=True
    )
    # And the scopes: tokens have no other, whatever the application asks for by now.
    agreed_scopes = ArrayField(
        models.CharField(max_length=30, choices=Scope), default=list, blank=True
    )
    # The vendor's app manager, for a custom application only.
    granted_by = models.ForeignKey(
        "customers.Person", models.PROTECT, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField(_("granted at"), null=True, blank=True)
    # A yes may be given for a time; from this instant on it gives nothing.
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    # Denied, expired, revoked or deactivated: when and why.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    deactivation = models.CharField(
        _("why deactivated"), max_length=20, choices=Deactivation, blank=True
    )
    # Of one that is deactivated: so long it comes back without another yes. What its customer was
    # promised then, whatever the policies of products say by the time it would.
    restore_until = models.DateTimeField(_("comes back until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    # When its makers were told that a suspension, an end or a wider version has stopped it, or
    # that it waits for its licence; empty again once they were told that it works.
    told_stopped_at = models.DateTimeField(_("told that it stopped at"), null=True, blank=True)

    objects: ClassVar = AuthorisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("authorisation")
        verbose_name_plural = _("authorisations")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "tenant"], name="authorisation_once_per_tenant"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "active"])
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="authorisation_has_the_customers_yes",
            ),
            models.CheckConstraint(
                condition=Q(granted_by__isnull=True, granted_at__isnull=True)
                | Q(granted_by__isnull=False, granted_at__isnull=False),
                name="authorisation_granted_by_and_at_together",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["denied", "expired", "revoked", "deactivated"])
                & Q(closed_at__isnull=False)
                | ~Q(status__in=["denied", "expired", "revoked", "deactivated"])
                & Q(closed_at__isnull=True),
                name="authorisation_closed_at_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(status="deactivated", restore_until__isnull=False) & ~Q(deactivation="")
                | ~Q(status="deactivated") & Q(deactivation="", restore_until__isnull=True),
                name="authorisation_deactivated_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status="expired") | Q(valid_until__isnull=False),
                name="authorisation_expired_at_its_date",
            ),
        ]
        indexes = [
            models.Index(
                fields=["valid_until"],
                condition=Q(valid_until__isnull=False, status__in=GIVEN),
                name="authorisation_expires",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} × {self.tenant_id}: {self.status}"

    @property
    def needs_grant(self) -> bool:
        """Whether the vendor's app manager has the last word: on custom applications, and not on
        a developer's own tenant (D3.1: “Administrator in SOD, Explicit in production”).
        """
        is_custom: bool = self.application.kind == ApplicationKind.CUSTOM
        return is_custom and self.tenant.environment != Environment.SOD

    @property
    def reason_in_words(self) -> str:
        """The reason, also where the platform gave it by a word of its own."""
        return in_words(self.reason)

    @property
    def agreed(self) -> list[str]:
        """All that the customer's yes was to, by its codes."""
        return [*self.agreed_capabilities, *self.agreed_scopes]

    @property
    def comes_back_until(self) -> dt.datetime | None:
        """Until when it comes back by itself with its licence; None when it is not deactivated.

        What the customer let it in for may be over before the promise is.
        """
        return self.back_until(self.restore_until) if self.restore_until else None

    def back_until(self, restore_until: dt.datetime) -> dt.datetime:
        """The same, were it to come back until then: what it was let in for may be over before."""
        return min(restore_until, self.valid_until or restore_until)

    def may_come_back(self, at: dt.datetime) -> bool:
        """Whether whoever subscribes again after `at` may still be in time for that."""
        return self.comes_back_until is not None and self.comes_back_until > at
