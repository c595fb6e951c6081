"""How programs of an organisation are recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.querysets import OrganisationTokenQuerySet

if TYPE_CHECKING:
    import datetime as dt


class TokenScope(models.TextChoices):
    """What a token opens: the word in requests and documents, and what people read."""

    CATALOGUE_READ = "catalogue:read", _("Read the catalogue and its prices")
    TENANTS_READ = "tenants:read", _("Read tenants")
    SUBSCRIPTIONS_READ = "subscriptions:read", _("Read subscriptions")
    SUBSCRIPTIONS_WRITE = "subscriptions:write", _("Order and cancel subscriptions")
    APPLICATIONS_READ = "applications:read", _("Read applications and authorisations")
    APPLICATIONS_WRITE = (
        "applications:write",
        _("Register and publish applications, ask for authorisations"),
    )
    AUTHORISATIONS_REVOKE = "authorisations:revoke", _("Revoke authorisations")
    ENTITLEMENTS_READ = "entitlements:read", _("Ask what a tenant may use")
    INVOICES_READ = "invoices:read", _("Read invoices and their documents")
    USAGE_READ = "usage:read", _("Read usage, and its cost if invoices may be read too")
    HISTORY_READ = "history:read", _("Read the history")


class OrganisationToken(models.Model):
    """A program of the organisation: it acts as the organisation, as far as its scopes go.

    The secret is shown once, when it is made; known here are its hash and its first characters.
    Whoever made it answers for what it does. Revoked or expired it opens nothing.
    """

    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="tokens",
        verbose_name=_("organisation"),
    )
    name = models.CharField(_("name"), max_length=100)
    scopes = ArrayField(
        models.CharField(max_length=30, choices=TokenScope), verbose_name=_("scopes")
    )
    secret_start = models.CharField(_("begins with"), max_length=12)
    secret_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        "customers.Person", models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )

    # Where `with_the_maker_s_role` has looked: now, in the organisation.
    maker_role: str | None

    objects: ClassVar = OrganisationTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        constraints = [
            models.CheckConstraint(condition=~Q(scopes=[]), name="token_opens_something"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="token_expires_after_it_was_made"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="token_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_labels(self) -> list[str]:
        """What it may do, in the reader's words."""
        return [str(TokenScope(scope).label) for scope in self.scopes]

    @property
    def maker_left(self) -> bool:
        return self.maker_role is None

    def is_live(self, at: dt.datetime) -> bool:
        return self.revoked_at is None and self.expires_at > at
