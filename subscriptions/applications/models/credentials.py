from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Environment
from subscriptions.applications.querysets import ClientSecretQuerySet


class Credential(models.Model):
    """What an application is known by in one environment: its OAuth client, for ever the same.

    An end of a subscription or a revoked authorisation does not touch it, so what comes back
    has its old client id. Its secrets are rows of their own; the client's own field is unused.
    """

    application = models.ForeignKey(
        "applications.Application",
        models.PROTECT,
        related_name="credentials",
        verbose_name=_("application"),
    )
    environment = models.CharField(_("environment"), max_length=12, choices=Environment)
    client = models.OneToOneField(
        "allauth_idp_oidc.Client", models.PROTECT, related_name="credential"
    )
    created_by = models.ForeignKey("customers.Person", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("made at"))
    revoked_by = models.ForeignKey(
        "customers.Person", models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "environment"],
                condition=Q(revoked_at__isnull=True),
                name="credential_one_live_per_environment",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="credential_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} ({self.environment})"


class ClientSecret(models.Model):
    """One secret of a credential. During a rotation two of them are good."""

    credential = models.ForeignKey(Credential, models.PROTECT, related_name="secrets")
    start = models.CharField(_("starts with"), max_length=12)  # to recognise it by
    hash = models.CharField(max_length=64, unique=True)  # sha256, hex
    created_by = models.ForeignKey("customers.Person", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("made at"))
    # While it is the newest it has no end; a rotation or a revocation gives it one.
    ends_at = models.DateTimeField(_("good until"), null=True, blank=True)
    # When those who hear of errors were told that it ends soon.
    warned_at = models.DateTimeField(_("warned at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    objects: ClassVar = ClientSecretQuerySet.as_manager()

    class Meta:
        verbose_name = _("client secret")
        verbose_name_plural = _("client secrets")
        constraints = [
            models.UniqueConstraint(
                fields=["credential"],
                condition=Q(ends_at__isnull=True),
                name="client_secret_one_without_end",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("created_at")),
                name="client_secret_ends_after_its_start",
            ),
            models.CheckConstraint(
                condition=Q(warned_at__isnull=True) | Q(ends_at__isnull=False),
                name="client_secret_warned_of_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start}…"


class IssuedToken(models.Model):
    """For which tenant a token was issued and with which secret: what makes it die with them."""

    token = models.OneToOneField(
        "allauth_idp_oidc.Token", models.CASCADE, primary_key=True, related_name="issued"
    )
    authorisation = models.ForeignKey(
        "applications.Authorisation", models.PROTECT, related_name="issued_tokens"
    )
    secret = models.ForeignKey(ClientSecret, models.PROTECT, related_name="issued_tokens")

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("issued token")
        verbose_name_plural = _("issued tokens")

    def __str__(self) -> str:
        return str(self.token_id)
