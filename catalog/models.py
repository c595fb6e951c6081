"""What is for sale, by whom, at what price. Versions and prices are written once, never changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.eligibility import ProductFacts, Scope, version_parts
from catalog.money import Currency, Money
from catalog.policies import Policies
from catalog.pricing import PriceModel, Rate, charge, tiers_from_json
from catalog.querysets import (
    PriceVersionQuerySet,
    ProductQuerySet,
    ProductVersionQuerySet,
    SellerQuerySet,
)

FALLBACK_LANGUAGE = "en"

WRITTEN_ONCE = pgtrigger.Protect(name="written_once", operation=pgtrigger.Update | pgtrigger.Delete)


class CurrencyChoice(models.TextChoices):
    EUR = Currency.EUR.value, _("Euro")
    NOK = Currency.NOK.value, _("Norwegian krone")


class Seller(models.Model):
    """A legal entity of the vendor: who invoices whom, in which currency and time zone."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    legal_name = models.CharField(_("legal name"), max_length=200)
    street = models.CharField(_("street"), max_length=200)
    postal_code = models.CharField(_("postal code"), max_length=20)
    city = models.CharField(_("city"), max_length=100)
    country = models.CharField(_("country"), max_length=2)  # ISO 3166-1 alpha-2
    vat_number = models.CharField(_("VAT number"), max_length=20)
    registration_number = models.CharField(_("registration number"), max_length=30)
    registration_label = models.CharField(_("register"), max_length=40)  # "KVK"
    currency = models.CharField(_("currency"), max_length=3, choices=CurrencyChoice)
    time_zone = models.CharField(_("time zone"), max_length=40)  # IANA
    iban = models.CharField("IBAN", max_length=34)
    bic = models.CharField("BIC", max_length=11)
    email = models.EmailField(_("email address"))
    # Whom to ask about an invoice: German rules want both on the electronic one (BR-DE-5, -6).
    contact = models.CharField(_("contact"), max_length=100, blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    # How services to businesses outside the EU are stated: O says that they are outside the
    # scope of VAT, G that they are exported free of it. Advisers differ.
    outside_eu_category = models.CharField(
        _("VAT category outside the EU"),
        max_length=1,
        choices=[("O", _("O: outside the scope of VAT")), ("G", _("G: export, free of VAT"))],
        default="O",
    )
    invoice_prefix = models.CharField(_("invoice prefix"), max_length=10, unique=True)
    payment_term_days = models.PositiveSmallIntegerField(_("payment term in days"))
    # How much one person may give back of an invoice, net, in the seller's currency.
    credit_alone_up_to = models.DecimalField(
        _("credit without a second person up to"),
        max_digits=14,
        decimal_places=2,
        default=Decimal("1000.00"),
    )
    serves_countries = ArrayField(
        models.CharField(max_length=2), default=list, verbose_name=_("serves countries")
    )
    is_default = models.BooleanField(_("serves all other countries"), default=False)

    objects: ClassVar = SellerQuerySet.as_manager()

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="seller_one_is_default"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="seller_country_is_iso_3166"
            ),
            models.CheckConstraint(
                condition=Q(currency__in=[c.value for c in Currency]),
                name="seller_currency_is_known",
            ),
            models.CheckConstraint(
                condition=Q(credit_alone_up_to__gte=0), name="seller_credit_limit_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(outside_eu_category__in=["O", "G"]),
                name="seller_outside_eu_category_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose midnight begins a day and a month for this seller's customers."""
        return ZoneInfo(self.time_zone)


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
    needs_online_source = models.BooleanField(_("copies an online tenant"), default=False)
    policies = models.JSONField(_("policies"), default=dict)
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
        """Its name per language, for a snapshot on an invoice line."""
        return {language: texts["name"] for language, texts in self.texts.items()}

    def name_in(self, language: str) -> str:
        return str(self.text_in(language).get("name") or self.product.code)

    def text_in(self, language: str) -> dict[str, Any]:
        """All texts in one language, English where that language is not written."""
        return in_language(self.texts, language)


class PriceVersion(models.Model):
    """What a product costs in one currency from a day on, until a later one begins.

    `example` marks the invented prices of the demo catalogue: pages say so.
    """

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="prices", verbose_name=_("product")
    )
    currency = models.CharField(_("currency"), max_length=3, choices=CurrencyChoice)
    valid_from = models.DateField(_("valid from"))
    example = models.BooleanField(_("example price"), default=False)

    objects: ClassVar = PriceVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "currency", "valid_from"], name="price_version_begins_once"
            ),
            models.CheckConstraint(
                condition=Q(currency__in=[c.value for c in Currency]),
                name="price_version_currency_is_known",
            ),
        ]
        triggers = [WRITTEN_ONCE]

    def __str__(self) -> str:
        return f"{self.product} {self.currency} {self.valid_from:%Y-%m-%d}"


class PriceComponent(models.Model):
    """One line of a price: the licence, or the users of one plan in a sandbox."""

    class Unit(models.TextChoices):
        MONTH = "month", _("per month")  # one amount for the subscription
        USER_PLAN = "user_plan", _("per user per month")  # counted in users of a plan
        USAGE = "usage", _("by use, per month")  # counted by a meter

    class ModelChoice(models.TextChoices):
        FLAT = PriceModel.FLAT.value, _("Flat")
        PER_UNIT = PriceModel.PER_UNIT.value, _("Per unit")
        GRADUATED = PriceModel.GRADUATED.value, _("Graduated tiers")
        VOLUME = PriceModel.VOLUME.value, _("Volume tiers")
        PACKAGE = PriceModel.PACKAGE.value, _("Packages")

    price_version = models.ForeignKey(
        PriceVersion, models.PROTECT, related_name="components", verbose_name=_("price")
    )
    code = models.SlugField(_("code"), max_length=40)
    unit = models.CharField(_("unit"), max_length=12, choices=Unit)
    model = models.CharField(_("price model"), max_length=12, choices=ModelChoice)
    unit_amount = models.DecimalField(
        _("amount per unit"), max_digits=14, decimal_places=6, default=0
    )
    meter = models.ForeignKey(
        "catalog.Meter",
        models.PROTECT,
        to_field="code",
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("meter"),
    )
    minimum = models.DecimalField(
        _("minimum per month"), max_digits=14, decimal_places=6, default=0
    )
    tiers = models.JSONField(_("tiers"), null=True, blank=True)
    package_size = models.PositiveIntegerField(_("units in a package"), null=True, blank=True)
    included = models.PositiveIntegerField(_("included"), null=True, blank=True)
    included_per_user = models.PositiveIntegerField(_("included per user"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    texts = models.JSONField(_("texts"), default=dict)  # language -> {label}

    class Meta:
        verbose_name = _("price component")
        verbose_name_plural = _("price components")
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["price_version", "code"], name="price_component_code_once"
            ),
            models.CheckConstraint(
                condition=Q(unit_amount__gte=0), name="price_component_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(minimum__gte=0), name="price_component_minimum_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(unit="usage", meter__isnull=False)
                | (~Q(unit="usage") & Q(meter__isnull=True, minimum=0)),
                name="price_component_usage_has_a_meter",
            ),
            models.CheckConstraint(
                condition=Q(model__in=["graduated", "volume"], tiers__isnull=False)
                | (~Q(model__in=["graduated", "volume"]) & Q(tiers__isnull=True)),
                name="price_component_tiers_fit_model",
            ),
            models.CheckConstraint(
                # A size that is null makes ">= 1" unknown, which a check lets pass.
                condition=Q(model="package", package_size__isnull=False, package_size__gte=1)
                | (~Q(model="package") & Q(package_size__isnull=True)),
                name="price_component_package_fits_model",
            ),
            models.CheckConstraint(
                condition=(Q(unit="month") & Q(model="flat"))
                | (Q(unit__in=["user_plan", "usage"]) & ~Q(model="flat")),
                name="price_component_flat_is_per_month",
            ),
        ]
        triggers = [WRITTEN_ONCE]

    def __str__(self) -> str:
        return f"{self.price_version} {self.code}"

    @property
    def is_counted(self) -> bool:
        """The customer says how many; otherwise there is one of it."""
        return self.unit != self.Unit.MONTH

    @property
    def rate(self) -> Rate:
        return Rate(
            model=PriceModel(self.model),
            unit_amount=self.unit_amount,
            tiers=tiers_from_json(self.tiers or []),
            package_size=self.package_size,
            included=self.included or 0,
            included_per_user=self.included_per_user or 0,
            minimum=Decimal(self.minimum),  # a fresh row has the plain default
        )

    @property
    def unit_price(self) -> Money:
        """Of one unit (a month, a user, a package); zero for tiers."""
        return Money(self.unit_amount, Currency(self.price_version.currency))

    def charge(self, quantity: int, *, users: int = 0) -> Money:
        """What so many cost for a full month: exact, not rounded. Raises ValueError."""
        amount = charge(self.rate, quantity, users=users)
        return Money(amount, Currency(self.price_version.currency))

    @property
    def names(self) -> dict[str, str]:
        """Its label per language, for a snapshot on an invoice line."""
        return {language: texts["label"] for language, texts in self.texts.items()}

    def name_in(self, language: str) -> str:
        return str(in_language(self.texts, language).get("label", self.code))


class Meter(models.Model):
    """What is counted, and how events about it are treated until staff decide otherwise.

    The three policies are where a meter starts; the metering's own rows overrule them.
    """

    class Unit(models.TextChoices):
        CALLS = "calls", _("Calls")
        RECORDS = "records", _("Records")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"))
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    texts = models.JSONField(_("texts"), default=dict)  # language -> {name}
    accepts_late = models.BooleanField(_("accepts events of an invoiced month"), default=True)
    max_age_days = models.PositiveSmallIntegerField(_("maximum age in days"))
    detail_months = models.PositiveSmallIntegerField(_("months that detail is kept"))

    class Meta:
        verbose_name = _("meter")
        verbose_name_plural = _("meters")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__in=["calls", "records"]), name="meter_unit_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str) -> str:
        return str(in_language(self.texts, language).get("name", self.code))


def in_language(texts: dict[str, dict[str, Any]], language: str) -> dict[str, Any]:
    """Of texts per language the one asked for ("nl", "nl-be"), else English, else nothing."""
    short = language.partition("-")[0]
    return texts.get(language) or texts.get(short) or texts.get(FALLBACK_LANGUAGE) or {}
