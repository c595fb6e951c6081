"""Who has what, since when. Access is derived from these times, never from a job having run."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subscriptions.lifecycle import LIVE, Status
from subscriptions.querysets import PriceChangeQuerySet, SubscriptionQuerySet
from subscriptions.reasons import in_words

if TYPE_CHECKING:
    from catalog.models import PriceVersion

# Between telling a customer of another price and charging it: days of 24 hours, at least.
NOTICE_OF_A_PRICE = dt.timedelta(days=30)
LONGEST_TERMS_VERSION = 20  # characters
LONGEST_RECEIVER = 200


class Subscription(models.Model):
    """One product for one tenant, or for the whole organisation when `tenant` is empty.

    A cancellation is a date (`ends_at`), not a status: until then the subscription is ACTIVE
    and the cancellation can be withdrawn. The price is held from the day of the order.
    """

    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="subscriptions",
        verbose_name=_("organisation"),
    )
    tenant = models.ForeignKey(
        "customers.Tenant",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="subscriptions",
        verbose_name=_("tenant"),
    )
    # What came with it: the sandbox that is paid for here and is a tenant of its own (D1.3).
    delivered_tenant = models.ForeignKey(
        "customers.Tenant",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tenant that came with it"),
    )
    product = models.ForeignKey(
        "catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product")
    )
    product_version = models.ForeignKey(
        "catalog.ProductVersion", models.PROTECT, related_name="+", verbose_name=_("version")
    )
    price_version = models.ForeignKey(
        "catalog.PriceVersion", models.PROTECT, related_name="+", verbose_name=_("price")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices())
    ordered_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("ordered by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    # The first day that is charged: the day it starts, or the day after when an earlier
    # subscription of the same product there has charged that day already.
    charged_from = models.DateField(_("charged from"), null=True, blank=True)
    # When it was decided that it ends at `ends_at`, the last time if an end was brought forward.
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancel_reason = models.CharField(_("reason for cancelling"), max_length=500, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    # When the owners heard that the tenant's CRM Suite plan gives it as well; for as long as it
    # does.
    in_plan_told_at = models.DateTimeField(
        _("told that it is in the plan at"), null=True, blank=True
    )

    objects: ClassVar = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        indexes = [
            models.Index(
                fields=["ends_at"],
                condition=Q(status__in=[Status.ACTIVE, Status.SUSPENDED]),
                name="subscription_end_due",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "tenant"],
                condition=Q(status__in=LIVE, tenant__isnull=False),
                name="subscription_live_once_per_tenant",
            ),
            models.UniqueConstraint(
                fields=["product", "organisation"],
                condition=Q(status__in=LIVE, tenant__isnull=True),
                name="subscription_live_once_per_organisation",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[Status.ACTIVE, Status.SUSPENDED, Status.ENDED],
                    starts_at__isnull=False,
                    charged_from__isnull=False,
                )
                | Q(
                    status__in=[Status.REQUESTED, Status.REJECTED, Status.WITHDRAWN],
                    starts_at__isnull=True,
                    charged_from__isnull=True,
                    ends_at__isnull=True,
                ),
                name="subscription_starts_when_it_becomes_active",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="subscription_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.ENDED) | Q(ends_at__isnull=False),
                name="subscription_ended_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=False) | Q(ends_at__isnull=True),
                name="subscription_end_was_decided_some_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.tenant or self.organisation}"

    @property
    def cancel_reason_in_words(self) -> str:
        """The reason, also where it ended with its tenant by a word of the platform's."""
        with_its_tenant = self.tenant is not None and self.tenant.is_gone
        return in_words(self.cancel_reason) if with_its_tenant else self.cancel_reason


class AcceptedTerms(models.Model):
    """That somebody accepted supplementary terms with their order, for the organisation (D1.4).

    Orders from before this was asked have none. By staff, for who called: the history says who.
    """

    subscription = models.OneToOneField(
        Subscription, models.PROTECT, related_name="accepted_terms", verbose_name=_("subscription")
    )
    version = models.CharField(_("version of the terms"), max_length=LONGEST_TERMS_VERSION)
    receiver = models.CharField(_("receiver of the data"), max_length=LONGEST_RECEIVER)
    accepted_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("accepted by")
    )
    accepted_at = models.DateTimeField(_("accepted at"))

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("accepted terms")
        verbose_name_plural = _("accepted terms")
        constraints = [
            models.CheckConstraint(
                condition=~Q(version="") & ~Q(receiver=""), name="accepted_terms_say_which_and_whom"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.receiver}"


class Quantity(models.Model):
    """From this instant on, so many of a price component (1 for a licence, users of a plan)."""

    subscription = models.ForeignKey(
        Subscription, models.PROTECT, related_name="quantities", verbose_name=_("subscription")
    )
    component = models.CharField(_("component"), max_length=40)  # PriceComponent.code
    quantity = models.PositiveIntegerField(_("quantity"))
    effective_at = models.DateTimeField(_("effective at"))

    class Meta:
        verbose_name = _("quantity")
        verbose_name_plural = _("quantities")
        ordering = ["effective_at", "id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.component} × {self.quantity}"


class Suspension(models.Model):
    """A time in which the subscription keeps everything and gives nothing."""

    subscription = models.ForeignKey(
        Subscription, models.PROTECT, related_name="suspensions", verbose_name=_("subscription")
    )
    suspended_at = models.DateTimeField(_("suspended at"))
    resumed_at = models.DateTimeField(_("resumed at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500)

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        ordering = ["suspended_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(resumed_at__isnull=True),
                name="suspension_open_once_per_subscription",
            ),
            models.CheckConstraint(
                condition=Q(resumed_at__isnull=True) | Q(resumed_at__gte=F("suspended_at")),
                name="suspension_resumes_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.suspended_at} – {self.resumed_at}"


class PriceAnnouncement(models.Model):
    """From `effective_on` on, a price version for everybody who held an earlier one then and was
    not told of it before.

    Withdrawn, it never was: nothing of it has been charged by then.
    """

    price_version = models.ForeignKey(
        "catalog.PriceVersion", models.PROTECT, related_name="+", verbose_name=_("price")
    )
    effective_on = models.DateField(_("effective on"))
    announced_at = models.DateTimeField(_("announced at"))
    announced_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("announced by")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )

    class Meta:
        verbose_name = _("announced price")
        verbose_name_plural = _("announced prices")
        ordering = ["-effective_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="price_announcement_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price_version} from {self.effective_on:%Y-%m-%d}"


class PriceChange(models.Model):
    """What an announcement means for one subscription: another price from this instant on."""

    announcement = models.ForeignKey(
        PriceAnnouncement,
        models.PROTECT,
        related_name="changes",
        verbose_name=_("announced price"),
    )
    subscription = models.ForeignKey(
        Subscription,
        models.PROTECT,
        related_name="price_changes",
        verbose_name=_("subscription"),
    )
    effective_at = models.DateTimeField(_("effective at"))  # midnight at the seller's
    announced_at = models.DateTimeField(_("announced at"))

    objects: ClassVar = PriceChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        ordering = ["effective_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "subscription"], name="price_change_once_per_subscription"
            ),
            models.CheckConstraint(
                condition=Q(effective_at__gte=F("announced_at") + NOTICE_OF_A_PRICE),
                name="price_change_is_announced_in_time",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.announcement}"

    @property
    def stands(self) -> bool:
        return self.announcement.withdrawn_at is None

    @property
    def price_version(self) -> PriceVersion:
        return self.announcement.price_version


class ProductDecision(models.Model):
    """Why staff gave a product other policies: who, when, and in which version of it."""

    product_version = models.OneToOneField(
        "catalog.ProductVersion", models.PROTECT, related_name="+", verbose_name=_("version")
    )
    reason = models.CharField(_("reason"), max_length=300)
    decided_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"))

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("decision about a product")
        verbose_name_plural = _("decisions about products")
        ordering = ["-pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return str(self.product_version)


class PriceDecision(models.Model):
    """That staff made a price, or withdrew it: who, when, and all that the price said."""

    class What(models.TextChoices):
        MADE = "made", _("Made")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    product = models.ForeignKey(
        "catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product")
    )
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))
    what = models.CharField(_("what"), max_length=10, choices=What)
    # Not the row: withdrawn, it is gone.
    components = models.JSONField(_("price components"), encoder=DjangoJSONEncoder)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"))

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("decision about a price")
        verbose_name_plural = _("decisions about prices")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=["made", "withdrawn"]), name="price_decision_what_is_known"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.currency} {self.valid_from:%Y-%m-%d}: {self.what}"
