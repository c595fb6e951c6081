from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.words import CurrencyChoice
from catalog.money import Currency
from catalog.querysets import (
    SellerQuerySet,
)


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
    # How much one person may give back of an invoice, VAT included, in the seller's currency.
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
    # Invented, as in the catalogue that comes along: a server makes no run for it.
    example = models.BooleanField(_("example"), default=False)

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

    def due_on(self, issued_on: dt.date) -> dt.date:
        """Until when a document of that date is to be paid."""
        return issued_on + dt.timedelta(days=self.payment_term_days)
