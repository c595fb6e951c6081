"""Reads that speak the catalogue's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import OuterRef, Q, Subquery

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import (  # noqa: F401 - named in the bases below
        PriceVersion,
        Product,
        ProductVersion,
        Seller,
    )


class SellerQuerySet(models.QuerySet["Seller"]):
    def serving(self, country: str) -> SellerQuerySet:
        """Who may sell there, the seller of that country before the default one."""
        return self.filter(
            Q(serves_countries__contains=[country.upper()]) | Q(is_default=True)
        ).order_by("is_default", "code")

    def serving_anybody(self) -> SellerQuerySet:
        return self.filter(Q(is_default=True) | ~Q(serves_countries=[]))

    def in_order(self) -> SellerQuerySet:
        return self.order_by("-is_default", "code")


class ProductQuerySet(models.QuerySet["Product"]):
    def in_order(self) -> ProductQuerySet:
        """As the catalogue page shows them."""
        return self.order_by("position", "code")


class ProductVersionQuerySet(models.QuerySet["ProductVersion"]):
    def current(self) -> ProductVersionQuerySet:
        """The highest number of each product: what is sold today."""
        newest = self.model._default_manager.filter(product=OuterRef("product")).order_by(  # noqa: SLF001
            "-number"
        )
        return self.filter(number=Subquery(newest.values("number")[:1])).select_related("product")

    def to_order(self) -> ProductVersionQuerySet:
        """Without what is charged by use and ordered by nobody."""
        return self.exclude(product__kind="metered")

    def metered(self) -> ProductVersionQuerySet:
        return self.filter(product__kind="metered")

    def of(self, product_code: str) -> ProductVersionQuerySet:
        return self.filter(product__code=product_code)

    def in_order(self) -> ProductVersionQuerySet:
        return self.order_by("product__position", "product__code", "-number")


class PriceVersionQuerySet(models.QuerySet["PriceVersion"]):
    def in_currency(self, currency: str) -> PriceVersionQuerySet:
        return self.filter(currency=currency)

    def valid_on(self, day: dt.date) -> PriceVersionQuerySet:
        """Those that have begun by `day`, the latest of a product first."""
        return self.filter(valid_from__lte=day).order_by("product", "-valid_from")

    def announced_after(self, day: dt.date) -> PriceVersionQuerySet:
        """Those that begin later than `day`, the next one first."""
        return self.filter(valid_from__gt=day).order_by("product", "valid_from")

    def with_components(self) -> PriceVersionQuerySet:
        return self.select_related("product").prefetch_related("components")
