from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.document_names import part_names
from catalog.models.products import Product
from catalog.models.words import CurrencyChoice, in_language
from catalog.money import Currency, Money
from catalog.price_content import PriceContent
from catalog.pricing import PriceModel, Rate, charge, tiers_from_json
from catalog.querysets import (
    PriceVersionQuerySet,
)

if TYPE_CHECKING:
    import datetime as dt

_CONTENT = (
    "code",
    "unit",
    "meter_id",
    "minimum",
    "model",
    "unit_amount",
    "tiers",
    "package_size",
    "included",
    "included_per_user",
    "position",
    "texts",
)


def _written_once_unless_withdrawn(by_staff: str) -> pgtrigger.Trigger:
    """Refuses every change, and to delete what the data files brought."""
    return pgtrigger.Trigger(
        name="written_once",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' AND ({by_staff}) THEN RETURN OLD; END IF;
            RAISE EXCEPTION 'pgtrigger: a price is written once (%)', TG_TABLE_NAME;
        """,
    )


class PriceVersion(models.Model):
    """What a product costs in one currency from a day on, until a later one begins.

    `example` marks the invented prices of the demo catalogue: pages say so. One that staff made
    can be withdrawn, which deletes it, while nobody was told of it; foreign keys hold what was
    ordered or announced, with its parts. One of the data files would come back with them.
    """

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="prices", verbose_name=_("product")
    )
    currency = models.CharField(_("currency"), max_length=3, choices=CurrencyChoice)
    valid_from = models.DateField(_("valid from"))
    example = models.BooleanField(_("example price"), default=False)
    by_staff = models.BooleanField(_("made by staff"), default=False)

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
        triggers = [_written_once_unless_withdrawn("OLD.by_staff")]

    def __str__(self) -> str:
        return f"{self.product} {self.currency} {self.valid_from:%Y-%m-%d}"

    @property
    def begins(self) -> tuple[str, str, dt.date]:
        return self.product.code, self.currency, self.valid_from

    @property
    def content(self) -> PriceContent:
        """What it says, as the data files would. Load it `with_components()`."""
        components = tuple(component.content for component in self.components.all())
        return PriceContent(*self.begins, example=self.example, components=components)


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
        triggers = [
            _written_once_unless_withdrawn(
                "SELECT by_staff FROM catalog_priceversion WHERE id = OLD.price_version_id"
            ),
            pgtrigger.Trigger(
                name="goes_with_its_price",  # and never from under one that was sold
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (SELECT FROM catalog_priceversion WHERE id = OLD.price_version_id)
                    THEN RAISE EXCEPTION 'pgtrigger: a price keeps its parts (%)', TG_TABLE_NAME;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price_version} {self.code}"

    @property
    def content(self) -> dict[str, Any]:
        """Its fields by name, without those that say which row it is."""
        return {name: getattr(self, name) for name in _CONTENT}

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
        """Its label per language, for a snapshot on an invoice line.

        Reads the product of its price: load that with `select_related`.
        """
        names = self.price_version.product.document_names
        own = {language: texts["label"] for language, texts in self.texts.items()}
        return part_names(names, self.code, self.package_size) | own

    def name_in(self, language: str) -> str:
        return str(in_language(self.texts, language).get("label", self.code))
