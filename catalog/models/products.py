from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.document_names import product_names
from catalog.eligibility import ProductFacts, Scope, version_parts
from catalog.models.words import WRITTEN_ONCE, in_language
from catalog.policies import Policies
from catalog.querysets import (
    ProductQuerySet,
    ProductVersionQuerySet,
)


class Product(models.Model):
    """A thing that can be subscribed to. What is sold of it is a version."""

    class Kind(models.TextChoices):
        TOOL = "tool", _("Development tool")
        PRODUCT = "product", _("Development product")
        METERED = "metered", _("Metered service")  # charged by use, ordered by nobody

    code = models.SlugField(_("code"), max_length=60, unique=True)
    aliases = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("also known as")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    position = models.PositiveSmallIntegerField(_("position"))
    # Language -> {name, parts}; beside those of the version and the price, which pages speak.
    document_names = models.JSONField(_("names on documents"), default=dict, blank=True)

    objects: ClassVar = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["tool", "product", "metered"]), name="product_kind_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.code


class ProductVersion(models.Model):
    """What a product was at the moment it was sold; changed content is the next number."""

    class ScopeChoice(models.TextChoices):
        SITE = Scope.SITE.value, _("Site licence: one for the tenant")
        TENANT = Scope.TENANT.value, _("Per tenant")
        ORGANISATION = Scope.ORGANISATION.value, _("For the whole organisation")

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="versions", verbose_name=_("product")
    )
    number = models.PositiveIntegerField(_("number"))
    content_hash = models.CharField(_("fingerprint of the content"), max_length=64)  # sha256, hex
    scope = models.CharField(_("scope"), max_length=12, choices=ScopeChoice)
    deployments = ArrayField(models.CharField(max_length=12), verbose_name=_("deployments"))
    minimum_crm_version = models.CharField(_("minimum CRM version"), max_length=20, blank=True)
    prerequisites = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("prerequisites")
    )
    capabilities = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("capabilities")
    )
    included_in_plans = ArrayField(
        models.CharField(max_length=12),
        default=list,
        blank=True,
        verbose_name=_("included in CRM Suite plans"),
    )
    charges = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        verbose_name=_("metered services it sets in motion"),
    )
    needs_online_source = models.BooleanField(_("copies an online tenant"), default=False)
    # Terms beside the ordinary ones that an order accepts: {version, texts}; empty for none.
    supplement = models.JSONField(_("supplementary terms"), default=dict, blank=True)
    policies = models.JSONField(_("policies"), default=dict)
    # Then those of the data files are only where the product began.
    policies_by_staff = models.BooleanField(_("policies decided by staff"), default=False)
    texts = models.JSONField(_("texts"), default=dict)  # language -> {name, summary, purpose, …}
    inside = models.JSONField(_("what is inside"), default=list)  # its capabilities, in order
    links = models.JSONField(_("links"), default=list)

    objects: ClassVar = ProductVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("product version")
        verbose_name_plural = _("product versions")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "number"], name="product_version_number_once"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="product_version_counts_from_one"
            ),
            models.CheckConstraint(
                condition=Q(scope__in=[s.value for s in Scope]),
                name="product_version_scope_is_known",
            ),
            models.CheckConstraint(
                condition=Q(deployments__len__gt=0)
                & Q(deployments__contained_by=["online", "on_premise"]),
                name="product_version_deployments_are_known",
            ),
            models.CheckConstraint(
                condition=Q(minimum_crm_version="")
                | Q(minimum_crm_version__regex=r"^[0-9]+(\.[0-9]+)*$"),
                name="product_version_minimum_is_numeric",
            ),
        ]
        triggers = [WRITTEN_ONCE]

    def __str__(self) -> str:
        return f"{self.product} v{self.number}"

    @property
    def policy(self) -> Policies:
        return Policies.parse(self.policies)

    @property
    def makes_tenant(self) -> bool:
        """Whether a tenant comes with it: what copies one makes one."""
        return self.needs_online_source

    @property
    def facts(self) -> ProductFacts:
        """What eligibility asks. Reads the product: load it with `select_related`."""
        minimum = self.minimum_crm_version
        return ProductFacts(
            code=self.product.code,
            scope=Scope(self.scope),
            deployments=frozenset(self.deployments),
            minimum_crm_version=version_parts(minimum) if minimum else None,
            prerequisites=frozenset(self.prerequisites),
            included_in_plans=frozenset(self.included_in_plans),
            needs_online_source=self.needs_online_source,
        )

    @property
    def names(self) -> dict[str, str]:
        """Its name per language, for a snapshot on an invoice line.

        Reads the product: load it with `select_related`.
        """
        own = {language: texts["name"] for language, texts in self.texts.items()}
        return product_names(self.product.document_names) | own

    def name_in(self, language: str) -> str:
        return str(self.text_in(language).get("name") or self.product.code)

    def text_in(self, language: str) -> dict[str, Any]:
        """All texts in one language, English where that language is not written."""
        return in_language(self.texts, language)
