from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Deployment, Environment
from subscriptions.applications.lifecycle import Capability
from subscriptions.applications.models.applications import Scope
from subscriptions.applications.querysets import PublicationQuerySet


def every_deployment() -> list[str]:
    return list(Deployment.values)


class ApplicationVersion(models.Model):
    """A numbered snapshot of what an application is and may do (D3.3).

    A draft until it is asked for or published in an environment; locked from then on, unless
    it was rejected everywhere it was asked for.
    """

    application = models.ForeignKey(
        "applications.Application",
        models.PROTECT,
        related_name="versions",
        verbose_name=_("application"),
    )
    number = models.PositiveIntegerField(_("number"))
    redirect_uris = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope), default=list, blank=True)
    capabilities = ArrayField(
        models.CharField(max_length=20, choices=Capability), default=list, blank=True
    )
    # Where it works: its developer decides whether it is there for on-premise (D1.2).
    deployments = ArrayField(
        models.CharField(max_length=12, choices=Deployment), default=every_deployment
    )
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    created_by = models.ForeignKey("customers.Person", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("application version")
        verbose_name_plural = _("application versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "number"], name="application_version_numbered_once"
            ),
            models.CheckConstraint(
                condition=Q(deployments__len__gt=0, deployments__contained_by=Deployment.values),
                name="application_version_works_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} v{self.number}"


class PublicationStatus(models.TextChoices):
    PENDING = "pending", _("Request pending")
    PUBLISHED = "published", _("Published")
    REJECTED = "rejected", _("Rejected")
    REPLACED = "replaced", _("Replaced by a newer version")


class Publication(models.Model):
    """A version in an environment. None at all: it is a draft there."""

    version = models.ForeignKey(
        ApplicationVersion, models.PROTECT, related_name="publications", verbose_name=_("version")
    )
    application = models.ForeignKey(  # the version's, for the constraint below
        "applications.Application", models.PROTECT, related_name="publications"
    )
    environment = models.CharField(_("environment"), max_length=12, choices=Environment)
    status = models.CharField(_("status"), max_length=10, choices=PublicationStatus)
    requested_by = models.ForeignKey("customers.Person", models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("requested at"))
    decided_by = models.ForeignKey(
        "customers.Person", models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects: ClassVar = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "environment"], name="publication_once_per_environment"
            ),
            models.UniqueConstraint(
                fields=["application", "environment"],
                condition=Q(status="published"),
                name="publication_one_published_per_environment",
            ),
            models.UniqueConstraint(
                fields=["application", "environment"],
                condition=Q(status="pending"),
                name="publication_one_pending_per_environment",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(status="pending") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="publication_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} on {self.environment}: {self.status}"
